"""A simulator put together from a command line's settings, and run."""

import argparse
import gc
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from toolalpaca.core.cli import output_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import log_line
from toolalpaca.core.run_log import Report
from toolalpaca.data.corpus import output_place
from toolalpaca.data.records import read_records
from toolalpaca.llm.chat import ChatModel, Message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.roles import role_settings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter, load_prices, price_of
from toolalpaca.simulator.app import ACCESS_LOG, check_binding, create_app
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import Recording, Simulator
from toolalpaca.simulator.engine import forget as forget_recorded
from toolalpaca.simulator.failures import Failures
from toolalpaca.simulator.llm_responder import PLACEHOLDERS, LlmResponder
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.server import Server, listening_sockets
from toolalpaca.simulator.server_processes import Processes, Tally, share_of_budget, share_of_rates
from toolalpaca.simulator.state.sessions import Sessions

STAGE = "simulator"
_SPARE_THREADS = 8  # so that pages, health and refusals are answered while all workers wait for a model


@dataclass(frozen=True)
class _ChatTeacher:
    """The teacher as the simulator needs it, over the shared client. `give_up` is told when no call will ever do."""

    model: ChatModel
    give_up: Callable[[UsageError], None]

    def answer(self, messages: list[Message], record: str) -> str:
        try:
            return self.model.complete(messages, record=record)
        except UsageError as error:
            self.give_up(error)
            raise


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; raises UsageError for what cannot be served."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    ACCESS_LOG.setLevel(logging.INFO if args.verbose else logging.WARNING)
    check_binding(args.host, args.token)
    catalog = Catalog(read_records(args.api_data_path, required=("Name", "Documentation")))
    if args.dry_run:
        log_line(f"{len(catalog.names)} APIs can be served; in llm mode each request takes one call to the model or "
                 "more")
        return 0
    folder = output_folder(args.output_dir or output_place(args.api_data_path.resolve(), None))
    listeners = listening_sockets(args.host, args.port, args.processes)
    urls = [f"http://{_reachable(args.host)}:{listener.getsockname()[1]}" for listener in listeners]
    _prepare_store(folder, catalog, overwrite=args.overwrite)
    prompt = None
    if "llm" in args.mode:
        import openai  # noqa: F401  takes its time: here all processes have it at once

        prompt = Prompt(args.template, PLACEHOLDERS)
    gc.freeze()  # what is loaded by now stays, so the collector need not look at it again
    play, ready = Play(args, catalog, folder, prompt), partial(_tell_ready, args, urls, catalog)
    report = Report(STAGE, settings={"mode": list(args.mode), "num_workers": args.num_workers,
                                     "failures": args.failures})
    if prompt is not None:
        report.settings[STAGE] = role_settings(STAGE, args).deciding()
    if len(listeners) == 1:
        simulator, meter = play.serve(listeners[0], threading.Event(), ready)
        tallies = [Tally(simulator.answered, simulator.troubles, simulator.failures, meter.drain())]
    else:
        report.settings["processes"] = args.processes
        tallies = Processes(play.tallied, dict(zip(urls, listeners, strict=True))).run(ready)
    _add_up(tallies, report)
    report.close(folder)
    return 0


def _add_up(tallies: Sequence[Tally], report: Report) -> None:
    """Let the report say what all processes have done together."""
    meter, failures = Meter(), Counter[str]()
    meter.start()
    for tally in tallies:
        report.made += tally.answered
        report.failed.update(tally.troubles)
        failures.update(tally.failures)
        meter.add(tally.counts)
    report.meter = meter.report()
    if failures:
        report.counts["failures"] = dict(sorted(failures.items()))


@dataclass(frozen=True)
class Play:
    """What one process needs to play the APIs on a socket; `prompt` is there where a model answers."""

    args: argparse.Namespace
    catalog: Catalog
    folder: Path
    prompt: Prompt | None

    def serve(self, listener: socket.socket, stop: threading.Event,
              ready: Callable[[], None]) -> tuple[Simulator, Meter]:
        """Call `ready`, then serve until `stop` is set or a signal comes; what was done and what it took.

        Raises UsageError, at the start or later, when it is found that no call to the model will ever do.
        """
        store, meter, found = CallStore(self.folder), Meter(), list[UsageError]()

        def give_up(error: UsageError) -> None:
            found.append(error)
            stop.set()

        made = SchemaResponder(self.args.seed or 0)
        model = None
        if self.prompt is not None:
            chat = self._chat_model(store, meter, stopping=lambda: bool(found))
            model = LlmResponder(_ChatTeacher(chat, give_up), self.prompt, self.args.request_type, made)
        simulator = Simulator(self.catalog, self.args.mode, made=made, sessions=Sessions(), model=model,
                              recording=Recording(store), request_type=self.args.request_type,
                              failures=Failures(self.args.failures, self.args.seed or 0))
        threads = self.args.num_workers + _SPARE_THREADS if model is not None else 0
        server = Server(create_app(simulator, token=self.args.token), listener, threads)
        ready()
        server.serve(stop)
        store.close()
        if found:
            raise found[0]
        return simulator, meter

    def tallied(self, listener: socket.socket, stop: threading.Event, ready: Callable[[], None]) -> Tally:
        """`serve`, with what was done in a form that can be sent to another process."""
        simulator, meter = self.serve(listener, stop, ready)
        return Tally(simulator.answered, simulator.troubles, simulator.failures, meter.drain())

    def _chat_model(self, store: CallStore, meter: Meter, stopping: Callable[[], bool]) -> ChatModel:
        processes = self.args.processes
        settings = share_of_rates(role_settings(STAGE, self.args), processes)
        endpoint = Endpoint(settings, self.args.num_workers)
        endpoint.connect()  # before the first request: an endpoint that does not answer is bad input
        budget = Budget(settings, price_of(settings.model, load_prices()))
        if not budget.unlimited:
            for _, value in store.calls_of(STAGE, self.catalog.names):
                budget.add_earlier(value["completion"]["usage"])
            budget.settings = share_of_budget(settings, budget.spent, processes)
        return ChatModel(settings, STAGE, endpoint, store, meter, budget, stopping)


def _tell_ready(args: argparse.Namespace, urls: list[str], catalog: Catalog) -> None:
    many = f"Simulators ready at {','.join(urls)} ({len(catalog.names)} APIs each)"
    log_line(many if len(urls) > 1 else f"Simulator ready at {urls[0]} ({len(catalog.names)} APIs)")
    if args.url_file:
        with replacing(args.url_file) as file:
            file.writelines(f"{url}\n" for url in urls)


def _prepare_store(folder: Path, catalog: Catalog, *, overwrite: bool) -> None:
    """See that the store can be used, and forget in it what is asked to be forgotten."""
    store = CallStore(folder)
    if overwrite:
        store.forget(STAGE, catalog.names, "")
        forget_recorded(store, catalog.names)
    store.close()


def _reachable(host: str) -> str:
    """The address under which this machine reaches what it bound."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host.strip('[]')}]" if ":" in host else host
