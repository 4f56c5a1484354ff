"""Merging a stage's results into records: which keys each stage owns, and which later keys a change invalidates."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import checked_file, digest_of
from toolalpaca.data.redaction import redacted

# The keys each stage owns, in stage order; golden answers are written by people and belong to their instructions.
STAGE_KEYS: dict[str, tuple[str, ...]] = {
    "get_elements": ("Introduction", "Functions", "Documentation"),
    "natural_language_documentation": ("NLDocumentation", "Function_Description", "Function_Projection"),
    "instruction": ("Instructions", "Instruction_Kinds", "Follow_Ups", "Instruction_Day"),
    "golden_answers": ("Golden_Answers",),
    "generation": ("Instances", "Distractors"),
}
STAGES_AFTER = {name: list(STAGE_KEYS)[place + 1:] for place, name in enumerate(STAGE_KEYS)}


@dataclass(frozen=True)
class StageOutcome:
    """What a stage made of a record: values of its own keys, and why there are none or not all of them."""

    stage: str
    made: Mapping[str, Any]
    error: str | None = None


def updated_record(record: ApiRecord, outcome: StageOutcome, previous: ApiRecord | None,
                   held: ApiRecord | None = None) -> ApiRecord:
    """Return the record with the keys that a stage made, its error under `Errors`, and all other keys kept.

    `previous` is the record of the same name in the output file that will be replaced. Keys that later stages added to
    it, or to the input, are kept as long as the stage's own keys are unchanged, since a new document invalidates old
    instructions. Credentials are redacted except those already in `held`, which defaults to `previous`.
    """
    stage = outcome.stage
    own, later = STAGE_KEYS[stage], keys_after(stage)
    before: Any = previous if previous is not None else record
    new = {**{key: value for key, value in record.items() if key not in ("Errors", *own)}, **outcome.made}
    errors = {**(before.get("Errors") or {}), **(record.get("Errors") or {})}
    if all(key not in before or before[key] == new.get(key) for key in own):
        new = {**{key: value for key, value in before.items() if key not in ("Errors", *own)}, **new}
    else:
        new = {key: value for key, value in new.items() if key not in later}
        errors = {name: text for name, text in errors.items() if name not in STAGES_AFTER[stage]}
    errors.pop(stage, None)
    if outcome.error is not None:
        errors[stage] = outcome.error
    new |= {"Errors": errors} if errors else {}
    return redacted(new, held or previous)  # type: ignore[return-value, arg-type]


def keys_after(stage: str) -> set[str]:
    """Return the keys owned by all stages after this one."""
    return {key for later in STAGES_AFTER[stage] for key in STAGE_KEYS[later]}


def previous_records(path: Path) -> dict[str, ApiRecord]:
    """Return the records of an output file that is about to be replaced, by name; {} if there is no such file."""
    return {placed.record["Name"]: placed.record for placed in checked_file(path)} if path.exists() else {}


class PreviousOutput:
    """Look-up of the records of an existing output file by name, read along with requests in mostly the same order.

    Records passed on the way to the requested one are kept in SQLite's temporary file, not in memory.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, which need not exist. `get` raises UsageError if it reaches an invalid record."""
        self._ahead = (placed.record for placed in checked_file(path)) if path.exists() else iter(())
        self._passed = sqlite3.connect("", isolation_level=None)
        self._passed.execute("PRAGMA journal_mode = OFF")
        self._passed.execute("CREATE TABLE passed (name BLOB PRIMARY KEY, record BLOB NOT NULL)")

    def get(self, name: str) -> ApiRecord | None:
        """Return the record of that name, or None."""
        key = digest_of(name)
        for text, in self._passed.execute("SELECT record FROM passed WHERE name = ?", (key,)):
            record: ApiRecord = json.loads(text)
            return record
        for record in self._ahead:
            if record["Name"] == name:
                return record
            self._passed.execute("INSERT INTO passed VALUES (?, ?)",
                                 (digest_of(record["Name"]), json.dumps(record).encode()))
        return None
