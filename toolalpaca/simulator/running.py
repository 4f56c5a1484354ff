"""A simulator put together from a command line's settings, and run."""

import argparse
import gc
import logging
from dataclasses import dataclass

from toolalpaca.budget import Budget
from toolalpaca.cli import output_folder, say
from toolalpaca.corpus import output_place
from toolalpaca.endpoint import Endpoint
from toolalpaca.llm import ChatModel, Message
from toolalpaca.meter import Meter
from toolalpaca.prices import load_prices, price_of
from toolalpaca.prompts import Prompt
from toolalpaca.records import read_records, replacing
from toolalpaca.roles import role_settings
from toolalpaca.run_log import Report
from toolalpaca.simulator.access import check_binding
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import Simulator
from toolalpaca.simulator.made_answers import MadeAnswers
from toolalpaca.simulator.model_answers import PLACEHOLDERS, ModelAnswers
from toolalpaca.simulator.replay import Recording
from toolalpaca.simulator.replay import forget as forget_recorded
from toolalpaca.simulator.serving import Server, listening_socket
from toolalpaca.simulator.sessions import Sessions
from toolalpaca.simulator.web import ACCESS_LOG, create_app
from toolalpaca.store import CallStore

STAGE = "simulator"
_SPARE_THREADS = 8  # so that pages, health and refusals are answered while all workers wait for a model


@dataclass(frozen=True)
class _ChatTeacher:
    """The teacher as the simulator needs it, over the shared client."""

    model: ChatModel

    def answer(self, messages: list[Message], record: str) -> str:
        return self.model.complete(messages, record=record)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; raises UsageError for what cannot be served."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    ACCESS_LOG.setLevel(logging.INFO if args.verbose else logging.WARNING)
    check_binding(args.host, args.token)
    catalog = Catalog(read_records(args.api_data_path, required=("Name", "Documentation")))
    if args.dry_run:
        say(f"{len(catalog.names)} APIs can be served; in llm mode each request takes one call to the model or more")
        return 0
    folder = output_folder(args.output_dir or output_place(args.api_data_path.resolve(), None))
    listener = listening_socket(args.host, args.port)
    store, meter = CallStore(folder), Meter()
    simulator = _simulator(args, catalog, store, meter)
    threads = args.num_workers + _SPARE_THREADS if "llm" in args.mode else 0
    server = Server(create_app(simulator, token=args.token), listener, threads)
    gc.freeze()  # what is loaded by now stays, so the collector need not look at it again
    _tell_ready(args, f"http://{_reachable(args.host)}:{server.port}", len(catalog.names))
    report = Report(STAGE, settings={"mode": list(args.mode), "num_workers": args.num_workers})
    server.serve()
    store.close()
    report.made, report.meter = simulator.answered, meter.report()
    report.failed.update(simulator.troubles)
    report.close(folder)
    return 0


def _tell_ready(args: argparse.Namespace, url: str, apis: int) -> None:
    say(f"Simulator ready at {url} ({apis} APIs)")
    if args.url_file:
        with replacing(args.url_file) as file:
            file.write(url + "\n")


def _simulator(args: argparse.Namespace, catalog: Catalog, store: CallStore, meter: Meter) -> Simulator:
    if args.overwrite:
        store.forget(STAGE, catalog.names, "")
        forget_recorded(store, catalog.names)
    made = MadeAnswers(args.seed or 0)
    model = _model(args, catalog, store, meter, made) if "llm" in args.mode else None
    return Simulator(catalog, args.mode, made=made, sessions=Sessions(), model=model, recording=Recording(store),
                     request_type=args.request_type)


def _model(args: argparse.Namespace, catalog: Catalog, store: CallStore, meter: Meter,
           made: MadeAnswers) -> ModelAnswers:
    prompt = Prompt(args.template, PLACEHOLDERS)
    settings = role_settings(STAGE, args)
    endpoint = Endpoint(settings, args.num_workers)
    endpoint.connect()  # before the first request: an endpoint that does not answer is bad input
    budget = Budget(settings, price_of(settings.model, load_prices()))
    if not budget.unlimited:
        for _, value in store.calls_of(STAGE, catalog.names):
            budget.add_earlier(value["completion"]["usage"])
    chat = ChatModel(settings, STAGE, endpoint, store, meter, budget)
    return ModelAnswers(_ChatTeacher(chat), prompt, args.request_type, made)


def _reachable(host: str) -> str:
    """The address under which this machine reaches what it bound."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host.strip('[]')}]" if ":" in host else host
