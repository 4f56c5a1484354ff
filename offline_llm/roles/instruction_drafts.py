"""Drafts of instructions: for each kind a plan of calls with concrete values, before it is worded."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from offline_llm.knowledge.english import split_identifier
from offline_llm.knowledge.facts import all_operations, field_value, kind_of_name
from offline_llm.language.comparisons import ENTRIES, QUESTION_FORMS, field_words
from offline_llm.language.described_functions import DescribedFunction, DescribedParameter
from offline_llm.language.filling import is_id_like
from offline_llm.language.parameter_values import drawn_argument, in_order
from offline_llm.language.understanding import PlannedCall, ResultReference, main_verbs, matching_field

NOT_A_NAME = ("city", "country", "region", "date", "time", "email", "text", "postcode", "language", "address")
_NOT_COMPARED = frozenset({"year", "month", "latitude", "longitude", "id", "key", "limit", "phone"})
_SAY_LITTLE = frozenset({"total", "count", "width", "height", "page", "number"})  # say little


@dataclass
class Draft:
    """A plan to be worded: the calls in order, how many of them belong to the first turn, and how it is worded.

    `way` is chain or implied (a result is used in the next call), pair, repeat (the last calls differ from the first in
    one value), compare, none or single; `question` is a comparing question that follows the request.
    """

    calls: list[PlannedCall]
    way: str
    first_turn_calls: int = 0  # calls; 0 means all of them
    question: str = ""


class Drafter:
    """Draws plans for one API, using all functions about equally often."""

    def __init__(self, functions: Sequence[DescribedFunction], roll: random.Random) -> None:
        self.functions, self.roll = list(functions), roll
        self.uses: Counter[str] = Counter()
        self._order = {function.name: place for place, function in enumerate(roll.sample(self.functions,
                                                                                         len(self.functions)))}
        self.sources = {function.name: source_for(function, functions) for function in functions}

    def draft(self, kind: str) -> Draft | None:
        """Return a plan of that kind; None if the functions do not allow one."""
        ways: dict[str, Callable[[], Draft | None]] = {
            "single": self._single, "pair": self._pair, "missing": self._missing, "none": self._none,
            "repeat": lambda: self._repeated(self.roll.choice((2, 2, 3))), "compare": self._compare,
            "chain": lambda: self._chain(implied=False), "implied": lambda: self._chain(implied=True),
            "follow_up": self._follow_up}
        return ways[kind]()

    def count(self, draft: Draft) -> None:
        """Record the functions used in a draft that is kept."""
        if draft.way != "none":
            self.uses.update(call.function.name for call in draft.calls)

    def _next(self, wanted: Callable[[DescribedFunction], bool]) -> DescribedFunction | None:
        """Return the least used function among those that satisfy `wanted`."""
        return min(filter(wanted, self.functions), default=None,
                   key=lambda one: (self.uses[one.name], self.roll.random() < 0.3, self._order[one.name]))

    def _single(self) -> Draft | None:
        function = self._next(lambda one: not self.sources[one.name])
        return Draft([self._call(function)], "single") if function else None

    def _pair(self) -> Draft | None:
        """Return two independent calls."""
        first = self._next(lambda one: not self.sources[one.name])
        others = [one for one in self.functions if not self.sources[one.name]]
        if first is None or not others:
            return None
        calls = [self._call(first), self._call(self.roll.choice(others))]
        return Draft(calls, "pair") if calls[0].outline() != calls[1].outline() else None

    def _chain(self, *, implied: bool) -> Draft | None:
        """Return a call that needs the result of another; with `implied` the request names the thing instead of
        asking for it."""
        consumer = self._next(lambda one: bool(self.sources[one.name]))
        if consumer is None:
            return None
        source, needs = self.sources[consumer.name] or (consumer, {})
        first = self._call(source)
        if implied:
            named = [one for one in source.required if one.type in ("string", "") and not one.enum
                     and kind_of_name(one.name) not in NOT_A_NAME]
            if main_verbs(source) & {"create", "send"} or len(source.required) != 1 or not named:
                return None
            first.arguments = {named[0].name: first.arguments[named[0].name]}
        second = self._call(consumer, leave_out=set(needs))
        second.missing = [name for name in second.missing if name not in needs]
        second.references = dict(needs)
        return Draft([first, second], "implied" if implied else "chain")

    def _missing(self) -> Draft | None:
        """Return a call for which one required value was forgotten."""
        function = self._next(lambda one: bool(one.required) and not self.sources[one.name])
        if function is None:
            return None
        asked = [one for one in function.required if not is_id_like(one)] or function.required
        return Draft([self._call(function, leave_out={self.roll.choice(asked).name})], "missing")

    def _none(self) -> Draft | None:
        """Return a call to a function that this API does not have, from its own category if possible."""
        own = {function.name for function in self.functions}
        known = all_operations()
        fields = {operation.category for operation in known if operation.name in own}
        strange = [one for one in known if one.name not in own and (one.category in fields or self.roll.random() < 0.1)]
        if not strange:
            return None
        operation = self.roll.choice(strange)
        function = DescribedFunction(operation.name, operation.summary, tuple(
            DescribedParameter(name, value.type, required, value.description, value.values if value.enum else ())
            for name, (required, value) in operation.parameters.items() if value.kind not in ("id", "key")))
        return Draft([self._call(function)], "none")

    def _repeated(self, number: int,
                  wanted: Callable[[DescribedFunction], bool] = lambda function: True) -> Draft | None:
        """Return the same call for several values of one parameter."""
        function = self._next(lambda one: bool(_varied(one)) and not self.sources[one.name] and wanted(one))
        if function is None:
            return None
        first, parameter = self._call(function), self.roll.choice(_varied(function))
        values = [first.arguments.pop(parameter.name)]
        for _ in range(number - 1):
            values.append(drawn_argument(function, parameter, first.arguments, self.roll, values))
        if len(set(map(str, values))) < number:
            return None
        return Draft([PlannedCall(function, {**first.arguments, parameter.name: value}) for value in values], "repeat")

    def _compare(self) -> Draft | None:
        """Return a difference between two results, the largest or smallest entry of a list, or the longer of two
        lists."""
        for kind in self.roll.sample(("difference", self.roll.choice(("highest", "lowest"))), 2) + ["count"]:
            if kind == "difference":
                draft = self._repeated(2, lambda one: not one.returns_list and bool(_numbers(one)))
            elif kind == "count":
                draft = self._repeated(2, lambda one: one.returns_list)
            else:
                function = self._next(lambda one: one.returns_list and not self.sources[one.name]
                                      and bool(_numbers(one)))
                draft = Draft([self._call(function)], "compare") if function else None
            if draft is not None:
                fields = _numbers(draft.calls[0].function) if kind != "count" else [ENTRIES]
                draft.question = self.roll.choice(QUESTION_FORMS[kind]).format(field_words(self.roll.choice(fields)))
                return draft
        return None

    def _follow_up(self) -> Draft | None:
        """Return a first request and a second one that builds on it."""
        makers = [lambda: self._chain(implied=False), lambda: self._repeated(2)]
        self.roll.shuffle(makers)
        draft = next((found for maker in makers if (found := maker())), None)
        if draft is not None:
            draft.first_turn_calls = 1
        return draft

    def _call(self, function: DescribedFunction, leave_out: Collection[str] = ()) -> PlannedCall:
        arguments = self.arguments(function, leave_out)
        return PlannedCall(function, arguments, {},
                           [one.name for one in function.required if one.name not in arguments])

    def arguments(self, function: DescribedFunction, leave_out: Collection[str] = ()) -> dict[str, Any]:
        """Return values for a function's required parameters and for some of its optional ones."""
        optional = [one for one in function.parameters if not one.required and not is_id_like(one)
                    and one.type != "object"]
        few = self.roll.sample(optional, min(len(optional), self.roll.choices((0, 1, 2), weights=(4, 4, 2))[0]))
        if not function.required and optional and not few:
            few = [self.roll.choice(optional)]
        arguments: dict[str, Any] = {}
        for one in function.parameters:
            if (one.required or one in few) and one.name not in leave_out:
                arguments[one.name] = drawn_argument(function, one, {}, self.roll, list(arguments.values()))
        return in_order(arguments)


def _varied(function: DescribedFunction) -> list[DescribedParameter]:
    """Return the parameters for which the same request may be repeated with other values."""
    if main_verbs(function) & {"create", "send"}:
        return []
    return [one for one in function.required if one.type in ("string", "") and not one.enum and not is_id_like(one)
            and kind_of_name(one.name) not in ("text", "url", "currency", "language")]


def _numbers(function: DescribedFunction) -> list[str]:
    """Return the numeric fields in a function's result that are worth comparing."""
    siblings = tuple(one.name for one in function.parameters)
    fields = [(name, field_value(function.name, name, siblings)) for name in function.fields]
    return [name for name, value in fields if value and value.type in ("integer", "number")
            and not {value.kind, kind_of_name(name)} & _NOT_COMPARED
            and not {*split_identifier(name)[-1:]} & _SAY_LITTLE]


def source_for(function: DescribedFunction, functions: Sequence[DescribedFunction]
               ) -> tuple[DescribedFunction, dict[str, ResultReference]] | None:
    """Return the function that returns every identifier this one needs, with the references; None if none is needed."""
    needed = [one for one in function.required if is_id_like(one)]
    if not needed:
        return None
    for source in functions:
        if source is function or any(is_id_like(one) for one in source.required):
            continue
        fields = {one.name: matching_field(one, source) for one in needed}
        if all(fields.values()):
            return source, {name: ResultReference(0, field or "") for name, field in fields.items()}
    return None
