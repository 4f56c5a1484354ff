"""The names of a corpus, kept outside of memory: to find one that comes twice, and to rank them for a split."""

import hashlib

_TABLE = "CREATE TABLE names (digest BLOB PRIMARY KEY, file TEXT NOT NULL, record INTEGER NOT NULL) WITHOUT ROWID"


class NameIndex:
    """Names with where they were met. SQLite's temporary file holds what its small cache does not."""

    def __init__(self) -> None:
        import sqlite3  # late, since every script that reads records imports this module before its arguments parse

        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute(_TABLE)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, name: str, file: str, record: int) -> tuple[str, int] | None:
        """Take a name in; where it was met before, if it was."""
        digest = digest_of(name)
        added = self._table.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", (digest, file, record)).rowcount
        if not added:
            row: tuple[str, int] = self._table.execute(
                "SELECT file, record FROM names WHERE digest = ?", (digest,)).fetchone()
            return row
        self._count += 1
        return None

    def at_rank(self, rank: int) -> bytes:
        """The digest that has `rank` smaller ones; ranks are at random, but the same for the same names."""
        [digest] = self._table.execute("SELECT digest FROM names ORDER BY digest LIMIT 1 OFFSET ?", (rank,)).fetchone()
        return bytes(digest)


def digest_of(name: str) -> bytes:
    """The SHA-256 of a name."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).digest()
