"""Many records at once: N threads take the next record as soon as they are free, so that none waits for a slow one."""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from toolalpaca.errors import RecordError, StageStopped, UsageError

Item = TypeVar("Item")
Made = TypeVar("Made")

GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class Result(Generic[Made]):
    """What became of item `index`: its value, or the error it carries."""

    index: int
    value: Made | None = None
    error: RecordError | None = None


class Workers:
    """A pool for one pass over a sequence after another, until one is given up or `stop` is called."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._stop = threading.Event()

    def stopping(self) -> bool:
        """True when no further call should leave."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Let no further call leave."""
        self._stop.set()

    def run(self, items: Sequence[Item], make: Callable[[Item], Made],
            halt: Callable[[], None] = lambda: None) -> Iterator[Result[Made]]:
        """Results as they come, in no order. A UsageError or StageStopped of one item ends the pass and is raised;
        calls in flight then get a moment to end, so that what they were paid for is stored. `halt` is called first."""
        todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.SimpleQueue[Result[Made] | BaseException] = queue.SimpleQueue()
        for index in range(len(items)):
            todo.put(index)
        threads = [threading.Thread(target=self._work, args=(items, make, todo, done), daemon=True)
                   for _ in range(min(self.number, len(items)))]
        try:
            for thread in threads:
                thread.start()
            for _ in items:
                result = done.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        except BaseException:
            self._stop.set()
            halt()
            raise
        finally:
            latest = time.monotonic() + GRACE_SECONDS
            for thread in threads:
                thread.join(max(0.0, latest - time.monotonic()))

    def _work(self, items: Sequence[Item], make: Callable[[Item], Made], todo: "queue.SimpleQueue[int]",
              done: "queue.SimpleQueue[Result[Made] | BaseException]") -> None:
        while not self._stop.is_set():
            try:
                index = todo.get_nowait()
            except queue.Empty:
                return
            outcome = attempted(make, items[index])
            if isinstance(outcome, (UsageError, StageStopped)):
                self._stop.set()
                done.put(outcome)
            elif isinstance(outcome, RecordError):
                done.put(Result(index, error=outcome))
            else:
                done.put(Result(index, value=outcome))


def attempted(make: Callable[[Item], Made], item: Item) -> Made | RecordError | UsageError | StageStopped:
    """What was made, or why not; an item so odd that our own code fails on it costs that item only."""
    try:
        return make(item)
    except (RecordError, UsageError, StageStopped) as error:
        return error
    except Exception as error:
        return unexpected(error)


def unexpected(error: Exception) -> RecordError:
    """The error of a record on which our own code failed, with the place in the code."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = f"{type(error).__name__}: {error} (in {place.name}, {place.filename.rsplit('/', 1)[-1]}:{place.lineno})"
    return RecordError("unexpected_error", " ".join(message.split())[:500])
