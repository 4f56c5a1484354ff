"""Other names for functions and parameters, so that a model learns to go by descriptions (Lin et al. 2024, "Hammer").

Names become random strings, the same ones in the functions' descriptions, the calls and all that is said; what the API
answered stays, and so do the names of fields in its answers. The strings are an API's own, so that its renamed examples
still share a prompt.
"""

import json
import random
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from toolalpaca.conversation.functions import DescriptionParts, description_parts, own_functions, tool_schemas
from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.steps import Step, step_keys, steps_of, user_turns
from toolalpaca.core.jsons import parse_json_object
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord, Instance

SAID = ("input", "output", "Final Thought", "Final Reasoning")
LETTERS = 5, 8  # of a name, at least and at most
_IDENTIFIER = re.compile(r"[A-Za-z]\w*(?:[a-z][A-Z]|[_\-0-9])[\w-]*")  # a name that cannot be a word of a sentence


@dataclass(frozen=True)
class Renaming:
    """The new names of an API's functions and parameters by their old ones."""

    functions: Mapping[str, str]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, record: ApiRecord, seed: int) -> "Renaming":
        """Return new names for the functions that a conversation shows and for their parameters."""
        chance = random.Random(f"{seed} {record['Name']}")
        functions = own_functions(record)
        parameters = list(dict.fromkeys(name for tool in tool_schemas(record, get_details=False)
                                        for name in tool["function"]["parameters"]["properties"]))
        taken = {*functions, *parameters}
        return cls({name: _new_name(chance, taken) for name in functions},
                   {name: _new_name(chance, taken) for name in parameters})

    def fits(self, instance: Instance) -> bool:
        """Return whether all that the instance calls has a new name or, refused as unknown, is given one."""
        return all(self._fits(step) for turn in user_turns(instance) for step in steps_of(turn))

    def record(self, record: ApiRecord) -> ApiRecord:
        """Return the record with its functions under the new names, parameters included."""
        described = record.get("Function_Description") or {}
        own = {self.functions.get(name, name): self._functions_in(text) if name == "components"
               else self._description(text) for name, text in described.items()}
        projection = {self.functions.get(name, name): place
                      for name, place in (record.get("Function_Projection") or {}).items()}
        about = {key: self._text(str(record.get(key) or "")) for key in ("Introduction", "Description")}
        return cast(ApiRecord, {**record, **about, "Function_Description": own, "Function_Projection": projection})

    def tools(self, tools: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the schemas of the renamed record's functions with parameters under the new names."""
        return [{**tool, "function": self._tool(tool["function"])} for tool in tools]

    def instance(self, instance: Instance) -> Instance:
        """Return the conversation with the new names in calls and in all that is said."""
        first, *later = map(self._with_unknown(instance)._turn, user_turns(instance))
        return {**first, "Turns": later} if later else first

    def _fits(self, step: Step) -> bool:
        if not step.is_call or step.action in EXTERNAL_TOOLS:
            return True
        known = step.action in self.functions or _names_no_function(step)
        return known and (step.is_refused or set(parse_json_object(step.input) or ()) <= self.parameters.keys())

    def _with_unknown(self, instance: Instance) -> "Renaming":
        """Return the renaming with strings for functions and parameters that calls named and the API does not have."""
        refused = [step for turn in user_turns(instance) for step in steps_of(turn) if step.is_refused]
        taken = {*self.functions, *self.functions.values(), *self.parameters, *self.parameters.values()}
        functions = {name: _new_name(random.Random(name), taken) for name in dict.fromkeys(
            step.action for step in refused if _names_no_function(step)) if name not in self.functions}
        parameters = {name: _new_name(random.Random(name), taken) for name in dict.fromkeys(
            name for step in refused for name in parse_json_object(step.input) or ()) if name not in self.parameters}
        if not functions and not parameters:
            return self  # whose patterns are compiled
        return replace(self, functions={**self.functions, **functions}, parameters={**self.parameters, **parameters})

    def _turn(self, turn: Instance) -> Instance:
        said = {key: self._text(str(turn.get(key) or "")) for key in SAID if key in turn}
        steps = steps_of(turn)
        renamed = [self._step(step, before) for step, before in zip(steps, (None, *steps), strict=False)]
        return cast(Instance, {**turn, **said, **step_keys(renamed)})

    def _step(self, step: Step, before: Step | None) -> Step:
        """Return a step with the new names; a thought about a call that was refused may quote what refused it."""
        seen = step.observation if _succeeded(step) else self._quoted(step.observation)
        said = self._text if before is None or _succeeded(before) else self._quoted
        return replace(step, thought=said(step.thought), action=self.functions.get(step.action, step.action),
                       input=self._input(step), observation=seen, reasoning=said(step.reasoning))

    def _input(self, step: Step) -> str:
        arguments = parse_json_object(step.input)
        if arguments is None or step.action in EXTERNAL_TOOLS:
            return self._text(step.input)
        return json.dumps({self.parameters.get(name, name): value for name, value in arguments.items()},
                          ensure_ascii=False)

    def _description(self, text: str) -> str:
        """Return a function's description: summary, parameters, output; fields of the output keep their names."""
        summary, parameters, rest = description_parts(text)
        if parameters is None:
            return self._functions_in(text)
        renamed = {self.parameters.get(name, name): self._text(str(value)) for name, value in parameters.items()}
        return DescriptionParts(self._text(summary), parameters, self._functions_in(rest)).with_parameters(renamed)

    def _tool(self, function: dict[str, Any]) -> dict[str, Any]:
        schema = function["parameters"]
        properties = {self.parameters.get(name, name): self._property(value)
                      for name, value in schema["properties"].items()}
        required = [self.parameters.get(name, name) for name in schema["required"]]
        return {**function, "description": self._text(function["description"]),
                "parameters": {**schema, "properties": properties, "required": required}}

    def _property(self, schema: Any) -> Any:
        if not isinstance(schema, dict) or not isinstance(schema.get("description"), str):
            return schema
        return {**schema, "description": self._text(schema["description"])}

    def _text(self, text: str) -> str:
        """Return a text with the new names; a name that may be an ordinary word counts as one only in backticks."""
        return self._anywhere.replaced(self._in_backticks.replaced(text))

    def _quoted(self, text: str) -> str:
        """Return what refused a call with the new names, which it has in quotes."""
        return self._in_quotes.replaced(self._text(text))

    def _functions_in(self, text: str) -> str:
        return self._functions.replaced(text)

    @cached_property
    def _anywhere(self) -> "_Names":
        return _Names({**self.parameters, **self.functions}, r"(?<![\w-])(?:{})(?![\w-])", only_identifiers=True)

    @cached_property
    def _functions(self) -> "_Names":
        return _Names(self.functions, r"(?<![\w-])(?:{})(?![\w-])", only_identifiers=True)

    @cached_property
    def _in_backticks(self) -> "_Names":
        return _Names({**self.parameters, **self.functions}, r"(?<=`)(?:{})(?=[`(])")

    @cached_property
    def _in_quotes(self) -> "_Names":
        return _Names({**self.parameters, **self.functions}, r"""(?<=["'])(?:{})(?=["'])""")


class _Names:
    """Names looked for by a pattern in which `{}` is any of them."""

    def __init__(self, names: Mapping[str, str], pattern: str, *, only_identifiers: bool = False) -> None:
        self._names = {old: new for old, new in names.items() if not only_identifiers or _IDENTIFIER.fullmatch(old)}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(pattern.format("|".join(map(re.escape, longest_first)))) if longest_first else None

    def replaced(self, text: str) -> str:
        """Return the text with each name that is found replaced by its new one."""
        return self._pattern.sub(lambda match: self._names[match[0]], text) if self._pattern else text


def _succeeded(step: Step) -> bool:
    return Observation(step.observation).succeeded


def _names_no_function(step: Step) -> bool:
    return step.is_call and Observation(step.observation).refuses_function


def is_renamed(record: ApiRecord, share: float, seed: int) -> bool:
    """Return whether an API is among the `share` of them that get other names; all its examples keep one prompt."""
    return random.Random(f"{seed} {record['Name']} renamed").random() < share


def _new_name(chance: random.Random, taken: set[str]) -> str:
    """Return a random string that is not `taken`, and take it."""
    while True:
        letters = chance.choices(string.ascii_lowercase, k=chance.randint(*LETTERS))
        if (name := "".join(letters)) not in taken:
            taken.add(name)
            return name
