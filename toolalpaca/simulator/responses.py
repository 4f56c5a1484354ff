"""Responses that an operation declares: which one a status falls under, its media type, and whether a body fits it; and
in which part of a body the thing itself, or the list, is."""

import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import parse_json
from toolalpaca.core.words import name_key, singular
from toolalpaca.openapi.media_types import JSON, is_json, kind_of, preferred_media_type
from toolalpaca.openapi.operations import declared_status
from toolalpaca.openapi.references import resolve
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema
from toolalpaca.openapi.schemas import standalone

LLM, SCHEMA, CACHE = "llm", "schema", "cache"
NOTHING = object()  # the body of an answer that has none


@dataclass(eq=False)
class ResponseCheck:
    """One declared response. `schema` is None if the document says nothing about the body."""

    description: str
    media_type: str
    schema: Schema | None
    examples: tuple[Any, ...] = ()
    has_content: bool = True

    @cached_property
    def _check(self) -> SchemaCheck | None:
        return SchemaCheck(self.schema) if self.schema is not None else None

    @cached_property
    def example(self) -> Any:
        """Return the first of the examples that is valid, None if there is none."""
        return next((value for value in self.examples if self.fits(value)), None)

    @property
    def is_json(self) -> bool:
        """Return whether the body travels as JSON."""
        return is_json(self.media_type)

    def fits(self, body: Any) -> bool:
        """Return whether the body is valid."""
        return self._check is None or self._check.is_valid(body)

    def errors(self, body: Any) -> list[Any]:
        """Return what is wrong with the body, as the validator's errors."""
        return [] if self._check is None else self._check.errors(body)


class Responses:
    """All declared responses of one operation."""

    def __init__(self, document: dict[str, Any], declared: dict[str, dict[str, Any]]) -> None:
        self._declared = {status: _response(document, response) for status, response in declared.items()}
        self._found: dict[int, ResponseCheck | None] = {}

    def of(self, status: int) -> ResponseCheck | None:
        """Return the declared response for a status: its own, its range's, or the default one."""
        if status not in self._found:
            name = declared_status(self._declared, status)
            self._found[status] = None if name is None else self._declared[name]
        return self._found[status]

    def success(self, prefer: int = 200) -> int:
        """Return the status of an answer that went well: `prefer` if declared, else the lowest declared 2xx, else
        200."""
        if str(prefer) in self._declared:
            return prefer
        codes = sorted(int(key) for key in self._declared if key.isdigit() and 200 <= int(key) < 300)
        return codes[0] if codes else 200


def _response(document: dict[str, Any], response: dict[str, Any]) -> ResponseCheck:
    content = response.get("content")
    content = {media: body for media, body in content.items() if isinstance(body, dict)} \
        if isinstance(content, dict) else {}
    description = str(response.get("description", ""))
    if not content:
        return ResponseCheck(description, JSON, None, has_content=False)
    media = preferred_media_type(list(content))
    body = content[media]
    schema = body.get("schema")
    return ResponseCheck(description, JSON if "*" in kind_of(media) else " ".join(media.split()),
                         standalone(document, schema, request=False) if isinstance(schema, dict) else None,
                         _examples(document, body))


def _examples(document: dict[str, Any], body: dict[str, Any]) -> tuple[Any, ...]:
    """Return the examples of a body, those that are a text followed by what they are as JSON."""
    found = [body["example"]] if "example" in body else []
    examples = body.get("examples")
    for example in examples.values() if isinstance(examples, dict) else ():
        if isinstance(example, dict):
            example = resolve(document, example)
            found += [example["value"]] if "value" in example else []
    return tuple(value for example in found for value in (example, *_in_text(example)))


def _in_text(example: Any) -> list[Any]:
    try:
        value = parse_json(example) if isinstance(example, str) else None
    except ValueError:
        return []
    return [value] if isinstance(value, (dict, list)) else []


@dataclass(frozen=True)
class ApiAnswer:
    """`source` says whether a model gave it, the schema, or a memory of an earlier answer."""

    status: int
    body: Any
    source: str
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Return whether the API did what was asked."""
        return 200 <= self.status < 300


WRAPPERS = frozenset({"data", "result", "item", "record", "response", "payload", "entry"})


def resource_in(body: Any, noun: str) -> dict[str, Any] | None:
    """Return the object in an answer that describes the thing itself: the answer, or what it wraps it in."""
    if not isinstance(body, dict):
        return None
    for name, value in body.items():
        if isinstance(value, dict) and (name_key(name) in WRAPPERS or singular(name_key(name)) == noun):
            return value
    return body


def list_in_answer(body: Any) -> list[Any] | None:
    """Return the list in an answer: the answer, or the longest list of objects in it, also one level down."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    lists = [value for value in body.values()
             if isinstance(value, list) and all(isinstance(one, dict) for one in value)]
    if lists:
        return max(lists, key=len)
    inner = [list_in_answer(value) for name, value in body.items()
             if isinstance(value, dict) and name_key(name) in WRAPPERS]
    return next((found for found in inner if found is not None), None)


def objects_in_answer(body: Any) -> list[dict[str, Any]]:
    """Return the list in an answer if it holds nothing but objects, else an empty one."""
    items = list_in_answer(body)
    return items if items and all(isinstance(one, dict) for one in items) else []


def replaced_resource(body: Any, noun: str, resource: dict[str, Any]) -> Any:
    """Return an answer with another object in place of the one that describes the thing itself."""
    old = resource_in(body, noun)
    return resource if old is body else {name: resource if value is old else value for name, value in body.items()}


def replaced_list(body: Any, old: list[Any], items: list[Any]) -> Any:
    """Return an answer with other items in place of its list `old`."""
    if body is old:
        return items
    return {name: items if value is old else replaced_list(value, old, items) if isinstance(value, dict) else value
            for name, value in body.items()}


def another_like(value: Any, random_: random.Random) -> Any:
    """Return another id of the same look."""
    if isinstance(value, int):
        return random_.randint(1000, 99999)
    if isinstance(value, float):
        return float(random_.randint(1000, 99999))
    text = str(value)
    digits = any(char.isdigit() for char in text)
    return text[:-8] + "".join(_sign_like(char, random_, digits) for char in text[-8:])


def _sign_like(char: str, random_: random.Random, beside_digits: bool) -> str:
    """Return another character of the same kind.

    Among digits only those of hexadecimal numbers change: `T` in `T10442` says what the number is of.
    """
    if char.isdigit():
        return str(int(random_.random() * 10))
    if not char.isalpha() or beside_digits and char not in "abcdef":
        return char
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" if char.isupper() else "abcdef" if beside_digits else "abcdefghklmnoprstuvw"
    return letters[int(random_.random() * len(letters))]
