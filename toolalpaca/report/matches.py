"""The golden calls of a case beside the calls that were made, with what differs."""

import json
from typing import Any

from toolalpaca.evaluation.calls_score import score_calls
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.functions import Function
from toolalpaca.evaluation.golden import Placeholder, expected_calls


def matches_of(case: Case, functions: dict[str, Function]) -> dict[str, Any] | None:
    """What the page draws of a case with a golden answer, None for one without.

    `golden` holds per call its function `f`, arguments `a`, their text `w` for where they cannot be read, whether it is
    `optional`, the step `m` of the made call that it was matched with (null for none) and the values that are `wrong`
    as [path, finding, golden, made].
    `surplus` holds the steps that no golden call asks for, each with what harm it does or null.
    """
    if case.golden is None:
        return None
    calls = expected_calls(case.golden)
    golden: list[dict[str, Any]] = [
        {"f": call.function, "a": _shown(call.arguments), "w": _text(written.get("Action_Input") or ""),
         "optional": call.optional, "m": None, "wrong": []}
        for call, written in zip(calls, case.golden, strict=True)]
    score = score_calls(case, functions)
    for place, match in enumerate(score.matches if score else []):
        golden[place]["m"] = match.made.place if match.made is not None else None
        golden[place]["wrong"] = [[one.path, one.finding, _text(one.golden), None if one.made is None
                                   else _text(one.made)] for one in match.wrong]
    surplus = [[one.made.place, one.harm] for one in score.surplus] if score else []
    return {"golden": golden, "surplus": surplus}


def _shown(value: Any) -> Any:
    """Arguments as JSON; a value that the golden answer leaves open stands as ${what it is}."""
    if isinstance(value, dict):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return f"${{{value.text}}}" if isinstance(value, Placeholder) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
