"""The corpus of assistants' turns in tests/fixtures/turns: every turn with a certain reading is read right."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.parsing import Action, FinalAnswer, parse_turn

TURNS = Path(__file__).resolve().parents[2] / "fixtures" / "turns"


@pytest.mark.parametrize(("name", "certain", "families"), [("turns", 440, 26), ("turns_heldout", 140, 22),
                                                           ("turns_first_look", 67, 31), ("turns_habits", 73, 28),
                                                           ("turns_other_notations", 132, 1), ("turns_marks", 405, 1),
                                                           ("turns_variants", 178, 1), ("turns_by_meaning", 53, 1)])
def test_turns_are_read_right(name: str, certain: int, families: int) -> None:
    turns = [json.loads(line) for line in (TURNS / f"{name}.jsonl").read_text().splitlines()]
    clear = [turn for turn in turns if not turn.get("doubtful")]
    assert (len(clear), len({turn["family"] for turn in turns})) == (certain, families)
    wrong = [turn["id"] for turn in clear if reading_of(turn) != labelled(turn)]
    assert not wrong, f"{len(wrong)} of {len(clear)} turns are not read as labelled"


def reading_of(turn: dict[str, Any]) -> tuple[Any, ...]:
    """Return what the parser makes of a turn; the name of a function that does not exist is refused by the executor."""
    read = parse_turn(turn["text"], PROMPT_FORMS[turn["form"]], has_observation=turn["after_observation"],
                      functions=turn["parameters"])
    if isinstance(read, Action) and read.name in turn["functions"]:
        return "action", read.thought.strip(), read.name, read.arguments
    if isinstance(read, FinalAnswer):
        return "answer", read.thought.strip(), read.text.strip()
    return ("refused",)


def labelled(turn: dict[str, Any]) -> tuple[Any, ...]:
    """Return the reading that the corpus gives for a turn."""
    reading = turn["reading"]
    thought = (reading.get("thought") or "").strip()
    if reading["kind"] == "action":
        return "action", thought, reading["action"], reading["input"]
    return ("answer", thought, reading["answer"].strip()) if reading["kind"] == "answer" else ("refused",)
