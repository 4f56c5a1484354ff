"""Steps per second of CPU time of the environment in one process, and the memory of many environments side by side.

    python benchmarks/environment.py
    python benchmarks/environment.py --seconds 10 --environments 1000

A step is one call of a task's golden answer in data/eval_simulated.json, in a conversation begun for it; rewards are
measured apart. CPU time, not the clock's, so that other work on the machine does not count.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from typing import Any

from measuring import measured, resident_memory
from processes import ROOT

from toolalpaca.core.cli import positive_float, positive_int, stage_parser

sys.path.insert(0, str(ROOT / "tests"))

Call = tuple[str, dict[str, Any]]
Played = tuple[dict[str, Any], int, list[Call]]  # a record, the place of an instruction, and the calls that solve it


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--apis", metavar="N", type=positive_int, help="how many of the APIs to play (default: all)")
    parser.add_argument("--seconds", metavar="S", type=positive_float, default=5.0, help="CPU time for each figure")
    parser.add_argument("--environments", metavar="N", type=positive_int, default=1000,
                        help="environments side by side")
    return parser.parse_args(argv)


def played(apis: Any, number: int | None) -> list[Played]:
    """Return the tasks of the first APIs of data/eval_simulated.json with the calls of their golden answers."""
    from environment_policies import golden

    records = json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8"))[:number]
    return [(record, place, golden(apis.played(record), place)) for record in records
            for place in range(len(record["Instructions"]))]


def steps(environment: Any, tasks: Iterator[Played], seconds: float) -> tuple[int, float, float]:
    """Return how many steps were made, the CPU time of the calls alone, and that of beginning the conversations."""
    made, calling, beginning = 0, 0.0, 0.0
    while calling < seconds:
        record, place, calls = next(tasks)
        with measured() as begun:
            environment.reset(record, place)
        with measured() as called:
            for function, arguments in calls:
                environment.call(function, arguments)
        calling += called.cpu
        beginning += begun.cpu
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
        with measured() as rewarded:
            environment.reward()
        spent += rewarded.cpu
        counted += 1
    return counted / spent


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
    tasks = played(apis, args.apis)
    environment = ToolEnvironment(apis)
    for record, place, calls in tasks:  # compile all checks
        environment.reset(record, place)
        for call in calls:
            environment.call(*call)
    made, calling, beginning = steps(environment, itertools.cycle(tasks), args.seconds)
    print(f"steps a second of CPU time: {made / calling:,.0f} ({calling / made * 1e3:.3f} ms a step)")
    print(f"the same with the beginning of each conversation: {made / (calling + beginning):,.0f}")
    print(f"rewards a second of CPU time: {rewards(environment, itertools.cycle(tasks), args.seconds):,.0f}")
    before = resident_memory()
    kept = side_by_side(apis, itertools.cycle(tasks), args.environments)
    print(f"{len(kept)} environments side by side: {resident_memory():,.0f} MB, "
          f"{resident_memory() - before:,.0f} MB of them for the conversations")


if __name__ == "__main__":
    main()
