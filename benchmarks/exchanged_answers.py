"""Exchange numbers, days and names in good answers for others drawn at random, and count how many of these the
verification refuses.

    python benchmarks/exchanged_answers.py data/train_data.json data/written_data.json data/reworded_data.json
    python benchmarks/exchanged_answers.py data/written_data.json --every

Each conversation is drawn from those that pass; without `--every` one value of its answer is exchanged, with it all of
them. A number keeps its length and decimals, a day stays within a year, and a name is another conversation's. How
values are found here has nothing to do with how the rules find them.
"""

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from processes import ROOT  # noqa: F401 - puts the project on the path

from toolalpaca.core.cli import positive_int, run_main, stage_parser
from toolalpaca.evaluation.statistics import rate_in_words, wilson

MONTHS = [f"{date(2025, month, 1):%B}" for month in range(1, 13)]
DAY = re.compile(rf"\b(\d{{4}})-(\d\d)-(\d\d)\b|\b(\d{{1,2}}) ({'|'.join(MONTHS)})\b")
NUMBER = re.compile(r"(?<![\w.,:/#-])\d+(?:\.\d+)?(?![\w:/%-]|[.,]\d)")
NAME = re.compile(r"(?<![.!?\"*] )(?<!^)\b[A-Z][a-zà-ÿ]{2,}(?: [A-Z][a-zà-ÿ]+)*\b")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("corpora", nargs="+", metavar="FILE", type=Path, help="corpora with conversations")
    parser.add_argument("--number", metavar="N", type=positive_int, default=5000, help="conversations drawn")
    parser.add_argument("--every", action="store_true", help="exchange every value of an answer, not one")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="by which all is drawn")
    parser.add_argument("--show", metavar="N", type=int, default=0, help="print so many answers that still pass")
    return parser.parse_args(argv)


def other_day(match: re.Match[str], draw: random.Random) -> str:
    """Return another day of the same or the next year, written in the same way."""
    moved = date(int(match[1] or 2025), 1, 1) + timedelta(draw.randrange(365))
    return moved.isoformat() if match[1] else f"{moved.day} {MONTHS[moved.month - 1]}"


def other_number(match: re.Match[str], draw: random.Random) -> str:
    """Return a number with as many digits before and after the point."""
    digits = [str(draw.randrange(10)) if sign.isdigit() else sign for sign in match[0]]
    return str(draw.randrange(1, 10)) + "".join(digits[1:])


def values_in(answer: str, known: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield the kind and place of each day, number and name; a name only if people or results have it."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in (("day", DAY), ("number", NUMBER), ("name", NAME)):
        for match in pattern.finditer(answer):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if kind != "name" or (match[0] in known and not DAY.search(f"1 {match[0]}")):
                taken.append(match.span())
                yield kind, match


def exchanged(answer: str, places: Sequence[tuple[str, re.Match[str]]], names: Sequence[str],
              draw: random.Random) -> str:
    """Return the answer with these values replaced, equal ones alike."""
    new: dict[str, str] = {}
    makers: dict[str, Callable[[re.Match[str], random.Random], str]] = {
        "day": other_day, "number": other_number, "name": lambda _match, chooser: chooser.choice(names)}
    for kind, match in places:
        while new.get(match[0], match[0]) == match[0]:
            new[match[0]] = makers[kind](match, draw)
    pattern = "|".join(rf"(?<!\w){re.escape(old)}(?!\w)" for old in sorted(new, key=len, reverse=True))
    return re.sub(pattern, lambda match: new[match[0]], answer)


def passing(paths: Sequence[Path]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each conversation that the rules let pass and that has an answer, with its record."""
    from toolalpaca.verification.verification_stage import findings_of

    for path in paths:
        for record in json.loads(path.read_text(encoding="utf-8")):
            for instance, found in zip(record.get("Instances") or [], findings_of(record), strict=True):
                if not found.verification()["reasons"] and instance.get("output"):
                    yield record, instance


def print_found(counts: dict[str, list[int]]) -> None:
    """Print for each kind, and for all together, the share that was found of how many."""
    together = [sum(column) for column in zip(*counts.values(), strict=True)]
    for kind, (number, of) in {**counts, "together": together}.items():
        print(f"{kind:<32}{rate_in_words(wilson(number, of))}   of {of}")


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    draw, counts, shown = random.Random(args.seed), dict[str, list[int]](), 0

    from toolalpaca.verification.verification_stage import findings_of

    cases = []
    for record, instance in passing(args.corpora):
        known = " ".join(str(seen) for _, seen in instance["intermediate_steps"]) + instance["input"]
        if places := list(values_in(instance["output"], known)):
            cases.append((record, instance, places))
    names = sorted({match[0] for _, _, places in cases for kind, match in places if kind == "name"})
    for record, instance, places in draw.choices(cases, k=args.number):
        chosen = places if args.every else [draw.choice(places)]
        changed = {**instance, "output": exchanged(instance["output"], chosen, names, draw)}
        [found] = findings_of({**record, "Instances": [changed], "Instructions": [instance["input"]]})
        is_found = bool(found.verification()["reasons"])
        kind = "all of them" if args.every else chosen[0][0]
        count = counts.setdefault(kind, [0, 0])
        count[0], count[1] = count[0] + is_found, count[1] + 1
        if not is_found and shown < args.show:
            shown += 1
            print(f"{kind}: {chosen[0][1][0]}\n  {instance['output']}\n  {changed['output']}\n")
    print_found(counts)
    return 0


if __name__ == "__main__":
    run_main(main)
