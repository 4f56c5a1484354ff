"""Time, CPU time and memory as the benchmarks measure them."""

import os
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """Seconds that a block of code took: by the clock, and of CPU time."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured(cpu_clock: Callable[[], float] = time.process_time) -> Iterator[Spent]:
    """Measure the block; the CPU time is this process's unless another clock is given."""
    spent, began, used = Spent(), time.perf_counter(), cpu_clock()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - began, cpu_clock() - used


def cpu_of_children() -> float:
    """Return the seconds of CPU that the processes started by this one took, those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_memory() -> float:
    """Return the memory that this process holds now, in MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def peak_memory(who: int = resource.RUSAGE_SELF) -> float:
    """Return the most memory that this process held, or one of its children, in MB (10^6 bytes)."""
    return resource.getrusage(who).ru_maxrss * 1024 / 1e6


def best_of(rounds: int, work: Callable[[], object], clock: Callable[[], float] = time.perf_counter,
            before: Callable[[], object] = lambda: None) -> float:
    """Return the seconds of the fastest of the rounds, without what is done before each."""
    best = float("inf")
    for _ in range(rounds):
        before()
        began = clock()
        work()
        best = min(best, clock() - began)
    return best


def seconds_of_calls(out: Path, latency: float) -> float:
    """Return the seconds from a stage's first call of a model to its last answer, by the times in its folder's store;
    `latency` is what the model takes for an answer."""
    with sqlite3.connect(out / "calls.sqlite") as store:
        first, last = store.execute(
            "SELECT min(created), max(created) FROM calls WHERE value LIKE '%\"completion\"%'").fetchone()
    return last - first + latency
