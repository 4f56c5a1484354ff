"""One run of a stage that calls language models: its store, its models, its workers, its bar and its closing report."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from toolalpaca.budget import Budget
from toolalpaca.cli import say
from toolalpaca.endpoint import Endpoint
from toolalpaca.forecast import ExpectedCall, forecast
from toolalpaca.llm import ChatModel
from toolalpaca.meter import Meter
from toolalpaca.prices import load_prices, price_of
from toolalpaca.records import ApiRecord, previous_records, updated_record, write_records
from toolalpaca.roles import RoleSettings, role_settings
from toolalpaca.run_log import Report
from toolalpaca.store import CallStore
from toolalpaca.workers import Result, Workers

MOST_WAITING = 1_000  # records that wait for a batch at once, each in a thread of its own
Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class StagePlan:
    """What a run is: the stage's name, the file it makes, whose calls it makes and what else decides the answers.

    `settings` names what was chosen for this run beside the roles' models (prompt fingerprints, forms, switches).
    `flag_role` is the role that this command's `--model` and `--temperature` speak of.
    """

    name: str
    output: Path
    roles: tuple[str, ...]
    flag_role: str
    settings: dict[str, Any]


class Stage:
    """Opened once per run, before any call; `models` holds a ChatModel per role."""

    def __init__(self, plan: StagePlan, args: argparse.Namespace, records: Sequence[str]) -> None:
        """Open the store and settle the roles. `records` are the names under which calls are stored.

        Raises UsageError for a missing key, a wrong roles file, or an output begun with other settings.
        """
        self.plan = plan
        self._records = records
        self.meter = Meter()
        self._batch = getattr(args, "batch", False)
        self.workers = Workers(max(args.num_workers, MOST_WAITING) if self._batch else args.num_workers)
        roles = {role: role_settings(role, args, flags_apply=role == plan.flag_role) for role in plan.roles}
        settings = plan.settings | {role: _deciding(values) for role, values in roles.items()}
        self.report = Report(plan.name, settings=settings | {"num_workers": args.num_workers})
        self.store = CallStore(plan.output.parent)
        endpoints: dict[tuple[str, str], Endpoint] = {}
        for values in roles.values():
            endpoints.setdefault((values.base_url, values.api_key_env), self._endpoint(values))
        self._endpoints = list(endpoints.values())
        if args.overwrite and not args.dry_run:
            self.store.forget(plan.name, records, plan.output.name)
        if not args.dry_run:
            self.store.check_settings(plan.name, plan.output.name, settings, records)
        prices = load_prices()
        budgets = {role: Budget(values, price_of(values.model, prices)) for role, values in roles.items()}
        self._count_earlier(budgets)
        self.models = {
            role: ChatModel(values, plan.name, endpoints[values.base_url, values.api_key_env], self.store, self.meter,
                            budgets[role], self.workers.stopping)
            for role, values in roles.items()}
        self._failed: list[str] = []
        self._example = ""

    def _endpoint(self, settings: RoleSettings) -> Endpoint:
        if not self._batch:
            return Endpoint(settings, self.workers.number)
        from toolalpaca.batch import BatchEndpoint

        return BatchEndpoint(settings, self.workers.number, self.store)

    def _count_earlier(self, budgets: dict[str, Budget]) -> None:
        if all(budget.unlimited for budget in budgets.values()):
            return
        for _, value in self.store.calls_of(self.plan.name, self._records):
            if value.get("role") in budgets:
                budgets[value["role"]].add_earlier(value["completion"]["usage"])

    def dry_run(self, calls: Iterable[ExpectedCall]) -> int:
        """What `--dry_run` does instead of `run`: print what the stage would take."""
        finished = sum(1 for _ in self.store.calls_of(self.plan.name, self._records))
        say(forecast(self.plan.name, calls, {role: model.settings.model for role, model in self.models.items()},
                     load_prices(), finished))
        self.store.close()
        return 0

    def run(self, items: Sequence[Item], make: Callable[[Item], Made], name: Callable[[Item], str],
            unit: str = "record") -> list[Result[Made]]:
        """`make` every item, `num_workers` at a time; the results come in the order of the items.

        `name` gives the record under which an item's calls are stored.
        """
        results: list[Result[Made]] = [Result(index) for index in range(len(items))]
        with self._bar(len(items), unit) as bar:
            for result in self.workers.run(items, make):
                results[result.index] = result
                self._count(result, name(items[result.index]))
                bar.set_postfix_str(self._postfix(), refresh=False)
                bar.update()
        return results

    def write(self, records: Iterable[ApiRecord]) -> None:
        """Replace the output file; an output that stood there stays when nothing at all could be made."""
        if self.report.made or not self.plan.output.exists():
            write_records(self.plan.output, records)
            self.report.files.append(self.plan.output)

    def close(self) -> int:
        """To be called once the output is written: report, and let records with bad answers ask anew next time."""
        self.store.begin_next_attempt(self.plan.name, self._failed)
        self.store.close()
        self.report.meter = self.meter.report()
        return self.report.close(self.plan.output.parent, self._example)

    def _count(self, result: Result[Made], record: str) -> None:
        if result.error is None:
            self.report.made += 1
            return
        self.report.failed[result.error.reason] += 1
        self._example = self._example or f"{record!r}: {result.error}"
        if result.error.retry_fresh:
            self._failed.append(record)

    def _bar(self, total: int, unit: str) -> Any:
        from tqdm import tqdm

        return tqdm(total=total, desc=self.plan.name, unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(),
                    dynamic_ncols=True)

    def _postfix(self) -> str:
        total = self.meter.total()
        limits = ",".join(f"{int(endpoint.pace.limit)}" for endpoint in self._endpoints)
        return (f"{self.report.failed.total()} failed, {total.calls} calls, "
                f"{(total.tokens_in + total.tokens_out) / 1000:.0f}k tokens, limit {limits}")


def _deciding(settings: RoleSettings) -> dict[str, Any]:
    """The part of a role's settings that decides answers; retries, limits and where the endpoint is do not."""
    return {"model": settings.model, **settings.sampling()}


def updated_records(records: Sequence[ApiRecord], results: Sequence[Result[dict[str, Any]]], stage: str,
                    output: Path) -> Iterator[ApiRecord]:
    """Each record with the keys a stage made for it, or with its error and what could be made all the same."""
    previous = previous_records(output)
    for record, result in zip(records, results, strict=True):
        made = result.error.partial if result.error is not None else result.value
        error = str(result.error) if result.error is not None else None
        yield updated_record(record, made or {}, stage, previous.get(record["Name"]), error)
