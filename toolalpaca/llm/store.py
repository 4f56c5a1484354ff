"""The store of finished calls: one SQLite file per output folder, from which every output file is derived.

Responses of models and real APIs are stored before use. A stage that was killed and is run again finds them here and
repeats only the calls that were in flight. Several threads and processes may share one store.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.core.log import one_line

STORE_NAME = "calls.sqlite"
_MOMENT = "now"  # the key of a stored time
# Errors that say nothing against the file: no room, no right to write, a failing disk, another program, no memory.
_PASSING = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_NOMEM")
# What the library raises; it cannot even decode its own message about some damaged files.
_ERRORS = (sqlite3.Error, MemoryError, UnicodeDecodeError)
SYNC_SECONDS = 1.0  # how often what was stored is forced to the disk: a power loss costs the calls since then

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, record TEXT NOT NULL, value TEXT NOT NULL, created REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_by_record ON calls (stage, record);
CREATE TABLE IF NOT EXISTS attempts (
    stage TEXT NOT NULL, record TEXT NOT NULL, attempt INTEGER NOT NULL, PRIMARY KEY (stage, record)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (token TEXT PRIMARY KEY, batch TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch_calls (key TEXT PRIMARY KEY, token TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS batch_calls_by_token ON batch_calls (token);
CREATE TABLE IF NOT EXISTS settings (
    stage TEXT NOT NULL, output TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (stage, output)
) WITHOUT ROWID;
"""


def call_key(**parts: Any) -> str:
    """Return the SHA-256 of everything that determines an answer: equal parts give equal keys, in any order."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


class FinishedCalls(ABC):
    """The interface of the store for those who make calls, wherever its file is."""

    @abstractmethod
    def get(self, key: str) -> dict[str, Any] | None:
        """Return the stored value, or None."""

    @abstractmethod
    def put(self, key: str, *, stage: str, record: str, value: dict[str, Any]) -> None:
        """Store a finished call; once this returns, the value survives the end of the process.

        Raises StageStopped if it cannot be stored, since every further call would be paid for in vain.
        """

    @abstractmethod
    def attempt(self, stage: str, record: str) -> int:
        """Return how many times this record has failed because of bad answers; part of the key, so that a rerun asks
        again."""

    def once(self, key: str, *, stage: str, record: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the stored value of `key`, or store and return the result of `make`; its exceptions are not stored."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, stage=stage, record=record, value=value)
        return value

    def moment(self, key: str, *, stage: str, record: str, clock: Callable[[], datetime]) -> datetime:
        """Return the stored time of `key`, or store and return the clock's, so that a resumed run has the same time."""
        value = self.once(key, stage=stage, record=record, make=lambda: {_MOMENT: clock().isoformat()})
        return datetime.fromisoformat(value[_MOMENT])


class CallStore(FinishedCalls):
    """Finished calls by key, with each record's attempt and the settings of each output."""

    def __init__(self, folder: Path) -> None:
        """Open or create the store of `folder`; raise UsageError if the file there is not a store or cannot be used."""
        self.path = folder / STORE_NAME
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
            self._db.text_factory = lambda text: text.decode(errors="replace")
            # Write-ahead log: readers and one writer work side by side, and what was committed survives a kill -9.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            self._file = os.stat(self.path)
        except (*_ERRORS, OSError) as error:
            raise UsageError(f"{self.path}: cannot be used as the store of finished calls "
                             f"({one_line(error)}); {_advice(error)}") from None
        self._synced = time.monotonic()

    def close(self) -> None:
        """Close the database; later calls fail."""
        with self._lock:
            self._db.close()

    def get(self, key: str) -> dict[str, Any] | None:
        row = self._row("SELECT value FROM calls WHERE key = ?", key)
        return _value(row[0]) if row else None

    def put(self, key: str, *, stage: str, record: str, value: dict[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        try:
            with self._lock:
                self._db.execute("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?)",
                                 (key, stage, record, text, time.time()))
                if time.monotonic() - self._synced > SYNC_SECONDS:
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                    self._synced = time.monotonic()
        except _ERRORS as error:
            raise self._useless("a finished call cannot be stored", error) from None
        self._check_place()

    def _check_place(self) -> None:
        """Raise StageStopped if the file has been moved or replaced, since anything stored would be lost with it."""
        try:
            if os.path.samestat(self._file, os.stat(self.path)):
                return
        except OSError:
            pass  # falls through to the message, which serves both cases
        raise StageStopped(f"{self.path}: was deleted or replaced while this stage ran, so that finished calls are no "
                           "longer kept; run the same command again")

    def calls_of(self, stage: str, records: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield record and value of every finished call of a stage for these records, grouped by record; a stored time
        is not a call."""
        for record in dict.fromkeys(records):
            with self._using():
                rows = self._db.execute("SELECT value FROM calls WHERE stage = ? AND record = ?",
                                        (stage, record)).fetchall()
            values = (_value(text) for (text,) in rows)
            yield from ((record, value) for value in values if value is not None and value.keys() != {_MOMENT})

    def attempt(self, stage: str, record: str) -> int:
        row = self._row("SELECT attempt FROM attempts WHERE stage = ? AND record = ?", stage, record)
        return row[0] if row else 0

    def attempts(self, stage: str) -> dict[str, int]:
        """Return the attempt of every record of a stage for which it is not 0."""
        with self._using():
            return dict(self._db.execute("SELECT record, attempt FROM attempts WHERE stage = ?", (stage,)).fetchall())

    def begin_next_attempt(self, stage: str, records: Iterable[str]) -> None:
        """Let the next run ask for new answers for these records; to be called after the output is written."""
        with self._using(), self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO attempts VALUES (?, ?, 1) "
                                 "ON CONFLICT DO UPDATE SET attempt = attempt + 1", [(stage, name) for name in records])

    def forget(self, stage: str, records: Iterable[str], output: str) -> None:
        """Delete the stage's calls and attempts for these records, and the output's settings, for `--overwrite`."""
        with self._using(), self._db:
            self._db.execute("BEGIN")
            for name in records:
                for table in ("calls", "attempts"):
                    self._db.execute(f"DELETE FROM {table} WHERE stage = ? AND record = ?", (stage, name))
            self._db.execute("DELETE FROM settings WHERE stage = ? AND output = ?", (stage, output))

    def begin_batch(self, token: str, keys: Iterable[str]) -> None:
        """Record, before anything is uploaded, that these calls go into the batch with this `token`."""
        with self._using(), self._db:
            self._db.execute("BEGIN")
            self._db.execute("INSERT INTO batches VALUES (?, NULL)", (token,))
            self._db.executemany("INSERT OR REPLACE INTO batch_calls VALUES (?, ?)", [(key, token) for key in keys])

    def name_batch(self, token: str, batch: str) -> None:
        """Record the endpoint's name for an uploaded batch."""
        with self._using():
            self._db.execute("UPDATE batches SET batch = ? WHERE token = ?", (batch, token))

    def open_batches(self) -> list[tuple[str, str | None]]:
        """Return token and name of every batch with a call that has no stored answer yet."""
        with self._using():
            return self._db.execute(
                "SELECT DISTINCT token, batch FROM batches JOIN batch_calls USING (token) "
                "WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.key = batch_calls.key)").fetchall()

    def batch_of(self, key: str) -> str | None:
        """Return the name of the batch that a call is in, or None."""
        row = self._row("SELECT batch FROM batch_calls JOIN batches USING (token) WHERE key = ?", key)
        return row[0] if row else None

    def batch_keys(self, batch: str) -> list[str]:
        """Return the calls in a batch."""
        with self._using():
            return [key for (key,) in self._db.execute(
                "SELECT key FROM batch_calls JOIN batches USING (token) WHERE batch = ?", (batch,)).fetchall()]

    def leave_batch(self, batch: str, keys: Iterable[str]) -> None:
        """Release calls that got no answer in the batch, so that they may go into another one."""
        with self._using(), self._db:
            self._db.execute("BEGIN")
            self._db.executemany("DELETE FROM batch_calls WHERE key = ? AND token = "
                                 "(SELECT token FROM batches WHERE batch = ?)", [(key, batch) for key in keys])

    def check_settings(self, stage: str, output: str, settings: dict[str, Any], records: Iterable[str]) -> None:
        """Record the settings of an output; raise UsageError if it was begun with others and calls of `records` are
        stored."""
        text = json.dumps(settings, sort_keys=True)
        row = self._row("SELECT value FROM settings WHERE stage = ? AND output = ?", stage, output)
        if row and row[0] != text and next(self.calls_of(stage, records), None):
            before = json.loads(row[0])
            changed = "; ".join(f"{key} was {before.get(key)!r}, is now {settings.get(key)!r}"
                                for key in sorted({*before, *settings}) if before.get(key) != settings.get(key))
            raise UsageError(f"{output} in {self.path.parent} was begun with other settings ({changed}); "
                             "add --overwrite to start afresh or choose another -out")
        with self._using():
            self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", (stage, output, text))

    def _row(self, query: str, *values: Any) -> Any:
        with self._using():
            return self._db.execute(query, values).fetchone()

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Yield the database to one thread at a time; a database that can no longer be used stops the stage."""
        try:
            with self._lock:
                yield
        except _ERRORS as error:
            raise self._useless("the store of finished calls cannot be used", error) from None

    def _useless(self, what: str, error: Exception) -> StageStopped:
        return StageStopped(f"{self.path}: {what} ({one_line(error)}); {_advice(error)}")


def _value(text: str) -> dict[str, Any] | None:
    """Return a stored value; None for a damaged one, which is asked for again."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _advice(error: Exception) -> str:
    """Return what to do about a database error: free what is short, or give up a damaged file."""
    name = getattr(error, "sqlite_errorname", "")
    if isinstance(error, sqlite3.DatabaseError | UnicodeDecodeError) and not name.startswith(_PASSING):
        return ("the file is damaged or is not a store: move it away to start afresh; sqlite3's command .recover saves "
                "what can still be read")
    if isinstance(error, MemoryError) or name.startswith("SQLITE_NOMEM"):
        return "what is in it stays; run the same command again with more memory or fewer --num_workers"
    return "what is in it stays; run the same command again once that is fixed"
