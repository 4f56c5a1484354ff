"""Mistakes put before right calls, so that a model learns to read what refuses a call.

The mistake is made up, a call made wrong in one way and refused as the executor refuses it, or one that a model made
of itself when it was given the same task (as in DAgger, arXiv 1011.0686). The right call follows with a thought on
what was wrong, in which names stand in backticks, so that they can be renamed. The examples are meant for training in
which refused calls are read and not trained.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Any, cast

from toolalpaca.conversation.forms import LOG_FORM
from toolalpaca.conversation.steps import Step, form_of, step_keys, steps_of
from toolalpaca.core.jsons import parse_json_object, text_of
from toolalpaca.core.words import name_words
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.openapi.api_functions import signatures_of
from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, Signature
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.schema_parts import followed

Arguments = dict[str, Any]
MOST_OWN_MISTAKES = 2
_LONGEST_VALUE = 60  # characters of a value that a thought repeats


@dataclass(frozen=True)
class Mistake:
    """A call's arguments made wrong, and what may be thought when the call is refused."""

    arguments: Arguments
    thoughts: tuple[str, ...]


@dataclass(frozen=True)
class RightCall:
    """A call that the executor takes: its function, its arguments, what the document says of them, and the names of the
    parameters of all the API's functions."""

    function: str
    arguments: Arguments
    signature: Signature
    document: dict[str, Any]
    known: list[str]

    def mistakes(self, chance: random.Random) -> Iterator[Mistake]:
        """Yield one mistake of each kind that this call allows, in random order; not all of them are refused."""
        kinds: list[Callable[[random.Random], Mistake | None]] = [
            self._unknown_parameter, self._misnamed, self._left_out, self._wrong_value]
        for kind in chance.sample(kinds, len(kinds)):
            if mistake := kind(chance):
                yield mistake

    def _unknown_parameter(self, chance: random.Random) -> Mistake | None:
        unknown = [name for name in self.known if name not in self.signature.names]
        if not unknown:
            return None
        name = chance.choice(unknown)
        value = chance.choice([*self.arguments.values(), chance.randrange(1, 50)])
        return Mistake({**self.arguments, name: value}, (
            f"`{self.function}` has no parameter `{name}`. I leave it out.",
            f"`{name}` belongs to another function, so I call again without it.",
            f"The valid parameters do not include `{name}`; the rest of the call can stay."))

    def _misnamed(self, chance: random.Random) -> Mistake | None:
        if not self.arguments:
            return None
        name = chance.choice(list(self.arguments))
        parts = name_words(name)
        wrong = parts[-1] if len(parts) > 1 else chance.choice((f"{name}_name", f"{name}Value", f"the_{name}"))
        renamed = {wrong if key == name else key: value for key, value in self.arguments.items()}
        return Mistake(renamed, (
            f"The parameter is called `{name}`, not `{wrong}`.",
            f"`{wrong}` is not a parameter here; what I mean goes into `{name}`.",
            f"I used a name that does not exist. `{name}` is the right one."))

    def _left_out(self, chance: random.Random) -> Mistake | None:
        needed = [name for name in self.signature.required(self.arguments) if name in self.arguments]
        if not needed:
            return None
        name = chance.choice(needed)
        return Mistake({key: value for key, value in self.arguments.items() if key != name}, (
            f"`{name}` is required as well, and it is {self._value(name)}.",
            f"I forgot `{name}`: {self._value(name)}.",
            f"The call also needs `{name}`. It is known: {self._value(name)}."))

    def _wrong_value(self, chance: random.Random) -> Mistake | None:
        checked = [name for name in self.arguments if self._facts(name)]
        if not checked:
            return None
        name = chance.choice(checked)
        others = [value for key, value in self.arguments.items() if key != name and isinstance(value, str)]
        wrong = chance.choice([*others, f"{self.arguments[name]}s", "any", 99_999])
        choices = self._facts(name).get("enum")
        said = "one of the choices that are listed" if choices else "of the kind that is asked for"
        return Mistake({**self.arguments, name: wrong}, (
            f"`{name}` has to be {said}: {self._value(name)}.",
            f"{wrong} is not valid for `{name}`; {self._value(name)} is.",
            f"The error is about `{name}`. It should be {self._value(name)}."))

    def _facts(self, name: str) -> dict[str, Any]:
        """Return the parameter's schema if it limits values; {} for any text."""
        schema = followed(self.document, self.signature.schemas.get(name) or {})
        is_free = schema.get("type") == "string" and not {"enum", "format", "pattern"} & schema.keys()
        return {} if is_free else schema

    def _value(self, name: str) -> str:
        return _short(self.arguments[name])


def _short(value: Any) -> str:
    text = text_of(value)
    return text if len(text) <= _LONGEST_VALUE else "what the user gave"


def with_mistake(record: ApiRecord, instance: Instance, chance: random.Random) -> Instance:
    """Return the instance with one call of its first turn made wrong before it is made right; unchanged if none can
    be."""
    bindings = _bindings(record)
    steps = steps_of(instance)
    known = sorted({name for binding in bindings.values() for name in binding.signature.names})
    for place in chance.sample(range(len(steps)), len(steps)):
        step = steps[place]
        binding, arguments = bindings.get(step.action), parse_json_object(step.input)
        if binding is None or arguments is None or _refusal(binding, arguments):
            continue
        call = RightCall(step.action, arguments, binding.signature, binding.document, known)
        for mistake in call.mistakes(chance):
            refusal = _refusal(binding, mistake.arguments)
            if refusal:
                wrong = replace(step, input=json.dumps(mistake.arguments, ensure_ascii=False), observation=refusal)
                right = replace(step, thought=chance.choice(mistake.thoughts), reasoning="")
                return _with_steps(instance, _corrected(steps, place, wrong, right))
    return instance


def with_own_mistakes(instance: Instance, tried: Instance) -> Instance:
    """Return the instance with the refused calls that a model made when it `tried` the same task, before the right
    call.

    They are those that follow the calls in which both agree, at most `MOST_OWN_MISTAKES`; without any, or where the
    right call is one of several of a turn, the instance stays as it is.
    """
    steps, own = steps_of(instance), steps_of(tried)
    place = sum(1 for _ in takewhile(lambda pair: _call(pair[0]) == _call(pair[1]), zip(steps, own, strict=False)))
    wrong = list(takewhile(lambda step: step.is_refused, own[place:place + MOST_OWN_MISTAKES]))
    if not wrong or place == len(steps) or sum(step.turn == steps[place].turn for step in steps) > 1:
        return instance
    turn = steps[place].turn
    refused = [replace(step, turn=turn + number, reasoning="") for number, step in enumerate(wrong)]
    right = replace(steps[place], thought=_difference(_call(wrong[-1]), _call(steps[place])), reasoning="")
    later = [replace(step, turn=step.turn + len(wrong)) for step in (right, *steps[place + 1:])]
    return _with_steps(instance, [*steps[:place], *refused, *later])


def _call(step: Step) -> tuple[str, Arguments]:
    return step.action, parse_json_object(step.input) or {}


def _difference(wrong: tuple[str, Arguments], right: tuple[str, Arguments]) -> str:
    """Return what may be thought of a refused call by someone who knows the right one."""
    (function, given), (wanted, arguments) = wrong, right
    if function != wanted:
        return f"That call was refused. What I need is `{wanted}`."
    parts = [f"`{name}` is not a parameter here" for name in given if name not in arguments]
    parts += [f"`{name}` has to be {_short(value)}" for name, value in arguments.items()
              if name not in given or given[name] != value]
    return f"{'; '.join(parts)}." if parts else "I write the call again as it has to be."


def _bindings(record: ApiRecord) -> dict[str, ArgumentBinding]:
    """Return how each function's arguments are bound; {} without a valid document."""
    projection = record.get("Function_Projection") or {}
    return _bound(record.get("Documentation") or "", tuple((name, *place) for name, place in projection.items()))


@lru_cache(maxsize=4)  # conversations come API by API
def _bound(documentation: str, projection: tuple[tuple[str, ...], ...]) -> dict[str, ArgumentBinding]:
    record: ApiRecord = {"Documentation": documentation,
                         "Function_Projection": {name: list(place) for name, *place in projection}}
    document = document_of(record)
    if document is None:
        return {}
    return {name: ArgumentBinding(signature, document) for name, signature in signatures_of(record, document).items()}


def _refusal(binding: ArgumentBinding, arguments: Arguments) -> str:
    """Return what the executor says to arguments that it refuses; "" if it takes them."""
    try:
        binding.bind(arguments)
    except ArgumentError as error:
        return str(error)
    return ""


def _corrected(steps: list[Step], place: int, wrong: Step, right: Step) -> list[Step]:
    """Return the steps with the wrong call at a place, and the right one in a turn of its own after that turn."""
    turn = wrong.turn
    end = next((later for later in range(place, len(steps)) if steps[later].turn != turn), len(steps))
    after = [replace(step, turn=step.turn + 1) for step in (replace(right, turn=turn), *steps[end:])]
    return [*steps[:place], wrong, *steps[place + 1:end], *after]


def _with_steps(instance: Instance, steps: list[Step]) -> Instance:
    kept = {key: value for key, value in instance.items() if key != "step_notes"}
    return cast(Instance, {**kept, **step_keys(steps, form_of(instance) or LOG_FORM)})
