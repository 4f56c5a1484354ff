"""The writer of instructions: draws plans of calls with concrete values and words each as a request.

A sentence is kept when the assistant's own reading of it (`understanding.plan`) gives back the plan it was made from,
so that no instruction asks for what cannot be found in it.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offline_llm.chance import dice
from offline_llm.knowledge.facts import kind_of_name
from offline_llm.knowledge.values import draw, parameter_values
from offline_llm.language.filling import is_id_like
from offline_llm.language.functions import EXTERNAL, Function, Parameter, parse_functions
from offline_llm.language.phrasing import (
    BACKGROUND,
    ENDINGS,
    JOINS,
    REQUESTS,
    STORIES,
    THINGS,
    capitalised,
    detail,
    request,
    thing,
    verb_phrase,
)
from offline_llm.language.prompts import sections
from offline_llm.language.understanding import Call, Reference, main_verbs, matching_field, plan

SEVERAL = ("chain", "pair", "implied")  # the ways to need more than one call, used in turn
SHARES = {"single": 0.4, "multi": 0.5, "missing": 0.1}  # where a prompt names no numbers
FALLBACKS = {"chain": ("implied", "pair", "single"), "implied": ("chain", "pair", "single"),
             "pair": ("chain", "single"), "missing": ("single",), "single": ("chain",)}
TRIES = 10
NOT_A_NAME = ("city", "country", "region", "date", "time", "email", "text", "postcode", "language", "address")


@dataclass
class Draft:
    """A plan to be worded: the calls in order, and how the sentence is to be."""

    calls: list[Call]
    kind: str


def write_instructions(prompt: str, *variant: object) -> str:
    """The numbered list of instructions."""
    parts = sections(prompt)
    functions = [one for one in parse_functions(parts.get("Functions", "")) if one.name not in EXTERNAL]
    asked = re.search(r"Write (\d+) (?:different |further |more )?instructions", prompt)
    number = min(int(asked[1]), 200) if asked else 10
    if not functions:
        return "I cannot see any function to write instructions for."
    writer = InstructionWriter(functions, dice("instructions", prompt, variant), "story" in prompt.split("\n", 1)[0])
    return "\n".join(f"{index}. {text}" for index, text in enumerate(writer.write(_kinds(prompt, number)), 1))


def _kinds(prompt: str, number: int) -> list[str]:
    """What each of the instructions shall be like, in the numbers that the prompt names."""
    asked = re.search(r"(\d+) need one call and (\d+) need several\b.*?\bIn (\d+) more the user forgets", prompt)
    single, multi, missing = map(int, asked.groups()) if asked else (round(part * number) for part in SHARES.values())
    kinds = ["missing"] * missing + [SEVERAL[index % len(SEVERAL)] for index in range(multi)] + ["single"] * single
    return (kinds + ["single"] * number)[:number]


class InstructionWriter:
    """Writes the instructions for one API."""

    def __init__(self, functions: Sequence[Function], roll: random.Random, story: bool) -> None:
        self.functions, self.roll, self.story = list(functions), roll, story
        self.turn = roll.randrange(len(functions))
        self.forms: list[str] = []
        self.backgrounds: list[str] = []
        self.seen: set[tuple[object, ...]] = set()

    def write(self, kinds: list[str]) -> list[str]:
        """One instruction of each kind, all different, verified ones as far as they can be had."""
        self.roll.shuffle(kinds)
        texts: list[str] = []
        for kind in kinds:
            text = next(filter(None, (self._one(option) for option in (kind, *FALLBACKS[kind]))), None)
            texts.append(text or self._unverified(texts))
        return texts

    def _one(self, kind: str) -> str | None:
        """An instruction of that kind that reads back as what was meant, None when a few tries give none."""
        for _ in range(TRIES):
            draft = self._draft(kind)
            if draft is None:
                return None
            for _ in range(3):
                text = self._worded(draft)
                if self._reads_back(text, draft):
                    self.seen.add(self._key(draft))
                    return text
        return None

    def _reads_back(self, text: str, draft: Draft) -> bool:
        if self._key(draft) in self.seen:
            return False
        wanted = [call.outline() for call in draft.calls]
        return [call.outline() for call in plan(self.functions, text)] == wanted

    def _key(self, draft: Draft) -> tuple[object, ...]:
        return tuple(call.outline() for call in draft.calls)

    def _unverified(self, texts: list[str]) -> str:
        """A plain sentence about some function, for documents whose functions cannot be told apart."""
        while True:
            function = self._next_function()
            text = request(verb_phrase(function, self._arguments(function), self.roll), self._form())
            if text not in texts:
                return text
            if self.roll.random() < 0.2:
                return f"{self._background()} {text}"

    def _draft(self, kind: str) -> Draft | None:
        """A new plan of that kind, None when the functions do not allow one."""
        if kind == "single":
            return Draft([self._call(self._next_function(lambda one: not _source_for(one, self.functions)
                                                         or self.roll.random() < 0.4))], kind)
        if kind == "pair":
            return self._pair()
        if kind == "missing":
            return self._missing()
        return self._chain(kind)

    def _pair(self) -> Draft | None:
        first = self._call(self._next_function(lambda one: not _source_for(one, self.functions)))
        others = [one for one in self.functions if not _source_for(one, self.functions)]
        second = self._call(self.roll.choice(others or self.functions))
        if first.outline() == second.outline():
            return None
        return Draft([first, second], "pair")

    def _chain(self, kind: str) -> Draft | None:
        """A call that needs a result of another."""
        users = [one for one in self.functions if _source_for(one, self.functions)]
        if not users:
            return None
        consumer = self.roll.choice(users)
        source, needs = _source_for(consumer, self.functions) or (consumer, {})
        if any(is_id_like(one) for one in source.required):
            return None
        first = self._call(source)
        if kind == "implied":
            named = [one for one in source.required if one.type in ("string", "") and not one.enum
                     and kind_of_name(one.name) not in NOT_A_NAME]
            if main_verbs(source) & {"create", "send"} or len(source.required) != 1 or not named:
                return None
            first.arguments = {named[0].name: first.arguments[named[0].name]}
        second = self._call(consumer, leave_out=set(needs))
        second.missing = [name for name in second.missing if name not in needs]
        second.references = {name: needs[name] for name in needs}
        return Draft([first, second], kind)

    def _missing(self) -> Draft | None:
        """A call for which one required value was forgotten."""
        able = [one for one in self.functions if one.required]
        if not able:
            return None
        function = self.roll.choice(able)
        asked = [one for one in function.required if not is_id_like(one)] or function.required
        forgotten = self.roll.choice(asked)
        call = self._call(function, leave_out={forgotten.name})
        return Draft([call], "missing")

    def _call(self, function: Function, leave_out: set[str] | frozenset[str] = frozenset()) -> Call:
        arguments = self._arguments(function, leave_out)
        missing = [one.name for one in function.required if one.name not in arguments]
        return Call(function, arguments, {}, missing)

    def _arguments(self, function: Function, leave_out: set[str] | frozenset[str] = frozenset()) -> dict[str, Any]:
        optional = [one for one in function.parameters if not one.required and not is_id_like(one)
                    and one.type != "object"]
        few = self.roll.sample(optional, min(len(optional), self.roll.choices((0, 1, 2), weights=(4, 4, 2))[0]))
        if not function.required and optional and not few:
            few = [self.roll.choice(optional)]
        chosen = [one for one in function.parameters if (one.required or one in few) and one.name not in leave_out]
        arguments: dict[str, Any] = {}
        for one in chosen:
            arguments[one.name] = self._argument(function, one, list(arguments.values()))
        return _in_order(function, arguments)

    def _argument(self, function: Function, parameter: Parameter, taken: list[Any]) -> Any:
        """A value for one parameter, different from those the others have."""
        known = parameter_values(function, parameter)
        value = draw(known, self.roll)
        for _ in range(5):
            if value not in taken:
                break
            value = draw(known, self.roll)
        return _typed(value, parameter)

    def _next_function(self, wanted: Any = None) -> Function:
        """The functions in turn, so that each gets its instructions; `wanted` may refuse some."""
        for _ in range(2 * len(self.functions)):
            self.turn = (self.turn + 1) % len(self.functions)
            if wanted is None or wanted(self.functions[self.turn]):
                break
        return self.functions[self.turn]

    def _form(self) -> str:
        """A form of request that was not used lately."""
        if not self.forms:
            self.forms = self.roll.sample(REQUESTS, len(REQUESTS))
        return self.forms.pop()

    def _worded(self, draft: Draft) -> str:
        roll = self.roll
        phrases = self._phrases(draft)
        if len(phrases) == 1:
            text = self._single(phrases[0], draft)
        elif roll.random() < 0.5:
            text = f"{request(phrases[0], self._form())} {roll.choice(('Then', 'After that,', 'Also', 'And then'))} " \
                   f"{phrases[1]}."
        else:
            text = roll.choice(JOINS).format(capitalised(phrases[0]), phrases[1])
        if self.story:
            return f"{self._background()} {self._background()} {text} {roll.choice(ENDINGS)}"
        greeted = text.startswith(("Hey", "Hi", "Quick one"))
        return f"{self._background()} {text}" if roll.random() < 0.35 and not greeted else text

    def _background(self) -> str:
        """A sentence of background that was not used lately."""
        if not self.backgrounds:
            sentences = STORIES if self.story else BACKGROUND
            self.backgrounds = self.roll.sample(sentences, len(sentences))
        return self.backgrounds.pop()

    def _single(self, phrase: str, draft: Draft) -> str:
        """A request for one call; at times it names the thing wanted, or leaves a value to a second sentence."""
        roll, (call, *others) = self.roll, draft.calls
        optional = [one for one in call.function.parameters if one.name in call.arguments and not one.required
                    and not isinstance(call.arguments[one.name], bool | list)]
        ending = ""
        if not others and optional and roll.random() < 0.35:
            told = roll.choice(optional)
            rest = {name: value for name, value in call.arguments.items() if name != told.name}
            phrase = verb_phrase(call.function, rest, roll, about="my" if call.missing else "")
            ending = f" {detail(told, call.arguments[told.name], roll)}"
        wanted = thing(phrase)
        if wanted and roll.random() < 0.35:
            return roll.choice(THINGS).format(wanted) + ending
        return request(phrase, self._form()) + ending

    def _phrases(self, draft: Draft) -> list[str]:
        """One verb phrase per call that is asked for in so many words."""
        roll = self.roll
        if draft.kind == "implied":
            first, second = draft.calls
            return [self._implied(first, second)]
        phrases = []
        for index, call in enumerate(draft.calls):
            about = ""
            if call.references:
                made = main_verbs(draft.calls[0].function) & {"create"}
                about = roll.choice(("the new", "that")) if made else roll.choice(("the first", "that"))
            elif call.missing:
                about = roll.choice(("my", "that")) if index == 0 else "my"
            phrases.append(verb_phrase(call.function, call.arguments, roll, about=about))
        return phrases

    def _implied(self, finder: Call, consumer: Call) -> str:
        """A request about something that is named rather than given by its identifier."""
        (name, value), *_ = finder.arguments.items()
        parameter = finder.function.parameter(name)
        kind = kind_of_name(name)
        forms = (' about "{}"', ' on "{}"') if kind == "query" else (' called "{}"', ' "{}"') \
            if kind in ("title", "name", "person") or (parameter and parameter.label[-1] in ("name", "title")) \
            else (' with "{}"', ' for "{}"')
        return verb_phrase(consumer.function, consumer.arguments, self.roll, about="the",
                           called=self.roll.choice(forms).format(value))


def _in_order(function: Function, arguments: dict[str, Any]) -> dict[str, Any]:
    return {one.name: arguments[one.name] for one in function.parameters if one.name in arguments}


def _typed(value: Any, parameter: Parameter) -> Any:
    """A drawn value in the type the parameter asks for."""
    if parameter.type == "string" and not isinstance(value, str):
        return str(value)
    if parameter.type == "array":
        items = value if isinstance(value, list) else [value]
        return [int(one) for one in items] if parameter.items == "integer" else items
    if parameter.type in ("integer", "number") and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


def _source_for(function: Function, functions: Sequence[Function]) -> tuple[Function, dict[str, Any]] | None:
    """The function that returns every identifier this one needs, with the references; None when none is needed."""
    needed = [one for one in function.required if is_id_like(one)]
    if not needed:
        return None
    for source in functions:
        if source is function:
            continue
        fields = {one.name: matching_field(one, source) for one in needed}
        if all(fields.values()) and not any(is_id_like(one) for one in source.required):
            return source, {name: Reference(0, found or "") for name, found in fields.items()}
    return None
