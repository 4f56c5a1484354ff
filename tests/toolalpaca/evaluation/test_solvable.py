"""The tasks of our own set that need an earlier result can be solved in schema mode by following the golden calls, and
what comes out makes sense: a table of all sixty, for readers.
"""

import json
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.core.jsons import leaves
from toolalpaca.evaluation.golden_answers import GoldCall, gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun, GoldenStep
from toolalpaca.simulator.engine import InProcessSimulator
from toolalpaca.simulator.faker.kinds import pool

ROOT = Path(__file__).resolve().parents[3]
TABLE = Path(__file__).with_name("solvable_tasks.md")
_LONGEST = 400
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FILLERS = frozenset({*pool("sentence"), *pool("paragraph")})  # what is made up if a document gives no example


@cache
def _records() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8")))


def _tasks() -> list[tuple[str, int]]:
    """The tasks with a call that needs what an earlier one returned, apart from the user's own words."""
    return [(record["Name"], place) for record in _records() for place, golden in enumerate(record["Golden_Answers"])
            if set().union(*(call.sources() for call in gold_calls(golden))) - {"getDetails"}]


def _run(name: str, place: int) -> tuple[list[GoldCall], list[GoldenStep], list[tuple[str, str]]]:
    record = next(one for one in _records() if one["Name"] == name)
    calls = gold_calls(record["Golden_Answers"][place])
    run = GoldenRun(record, place, InProcessSimulator([record]))
    return calls, run.steps, list(run.problems(calls))


@cache
def _all_runs() -> dict[tuple[str, int], Any]:
    return {task: _run(*task) for task in _tasks()}


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."


def _table() -> str:
    lines = ["# The sixty tasks that need an earlier result", "",
             "What each golden call answers in schema mode. Written by `test_solvable.py` in the same folder.", ""]
    for (name, place), (_, steps, _) in _all_runs().items():
        instruction = next(one for one in _records() if one["Name"] == name)["Instructions"][place]
        lines += [f"## {name} [{place}]", "", instruction, ""]
        lines += [f"- `{step.function} {_text(step.arguments)}`\n  {step.status} `{_text(step.body)}`"
                  for step in steps]
        lines.append("")
    return "\n".join(lines)


def test_there_are_sixty():
    assert len(_tasks()) == 60


@pytest.mark.parametrize("task", _tasks(), ids=lambda task: f"{task[0]} [{task[1]}]")
def test_following_the_golden_calls_solves_it(task):
    calls, steps, problems = _all_runs()[task]
    assert problems == []
    made = [step for step in steps if step.function != "getDetails"]
    assert [step.function for step in made] == [call.function for call in calls if call.function != "getDetails"]
    for step in made:
        assert not _FILLERS & {leaf for leaf in leaves(step.body) if isinstance(leaf, str)}, "words that mean nothing"
        _check_dates(step)


def _check_dates(step: GoldenStep) -> None:
    """All days of what is read lie in the range that the request gives."""
    given = [step.arguments.get("from", step.arguments.get("date")), step.arguments.get("to")]
    if not step.function.startswith(("get", "find", "list")) or not _DAY.fullmatch(str(given[0])):
        return
    first = date.fromisoformat(given[0])
    last = date.fromisoformat(given[1]) if _DAY.fullmatch(str(given[1])) else first + timedelta(
        days=step.arguments.get("days", 1 if "date" in step.arguments else 31) - 1)
    days = [date.fromisoformat(text) for text in _DAY.findall(json.dumps(step.body))]
    assert all(first <= day <= last for day in days)


def test_the_table_is_what_the_simulator_answers():
    assert TABLE.read_text(encoding="utf-8") == _table(), "read what changed, then call write_table()"


def write_table() -> None:
    """Write the table, after a change of what the simulator answers has been read and found good."""
    TABLE.write_text(_table(), encoding="utf-8")
