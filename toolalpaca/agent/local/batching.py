"""Batching of turns for a local model: all waiting turns run together, and those that arrive meanwhile may join.

Threads call `submit` and wait; a separate thread runs the batches. A batch that does not fit in memory is halved.
"""

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from toolalpaca.core.errors import FailureKind, RecordError, StageStopped
from toolalpaca.core.log import one_line

QUIET = 0.03  # seconds without a new turn after which a batch that could be larger starts all the same
LONGEST_WAIT = 0.3
LONGEST_END = 60.0  # seconds a batch may take to come to a stop
MOST_TOKENS = 512  # of one turn; thought, action and input take about 100


@dataclass(frozen=True)
class Sampling:
    """How an engine draws tokens. Temperature 0, the default, is greedy decoding: the same run gives the same file.

    `most_tokens` bounds an answer.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    most_tokens: int = MOST_TOKENS
    seed: int = 0


class OutOfMemory(Exception):
    """The batch does not fit in the device's memory."""


@dataclass
class PendingTurn:
    """One prompt as token ids, and the model's output; `written` are the tokens of an answer that will be continued."""

    prompt: list[int]
    stop: tuple[str, ...]
    written: list[int] = field(default_factory=list)
    text: str = ""
    tokens: int = 0
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    def finish(self, text: str, tokens: int) -> None:
        """Pass the answer to the waiting thread; an engine may do so while others are still being generated."""
        if not self.done.is_set():
            self.text, self.tokens = text, tokens
            self.done.set()

    def fail(self, error: Exception) -> None:
        """Pass the error to the waiting thread."""
        if not self.done.is_set():
            self.error = error
            self.done.set()


class Queue(Protocol):
    """The turns that wait while an engine runs, as the engine sees them."""

    def take(self, running: int) -> list[PendingTurn]:
        """Return turns that join the `running` ones, as many as there is room for."""

    def waiting(self) -> int:
        """Return the number of waiting turns."""

    def stopping(self) -> bool:
        """Return whether the stage is ending."""


class _NoQueue:
    def take(self, running: int) -> list[PendingTurn]:
        return []

    def waiting(self) -> int:
        return 0

    def stopping(self) -> bool:
        return False


NO_QUEUE = _NoQueue()


class Engine(Protocol):
    """A model that generates for several prompts at once."""

    def run(self, turns: list[PendingTurn], queue: Queue) -> None:
        """Finish the turns and those taken from the queue; some may be left with what is `written`, to be continued.

        Raises OutOfMemory if they are too many at once; those already finished remain so.
        """


class Batcher:
    """Runs an engine on waiting turns; `in_flight` is the most turns that can wait, `largest` the batch size."""

    def __init__(self, engine: Engine, in_flight: int, stopping: Callable[[], bool] = lambda: False) -> None:
        self._engine = engine
        self._in_flight = self.largest = in_flight
        self._closed = False
        self._stopping: Callable[[], bool] = lambda: self._closed or stopping()
        self._waiting: list[PendingTurn] = []
        self._running: list[PendingTurn] = []
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, turn: PendingTurn) -> PendingTurn:
        """Wait for the turn's answer; raise RecordError if there is none, StageStopped if the stage ends."""
        with self._arrived:
            self._waiting.append(turn)
            self._arrived.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, daemon=True)
                self._thread.start()
                atexit.register(self.close)  # a thread killed inside the model's library would abort the process
        while not turn.done.wait(0.5):
            if self._stopping():
                raise StageStopped("the stage is ending")
        if turn.error is not None:
            raise turn.error
        return turn

    def close(self) -> None:
        """Let the current batch reach its next stopping point and end the thread."""
        self._closed = True
        if self._thread is not None:
            self._thread.join(LONGEST_END)

    def take(self, running: int) -> list[PendingTurn]:
        """Return turns that join the batch, for the engine."""
        with self._arrived:
            room = max(0, self.largest - running)
            turns, self._waiting = self._waiting[:room], self._waiting[room:]
            self._running += turns
        return turns

    def waiting(self) -> int:
        """Return the number of waiting turns, for the engine."""
        return len(self._waiting)

    def stopping(self) -> bool:
        """Return whether the stage is ending."""
        return self._stopping()

    def _serve(self) -> None:
        while not self._stopping():
            # Prompts that begin alike and are of like length go together: a batch shares the one and pads the other.
            turns = sorted(self._gather(), key=lambda turn: (turn.stop, turn.prompt[:64], len(turn.prompt)))
            self._put_back(turns[self.largest:])  # to join the batch as soon as a row of it ends
            self._run_all(turns[:self.largest])

    def _gather(self) -> list[PendingTurn]:
        """Return all waiting turns once no more are expected."""
        with self._arrived:
            while not self._waiting:
                if self._stopping():
                    return []
                self._arrived.wait(0.2)
            latest = time.monotonic() + LONGEST_WAIT
            while len(self._waiting) < self._in_flight and time.monotonic() < latest:
                before = len(self._waiting)
                self._arrived.wait(QUIET)
                if len(self._waiting) == before:
                    break
            turns, self._waiting = self._waiting, []
        return turns

    def _run_all(self, turns: list[PendingTurn]) -> None:
        while turns:
            size = self.largest
            self._run(turns[:size])
            turns = turns[size:]

    def _put_back(self, turns: list[PendingTurn]) -> None:
        with self._arrived:
            self._waiting += turns

    def _run(self, turns: list[PendingTurn]) -> None:
        self._running = running = list(turns)
        try:
            self._engine.run(turns, self)
            self._put_back([turn for turn in running if not turn.done.is_set()])
        except OutOfMemory:
            left = [turn for turn in running if not turn.done.is_set()]
            if len(running) == 1:
                alone = "the model has no room for this conversation alone"
                left[0].fail(RecordError(FailureKind.OUT_OF_MEMORY, alone))
            else:  # in smaller batches
                self.largest = max(1, len(left) // 2)
                self._run_all(left)
        except RecordError as error:
            for turn in running:
                turn.fail(error)
        except Exception as error:  # whatever a model library raises costs these turns, not the threads that wait
            for turn in running:
                turn.fail(RecordError(FailureKind.MODEL_FAILED, f"{type(error).__name__}: {one_line(error, 200)}"))
