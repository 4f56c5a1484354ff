"""Mistakes that the assistant makes occasionally, as models do, and how it recovers from errors.

About one conversation in seven begins a call with a slip that the tool executor refuses; which one depends on the
instruction. Slips use only values the user gave, since an invented value would teach the wrong thing.
"""

import difflib
import json
import random
import re
from typing import Any

from offline_llm.language.described_functions import DescribedFunction
from offline_llm.language.prompt_reading import TranscriptStep
from offline_llm.seeding import seeded_fraction, seeded_random

MISTAKE_SHARE = 0.15
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


Attempt = tuple[str, dict[str, Any]]  # a call as it is sent: a function's name, and arguments


def first_attempt(instruction: str, position: int, calls: int, function: DescribedFunction,
                  arguments: dict[str, Any]) -> Attempt:
    """Return the call, with a slip in it if this conversation is to have one at this call."""
    chosen = int(seeded_fraction("slip-at", instruction) * calls)
    if seeded_fraction("slip", instruction) >= MISTAKE_SHARE or chosen != position:
        return function.name, arguments
    roll = seeded_random("slip-kind", instruction)
    kinds = [_left_out, _wrong_type, _left_out, _misspelt_name]
    roll.shuffle(kinds)
    return next(attempt for kind in kinds if (attempt := kind(function, arguments, roll)))


def _left_out(function: DescribedFunction, arguments: dict[str, Any], roll: random.Random) -> Attempt | None:
    """Return the call without a required parameter."""
    names = [one.name for one in function.required if one.name in arguments]
    if not names:
        return None
    forgotten = roll.choice(names)
    return function.name, {name: value for name, value in arguments.items() if name != forgotten}


def _wrong_type(function: DescribedFunction, arguments: dict[str, Any], roll: random.Random) -> Attempt | None:
    """Return the call with a number in words or with its unit."""
    names = [one.name for one in function.parameters if one.type in ("integer", "number") and one.name in arguments]
    if not names:
        return None
    name = roll.choice(names)
    value = arguments[name]
    text = _WORDS[value] if isinstance(value, int) and 0 <= value < len(_WORDS) else f"{value} as given"
    return function.name, {**arguments, name: text}


def _misspelt_name(function: DescribedFunction, arguments: dict[str, Any], roll: random.Random) -> Attempt | None:
    """Return the call with the function's name as one might misremember it."""
    name = function.name
    changed = name[:-1] if name.endswith("s") and len(name) > 4 else f"{name}s"
    return changed, arguments


def corrected(function: DescribedFunction, arguments: dict[str, Any], failure: TranscriptStep) -> dict[str, Any] | None:
    """Return the arguments changed as an error asks, for a call that failed as planned; None if nothing can be
    changed."""
    for name, wanted, *_ in re.findall(r'"([^"]+)", expected (.+?), but got', failure.observation):
        if name in arguments and function.parameter(name) is not None:
            value = _converted(arguments[name], wanted)
            if value is not None and value != arguments[name]:
                return {**arguments, name: value}
    refused = names_after("Unknown parameters", failure)
    kept = {name: value for name, value in arguments.items() if name not in refused}
    return kept if kept != arguments else None


def _converted(value: Any, wanted: str) -> Any:
    """Return a value in the type or among the choices named in an error."""
    if choices := re.match(r"one of (\[.*\])", wanted):
        options = re.findall(r"'([^']*)'|\"([^\"]*)\"", choices[1])
        near = difflib.get_close_matches(str(value).lower(), [one or other for one, other in options], 1, 0.5)
        return near[0] if near else None
    if wanted.startswith(("integer", "number")):
        digits = re.search(r"-?\d+(?:\.\d+)?", str(value))
        return None if not digits else int(float(digits[0])) if wanted.startswith("integer") else float(digits[0])
    if wanted.startswith("string"):
        return value if isinstance(value, str) else json.dumps(value)
    if wanted.startswith("array"):
        return value if isinstance(value, list) else [value]
    if wanted.startswith("boolean"):
        return str(value).lower() in ("true", "yes", "on", "1")
    return None


def names_after(words: str, failure: TranscriptStep) -> list[str]:
    """Return the parameters that an error lists after these words."""
    match = re.search(rf"{words}: (\[.*?\])", failure.observation)
    try:
        return [str(name) for name in json.loads(match[1])] if match else []
    except ValueError:
        return []
