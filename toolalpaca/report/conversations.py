"""Conversations as data for the report page, with golden calls and predicted calls side by side."""

import json
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from toolalpaca.conversation.functions import own_functions
from toolalpaca.conversation.outcome import REASONS, exclusion_reason
from toolalpaca.conversation.steps import steps_of, user_turns
from toolalpaca.data.record_types import EXTERNAL_TOOLS
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import Alternatives, Placeholder, gold_calls
from toolalpaca.evaluation.results import QUESTIONS, entries_by_case
from toolalpaca.evaluation.scorers.call_matching import score_calls
from toolalpaca.openapi.api_functions import Function, functions_of
from toolalpaca.report.inputs import Evaluation, Run
from toolalpaca.report.runs import verification_of

Entries = dict[tuple[str, int], dict[str, Any]]


def matches_of(case: Case, functions: dict[str, Function]) -> dict[str, Any] | None:
    """Return what the page shows of a case with a golden answer; None for a case without one.

    `golden` holds for each call its function `f`, its arguments `a`, their text `w` if they cannot be parsed, whether
    it is `optional`, the step `m` of the matching predicted call (null if there is none) and the `wrong` values as
    [path, finding, golden, predicted]. `extra` holds the steps that no golden call asks for, each with why it counts
    against the solution, or null.
    """
    if case.golden is None:
        return None
    calls = gold_calls(case.golden)
    golden: list[dict[str, Any]] = [
        {"f": call.function, "a": _shown(call.arguments), "w": _text(written.get("Action_Input") or ""),
         "optional": call.optional, "m": None, "wrong": []}
        for call, written in zip(calls, case.golden, strict=True)]
    score = score_calls(case, functions)
    for place, match in enumerate(score.matches if score else []):
        golden[place]["m"] = match.predicted.place if match.predicted is not None else None
        golden[place]["wrong"] = [[one.path, one.finding, _text(one.golden), None if one.predicted is None
                                   else _text(one.predicted)] for one in match.wrong]
    extra = [[one.predicted.place, one.penalty] for one in score.extra] if score else []
    return {"golden": golden, "extra": extra}


def _shown(value: Any) -> Any:
    """Return arguments as JSON; a value that the golden answer leaves open becomes ${description}."""
    if isinstance(value, dict):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, Alternatives):
        return " | ".join(_text(_shown(item)) for item in value.values)
    return f"${{{value.text}}}" if isinstance(value, Placeholder) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def browser_data(runs: Sequence[Run], evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the data embedded in the page: the names of runs and evaluations, the APIs, and the instances in order."""
    apis: list[dict[str, Any]] = []
    instances: list[dict[str, Any]] = []
    entries = [entries_by_case(evaluation.results) for evaluation in evaluations]
    for number, run in enumerate(runs):
        for _, group in groupby(run.cases, key=lambda case: case.api):
            cases = list(group)
            functions = functions_of(cases[0].record) if any(case.golden for case in cases) else {}
            instances += [{"a": len(apis), **_instance(case, functions, entries)} for case in cases]
            apis.append(_api(number, cases[0]))
    return {"runs": [run.name for run in runs], "evaluations": [one.name for one in evaluations],
            "external": list(EXTERNAL_TOOLS), "apis": apis, "instances": instances}


def _api(run: int, case: Case) -> dict[str, Any]:
    record, texts = case.record, case.record.get("Function_Description") or {}
    return {"r": run, "name": case.api, "category": record.get("Category") or "(none)",
            "description": record.get("Introduction") or record.get("Description") or "",
            "functions": {name: texts[name] for name in own_functions(record)}}


def _instance(case: Case, functions: dict[str, Function], entries: Sequence[Entries]) -> dict[str, Any]:
    """Return the data of one instruction: `i` index, `q` the user's words, `k` the kind that was asked for, `s` the
    steps, `p` the steps that the assistant made in one turn with the step before, `t` last thought, `o` answer, `u` the
    turns of the user if there are several, `e` error, `m` which turns are trained, `l` why it is not a training
    example, `v` verification, `j` verdicts, `g` golden calls."""
    instance = case.instance
    steps = steps_of(instance)
    made: dict[str, Any] = {
        "i": case.id, "q": case.instruction, "k": case.asked, "o": case.answer,
        "t": str(instance.get("Final Thought") or ""), "e": case.failure,
        "s": [[step.thought, step.action, step.input, step.observation] for step in steps]}
    made["p"] = [place for place, (one, other) in enumerate(pairwise(steps), start=1) if one.turn == other.turn]
    made["u"] = _user_turns(case)
    reason = exclusion_reason(instance, case.asked)
    made |= {"l": REASONS[reason]} if reason else {"m": _trained_turns(case)}
    verification = verification_of(instance)
    if verification is not None:
        made["v"] = {"passed": bool(verification.get("passed")), "reasons": verification.get("reasons") or [],
                     "overruled": verification.get("overruled") or []}
    made["j"] = [verdict for number, found in enumerate(entries) if (verdict := _verdict(number, case, found))]
    made["g"] = matches_of(case, functions)
    return {key: value for key, value in made.items() if value not in (None, "", [])}


def _user_turns(case: Case) -> list[list[Any]]:
    """Return how many steps each turn of the user took, their words, the last thought and the answer; nothing for a
    conversation of one turn."""
    instances = case.record.get("Instances") or []
    turns = user_turns(instances[case.id]) if case.id < len(instances) and isinstance(instances[case.id], dict) else []
    return [[len(steps_of(turn)), str(turn.get("input") or ""), str(turn.get("Final Thought") or ""),
             str(turn.get("output") or "")] for turn in turns] if len(turns) > 1 else []


def _trained_turns(case: Case) -> list[int]:
    """Return for each turn of the assistant, including the last, 1 if a model is trained to write it and 0
    otherwise."""
    return [*(int(step.is_call) for step in steps_of(case.instance)), 1]


def _verdict(number: int, case: Case, entries: Entries) -> dict[str, Any] | None:
    """Return an evaluation's verdict on this solution; entries that do not hold the solution are assumed to match."""
    entry = entries.get((case.api, case.id))
    if entry is None or entry.get("input", case.instruction) != case.instruction:
        return None
    if entry.get("output", case.answer) != case.answer:
        return None
    found = entry.get("scores")
    scores = found if isinstance(found, dict) else {}
    why = entry.get("judgement") or entry.get("judge_error") or entry.get("error") or ""
    return {"n": number, **{name[0]: entry.get(key) for name, key in QUESTIONS.items()}, "why": str(why),
            "class": scores.get("error_class"), "found": scores.get("found") or []}
