"""Make one defect in a call of good conversations, and count for each kind of defect how many the verification refuses.

    python benchmarks/edited_calls.py data/written_data.json data/reworded_data.json
    python benchmarks/edited_calls.py data/written_data.json --number 200 --show 5

Conversations are drawn from those that pass. An argument's new value takes the old one's place in the rest of the
conversation too, in later calls, results and the answer, but not in what the user says: as if the API had been asked
for the other one. How places are found here has nothing to do with how the rules find them; some defects are easier and
some harder to find than a model's own mistakes, and some are none, where the user would take either.
"""

import argparse
import copy
import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from exchanged_answers import passing, print_found
from processes import ROOT  # noqa: F401 - puts the project on the path

from toolalpaca.core.cli import positive_int, run_main, stage_parser
from toolalpaca.data.record_types import GET_DETAILS

DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?=$|T)")
CLOCK = re.compile(r"(?<![\d:+-])([01]\d|2[0-3]):([0-5]\d)")
OPPOSITES = ("from", "to"), ("source", "target"), ("origin", "destination"), ("sender", "recipient"), ("base", "quote")

Instance = dict[str, Any]


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("corpora", nargs="+", metavar="FILE", type=Path, help="corpora with conversations")
    parser.add_argument("--number", metavar="N", type=positive_int, default=400, help="conversations of each kind")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="by which all is drawn")
    parser.add_argument("--show", metavar="N", type=int, default=0, help="print so many of each kind that still pass")
    return parser.parse_args(argv)


class Calls:
    """The calls of one conversation of a record, with what the document says of their arguments."""

    def __init__(self, record: dict[str, Any], instance: Instance) -> None:
        from toolalpaca.openapi.api_functions import functions_of

        self.instance, self.steps = instance, instance["intermediate_steps"]
        functions = functions_of(record)
        self.own = [place for place, (call, seen) in enumerate(self.steps)
                    if call[0] in functions and seen.startswith("Status Code: 2")]
        self.changing = [place for place in self.own if not functions[self.steps[place][0][0]].reads]
        self.arguments = [(place, name, value, functions[self.steps[place][0][0]].schemas.get(name) or {})
                          for place in self.own for name, value in self.given(place).items()]

    def given(self, place: int) -> dict[str, Any]:
        """Return the arguments of a call."""
        read = json.loads(self.steps[place][0][1] or "{}")
        return read if isinstance(read, dict) else {}

    def body(self, place: int) -> Any:
        """Return what a call brought, None for what is no JSON."""
        try:
            return json.loads(self.steps[place][1].partition("Response: ")[2])
        except ValueError:
            return None

    def with_arguments(self, place: int, arguments: dict[str, Any]) -> Instance:
        """Return the conversation with other arguments of one call."""
        new = copy.deepcopy(self.instance)
        _write_call(new["intermediate_steps"][place][0], arguments)
        return new

    def with_value(self, place: int, name: str, value: Any) -> Instance:
        """Return the conversation with another value of one argument, there and in all that follows."""
        old = self.given(place)[name]
        new = self.with_arguments(place, {**self.given(place), name: value})
        pattern = re.compile(rf"(?<![\w.]){re.escape(str(old))}(?![\w]|\.\d)")
        for later, (call, seen) in enumerate(new["intermediate_steps"][place:], start=place):
            step = new["intermediate_steps"][later]
            if later > place and call[0] != GET_DETAILS:
                _write_call(call, json.loads(pattern.sub(lambda _: str(value), call[1] or "{}")))
            step[1] = pattern.sub(lambda _: str(value), seen)
        new["output"] = pattern.sub(lambda _: str(value), new["output"])
        return new


def _write_call(call: list[str], arguments: dict[str, Any]) -> None:
    text = json.dumps(arguments, ensure_ascii=False)
    thought = call[2].partition("\nAction:")[0]
    call[1:] = [text, f"{thought}\nAction: {call[0]}\nAction Input: {text}"]


def other_choice(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations with another choice of an enum."""
    for place, name, value, schema in calls.arguments:
        others = [one for one in schema.get("enum") or () if one != value]
        if others:
            yield calls.with_value(place, name, draw.choice(others))


def other_day(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which a day of a call is another one near it."""
    for place, name, value, _ in calls.arguments:
        if isinstance(value, str) and (match := DAY.match(value)):
            moved = date(*map(int, match.groups())) + timedelta(draw.choice([-9, -7, -2, -1, 1, 2, 7, 9]))
            yield calls.with_value(place, name, moved.isoformat() + value[match.end():])


def other_time(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which a time of day of a call is another one near it."""
    for place, name, value, _ in calls.arguments:
        if isinstance(value, str) and (match := CLOCK.search(value)):
            minutes = (int(match[1]) * 60 + int(match[2]) + draw.choice([-120, -60, -30, 30, 60, 120])) % 1440
            yield calls.with_value(place, name, f"{value[:match.start()]}{minutes // 60:02d}:{minutes % 60:02d}"
                                                f"{value[match.end():]}")


def other_amount(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which a number of a call, no id, is another one."""
    for place, name, value, _ in calls.arguments:
        if isinstance(value, int | float) and not isinstance(value, bool) and not name.lower().endswith("id"):
            yield calls.with_value(place, name, value + draw.choice([-1, 1, 2]) if abs(value) > 1 else value + 1)


def turned_flag(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which a flag of a call is set the other way."""
    for place, name, value, _ in calls.arguments:
        if isinstance(value, bool):
            yield calls.with_arguments(place, {**calls.given(place), name: not value})


def exchanged_ends(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which the two ends of something are exchanged in the call, not in what came of it."""
    for place in calls.own:
        given = calls.given(place)
        for one, other in itertools.combinations(given, 2):
            is_pair = any({first in name.lower() and name.lower().replace(first, second) for name in (one, other)}
                          & {one.lower(), other.lower()} for first, second in OPPOSITES)
            if is_pair and given[one] != given[other]:
                yield calls.with_arguments(place, {**given, one: given[other], other: given[one]})


def option_left_out(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations without an argument that a call can do without."""
    for place, name, _, schema in calls.arguments:
        rest = {key: value for key, value in calls.given(place).items() if key != name}
        if rest and "enum" in schema:
            yield calls.with_arguments(place, rest)


def id_of_another(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations that go on with another thing of a list than they did; the answer stays."""
    for place, name, value, _ in calls.arguments:
        for before in (one for one in calls.own if one < place):
            rows = next((one for one in _lists(calls.body(before)) if any(value in row.values() for row in one)), [])
            keys = [key for row in rows for key, own in row.items() if own == value and key.lower().endswith("id")]
            others = [row[keys[0]] for row in rows if keys and row.get(keys[0]) not in (None, value)]
            if others:
                new = calls.with_value(place, name, draw.choice(others))
                yield {**new, "output": calls.instance["output"]}


def _lists(value: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the lists of several objects in a value."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if len(rows) > 1:
            yield rows
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(inner)


def call_left_out(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations without one of several calls of a function."""
    names = [calls.steps[place][0][0] for place in calls.own]
    for place in calls.own:
        if names.count(calls.steps[place][0][0]) > 1:
            steps = [*calls.steps[:place], *calls.steps[place + 1:]]
            yield {**calls.instance, "intermediate_steps": steps}


def change_made_twice(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which a change is made once more."""
    for place in calls.changing:
        steps = [*calls.steps[:place + 1], calls.steps[place], *calls.steps[place + 1:]]
        yield {**calls.instance, "intermediate_steps": steps}


def error_passed_over(calls: Calls, draw: random.Random) -> Iterator[Instance]:
    """Yield conversations in which the last change was refused, and the answer goes on as if it had been made."""
    for place in calls.changing[-1:]:
        new = copy.deepcopy(calls.instance)
        new["intermediate_steps"][place][1] = 'Status Code: 409. Response: {"message": "not possible at the moment"}'
        yield new


KINDS: dict[str, Callable[[Calls, random.Random], Iterator[Instance]]] = {
    "another choice": other_choice, "another day": other_day, "another time": other_time,
    "another amount": other_amount, "a flag turned round": turned_flag, "two ends exchanged": exchanged_ends,
    "a choice left out": option_left_out, "the id of another thing": id_of_another,
    "one of several calls left out": call_left_out, "a change made twice": change_made_twice,
    "an error passed over": error_passed_over,
}


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    draw = random.Random(args.seed)
    cases = [(record, Calls(record, instance)) for record, instance in passing(args.corpora)]

    from toolalpaca.verification.verification_stage import findings_of

    counts: dict[str, list[int]] = {}
    for kind, make in KINDS.items():
        edited = [(record, calls, one) for record, calls in cases for one in make(calls, draw)]
        count = counts.setdefault(kind, [0, 0])
        shown = 0
        for record, calls, one in draw.sample(edited, min(args.number, len(edited))):
            [found] = findings_of({**record, "Instances": [one], "Instructions": [one["input"]]})
            is_found = bool(found.verification()["reasons"])
            count[0], count[1] = count[0] + is_found, count[1] + 1
            if not is_found and shown < args.show:
                shown += 1
                before, after = ([step[0][:2] for step in steps] for steps in (calls.steps, one["intermediate_steps"]))
                print(f"{kind}: {one['input']}\n  {before}\n  {after}\n  {one['output']}\n")
    print_found({kind: count for kind, count in counts.items() if count[1]})
    return 0


if __name__ == "__main__":
    run_main(main)
