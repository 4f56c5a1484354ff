"""What `--continue_run` takes over from a results file that is there already, ours or a published one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError
from toolalpaca.evaluation.cases import RESERVED, Case
from toolalpaca.evaluation.results import QUESTIONS, Entry, entry_of
from toolalpaca.evaluation.verdict import VERDICTS
from toolalpaca.records import read_json


def read_results(path: Path) -> dict[str, Any]:
    """A results file, ours or another with entries under API names; raises UsageError when it is not one."""
    results = read_json(path)
    if not isinstance(results, dict) or not entries_by_case(results):
        raise UsageError(f"{path}: no results of evaluation.py (expected a JSON object with each API's verdicts)")
    return results


def entries_by_case(results: dict[str, Any]) -> dict[tuple[str, int], Entry]:
    """The entries of a results file by API name and id."""
    return {(api, entry["id"]): entry for api, entries in results.items()
            if api not in RESERVED and isinstance(entries, list)
            for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), int)}


def known_entries(path: Path, cases: Sequence[Case], settings: dict[str, Any]) -> dict[str, Entry]:
    """The entries in `path` with both verdicts on these very solutions, by case name; none where there is no file.

    Entries that do not say which solution they judge, as those of other programs, are taken at their word.

    Raises UsageError when the file was made with other settings, since verdicts of two judges must not be mixed.
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
    same = entry.get("input", case.instruction) == case.instruction and entry.get("output", case.answer) == case.answer
    return same and all(entry.get(key) in VERDICTS for key in QUESTIONS.values())
