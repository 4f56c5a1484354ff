"""Work on records done once more in a process of its own, from stored answers alone, to see whether they kill it."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import FailureKind, RecordError, StageStopped
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore, FinishedCalls
from toolalpaca.llm.usage import Budget, Meter
from toolalpaca.runner.executor import TaskContext, Work, Workers, chat_models, try_item

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
    store, meter = _StoredAnswers(CallStore(rehearsal.folder)), Meter()
    budgets = {role: Budget(settings, None) for role, settings in rehearsal.roles.items()}
    models = chat_models(rehearsal.stage, rehearsal.roles, budgets, store, meter, lambda: False,
                         lambda settings: Endpoint(settings, 1))
    return TaskContext(models, store, meter, lambda: False, 1)


def deadly(death: str) -> RecordError:
    """Return the error of a record on whose stored answers a process dies; the next run asks for new ones."""
    return RecordError(FailureKind.UNEXPECTED_ERROR, "an earlier run was killed while it worked on this record, and a "
                       f"process that was given its stored answers died too: {death}; the next run asks anew")
