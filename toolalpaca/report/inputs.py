"""Inputs of the report: runs, evaluation results, run logs and a trained model's folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json
from toolalpaca.core.run_log import LOG_NAME, read_log
from toolalpaca.data.corpus_files import is_sharded, output_place
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_records
from toolalpaca.evaluation.cases import Case, read_cases
from toolalpaca.evaluation.results import read_results


@dataclass(frozen=True)
class Run:
    """One file of conversations; `name` is unique within a report and `cases` has one entry per instruction."""

    name: str
    path: Path
    records: list[ApiRecord]
    cases: list[Case]


@dataclass(frozen=True)
class Evaluation:
    """One results file of evaluation.py."""

    name: str
    path: Path
    results: dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """Everything to report on; what is missing is empty."""

    runs: list[Run]
    evaluations: list[Evaluation] = field(default_factory=list)
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    tokenizer: Path | None = None


def read_inputs(runs: Sequence[Path], evaluations: Sequence[Path], gold: Path | None, model: Path | None) -> Inputs:
    """Read all inputs; raise UsageError naming the file and what is wrong with it."""
    golden = {record["Name"]: record for record in read_records(gold)} if gold else None
    found = [_read_run(name, path, golden) for name, path in _named(runs)]
    if golden and not any(_fits(record, golden) for run in found for record in run.records):
        raise UsageError(f"{gold}: none of its APIs is in a run with the same Instructions; leave -gold out or choose "
                         "the file that the runs were made from")
    return Inputs(found, [Evaluation(name, path, read_results(path)) for name, path in _named(evaluations)],
                  _logs([*runs, *evaluations]), _history(model) if model else [], _tokenizer(model))


def _read_run(name: str, path: Path, golden: dict[str, ApiRecord] | None) -> Run:
    records = read_records(path)
    known = {record["Name"]: golden[record["Name"]] if golden and _fits(record, golden) else record
             for record in records}
    return Run(name, path, records, read_cases(path, records, known))


def _fits(record: ApiRecord, golden: dict[str, ApiRecord]) -> bool:
    """Return whether the golden answers for an API of that name were written for this record's instructions."""
    texts = [[" ".join(str(text).split()) for text in one.get("Instructions") or []]
             for one in (record, golden.get(record["Name"], ApiRecord()))]
    return bool(texts[0]) and texts[0] == texts[1]


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return each file with the shortest name that distinguishes it: its stem, or else the folder as well."""
    plain = [path if path.exists() or not is_sharded(path) else path.parent for path in paths]  # shards/*.parquet
    stems = [path.stem for path in plain]
    short = [path.stem if stems.count(path.stem) == 1 else f"{path.resolve().parent.name}/{path.stem}"
             for path in plain]
    return [(name if short.count(name) == 1 else str(path), path) for name, path in zip(short, paths, strict=True)]


def _logs(files: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return the run logs next to the files, by folder; folders without a log are skipped."""
    logs = {}
    for folder in dict.fromkeys(output_place(path, None) for path in files):
        try:
            entries = [entry for entry in read_log(folder) if isinstance(entry, dict) and "stage" in entry]
        except (ValueError, OSError) as error:
            raise UsageError(f"{folder / LOG_NAME}: cannot be read ({error}); move it away to report without it"
                             ) from None
        if entries:
            logs[str(folder)] = entries
    return logs


def _history(model: Path) -> list[dict[str, Any]]:
    """Return the trainer's log history from the model's folder."""
    state = read_json(model / "trainer_state.json")
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise UsageError(f"{model / 'trainer_state.json'}: has no log_history; train.py writes one")
    return [entry for entry in history if isinstance(entry, dict)]


def _tokenizer(model: Path | None) -> Path | None:
    path = model / "tokenizer.json" if model else None
    return path if path is not None and path.is_file() else None
