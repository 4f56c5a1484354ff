"""Recovery after a killed run: a note on disk of the records that were in work, and a rehearsal of each in a process of
its own, from stored answers alone, to see whether it kills that."""

import atexit
import hashlib
import multiprocessing
import os
import queue
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import FailureKind, RecordError, StageStopped, UsageError, WorkersDied
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore, FinishedCalls
from toolalpaca.llm.usage import Budget, Meter
from toolalpaca.runner.executor import ModelSetup, TaskContext, Work, Workers, try_item

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
        self._workers, self._is_kept = workers, False
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(workers):
            self._free.put(place)
        atexit.register(self.close)

    @contextmanager
    def working_on(self, record: str) -> Iterator[None]:
        """Note for the length of the block that a worker is at this record; for good if it dies or memory runs out."""
        place, after = self._free.get(), _NOTHING
        self._write(place, _entry(record))
        try:
            yield
        except (MemoryError, WorkersDied):
            after, self._is_kept = _entry(record), True
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
            if not self._is_kept:
                self._path.unlink(missing_ok=True)

    def _write(self, place: int, entry: bytes) -> None:
        try:
            os.pwrite(self._file, entry, place * _SIZE)
        except OSError:
            return  # the note is a help after a crash: without room for it, or after `close`, the work continues


def _entry(record: str) -> bytes:
    return hashlib.blake2b(record.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()


MOST_SECONDS = 60  # of processor time for one record; to use stored answers takes milliseconds
_OUT_OF_MEMORY = 12  # exit code
_CHOSEN_FIRST = "1000"  # by the kernel, if memory runs out: this process and not the stage


class _StoredAnswers(FinishedCalls):
    """The answers that are there; work that needs another one has come as far as it can."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    def get(self, key: str) -> dict[str, Any] | None:
        value = self._store.get(key)
        if value is None:
            raise StageStopped("no further answer is stored")
        return value

    def put(self, key: str, *, stage: str, record: str, value: dict[str, Any]) -> None:
        raise StageStopped("no further answer is stored")

    def attempt(self, stage: str, record: str) -> int:
        return self._store.attempt(stage, record)


@dataclass(frozen=True)
class Rehearsal:
    """What another process needs to repeat a stage's work: its name, its folder and its roles."""

    stage: str
    folder: Path
    roles: dict[str, RoleSettings]

    def deaths(self, work: Work[Any, Any], items: Sequence[Any]) -> dict[int, str]:
        """Return the places of the items on whose stored answers a process dies, each with how it died."""
        deaths: dict[int, str] = {}
        start = 0
        while start < len(items):
            done, death = self._attempt(work, items[start:])
            start += done
            if death:
                deaths[start] = death
            start += 1
            if done < 0:
                break
        return deaths

    def _attempt(self, work: Work[Any, Any], items: Sequence[Any]) -> tuple[int, str]:
        """Return how many items a process came through, -1 if it could not begin, and how it died."""
        methods = multiprocessing.get_context("spawn")  # no locks, threads or connections of this process
        receiver, sender = methods.Pipe(duplex=False)
        process = methods.Process(target=_rehearse, args=(sender, self, work, items), daemon=True)
        process.start()
        sender.close()
        done = -1
        with suppress(EOFError):
            while True:
                receiver.recv_bytes()
                done += 1
        process.join()
        died = 0 <= done < len(items)
        return done, _how(process.exitcode or 0) if died else ""


def _how(exit_code: int) -> str:
    if exit_code == -signal.SIGXCPU:
        return f"it took more than {MOST_SECONDS} s of processor time"
    if exit_code == _OUT_OF_MEMORY:
        return "it ran out of memory"
    with suppress(ValueError):
        return f"it was ended by {signal.Signals(-exit_code).name}"
    return f"it ended with exit code {exit_code}"


def _rehearse(progress: Connection, rehearsal: Rehearsal, work: Work[Any, Any], items: Sequence[Any]) -> None:
    """Do the work on each item; send a word when it has been set up and after each item."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_CHOSEN_FIRST)
    with open(os.devnull, "w") as silence:
        os.dup2(silence.fileno(), 2)  # the stage itself says what is to be said
    make = work.begin(_context(rehearsal))

    def come_through(item: Any) -> None:
        try_item(make, item)  # what is made, or why nothing is, does not matter here

    progress.send_bytes(b".")
    _grant_time()
    try:
        for _ in Workers(1).run(items, come_through):  # in a thread, whose stack is as small as in the stage
            _grant_time()
            progress.send_bytes(b".")
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)


def _grant_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + MOST_SECONDS, hard))


def _context(rehearsal: Rehearsal) -> TaskContext:
    budgets = {role: Budget(settings, None) for role, settings in rehearsal.roles.items()}
    return ModelSetup(rehearsal.stage, rehearsal.roles, budgets, _StoredAnswers(CallStore(rehearsal.folder)), Meter(),
                      stopping=lambda: False, make_endpoint=lambda settings: Endpoint(settings, 1)).context(1)


def deadly(death: str) -> RecordError:
    """Return the error of a record on whose stored answers a process dies; the next run asks for new ones."""
    return RecordError(FailureKind.UNEXPECTED_ERROR, "an earlier run was killed while it worked on this record, and a "
                       f"process that was given its stored answers died too: {death}; the next run asks again")
