"""The results file: the verdicts and findings on every case, the statistics over them and how they were made."""

import importlib.metadata
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import FailureKind, UsageError, stored_kind
from toolalpaca.core.files import read_json
from toolalpaca.evaluation.cases import RESERVED, Case
from toolalpaca.evaluation.statistics import wilson

VERDICTS = ("Yes", "No", "Uncertain")
QUESTIONS = {"process": "process_correctness", "response": "final_response_correctness"}
Entry = dict[str, Any]  # of one case: "id", "input", "output", the two verdicts (None without one), more by their names


def entry_of(case: Case, **found: Any) -> Entry:
    """Return a case's entry, with verdicts of None unless given in `found`."""
    return {"id": case.id, "input": case.instruction, "output": case.answer,
            **dict.fromkeys(QUESTIONS.values()), **found}


def failed_entry(case: Case) -> Entry:
    """Return the entry of a case without a solution."""
    return entry_of(case, error=case.failure, error_kind=case.failure_kind)


def statistics(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return counts and rates over cases.

    `num` counts every case. `error_num` of them have no solution and count as incorrect. A case whose verdict was
    `unreadable` or that was `not_judged` is excluded from the rates.
    """
    errors = sum("error" in entry for entry in entries)
    unjudged = [entry for entry in entries if "judge_error" in entry]
    unreadable = sum(stored_kind(entry, "judge_error") is FailureKind.UNREADABLE_VERDICT for entry in unjudged)
    known = len(entries) - len(unjudged)
    counts = {name: _count(entries, key) for name, key in QUESTIONS.items()}
    both = sum(all(entry[key] == "Yes" for key in QUESTIONS.values()) for entry in entries)
    return {
        "num": len(entries), "error_num": errors, "unreadable": unreadable, "not_judged": len(unjudged) - unreadable,
        **counts, "both": both,
        "rates": {name: wilson(count["Yes"], known) for name, count in counts.items()} | {"both": wilson(both, known)},
    }


def _count(entries: Iterable[Entry], key: str) -> dict[str, int]:
    given = Counter(entry[key] for entry in entries)
    return {verdict: given[verdict] for verdict in VERDICTS}


def results_file(cases: Sequence[Case], entries: Sequence[Entry], run: dict[str, Any],
                 statistics: dict[str, Any]) -> dict[str, Any]:
    """Return the whole content of the file: statistics, run, and each API's entries under its name."""
    apis: dict[str, list[Entry]] = {}
    for case, entry in zip(cases, entries, strict=True):
        apis.setdefault(case.api, []).append(entry)
    return {"statistics": statistics, "run": run, **apis}


def run_block(settings: dict[str, Any], argv: Sequence[str], scorers: int | None = None) -> dict[str, Any]:
    """Return how the results were made: the settings, the exact command and the versions of the programs.

    The scorers' version is included if they were used.
    """
    packages: dict[str, Any] = {name: importlib.metadata.version(name) for name in ("openai", "scipy")}
    if scorers is not None:
        packages["scorers"] = scorers
    return {"settings": settings, "command": shlex.join(["python", "evaluation.py", *argv]),
            "versions": {"python": platform.python_version(), **packages}}


def command_line(argv: Sequence[str] | None) -> list[str]:
    """Return the arguments of this run."""
    return list(sys.argv[1:] if argv is None else argv)


def read_results(path: Path) -> dict[str, Any]:
    """Return a results file, ours or another with entries under API names; raise UsageError if it is not one."""
    results = read_json(path)
    if not isinstance(results, dict) or not entries_by_case(results):
        raise UsageError(f"{path}: no results of evaluation.py (expected a JSON object with each API's verdicts)")
    run = results.get("run") or {}
    parts = [run, *(run.get(key) or {} for key in ("settings", "versions"))] if isinstance(run, dict) else [run]
    if not all(isinstance(part, dict) for part in parts):
        raise UsageError(f"{path}: its 'run' is not the block that evaluation.py writes; remove it or repeat the "
                         "evaluation")
    if not _is_statistics(results.get("statistics", {})):
        raise UsageError(f"{path}: its 'statistics' are not those that evaluation.py writes; remove them or repeat the "
                         "evaluation")
    return results


def _is_statistics(value: Any) -> bool:
    suite = value.get("suite", {}) if isinstance(value, dict) else None
    return isinstance(suite, dict) and all(isinstance(suite.get(key, ""), str) for key in ("name", "version"))


def recorded_settings(results: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in a results file; {} for one from another program."""
    return (results.get("run") or {}).get("settings") or {}


def is_judged(results: dict[str, Any]) -> bool:
    """Return whether the verdicts in a results file are a judge's, as opposed to scorers' or a published test's."""
    return recorded_settings(results).get("verdicts_of", "judge") == "judge"


def judged_entries(path: Path, results: dict[str, Any], cases: Sequence[Case]) -> list[Entry]:
    """Return a judge's entries on these solutions from the file `path`, without any scores.

    Raises UsageError if the file lacks a case or judges another solution of it.
    """
    found, entries = entries_by_case(results), []
    for case in cases:
        entry = found.get((case.api, case.id))
        if entry is None or not _is_about(entry, case):
            raise UsageError(f"{path}: holds no verdict on the solution of {case.name}; give the run that the results "
                             "were made from with -api")
        entries.append(entry_of(case) | {key: value for key, value in entry.items() if key != "scores"})
    return entries


def entries_by_case(results: dict[str, Any]) -> dict[tuple[str, int], Entry]:
    """Return the entries of a results file by API name and id."""
    return {(api, entry["id"]): entry for api, entries in results.items()
            if api not in RESERVED and isinstance(entries, list)
            for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), int)}


def known_entries(path: Path, cases: Sequence[Case], settings: dict[str, Any]) -> dict[str, Entry]:
    """Return the entries in `path` with both verdicts on these solutions, by case name; {} if there is no file.

    Entries that do not contain the solution they judge, as those of other programs, are assumed to match. Raises
    UsageError if the file was made with other settings, since verdicts of two judges must not be mixed.
    """
    if not path.exists():
        return {}
    results = read_results(path)
    before = (results.get("run") or {}).get("settings")
    if before is not None and before != settings:
        changed = ", ".join(sorted(key for key in {*before, *settings} if before.get(key) != settings.get(key)))
        raise UsageError(f"{path}: was made with other settings ({changed}); leave --continue_run out or choose "
                         "another -out")
    found = entries_by_case(results)
    pairs = ((case, found.get((case.api, case.id), {})) for case in cases)
    return {case.name: entry_of(case) | entry for case, entry in pairs if case.failure is None and _fits(entry, case)}


def _fits(entry: Entry, case: Case) -> bool:
    return _is_about(entry, case) and all(entry.get(key) in VERDICTS for key in QUESTIONS.values())


def _is_about(entry: Entry, case: Case) -> bool:
    return entry.get("input", case.instruction) == case.instruction and entry.get("output", case.answer) == case.answer
