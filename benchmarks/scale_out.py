"""Measure what more actors bring and more records cost: conversations a second under --ray, memory of growing corpora.

    python benchmarks/scale_out.py
    python benchmarks/scale_out.py --parts memory --records 1000 10000 100000

actors: stage 6 in one process, then on 1, 2 and 4 Ray actors of a local cluster, each with W conversations in flight,
against an endpoint of fixed latency L and the simulator in schema mode. Conversations a second are counted from the
first call to the last. Endpoint, simulator and actors share this machine, so the gain ends where its cores are full.

store: finished calls a second that the store of one output folder takes, written by this process, and through the
coordinator that Ray actors share, which is asked for each call before it is made and again after it.

memory: peak memory of stage 3, stage 7 and the verification over corpora of N records, as one JSON array and as
Parquet shards; see memory.py.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import memory
from generation import generate, write_corpus
from measuring import measured, seconds_of_calls
from processes import ROOT, offline_endpoint, simulator

from toolalpaca.core.cli import non_negative_float, positive_int, stage_parser
from toolalpaca.core.run_log import read_log
from toolalpaca.llm.store import CallStore, FinishedCalls, call_key
from toolalpaca.runner.ray_coordinator import CoordinatorClient, CoordinatorStore
from toolalpaca.runner.ray_executor import LOCAL, connect

PARTS = ("actors", "store", "memory")
ANSWER = {"role": "assistant", "model": "m", "completion": {"message": {"content": "x" * 400}, "finish_reason": "stop",
                                                            "usage": {"in": 1400, "out": 80, "cached": 0}}}
CLIENTS, THREADS = 2, 16  # actors that write through the coordinator at once, and calls in flight of each


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS), help="what to measure (default: all)")
    parser.add_argument("--actors", metavar="N", type=positive_int, nargs="+", default=[1, 2, 4],
                        help="numbers of actors (default: 1 2 4)")
    parser.add_argument("--apis", metavar="N", type=positive_int, default=120,
                        help="APIs of the corpus in data/ for each run")
    parser.add_argument("--latency", metavar="L", type=non_negative_float, default=0.5, help="seconds a call")
    parser.add_argument("--workers", metavar="W", type=positive_int, default=24,
                        help="conversations in flight for each actor")
    parser.add_argument("--stored", metavar="N", type=positive_int, default=10_000,
                        help="calls to store each way, for the store")
    parser.add_argument("--records", metavar="N", type=positive_int, nargs="+", default=[1_000, 10_000],
                        help="sizes of the corpora for the memory (default: 1000 10000)")
    return parser.parse_args(argv)


def measure_actors(args: argparse.Namespace, folder: Path) -> None:
    """Print a line for one process and for each number of actors."""
    corpus = folder / "api_data.json"
    write_corpus(ROOT / "data" / "train_data.json", args.apis, corpus)
    print(f"{'':16}{'in flight':>10}{'instances/s':>13}{'calls/s':>9}{'of W/L':>8}{'times one actor':>17}")
    first = 0.0
    with offline_endpoint(args.latency) as model, simulator(corpus, "--mode", "schema") as apis:
        for actors in (0, *args.actors):
            out, workers = folder / f"out{actors}", args.workers * max(1, actors)
            flags = ["--ray", "--ray_actors", str(actors)] if actors else []
            generate(corpus, out, model, apis, "--num_workers", str(workers), *flags)
            log, seconds = read_log(out)[-1], seconds_of_calls(out, args.latency)
            rate, calls = log["made"] / seconds, log["calls"] / seconds
            first = first or (rate if actors else 0.0)
            times = f"{rate / first:>17.2f}" if first else ""
            name = f"{actors} actor{'s'[:actors != 1]}" if actors else "one process"
            print(f"{name:16}{workers:>10}{rate:>13.1f}{calls:>9.1f}{calls * args.latency / workers:>8.1%}{times}",
                  flush=True)


def measure_store(calls: int, folder: Path) -> None:
    """Print finished calls a second, without and with a coordinator between."""
    store = CallStore(folder)
    seconds = written(store, calls, "alone")
    print(f"store, this process: {calls / seconds:,.0f} calls/s")
    store.close()
    ray = connect(LOCAL)
    from toolalpaca.runner.ray_actor import CoordinatorActor, call_coordinator

    coordinator = CoordinatorActor.remote(folder, "benchmark", {})

    @ray.remote
    def through_the_coordinator(number: int) -> None:
        store = CoordinatorStore(CoordinatorClient(number, partial(call_coordinator, coordinator)))
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda thread: written(store, calls // CLIENTS // THREADS, f"{number} {thread}"),
                          range(THREADS)))

    ray.get([through_the_coordinator.remote(number) for number in range(CLIENTS)])  # once to start the processes
    with measured() as spent:
        ray.get([through_the_coordinator.remote(CLIENTS + number) for number in range(CLIENTS)])
    print(f"store, through the coordinator of {CLIENTS} Ray actors: {calls / spent.wall:,.0f} calls/s")
    ray.shutdown()


def written(store: FinishedCalls, calls: int, prefix: str) -> float:
    """Return the seconds to look each call up, as is done before it is made, and to store it."""
    with measured() as spent:
        for number in range(calls):
            key = call_key(prefix=prefix, number=number)
            store.get(key)
            store.put(key, stage="benchmark", record=f"record {number % 100}", value=ANSWER)
    return spent.wall


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        if "actors" in args.parts:
            measure_actors(args, Path(folder))
        if "store" in args.parts:
            measure_store(args.stored, Path(folder))
        if "memory" in args.parts:
            memory.main(["--forms", "array", "parquet", "--records", *map(str, args.records)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
