"""Steps per second of CPU time of the environment in one process, and the memory of many environments side by side.

    python benchmarks/environment.py
    python benchmarks/environment.py --seconds 10 --environments 1000

A step is one call of a task's golden answer in data/eval_simulated.json, in a conversation begun for it; rewards are
measured apart. CPU time, not the clock's, so that other work on the machine does not count.
"""

import argparse
import itertools
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))

Call = tuple[str, dict[str, Any]]
Played = tuple[dict[str, Any], int, list[Call]]  # a record, the place of an instruction, and the calls that solve it


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", metavar="N", type=float, default=5.0, help="CPU time for each figure (default: 5)")
    parser.add_argument("--environments", metavar="N", type=int, default=1000,
                        help="environments side by side (default: 1000)")
    return parser.parse_args(argv)


def played(apis: Any) -> list[Played]:
    from environment_policies import golden

    records = json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8"))
    return [(record, place, golden(apis.played(record), place)) for record in records
            for place in range(len(record["Instructions"]))]


def steps(environment: Any, tasks: Iterator[Played], seconds: float) -> tuple[int, float, float]:
    """Return how many steps were made, the CPU time of the calls alone, and that of beginning the conversations."""
    made, calling, beginning = 0, 0.0, 0.0
    while calling < seconds:
        record, place, calls = next(tasks)
        began = time.process_time()
        environment.reset(record, place)
        ready = time.process_time()
        for function, arguments in calls:
            environment.call(function, arguments)
        calling += time.process_time() - ready
        beginning += ready - began
        made += len(calls)
    return made, calling, beginning


def rewards(environment: Any, tasks: Iterator[Played], seconds: float) -> float:
    """Return how many rewards a second of CPU time can be counted."""
    counted, spent = 0, 0.0
    while spent < seconds:
        record, place, calls = next(tasks)
        environment.reset(record, place)
        seen = [environment.call(*call) for call in calls]
        environment.answer(f"This is what I found: {seen[-1][-40:]}")
        began = time.process_time()
        environment.reward()
        spent += time.process_time() - began
        counted += 1
    return counted / spent


def resident() -> float:
    """Return the memory that the process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def side_by_side(apis: Any, tasks: Iterator[Played], number: int) -> list[Any]:
    """Hold that many conversations, each carried through and kept open."""
    from toolalpaca.environment.environment import ToolEnvironment

    environments = []
    for record, place, calls in itertools.islice(tasks, number):
        environments.append(ToolEnvironment(apis))
        environments[-1].reset(record, place)
        for call in calls:
            environments[-1].call(*call)
    return environments


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from toolalpaca.environment.apis import SharedApis
    from toolalpaca.environment.environment import ToolEnvironment

    apis = SharedApis()
    tasks = played(apis)
    environment = ToolEnvironment(apis)
    for record, place, calls in tasks:  # compile all checks
        environment.reset(record, place)
        for call in calls:
            environment.call(*call)
    made, calling, beginning = steps(environment, itertools.cycle(tasks), args.seconds)
    print(f"steps a second of CPU time: {made / calling:,.0f} ({calling / made * 1e3:.3f} ms a step)")
    print(f"the same with the beginning of each conversation: {made / (calling + beginning):,.0f}")
    print(f"rewards a second of CPU time: {rewards(environment, itertools.cycle(tasks), args.seconds):,.0f}")
    before = resident()
    kept = side_by_side(apis, itertools.cycle(tasks), args.environments)
    print(f"{len(kept)} environments side by side: {resident():,.0f} MB, {resident() - before:,.0f} MB of them for the "
          "conversations")


if __name__ == "__main__":
    main()
