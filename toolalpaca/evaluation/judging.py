"""The run of the judge over all cases: what is known is taken over, the rest is asked for, several at once."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.judge import Judge, Judgement
from toolalpaca.evaluation.previous import known_entries
from toolalpaca.evaluation.results import Entry, failed_entry, judged_entry
from toolalpaca.prompts import Prompt
from toolalpaca.stage import Stage, StagePlan
from toolalpaca.workers import Result

STAGE = "evaluation"


def judge_stage(args: argparse.Namespace, cases: Sequence[Case], prompt: Prompt, output: Path) -> Stage:
    """The stage's run, opened before any call. The number of votes is no setting of it: more votes add to those
    that were cast."""
    plan = StagePlan(STAGE, output, roles=("judge",), flag_role="judge",
                     settings={"evaluation_prompt": prompt.fingerprint})
    return Stage(plan, args, [case.name for case in cases])


def judge_cases(stage: Stage, prompt: Prompt, cases: Sequence[Case], votes: int,
                known: dict[str, Entry]) -> list[Entry]:
    """One entry per case, in their order; `known` ones are taken over and cases without a solution cost no call."""
    judge = Judge(stage.models["judge"], prompt, votes)
    entries = {case.name: failed_entry(case) for case in cases if case.failure is not None} | known
    asked = [case for case in cases if case.name not in entries]
    stage.report.made += len(entries)
    results: list[Result[Judgement]] = stage.run(asked, judge.judge, name=lambda case: case.name, unit="case")
    for case, result in zip(asked, results, strict=True):
        entries[case.name] = judged_entry(case, result.value, result.error)
    return [entries[case.name] for case in cases]


def settings_of(stage: Stage, votes: int) -> dict[str, Any]:
    """What decided the verdicts, for the results file."""
    settings = dict(stage.report.settings) | {"votes": votes}
    settings.pop("num_workers")
    return settings


def known_before(args: argparse.Namespace, cases: Sequence[Case], settings: dict[str, Any],
                 output: Path) -> dict[str, Entry]:
    """What `--continue_run` finds in the output file."""
    return known_entries(output, cases, settings) if args.continue_run else {}
