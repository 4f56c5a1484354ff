"""A simulator put together from a command line's settings, and run."""

import argparse
import gc
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from toolalpaca.core.cli import output_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import log_line
from toolalpaca.core.mcp_client import check_installed
from toolalpaca.core.run_log import Report
from toolalpaca.core.secrets import secret_of
from toolalpaca.data.corpus_files import output_place
from toolalpaca.data.records import read_records
from toolalpaca.llm.chat import ChatModel, Message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.roles import ModelFlags, role_settings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter, load_prices, price_of
from toolalpaca.simulator.admission import check_binding
from toolalpaca.simulator.app import ACCESS_LOG, create_app
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import Recording, Simulator
from toolalpaca.simulator.engine import forget as forget_recorded
from toolalpaca.simulator.failures import Failures
from toolalpaca.simulator.llm_responder import PLACEHOLDERS, LlmResponder
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.server import AsgiApp, Server, as_asgi, listening_socket
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
    token = secret_of(args.token, "--token") if args.token else None
    check_binding(args.host, token)
    if args.mcp:
        check_installed("--mcp")
    catalog = Catalog(read_records(args.api_data_path, required=("Name", "Documentation")))
    if args.dry_run:
        log_line(f"{len(catalog.names)} APIs can be served; in llm mode each request takes one call to the model or "
                 "more")
        return 0
    folder = output_folder(args.output_dir or output_place(args.api_data_path.resolve(), None))
    listener = listening_socket(args.host, args.port)
    url = f"http://{_reachable(args.host)}:{listener.getsockname()[1]}"
    _prepare_store(folder, catalog, overwrite=args.overwrite)
    prompt = None
    if "llm" in args.mode:
        import openai  # noqa: F401  takes its time, which no request should wait for

        prompt = Prompt(args.template, PLACEHOLDERS)
    gc.freeze()  # what is loaded by now stays, so the collector need not look at it again
    report = Report(STAGE, settings={"mode": list(args.mode), "num_workers": args.num_workers,
                                     "failures": args.failures})
    if prompt is not None:
        report.settings[STAGE] = role_settings(STAGE, ModelFlags.of(args)).deciding()
    play = Play(args, catalog, folder, prompt, token)
    simulator, meter = play.serve(listener, partial(_tell_ready, args, url, catalog))
    report.made, report.failed, report.meter = simulator.answered, simulator.troubles, meter.report()
    if simulator.failures:
        report.counts["failures"] = dict(sorted(simulator.failures.items()))
    report.close(folder)
    return 0


@dataclass(frozen=True)
class Play:
    """What it takes to play the APIs on a socket; `prompt` is there if a model answers."""

    args: argparse.Namespace
    catalog: Catalog
    folder: Path
    prompt: Prompt | None
    token: str | None

    def serve(self, listener: socket.socket, ready: Callable[[], None]) -> tuple[Simulator, Meter]:
        """Call `ready`, serve until a signal comes, and return what was done and what it took.

        Raises UsageError, at the start or later, when it is found that no call to the model will ever do.
        """
        store, meter, found, stop = CallStore(self.folder), Meter(), list[UsageError](), threading.Event()

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
        server = Server(self._application(simulator, threads), listener)
        server.start()
        ready()
        server.serve(stop)
        store.close()
        if found:
            raise found[0]
        return simulator, meter

    def _application(self, simulator: Simulator, threads: int) -> AsgiApp:
        app = create_app(simulator, token=self.token)
        if not self.args.mcp:
            return as_asgi(app, threads)
        from toolalpaca.simulator.mcp_server import McpGateway

        return McpGateway(app, as_asgi(app, threads))

    def _chat_model(self, store: CallStore, meter: Meter, stopping: Callable[[], bool]) -> ChatModel:
        settings = role_settings(STAGE, ModelFlags.of(self.args))
        endpoint = Endpoint(settings, self.args.num_workers)
        endpoint.connect()  # before the first request: an endpoint that does not answer is bad input
        budget = Budget(settings, price_of(settings.model, load_prices()))
        if not budget.unlimited:
            for _, value in store.calls_of(STAGE, self.catalog.names):
                budget.add_earlier(value["completion"]["usage"])
        return ChatModel(settings, STAGE, endpoint, store, meter, budget, stopping)


def _tell_ready(args: argparse.Namespace, url: str, catalog: Catalog) -> None:
    log_line(f"Simulator ready at {url} ({len(catalog.names)} APIs)")
    if args.url_file:
        with replacing(args.url_file) as file:
            file.write(f"{url}\n")


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
