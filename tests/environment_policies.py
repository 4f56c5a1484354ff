"""Policies for the environment: a perfect one, and what its tests and benchmark share."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from toolalpaca.conversation.observation import Observation
from toolalpaca.environment.apis import PlayedApi, SharedApis
from toolalpaca.environment.environment import ToolEnvironment
from toolalpaca.evaluation.golden_answers import gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun

ROOT = Path(__file__).resolve().parents[1]
APIS = SharedApis()
Call = tuple[str, dict[str, Any]]


@cache
def records() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8")))


def golden(played: PlayedApi, place: int) -> list[Call]:
    """The golden calls with every value filled in: questions to the user first, then what the simulator needs."""
    return list(_golden(played, place))


@cache
def _golden(played: PlayedApi, place: int) -> tuple[Call, ...]:
    calls = gold_calls(played.record["Golden_Answers"][place])
    run = GoldenRun(played.record, place, played.golden_simulator)
    assert list(run.problems(calls)) == []
    filled = iter(run.steps)
    return tuple((call.function, call.arguments) if call.function == "getDetails" else
                 (step := next(filled)) and (step.function, step.arguments) for call in calls)


def begun(record: dict[str, Any], place: int) -> tuple[ToolEnvironment, list[Call]]:
    """An environment at the beginning of a task, and the calls that solve it."""
    environment = ToolEnvironment(APIS)
    environment.reset(record, place)
    return environment, golden(APIS.played(record), place)


def truthful(calls: list[Call], seen: list[str]) -> str:
    """An answer that says what was called and what came back, of a list the first item, and nothing else."""
    lines = []
    for (function, _), text in zip(calls, seen, strict=True):
        if function != "getDetails":
            said = _words(Observation(text).body)
            lines += [f"This is what {function} gave:", f"- {said or 'nothing'}"]
    return "\n".join(lines)


def _words(value: Any) -> str:
    """A result in words, by the names of its fields."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {said}" for name, inner in value.items() if (said := _words(inner)))
    if isinstance(value, list):
        return _words(value[0]) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).rstrip(".")
