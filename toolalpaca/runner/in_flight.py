"""A note on disk of the records that a stage works on, so that the run after a killed one knows what it was doing."""

import atexit
import hashlib
import os
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolalpaca.core.errors import UsageError

_SIZE = 16  # bytes of an entry: the hash of a record's name, or zeros
_NOTHING = bytes(_SIZE)


def in_flight_path(folder: Path, stage: str) -> Path:
    """Return where a stage's note is; it is hidden, so that it is never taken for a shard."""
    return folder / f".{stage}.in_flight"


class InFlight:
    """One entry for each worker, written when it begins a record and when it has ended it.

    The kernel keeps what was written if the process is killed, so nothing is forced to the disk: an entry takes
    microseconds. After the workers' entries come the suspects of an earlier run until they are cleared.
    """

    def __init__(self, path: Path, workers: int) -> None:
        """Read what a killed run left in `path` and begin a new note; raises UsageError if it cannot be written."""
        self._path, self._process = path, os.getpid()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            left = os.pread(self._file, os.fstat(self._file).st_size, 0)
            self._suspects = sorted({left[at:at + _SIZE] for at in range(0, len(left), _SIZE)} - {_NOTHING})
            os.pwrite(self._file, _NOTHING * workers + b"".join(self._suspects), 0)
            os.ftruncate(self._file, (workers + len(self._suspects)) * _SIZE)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
        self._workers, self._out_of_memory = workers, False
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(workers):
            self._free.put(place)
        atexit.register(self.close)

    @contextmanager
    def working_on(self, record: str) -> Iterator[None]:
        """Note for the length of the block that a worker is at this record; for good if it runs out of memory."""
        place, after = self._free.get(), _NOTHING
        self._write(place, _entry(record))
        try:
            yield
        except MemoryError:
            after, self._out_of_memory = _entry(record), True
            raise
        finally:
            self._write(place, after)
            self._free.put(place)

    def is_suspect(self, record: str) -> bool:
        """Return whether a run was killed while it worked on this record, which has not been cleared since."""
        return bool(self._suspects) and _entry(record) in self._suspects

    def clear(self, record: str) -> None:
        """Take back the suspicion: what is stored for the record kills no process."""
        place = self._suspects.index(_entry(record))
        self._suspects[place] = _NOTHING
        self._write(self._workers + place, _NOTHING)

    def close(self) -> None:
        """Remove the note if this run ends by itself and not for want of memory."""
        atexit.unregister(self.close)
        if self._process == os.getpid() and self._file >= 0:
            os.close(self._file)
            self._file = -1
            if not self._out_of_memory:
                self._path.unlink(missing_ok=True)

    def _write(self, place: int, entry: bytes) -> None:
        try:
            os.pwrite(self._file, entry, place * _SIZE)
        except OSError:
            return  # the note is a help after a crash: without room for it, or after `close`, the work continues


def _entry(record: str) -> bytes:
    return hashlib.blake2b(record.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
