"""Merging what a stage made into records: the keys each stage owns, what later stages lose, the output that is
replaced."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from toolalpaca.data.name_index import digest_of
from toolalpaca.data.records import checked_file
from toolalpaca.data.redaction import redacted
from toolalpaca.data.schema import ApiRecord

# The keys each stage owns, in the order of the stages; golden answers are people's and belong to their instructions.
STAGE_KEYS: dict[str, tuple[str, ...]] = {
    "get_elements": ("Introduction", "Functions", "Documentation"),
    "natural_language_documentation": ("NLDocumentation", "Function_Description", "Function_Projection"),
    "instruction": ("Instructions", "Instruction_Kinds", "Follow_Ups"),
    "golden_answers": ("Golden_Answers",),
    "generation": ("Instances", "Distractors"),
}
STAGES_AFTER = {name: list(STAGE_KEYS)[place + 1:] for place, name in enumerate(STAGE_KEYS)}


def updated_record(record: ApiRecord, made: dict[str, Any], stage: str, previous: ApiRecord | None,
                   error: str | None = None, held: ApiRecord | None = None) -> ApiRecord:
    """A stage's new version of a record: its own keys as `made`, its `error` under `Errors`, all else carried along.

    `previous` is the record of that name in the output file that will be replaced; what later stages had put there,
    or into the input, stays while the stage's own keys say what they said, since a new document makes old
    instructions worthless. Credentials are redacted but for those that stand in `held`, which is `previous` unless it
    is given.
    """
    own, later = STAGE_KEYS[stage], keys_after(stage)
    before: Any = previous if previous is not None else record
    new: dict[str, Any] = {key: value for key, value in record.items() if key not in own and key != "Errors"} | made
    errors = {**(before.get("Errors") or {}), **(record.get("Errors") or {})}
    if all(key not in before or before[key] == new.get(key) for key in own):
        new = {**{key: value for key, value in before.items() if key not in ("Errors", *own)}, **new}
    else:
        new = {key: value for key, value in new.items() if key not in later}
        errors = {name: text for name, text in errors.items() if name not in STAGES_AFTER[stage]}
    errors.pop(stage, None)
    if error is not None:
        errors[stage] = error
    new |= {"Errors": errors} if errors else {}
    return redacted(new, held or previous)  # type: ignore[return-value, arg-type]


def keys_after(stage: str) -> set[str]:
    """The keys of all stages after this one."""
    return {key for later in STAGES_AFTER[stage] for key in STAGE_KEYS[later]}


def previous_records(path: Path) -> dict[str, ApiRecord]:
    """The records of an output file that is about to be replaced, by name; empty when there is none."""
    return {placed.record["Name"]: placed.record for placed in checked_file(path)} if path.exists() else {}


class PreviousOutput:
    """Reads the file along with the questions, which mostly come in its order.

    A record that is passed on the way to the one asked for waits in SQLite's temporary file, not in memory.
    """

    def __init__(self, path: Path) -> None:
        """There may be no such file. UsageError is raised when the reading meets a record that is none."""
        self._ahead = (placed.record for placed in checked_file(path)) if path.exists() else iter(())
        self._passed = sqlite3.connect("", isolation_level=None)
        self._passed.execute("PRAGMA journal_mode = OFF")
        self._passed.execute("CREATE TABLE passed (name BLOB PRIMARY KEY, record BLOB NOT NULL)")

    def get(self, name: str) -> ApiRecord | None:
        """The record of that name, or None."""
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
