"""A run of a stage that calls language models: its store, models, workers, progress bar and closing report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import lock_output
from toolalpaca.core.log import log_line, record_bar, refreshed
from toolalpaca.core.run_log import Report
from toolalpaca.data.merge import StageOutcome, previous_records, updated_record
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import write_records
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import ModelFlags, RoleSettings, role_settings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, LikelyCall, Meter, cost_estimate, load_prices, price_of
from toolalpaca.runner.crash_recovery import InFlight, Rehearsal, deadly, in_flight_path
from toolalpaca.runner.executor import (
    Executor,
    Item,
    Made,
    ModelSetup,
    Result,
    ThreadExecutor,
    Work,
    Workers,
    check_address_space,
    gpus_wanted,
)

MOST_WAITING = 1_000  # records that wait for a batch at once, each in a thread of its own


@dataclass(frozen=True)
class StagePlan:
    """The stage's name, its output folder, the roles whose models it calls, and the other settings that affect answers.

    `settings` are this run's choices other than the models (prompt fingerprints, forms, switches). `flag_role` is the
    role to which this command's `--model` and `--temperature` apply.
    """

    name: str
    folder: Path
    roles: tuple[str, ...]
    flag_role: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class RunOptions:
    """Command-line options of stages that call models; `ray` is the address of a cluster."""

    flags: ModelFlags
    num_workers: int
    overwrite: bool = False
    dry_run: bool = False
    batch: bool = False
    ray: str | None = None
    ray_actors: int | None = None

    def __post_init__(self) -> None:
        """Raise UsageError for batches on a cluster."""
        if self.batch and self.on_ray:
            raise UsageError("--ray and --batch contradict each other: a batch leaves from one process; leave one out")

    @property
    def on_ray(self) -> bool:
        """Return whether the work runs on a cluster."""
        return self.ray is not None and not self.dry_run


class Stage:
    """A run of a stage: opened before any call; then `begin`, `run` and `write` for each output file, and `close`."""

    def __init__(self, plan: StagePlan, options: RunOptions) -> None:
        """Open the store and determine the roles' settings; raise UsageError for an invalid roles file, store or
        cluster."""
        self.plan = plan
        self._overwrite = options.overwrite
        self.workers = Workers(max(options.num_workers, MOST_WAITING) if options.batch else options.num_workers)
        self.roles = {role: role_settings(role, options.flags, flags_apply=role == plan.flag_role)
                      for role in plan.roles}
        self.settings = plan.settings | {role: values.deciding() for role, values in self.roles.items()}
        self.meter = Meter()
        self.report = Report(plan.name, settings=self.settings | {"num_workers": options.num_workers})
        check_address_space(self.workers.number)
        self._in_flight: InFlight | None = None
        if not options.dry_run:
            lock_output(plan.folder)
            self._in_flight = InFlight(in_flight_path(plan.folder, plan.name), self.workers.number)
        self.store = CallStore(plan.folder)
        prices = load_prices()
        budgets = {role: Budget(values, price_of(values.model, prices)) for role, values in self.roles.items()}
        setup = ModelSetup(plan.name, self.roles, budgets, self.store, self.meter, self.workers.stopping,
                           self._batch_endpoint if options.batch else self._endpoint)
        self._executor = self._ray_executor(options, setup) if options.on_ray else \
            ThreadExecutor(setup, self.workers.number)
        self._failed: list[str] = []
        self._example = ""

    def _endpoint(self, settings: RoleSettings) -> Endpoint:
        return Endpoint(settings, self.workers.number)

    def _batch_endpoint(self, settings: RoleSettings) -> Endpoint:
        from toolalpaca.llm.batch_api import BatchEndpoint

        return BatchEndpoint(settings, self.workers.number, self.store)

    def _ray_executor(self, options: RunOptions, setup: ModelSetup) -> Executor:
        from toolalpaca.runner.ray_executor import LOCAL, RayExecutor, RayOptions

        return RayExecutor(RayOptions(options.ray or LOCAL, options.num_workers, options.ray_actors), setup,
                           self.plan.folder)

    def dry_run(self, expected: Iterable[tuple[str, Iterable[LikelyCall]]]) -> int:
        """Print the estimated cost of the stage instead of running it; return the exit code.

        `expected` holds the names under which calls are stored, each with the calls that it probably takes.
        """
        counted = ((calls, sum(1 for _ in self.store.calls_of(self.plan.name, [name]))) for name, calls in expected)
        log_line(cost_estimate(self.plan.name, counted, {role: values.model for role, values in self.roles.items()},
                               load_prices()))
        self.store.close()
        return 0

    def begin(self, output: Path, records: Sequence[str]) -> None:
        """Begin or resume an output file; raise UsageError if it was begun with other settings.

        `records` are the names under which calls for this file are stored.
        """
        if self._overwrite:
            self.store.forget(self.plan.name, records, output.name)
        self.store.check_settings(self.plan.name, output.name, self.settings, records)
        budgets = self._executor.budgets
        if all(budget.unlimited for budget in budgets.values()):
            return
        for _, value in self.store.calls_of(self.plan.name, records):
            if value.get("role") in budgets:
                budgets[value["role"]].add_earlier(value["completion"]["usage"])

    def run(self, items: Sequence[Item], work: Work[Item, Made], name: Callable[[Item], str],
            unit: str = "record", title: str = "") -> list[Result[Made]]:
        """Do the work on every item, `num_workers` at a time; the results come in the order of the items.

        `name` gives the record under which an item's calls are stored; `title` names the part of the corpus.
        """
        results: list[Result[Made]] = [Result(index) for index in range(len(items))]
        make = self._watched(items, work, name)
        with record_bar(f"{self.plan.name} {title}".strip(), len(items), unit) as bar, refreshed(bar, self._postfix):
            for result in self.workers.run(items, make, self._executor.halt):
                results[result.index] = result
                self._count(result, name(items[result.index]))
                bar.set_postfix_str(self._postfix(), refresh=False)
                bar.update()
        return results

    def _watched(self, items: Sequence[Item], work: Work[Item, Made], name: Callable[[Item], str],
                 ) -> Callable[[Item], Made]:
        """Return the function that makes an item, for which a process that is killed leaves a note; those that killed
        one fail at once."""
        notes = self._in_flight
        if notes is None:
            return self._executor.start(work)
        deaths = self._deaths(notes, [item for item in items if notes.is_suspect(name(item))], work, name)
        make = self._executor.start(work)

        def watched(item: Item) -> Made:
            record = name(item)
            if record in deaths:
                raise deadly(deaths[record])
            with notes.working_on(record):
                return make(item)

        return watched

    def _deaths(self, notes: InFlight, suspects: Sequence[Item], work: Work[Item, Made],
                name: Callable[[Item], str]) -> dict[str, str]:
        """Return on whose stored answers a process dies, of those that a killed run worked on; clear the others."""
        if not suspects or gpus_wanted(work):
            return {}
        log_line(f"{self.plan.name}: the last run was killed; looking whether what is stored for the "
                 f"{len(suspects)} records that it worked on would kill this one too")
        places = Rehearsal(self.plan.name, self.plan.folder, self.roles).deaths(work, suspects)
        deaths = {name(suspects[place]): death for place, death in places.items()}
        for record in {name(item) for item in suspects} - deaths.keys():
            notes.clear(record)
        return deaths

    def write(self, output: Path, records: Iterable[ApiRecord]) -> None:
        """Replace the output file; an existing one is kept if nothing could be made."""
        if self.report.made or not output.exists():
            write_records(output, records)
            self.report.files.append(output)

    def close(self) -> int:
        """Report, and let records with bad answers be asked again next time; to be called after the output is
        written."""
        self.workers.stop()
        self._executor.close()
        self.store.begin_next_attempt(self.plan.name, self._failed)
        self.store.close()
        if self._in_flight:
            self._in_flight.close()
        self.report.meter = self.meter.report()
        return self.report.close(self.plan.folder, self._example)

    def _count(self, result: Result[Made], record: str) -> None:
        if result.error is None:
            self.report.made += 1
            return
        self.report.failed[result.error.kind] += 1
        self._example = self._example or f"{record!r}: {result.error}"
        if result.error.kind.retry_fresh:
            self._failed.append(record)

    def _postfix(self) -> str:
        total = self.meter.total()
        return ", ".join(filter(None, [
            f"{sum(list(self.report.failed.values()))} failed", f"{total.calls} calls",
            f"{(total.tokens_in + total.tokens_out) / 1000:.0f}k tokens", self._executor.state()]))


def updated_records(records: Sequence[ApiRecord], results: Sequence[Result[dict[str, Any]]], stage: str,
                    output: Path) -> Iterator[ApiRecord]:
    """Yield each record with the keys a stage made for it, or with its error and what was made before it."""
    previous = previous_records(output)
    for record, result in zip(records, results, strict=True):
        outcome = (StageOutcome(stage, result.value or {}) if result.error is None
                   else StageOutcome(stage, result.error.partial, str(result.error)))
        yield updated_record(record, outcome, previous.get(record["Name"]))
