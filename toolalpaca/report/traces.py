"""Every conversation as the page's browser draws it: one small object each, with short keys because they repeat."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.functions import Function, functions_of
from toolalpaca.evaluation.previous import entries_by_case
from toolalpaca.evaluation.results import QUESTIONS
from toolalpaca.evaluation.trace import steps_of
from toolalpaca.external_tools import EXTERNAL_TOOLS
from toolalpaca.report.corpus import Segments
from toolalpaca.report.inputs import Evaluation, Run
from toolalpaca.report.matches import matches_of
from toolalpaca.report.reasons import verification_of
from toolalpaca.sft import REASONS, completed, why_left_out

Entries = dict[tuple[str, int], dict[str, Any]]


def browser_data(runs: Sequence[Run], evaluations: Sequence[Evaluation], segments: Segments) -> dict[str, Any]:
    """What is embedded in the page: names of runs and evaluations, the APIs, and the instances in their order."""
    apis: list[dict[str, Any]] = []
    instances: list[dict[str, Any]] = []
    entries = [entries_by_case(evaluation.results) for evaluation in evaluations]
    for number, run in enumerate(runs):
        for _, group in groupby(run.cases, key=lambda case: case.api):
            cases = list(group)
            functions = functions_of(cases[0].record) if any(case.golden for case in cases) else {}
            instances += [{"a": len(apis), **_instance(case, functions, entries, segments)} for case in cases]
            apis.append(_api(number, cases[0]))
    return {"runs": [run.name for run in runs], "evaluations": [one.name for one in evaluations],
            "external": list(EXTERNAL_TOOLS), "apis": apis, "instances": instances}


def _api(run: int, case: Case) -> dict[str, Any]:
    record = case.record
    return {"r": run, "name": case.api, "category": record.get("Category") or "(none)",
            "description": record.get("Introduction") or record.get("Description") or "",
            "functions": {name: text for name, text in (record.get("Function_Description") or {}).items()
                          if name != "components"}}


def _instance(case: Case, functions: dict[str, Function], entries: Sequence[Entries],
              segments: Segments) -> dict[str, Any]:
    """One instruction: `i` its place, `q` the user's words, `s` the steps, `t` last thought, `o` answer, `e` error,
    `m` which turns are trained, `l` why it is no training example, `v` verification, `j` verdicts, `g` golden calls."""
    instance = case.instance
    made: dict[str, Any] = {
        "i": case.id, "q": case.instruction, "o": case.answer, "t": str(instance.get("Final Thought") or ""),
        "e": case.failure, "s": [[step.thought, step.action, step.action_input, step.observation]
                                 for step in steps_of(instance)]}
    reason = why_left_out(instance)
    made |= {"l": REASONS[reason]} if reason else {"m": _trained_turns(case, segments)}
    verification = verification_of(instance)
    if verification is not None:
        made["v"] = {"passed": bool(verification.get("passed")), "reasons": verification.get("reasons") or []}
    made["j"] = [verdict for number, found in enumerate(entries) if (verdict := _verdict(number, case, found))]
    made["g"] = matches_of(case, functions)
    return {key: value for key, value in made.items() if value not in (None, "", [])}


def _trained_turns(case: Case, segments: Segments) -> list[int]:
    """For each turn of the assistant, the last one included, 1 where a model is trained to write it."""
    pieces = segments(case.record, completed(case.instance))
    return [int(trained) for _, trained in pieces[1::2]]


def _verdict(number: int, case: Case, entries: Entries) -> dict[str, Any] | None:
    """What an evaluation says of this very solution; entries that do not hold a solution are taken at their word."""
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
