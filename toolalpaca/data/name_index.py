"""An index of a corpus's record names, kept on disk: finds duplicates and ranks names for a split."""

import hashlib

_TABLE = "CREATE TABLE names (digest BLOB PRIMARY KEY, file TEXT NOT NULL, record INTEGER NOT NULL) WITHOUT ROWID"


class NameIndex:
    """Names and where they occur. What exceeds SQLite's small cache goes to its temporary file."""

    def __init__(self) -> None:
        import sqlite3  # late, since every script imports this module before it parses its arguments

        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute(_TABLE)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, name: str, file: str, record: int) -> tuple[str, int] | None:
        """Add a name; return where it occurred before, None if it is new."""
        digest = digest_of(name)
        added = self._table.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", (digest, file, record)).rowcount
        if not added:
            row: tuple[str, int] = self._table.execute(
                "SELECT file, record FROM names WHERE digest = ?", (digest,)).fetchone()
            return row
        self._count += 1
        return None

    def at_rank(self, rank: int) -> bytes:
        """Return the digest that has `rank` smaller ones; ranks look random but are the same for the same names."""
        [digest] = self._table.execute("SELECT digest FROM names ORDER BY digest LIMIT 1 OFFSET ?", (rank,)).fetchone()
        return bytes(digest)


def digest_of(name: str) -> bytes:
    """Return the SHA-256 digest of a name."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).digest()
