"""The records of an output that is about to be replaced, asked for by name while the new ones are made."""

import json
import sqlite3
from pathlib import Path

from toolalpaca.name_index import digest_of
from toolalpaca.records import ApiRecord, checked_file


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
