"""Turns in the habits of 26 model families, with the reading that is right: counted, with a floor."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.parsing import Action, Answer, Turn, Unreadable, parse_turn

FOLDER = Path(__file__).parents[2] / "fixtures" / "turns"


def turns(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def read(turn: dict[str, Any]) -> Turn:
    return parse_turn(turn["text"], PROMPT_FORMS[turn["form"]], has_observation=turn["after_observation"],
                      functions=turn["parameters"])


def is_right(turn: dict[str, Any], found: Turn) -> bool:
    wanted = turn["reading"]
    if wanted["kind"] == "refused":  # by the parser, or by the executor for a function that does not exist
        return isinstance(found, Unreadable) or (isinstance(found, Action) and found.name not in turn["functions"])
    if isinstance(found, Unreadable) or found.thought.strip() != (wanted["thought"] or "").strip():
        return False
    if wanted["kind"] == "answer":
        return isinstance(found, Answer) and found.text == wanted["answer"]
    return isinstance(found, Action) and (found.name, found.arguments) == (wanted["action"], wanted["input"])


@pytest.mark.parametrize(("name", "floor"), [("turns.jsonl", 0.99), ("turns_heldout.jsonl", 0.95)])
def test_the_share_of_turns_that_are_read_right(name: str, floor: float) -> None:
    certain = [turn for turn in turns(name) if "doubtful" not in turn]
    wrong = [turn for turn in certain if not is_right(turn, read(turn))]
    print(f"{name}: {len(certain) - len(wrong)} of {len(certain)} read right")
    assert len(wrong) <= (1 - floor) * len(certain), Counter(turn["habit"] for turn in wrong)


def test_a_turn_with_reasoning_keeps_it_apart() -> None:
    for turn in turns("turns.jsonl"):
        if turn["habit"] == "think block" and turn["reading"]["kind"] != "refused" and "doubtful" not in turn:
            found = read(turn)
            assert "think" not in found.thought.lower(), turn["id"]
            assert found.reasoning or "<think>\n\n</think>" in turn["text"], turn["id"]
