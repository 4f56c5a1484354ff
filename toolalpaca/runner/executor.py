"""Executors: a stage's work on many items at once, in threads of this process or, through ray_executor.py, on
actors."""

import os
import queue
import resource
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from toolalpaca.core.errors import FailureKind, RecordError, StageStopped, UsageError, is_out_of_memory
from toolalpaca.core.log import log_line, one_line
from toolalpaca.llm.chat import ChatModel
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.llm.usage import Budget, Meter

Item_contra = TypeVar("Item_contra", contravariant=True)
Made_co = TypeVar("Made_co", covariant=True)

EndpointMaker = Callable[[RoleSettings], Endpoint]

Item = TypeVar("Item")
Made = TypeVar("Made")

GRACE_SECONDS = 10.0
# Bytes of address space, most of them never used: of the program, a thread's stack, and the heaps that threads share.
ADDRESS_SPACE, STACK, HEAP = 400 << 20, 8 << 20, 64 << 20


@dataclass(frozen=True)
class TaskContext:
    """The context of a stage's work: a model per role, the store, the counters, whether to stop, items in flight."""

    models: dict[str, ChatModel]
    store: FinishedCalls
    meter: Meter
    stopping: Callable[[], bool]
    in_flight: int


@dataclass(frozen=True)
class ModelSetup:
    """What the models of a stage's roles are made from and share; `make_endpoint` makes their endpoints."""

    stage: str
    roles: dict[str, RoleSettings]
    budgets: dict[str, Budget]
    store: FinishedCalls
    meter: Meter
    stopping: Callable[[], bool]
    make_endpoint: EndpointMaker

    def context(self, in_flight: int) -> TaskContext:
        """Return the context of work with that many items in flight."""
        return TaskContext(self._models(), self.store, self.meter, self.stopping, in_flight)

    def _models(self) -> dict[str, ChatModel]:
        """Return a model per role; roles with the same base URL and key share an endpoint and therefore its limiter."""
        endpoints: dict[tuple[str, str], Endpoint] = {}
        for values in self.roles.values():
            place = values.base_url, values.api_key_env
            if place not in endpoints:
                endpoints[place] = self.make_endpoint(values)
        return {role: ChatModel(values, self.stage, endpoints[values.base_url, values.api_key_env], self.store,
                                self.meter, self.budgets[role], self.stopping)
                for role, values in self.roles.items()}


class Work(Protocol[Item_contra, Made_co]):
    """A stage's work as plain data, so that it can be sent to other machines; its items and results are plain data
    too."""

    def begin(self, context: TaskContext) -> Callable[[Item_contra], Made_co]:
        """Return the function that processes one item, called from many threads.

        It may raise RecordError, UsageError or StageStopped; expensive set-up, such as loading a local model, happens
        here.
        """


def gpus_wanted(work: Any) -> int:
    """Return how many GPUs one process doing this work can use: `work.gpus`, else 0."""
    return getattr(work, "gpus", 0)


class Executor(Protocol):
    """What a stage requires of an executor; `budgets` are the limits of each role, shared by all workers."""

    budgets: dict[str, Budget]

    def start(self, work: Work[Any, Any]) -> Callable[[Any], Any]:
        """Return the function that processes one item, callable from as many threads as there are items in flight."""

    def state(self) -> str:
        """Return a few words for the progress bar on the current speed limit."""

    def halt(self) -> None:
        """Start no further calls."""

    def close(self) -> None:
        """End the executor."""


class ThreadExecutor:
    """Runs the work in the calling threads themselves."""

    def __init__(self, setup: ModelSetup, in_flight: int) -> None:
        self.budgets = setup.budgets
        self._context = setup.context(in_flight)
        self._endpoints = {id(model.endpoint): model.endpoint for model in self._context.models.values()}
        self._begun: tuple[Any, Callable[[Any], Any]] | None = None

    def start(self, work: Work[Any, Any]) -> Callable[[Any], Any]:
        """Return the work's own function, set up once."""
        if self._begun is None or self._begun[0] is not work:
            self._begun = work, work.begin(self._context)
        return self._begun[1]

    def state(self) -> str:
        """Return how many calls in flight each endpoint's limiter allows."""
        limits = ",".join(f"{int(endpoint.limiter.limit)}" for endpoint in self._endpoints.values())
        return f"limit {limits}" if limits else ""

    def halt(self) -> None:
        """Do nothing: the stage's own threads check whether it is stopping."""

    def close(self) -> None:
        """Do nothing: there is nothing to end."""


@dataclass(frozen=True)
class Result(Generic[Made]):
    """The outcome of item `index`: its value or its error."""

    index: int
    value: Made | None = None
    error: RecordError | None = None


def check_address_space(workers: int) -> None:
    """Raise UsageError if the limit on this process's address space (`ulimit -v`) is too small for that many workers.

    With less, libraries fail half-way through their own initialisation, where no error can be reported.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    needed = ADDRESS_SPACE + workers * STACK + min(workers, 8 * (os.cpu_count() or 1)) * HEAP
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return
    fewer = (limit - ADDRESS_SPACE) // (STACK + HEAP)
    advice = f", or use --num_workers {fewer}" if fewer > 0 else ""
    raise UsageError(f"this process may use only {limit >> 20} MB of address space, and {workers} workers need "
                     f"{needed >> 20} MB: raise the limit (ulimit -v){advice}")


class Workers:
    """A pool for successive passes over sequences, until one is given up or `stop` is called."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._stop = threading.Event()

    def stopping(self) -> bool:
        """Return whether no further calls should be started."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Start no further calls."""
        self._stop.set()

    def run(self, items: Sequence[Item], make: Callable[[Item], Made],
            halt: Callable[[], None] = lambda: None) -> Iterator[Result[Made]]:
        """Yield results as they arrive, in no particular order.

        A UsageError or StageStopped of one item ends the pass and is raised; calls in flight are given a moment to
        finish, so that what was paid for is stored. `halt` is called first.
        """
        todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.SimpleQueue[Result[Made] | BaseException] = queue.SimpleQueue()
        for index in range(len(items)):
            todo.put(index)
        threads = _started(min(self.number, len(items)), self._work, items, make, todo, done)
        try:
            for _ in items:
                result = _next(done, threads)
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
        try:
            while not self._stop.is_set():
                index = todo.get_nowait()
                outcome = try_item(make, items[index])
                if isinstance(outcome, (UsageError, StageStopped)):
                    self._stop.set()
                    done.put(outcome)
                elif isinstance(outcome, RecordError):
                    done.put(Result(index, error=outcome))
                else:
                    done.put(Result(index, value=outcome))
        except queue.Empty:
            return
        except MemoryError as error:
            self._stop.set()
            done.put(error)


def _started(number: int, target: Callable[..., None], *arguments: Any) -> list[threading.Thread]:
    """Return that many threads, or fewer if there is no room for more; raise MemoryError if there is for none."""
    threads: list[threading.Thread] = []
    for _ in range(number):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not threads:
                raise MemoryError from None
            log_line(f"warning: there is only room for {len(threads)} of {number} workers")
            break
        threads.append(thread)
    return threads


def _next(done: "queue.SimpleQueue[Result[Made] | BaseException]",
          threads: Sequence[threading.Thread]) -> "Result[Made] | BaseException":
    """Return the next result; raise MemoryError if no thread is left, not even to say that its memory ran out."""
    while True:
        alive = any(thread.is_alive() for thread in threads)
        try:
            return done.get(timeout=1.0 if alive else 0.0)
        except queue.Empty:
            if not alive:
                raise MemoryError from None


def try_item(make: Callable[[Item], Made], item: Item) -> Made | RecordError | UsageError | StageStopped:
    """Return the result for an item, or why there is none; an item on which our own code fails costs only itself."""
    try:
        return make(item)
    except (RecordError, UsageError, StageStopped) as error:
        return error
    except Exception as error:
        return unexpected(error)


def unexpected(error: Exception) -> RecordError:
    """Return the error of a record on which our own code failed, with its place in the code.

    The next run asks the model again: an answer that our code cannot handle must not fail every run.
    """
    if is_out_of_memory(error):
        raise MemoryError from None
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = f"{type(error).__name__}: {error} (in {place.name}, {place.filename.rsplit('/', 1)[-1]}:{place.lineno})"
    return RecordError(FailureKind.UNEXPECTED_ERROR, one_line(message, 500))
