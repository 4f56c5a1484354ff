"""The environment for TRL's GRPOTrainer: a class for each API, the rows of the dataset, and the reward of a rollout.

    trainer = GRPOTrainer(..., train_dataset=Dataset.from_list(rows(records)), reward_funcs=rollout_rewards,
                          environment_factory=environment_classes(records))

The functions of an API are Python methods, from whose signatures and docstrings the trainer tells a model what it may
call. Names that Python does not take, such as `from` or `X-Library-Card`, are written another way and mapped back;
ranges, formats and the shapes of objects, for which Python has no types, are said in the docstring.
"""

import inspect
import json
import keyword
import re
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Literal

from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.observation import unknown_function
from toolalpaca.core.log import one_line
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.environment.apis import SharedApis
from toolalpaca.environment.environment import ToolEnvironment
from toolalpaca.environment.rewards import WEIGHTS, Reward, Weights
from toolalpaca.llm.prompts import split_reasoning
from toolalpaca.openapi.describe import SchemaText, details, expectation, sentence
from toolalpaca.openapi.schema_parts import Schema, choices_of, items_of, types_of
from toolalpaca.sft.formats import system_text

Method = Callable[..., str]
_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list,
                          "object": dict, "null": type(None)}
_LONGEST = 600  # characters of an argument's description
_TOLD_BY_TYPE = frozenset({"a string", "an integer", "a number", "true or false", "an object", "another value"})
_SECTION = re.compile(r"\b(Args|Returns|Raises):")  # what readers of docstrings take for the head of a section
Messages = list[dict[str, Any]]
_COMPONENTS = ("process", "response", "state", "format")


class ApiEnvironment:
    """One rollout's conversation. The trainer takes every public method but `reset` for a tool, so a subclass for each
    API has that API's functions and nothing else."""

    _record: ApiRecord
    _apis: SharedApis
    _weights: Weights = WEIGHTS

    def __init__(self) -> None:
        self._conversation = ToolEnvironment(self._apis, weights=self._weights)

    def reset(self, instruction: int, **_columns: Any) -> None:
        """Begin with the instruction at a place in the record."""
        self._conversation.reset(self._record, instruction)

    def _call(self, function: str, arguments: dict[str, Any]) -> str:
        return self._conversation.call(function, arguments)

    def _finish(self, completion: Messages) -> Reward:
        """Return the reward of a whole rollout, whose last message is the answer."""
        tools = {name for name in dir(type(self)) if not name.startswith("_")} - {"reset"}
        for message in completion:
            for call in message.get("tool_calls") or []:
                self._note_unmade(call.get("function") or {}, tools)
        self._conversation.answer(_answer_in(completion))
        return self._conversation.reward()

    def _note_unmade(self, function: dict[str, Any], tools: set[str]) -> None:
        """Note a call that the trainer could not make: the conversation has not seen it."""
        name, arguments = str(function.get("name") or ""), function.get("arguments")
        if name not in tools:
            self._conversation.note(name, json.dumps(arguments, default=str), unknown_function(name))
        elif not isinstance(arguments, dict):
            self._conversation.note(name, str(arguments), "Parameter type error: the arguments are not an object.")


def environment_classes(records: Iterable[ApiRecord], apis: SharedApis | None = None, *, weights: Weights = WEIGHTS
                        ) -> dict[str, Callable[[], ApiEnvironment]]:
    """Return a subclass of ApiEnvironment for each API by its name, as `environment_factory` takes them."""
    shared = apis or SharedApis()
    return {record["Name"]: _class_of(record, shared, weights) for record in records}


def _class_of(record: ApiRecord, apis: SharedApis, weights: Weights) -> type[ApiEnvironment]:
    methods = methods_of(record, lambda self, function, arguments: self._call(function, arguments), {"reset"})
    name = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", record["Name"])) or "Api"
    members = {"_record": record, "_apis": apis, "_weights": weights,
               "__doc__": f"One rollout's conversation with the API {record['Name']!r}.", **methods}
    return type(f"{name}Environment", (ApiEnvironment,), members)


def rows(records: Iterable[ApiRecord]) -> list[dict[str, Any]]:
    """Return one row for each instruction with a golden answer: the prompt, the API and the instruction's place.

    Conversations in which the user speaks again are left out, since a rollout ends with the first answer.
    """
    found = []
    for record in records:
        system = system_text(record)
        follow_ups = record.get("Follow_Ups") or []
        answered = (record.get("Instructions") or [])[:len(record.get("Golden_Answers") or [])]
        for place, instruction in enumerate(answered):
            if place >= len(follow_ups) or not follow_ups[place]:
                messages = [{"role": "system", "content": system}, {"role": "user", "content": instruction}]
                found.append({"prompt": messages, "environment": record["Name"], "instruction": place})
    return found


def rollout_rewards(completions: Sequence[Messages], environments: Sequence[ApiEnvironment],
                    log_metric: Callable[[str, float], None] | None = None, **_columns: Any) -> list[float | None]:
    """Return the reward of each rollout, as `reward_funcs` takes it; the means of the components are logged."""
    rewards = [environment._finish(completion)
               for completion, environment in zip(completions, environments, strict=True)]
    for name in _COMPONENTS if log_metric is not None else ():
        known = [value for reward in rewards if (value := getattr(reward, name)) is not None]
        if known and log_metric is not None:
            log_metric(f"rewards/{name}", sum(known) / len(known))
    return [reward.total for reward in rewards]


def _answer_in(completion: Messages) -> str:
    """Return the text of the last message, "" if the rollout ended in a call."""
    last = completion[-1] if completion else {}
    if last.get("role") != "assistant" or last.get("tool_calls"):
        return ""
    content = last.get("content")
    return split_reasoning(content)[1].strip() if isinstance(content, str) else ""


def methods_of(record: ApiRecord, call: Callable[[Any, str, dict[str, Any]], str],
               taken: Iterable[str] = ()) -> dict[str, Method]:
    """Return a method for each function of an API by its Python name, which is not among the names `taken`.

    A method makes its call through `call(self, function, arguments)`, with the API's own names. Arguments that are None
    are left out unless they are required. Credentials are not arguments: the executor fills them in.
    """
    tools = [tool["function"] for tool in tool_schemas(record)]
    names = python_names([tool["name"] for tool in tools], taken)
    return {python: _method(python, tool, call) for python, tool in zip(names, tools, strict=True)}


def python_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the names by their Python identifiers, none of which begins with an underscore."""
    used, found = set(taken), dict[str, str]()
    for name in names:
        plain = re.sub(r"\W", "_", name).lstrip("_")
        if not plain.isidentifier() or keyword.iskeyword(plain):
            plain = f"{plain}_" if keyword.iskeyword(plain) else f"n{plain}"
        unique, number = plain, 2
        while unique in used:
            unique, number = f"{plain}_{number}", number + 1
        used.add(unique)
        found[unique] = name
    return found


def _method(python: str, tool: dict[str, Any], call: Callable[[Any, str, dict[str, Any]], str]) -> Method:
    schemas, required = tool["parameters"]["properties"], tool["parameters"]["required"]
    names = python_names(sorted(schemas, key=lambda name: name not in required), {"self", "return"})

    def method(self: Any, **arguments: Any) -> str:
        own = {names.get(name, name): value for name, value in arguments.items()}
        return call(self, tool["name"], {name: value for name, value in own.items()
                                         if value is not None or name in required})

    hints = {name: _type(schemas[own]) if own in required else _type(schemas[own]) | None
             for name, own in names.items()}
    method.__name__ = method.__qualname__ = python
    method.__annotations__ = {**hints, "return": str}
    method.__signature__ = _signature(hints, {name for name, own in names.items() if own in required})  # type: ignore[attr-defined]
    method.__doc__ = _docstring(tool, {name: schemas[own] for name, own in names.items()})
    return method


def _signature(hints: dict[str, Any], required: set[str]) -> inspect.Signature:
    place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, place, annotation=hint,
                                    default=inspect.Parameter.empty if name in required else None)
                  for name, hint in hints.items()]
    return inspect.Signature([inspect.Parameter("self", place), *parameters], return_annotation=str)


def _type(schema: Schema) -> Any:
    """Return the type hint of a schema's values: its choices if it lists any, else its types."""
    choices = choices_of(schema, schema)
    if choices and all(isinstance(one, str | int | bool) for one in choices):
        return Literal[tuple(choices)]
    hints = [list[_type(items_of(schema, schema))] if kind == "array" and items_of(schema, schema)  # type: ignore[misc]
             else _TYPES[kind] for kind in types_of(schema, schema) if kind in _TYPES]
    return reduce(or_, hints) if hints else str


def _docstring(tool: dict[str, Any], schemas: dict[str, Schema]) -> str:
    """Return a docstring in Google's style, one line for each argument."""
    lines = [_plain(sentence(tool["description"]) or tool["name"])]
    if schemas:
        lines += ["", "Args:", *(f"    {name}: {_argument(schema)}" for name, schema in schemas.items())]
    return "\n".join([*lines, "", "Returns:", "    The API's answer with its status."])


def _argument(schema: Schema) -> str:
    """Return what a value means, its format and bounds, its default and the parts of an object."""
    bounds = "" if choices_of(schema, schema) else expectation(schema, schema)
    bounds = "" if bounds in _TOLD_BY_TYPE else bounds
    default = f"Default: {schema['default']!r}." if "default" in schema else ""
    shape = SchemaText(schema).describe(schema) if {"object", "array"} & set(types_of(schema, schema)) else ""
    parts = (shape or details(schema), sentence(bounds[:1].upper() + bounds[1:]), default)
    return _plain(one_line(" ".join(part for part in parts if part), _LONGEST)) or "A value."


def _plain(text: str) -> str:
    return _SECTION.sub(r"\1 -", " ".join(text.split()))
