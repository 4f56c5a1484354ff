"""A simulator put together from a command line's settings, and run."""

import gc
import importlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from toolalpaca.core.cli import listening_socket, output_folder, read_secret
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import log_line
from toolalpaca.core.mcp_client import check_installed
from toolalpaca.core.run_log import Report
from toolalpaca.data.corpus_files import output_place
from toolalpaca.data.records import read_records
from toolalpaca.llm.chat import ChatModel, Message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.roles import ModelFlags, role_settings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter, load_prices, price_of
from toolalpaca.simulator.admission import check_binding
from toolalpaca.simulator.app import ACCESS_LOG, SimulatorApp
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import ANSWERS, InjectedFailures, Recording, Responders, Simulator
from toolalpaca.simulator.llm_responder import PLACEHOLDERS, LlmResponder
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.server import AsgiApp, Server, as_asgi
from toolalpaca.simulator.state.sessions import Sessions

STAGE = "simulator"
_SPARE_THREADS = 8  # so that pages, health and refusals are answered while all workers wait for a model


@dataclass(frozen=True)
class SimulatorConfig:
    """Command-line options of the simulator, under the names of its flags."""

    api_data_path: Path
    output_dir: Path | None
    host: str
    port: int
    url_file: Path | None
    mode: tuple[str, ...]
    failures: float
    token: str | None
    mcp: bool
    request_type: str
    template: Path
    verbose: bool
    num_workers: int
    overwrite: bool
    dry_run: bool
    flags: ModelFlags


def run_simulator(config: SimulatorConfig) -> int:
    """Serve until SIGTERM or SIGINT; raise UsageError for what cannot be served. Return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    ACCESS_LOG.setLevel(logging.INFO if config.verbose else logging.WARNING)
    token = read_secret(config.token, "--token") if config.token else None
    check_binding(config.host, token)
    if config.mcp:
        check_installed("--mcp")
    catalog = Catalog(read_records(config.api_data_path, required=("Name", "Documentation")))
    if config.dry_run:
        log_line(f"{len(catalog.names)} APIs can be served; in llm mode each request takes one call to the model or "
                 "more")
        return 0
    folder = output_folder(config.output_dir or output_place(config.api_data_path.resolve(), None))
    listener = listening_socket(config.host, config.port)
    url = f"http://{_reachable(config.host)}:{listener.getsockname()[1]}"
    store = CallStore(folder)
    for stage in (STAGE, ANSWERS) if config.overwrite else ():
        store.forget(stage, catalog.names, "")
    prompt = None
    if "llm" in config.mode:
        importlib.import_module("openai")  # takes its time, which no request should wait for
        prompt = Prompt(config.template, PLACEHOLDERS)
    gc.freeze()  # what is loaded by now stays, so the collector need not look at it again
    report = Report(STAGE, settings={"mode": list(config.mode), "num_workers": config.num_workers,
                                     "failures": config.failures})
    if prompt is not None:
        report.settings[STAGE] = role_settings(STAGE, config.flags).deciding()
    play = Play(config, catalog, store, prompt, token)
    simulator, meter = play.serve(listener, partial(_tell_ready, config, url, catalog))
    report.made, report.failed, report.meter = simulator.answered, simulator.troubles, meter.report()
    if simulator.injected_by_status:
        report.counts["failures"] = dict(sorted(simulator.injected_by_status.items()))
    report.close(folder)
    return 0


@dataclass(frozen=True)
class Play:
    """What it takes to play the APIs on a socket; `prompt` is there if a model answers."""

    config: SimulatorConfig
    catalog: Catalog
    store: CallStore
    prompt: Prompt | None
    token: str | None

    def serve(self, listener: socket.socket, ready: Callable[[], None]) -> tuple[Simulator, Meter]:
        """Call `ready`, serve until a signal comes, and return what was done and what it took.

        Raises UsageError, at the start or later, when it is found that no call to the model will ever do.
        """
        meter, found, stop = Meter(), list[UsageError](), threading.Event()

        made = SchemaResponder(self.config.flags.seed or 0)
        model = None
        if self.prompt is not None:
            chat = self._chat_model(meter, stopping=lambda: bool(found))

            def ask(messages: list[Message], record: str) -> str:
                try:
                    return chat.complete(messages, record=record)
                except UsageError as error:
                    found.append(error)
                    stop.set()
                    raise

            model = LlmResponder(ask, self.prompt, self.config.request_type, made)
        responders = Responders(self.config.mode, made, model, Recording(self.store))
        simulator = Simulator(self.catalog, responders, Sessions(), request_type=self.config.request_type,
                              failures=InjectedFailures(self.config.failures, self.config.flags.seed or 0))
        threads = self.config.num_workers + _SPARE_THREADS if model is not None else 0
        server = Server(self._application(simulator, threads), listener)
        server.start()
        ready()
        server.serve(stop)
        self.store.close()
        if found:
            raise found[0]
        return simulator, meter

    def _application(self, simulator: Simulator, threads: int) -> AsgiApp:
        app = SimulatorApp(simulator, token=self.token)
        if not self.config.mcp:
            return as_asgi(app, threads)
        from toolalpaca.simulator.mcp_server import McpGateway

        return McpGateway(app, as_asgi(app, threads))

    def _chat_model(self, meter: Meter, stopping: Callable[[], bool]) -> ChatModel:
        settings = role_settings(STAGE, self.config.flags)
        endpoint = Endpoint(settings, self.config.num_workers)
        endpoint.connect()  # before the first request: an endpoint that does not answer is bad input
        budget = Budget(settings, price_of(settings.model, load_prices()))
        if not budget.unlimited:
            for _, value in self.store.calls_of(STAGE, self.catalog.names):
                budget.add_earlier(value["completion"]["usage"])
        return ChatModel(settings, STAGE, endpoint, self.store, meter, budget, stopping)


def _tell_ready(config: SimulatorConfig, url: str, catalog: Catalog) -> None:
    log_line(f"Simulator ready at {url} ({len(catalog.names)} APIs)")
    if config.url_file:
        with replacing(config.url_file) as file:
            file.write(f"{url}\n")


def _reachable(host: str) -> str:
    """Return the address under which this machine reaches what it bound."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host.strip('[]')}]" if ":" in host else host
