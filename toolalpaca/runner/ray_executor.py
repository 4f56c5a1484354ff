"""The driver's side of `--ray`: connects to a cluster, starts the actors and distributes items."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from toolalpaca.core.errors import FailureKind, RecordError, UsageError, WorkersDied
from toolalpaca.core.log import log_line, one_line
from toolalpaca.runner.executor import ModelSetup, Work, gpus_wanted
from toolalpaca.runner.ray_coordinator import CoordinatorClient

LOCAL = "local"
SECONDS_TO_ANSWER = 10.0
_ALL_DIED = "all Ray actors have died; every finished call is stored, run again to resume"
MOST_DEATHS = 2  # of actors that one record may cost: a third one is not given it

DRIVER = 0  # the driver's number at the coordinator; actors count from 1


def connect(address: str, folder: str) -> Any:
    """Return the connected `ray` module. `address` is `local`, `auto` or HOST:PORT of a cluster with this machine in
    it; a local one keeps its files in the folder, which only this user may enter.

    Raises UsageError if Ray is not installed or there is no response.
    """
    # Ray counts its users over the network unless told not to, and starts a cluster of its own for a thread that is
    # late to see that the run has ended; and it hides a machine's GPUs from actors that asked for none.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if address == LOCAL:  # its servers listen on all interfaces; one of them would answer without a token
        os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
        os.environ["AUTOSCALER_METRIC_PORT"] = "-1"
    try:
        import ray
    except ImportError:
        raise UsageError("--ray: Ray is not installed; run pip install -r requirements-ray.txt") from None
    if not ray.is_initialized():
        _check(address)
        try:
            own: dict[str, Any] = {"include_dashboard": False,
                                   "_temp_dir": str(Path(folder) / "ray")}  # in which Ray lets everybody write
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR,
                     **(own if address == LOCAL else {}))
        except Exception as error:  # Ray's own kinds, and those of the network below it
            reason = one_line(error)
            raise UsageError(f"--ray {address}: no Ray cluster answers there ({reason})") from None
    return ray


def private_folder() -> TemporaryDirectory[str]:
    """Return a folder for a local cluster's files, where Ray would put them, but one that no other user may enter.

    Its name is short, since those of sockets below it must be. Raises UsageError if it cannot be made.
    """
    where = os.environ.get("RAY_TMPDIR") or "/tmp"
    try:
        return TemporaryDirectory(prefix="ray-", dir=where, ignore_cleanup_errors=True)
    except OSError as error:
        raise UsageError(f"--ray: RAY_TMPDIR {where}: cannot be written to ({error.strerror})") from None


def _check(address: str) -> None:
    """Check that a server is listening before Ray spends a minute finding out."""
    if address in (LOCAL, "auto"):
        return
    if "://" in address:
        raise UsageError(f"--ray {address}: the store of finished calls is on this machine, so run the stage on a "
                         "machine of the cluster, with HOST:PORT of its head or with auto")
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"--ray {address!r}: give HOST:PORT of the cluster's head, auto, or nothing for a local one")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--ray {address}: no Ray cluster answers there ({error})") from None


@dataclass(frozen=True)
class RayOptions:
    """The cluster's address, the number of items in flight in total, and of actors; None for as many as fit."""

    address: str
    in_flight: int
    actors: int | None = None


@dataclass(eq=False)
class _Member:
    """An actor and its number of items in progress."""

    number: int
    actor: Any
    in_flight: int = 0


class RayExecutor:
    """Runs the work on actors in a cluster; see toolalpaca.runner.executor.Executor."""

    def __init__(self, options: RayOptions, setup: ModelSetup, folder: Path) -> None:
        """Connect to the cluster; `folder` is where the store of finished calls is."""
        self._folder = private_folder()
        self._ray = connect(options.address, self._folder.name)
        from toolalpaca.runner.ray_actor import CoordinatorActor

        self._options, self._stage, self._meter = options, setup.stage, setup.meter
        self._terms = {role: (settings, setup.budgets[role].price) for role, settings in setup.roles.items()}
        self._coordinator = CoordinatorActor.options(
            name=f"toolalpaca-{self._stage}-{self._ray.get_runtime_context().get_job_id()}",
            scheduling_strategy=self._here()).remote(folder.resolve(), self._stage, self._terms)
        self.budgets = CoordinatorClient(DRIVER, self._ask).budgets(self._terms)
        self._lock = threading.Lock()
        self._members: list[_Member] = []
        self._begun: list[Work[Any, Any]] = []

    def start(self, work: Work[Any, Any]) -> Callable[[Any], Any]:
        """Return the function that has an item processed by the least busy actor; actors start at the first call."""
        if not self._begun:
            self._members = self._hired(work)
        number = next((number for number, one in enumerate(self._begun) if one is work), len(self._begun))
        if number == len(self._begun):
            self._members = self._able(number, work)
            self._begun.append(work)
            self._meter.start()
        return partial(self._make, number)

    def state(self) -> str:
        """Return how many actors are left."""
        return f"{len(self._members)} actors"

    def halt(self) -> None:
        """Tell every actor to start no further calls."""
        for member in self._members:
            member.actor.halt.remote()

    def close(self) -> None:
        """Stop the actors and disconnect from the cluster."""
        for member in self._members:
            self._ray.kill(member.actor)
        self._ray.kill(self._coordinator)
        self._ray.shutdown()
        self._folder.cleanup()

    def _here(self) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(self._ray.get_runtime_context().get_node_id(), soft=False)

    def _ask(self, method: str, *arguments: Any) -> Any:
        from toolalpaca.runner.ray_actor import call_coordinator

        return call_coordinator(self._coordinator, method, *arguments)

    def _hired(self, work: Work[Any, Any]) -> list[_Member]:
        from toolalpaca.runner.ray_actor import ActorSetup, WorkerActor, own_environment

        have = self._ray.cluster_resources()
        gpus = gpus_wanted(work) if have.get("GPU") else 0
        room = int(have["GPU"]) // gpus if gpus else int(have.get("CPU", 1))
        width = self._options.in_flight
        number = self._options.actors or max(1, min(room, width))
        if gpus and number > room:
            raise UsageError(f"--ray_actors {number}: the cluster has {int(have['GPU'])} GPUs, and each actor takes "
                             f"{gpus}")
        setup = ActorSetup(self._stage, Path.cwd(), self._terms, -(-width // number), width, own_environment())
        # Any actor must be able to take over what another one had under way. Most of an actor's time is waiting for
        # calls, so more actors than cores are allowed.
        options = WorkerActor.options(num_cpus=1 if number <= room and not gpus else 0, num_gpus=gpus,
                                      max_concurrency=width, scheduling_strategy="SPREAD")
        return [_Member(place, options.remote(place, setup, self._coordinator)) for place in range(1, number + 1)]

    def _able(self, number: int, work: Work[Any, Any]) -> list[_Member]:
        """Set up work in all actors at once and return those alive; raise their errors, UsageError if none is alive."""
        under_way = [(member, member.actor.begin.remote(number, work)) for member in self._members]
        alive, trouble = [], ""
        for member, answer in under_way:
            try:
                problem = self._ray.get(answer)
            except self._ray.exceptions.RayError as error:
                trouble = one_line(error)
                continue
            if problem is not None:
                raise problem
            alive.append(member)
        if not alive:
            raise UsageError(f"--ray: no actor could be started ({trouble})")
        return alive

    def _make(self, number: int, item: Any) -> Any:
        for _ in range(MOST_DEATHS):
            member = self._least_busy()
            try:
                outcome, counts = self._ray.get(member.actor.make.remote(number, item))
            except self._ray.exceptions.RayActorError:
                self._bury(member)
                continue
            finally:
                with self._lock:
                    member.in_flight -= 1
            self._meter.add(counts)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if not self._members:
            raise WorkersDied(_ALL_DIED)
        raise RecordError(FailureKind.UNEXPECTED_ERROR, f"{MOST_DEATHS} actors have died while they worked on this "
                          "record; the next run asks again")

    def _least_busy(self) -> _Member:
        with self._lock:
            if not self._members:
                raise WorkersDied(_ALL_DIED)
            member = min(self._members, key=lambda one: one.in_flight)
            member.in_flight += 1
            return member

    def _bury(self, member: _Member) -> None:
        with self._lock:
            if member not in self._members:
                return
            self._members.remove(member)
            left = len(self._members)
        self._ask("bury", member.number)
        log_line(f"{self._stage}: actor {member.number} has died; its records go to the other {left}")
