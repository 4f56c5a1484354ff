"""The Ray actors that do a stage's work; imports Ray, so it is imported only with `--ray`."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ray

from toolalpaca.core.errors import UsageError
from toolalpaca.llm.usage import Counts, Meter
from toolalpaca.runner.executor import ModelSetup, Work, try_item
from toolalpaca.runner.ray_coordinator import Coordinator, CoordinatorClient, CoordinatorStore, RoleTerms

# Variables that are each machine's own business.
_OWN = ("RAY_", "CUDA_", "PATH", "HOME", "HOSTNAME", "PWD", "USER", "TMPDIR")
ItemOutcome = Any  # what was made, or the RecordError, UsageError or StageStopped that was raised instead


@dataclass(frozen=True)
class ActorSetup:
    """The settings sent once to each actor.

    `environment` holds the driver's variables, including keys; it is therefore an argument and not a Ray setting, since
    Ray writes those to its logs.
    """

    stage: str
    folder: Path
    terms: RoleTerms
    in_flight: int
    width: int
    environment: dict[str, str]


def own_environment() -> dict[str, str]:
    """Return the driver's variables that an actor on another machine should use if it has none of that name."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}


CoordinatorActor = ray.remote(num_cpus=0)(Coordinator)


def call_coordinator(coordinator: Any, method: str, *arguments: Any) -> Any:
    """Return or raise the result of one of the coordinator's methods."""
    try:
        return ray.get(getattr(coordinator, method).remote(*arguments))
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None


class StageWorker:
    """Does a stage's work on one item after another, many at a time, in a process of the cluster."""

    def __init__(self, number: int, setup: ActorSetup, coordinator: Any) -> None:
        for name, value in setup.environment.items():
            os.environ.setdefault(name, value)
        os.chdir(setup.folder)
        self._stop = threading.Event()
        self._meter = Meter()
        self._client = CoordinatorClient(number, partial(call_coordinator, coordinator))
        self._making: dict[int, Callable[[Any], Any]] = {}
        models = ModelSetup(setup.stage, {role: settings for role, (settings, _) in setup.terms.items()},
                            self._client.budgets(setup.terms), CoordinatorStore(self._client), self._meter,
                            self._stop.is_set, lambda settings: self._client.endpoint(settings, setup.width))
        self._context = models.context(setup.in_flight)

    def begin(self, number: int, work: Work[Any, Any]) -> UsageError | None:
        """Set up work under a number; return the error if that fails."""
        try:
            self._making[number] = work.begin(self._context)
        except UsageError as error:
            return error
        return None

    def make(self, number: int, item: Any) -> tuple[ItemOutcome, Counts]:
        """Return the numbered work's result for an item, and this actor's counts since the last report."""
        return try_item(self._making[number], item), self._meter.drain()

    @ray.method(concurrency_group="control")
    def halt(self) -> None:
        """Start no further calls."""
        self._stop.set()


WorkerActor = ray.remote(concurrency_groups={"control": 1})(StageWorker)  # type: ignore[call-overload]
