"""Functions of an API as Python methods, from whose signatures and docstrings trainers tell a model what it may call.

Names that Python does not take, such as `from` or `X-Library-Card`, are written another way and mapped back; ranges,
formats and the shapes of objects, for which Python has no types, are said in the docstring.
"""

import inspect
import keyword
import re
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any, Literal

from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.core.log import one_line
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.describe import SchemaText, details, expectation, sentence
from toolalpaca.openapi.schema_parts import Schema, choices_of, items_of, types_of

Method = Callable[..., str]
_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list,
                          "object": dict, "null": type(None)}
_LONGEST = 600  # characters of an argument's description
_TOLD_BY_TYPE = frozenset({"a string", "an integer", "a number", "true or false", "an object", "another value"})
_SECTION = re.compile(r"\b(Args|Returns|Raises):")  # what readers of docstrings take for the head of a section


def methods_of(record: ApiRecord, call: Callable[[Any, str, dict[str, Any]], str],
               taken: Iterable[str] = ()) -> dict[str, Method]:
    """Return a method for each function of an API by its Python name, which is not among the names `taken`.

    A method makes its call through `call(self, function, arguments)`, with the API's own names. Arguments that are None
    are left out unless they are required. Credentials are not arguments: the executor fills them in.
    """
    tools = [tool["function"] for tool in tool_schemas(record)]
    names = python_names([tool["name"] for tool in tools], taken)
    secret = set(record.get("Authentication") or {})
    return {python: _method(python, tool, secret, call) for python, tool in zip(names, tools, strict=True)}


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


def _method(python: str, tool: dict[str, Any], secret: set[str],
            call: Callable[[Any, str, dict[str, Any]], str]) -> Method:
    schemas = {name: schema for name, schema in tool["parameters"]["properties"].items() if name not in secret}
    required = [name for name in tool["parameters"]["required"] if name in schemas]
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
