"""Parsing an OpenAPI document from JSON text, with the checks that every stage relies on.

A document is self-contained: references out of it are never followed, and what has one is left out. Its depth and
the alternatives in its schemas are bounded, so that any processing of it terminates.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from toolalpaca.core.jsons import type_name
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.openapi32 import as_31
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.patterns import costly, is_affordable, without_patterns
from toolalpaca.openapi.references import leads_somewhere
from toolalpaca.openapi.schema_check import TooManyAlternatives, check_alternatives
from toolalpaca.openapi.usable import usable

DEEPEST = 200  # levels of objects and arrays; real documents have up to about sixty
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ALTERNATIVES = frozenset({"allOf", "anyOf", "oneOf"})
_NOTED = _ALTERNATIVES.union(_REFERENCES, {"pattern", "patternProperties"})
SWAGGER_2 = "this is a Swagger 2 document; scripts/convert_document.py makes it OpenAPI 3"


class ReadDocument(NamedTuple):
    """A document without the operations that cannot be used, a line about each of these, and one about the patterns
    that cannot be read, "" if all can."""

    document: dict[str, Any]
    left_out: list[str]
    unread: str = ""


def parse_document(text: str) -> dict[str, Any]:
    """Return the document in a text, as `read_document` does, without a word on what was left out."""
    return read_document(text).document


def read_document(text: str) -> ReadDocument:
    """Return the usable part of the document in a text, one of OpenAPI 3.2 as 3.1 has it; raise ValueError, one line,
    with what is wrong and where, for one that cannot be used at all."""
    return usable_document(_json_document(text))


def read_again(text: str) -> dict[str, Any]:
    """Return the document in a text in which `read_document` changed nothing, without checking it again."""
    return as_31(_json_document(text))


def _json_document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    return document


def usable_document(document: dict[str, Any]) -> ReadDocument:
    """Return the usable part of a document, as `read_document` does."""
    document = as_31(document)
    noted = _checked(document)
    unread = costly(noted.patterns)
    if any(map(is_affordable, unread)):  # the others are left out wherever they are met
        document = without_patterns(document, unread)
        noted = _noted(document)
    too_many = False
    try:
        check_alternatives(document, noted.choices)
    except TooManyAlternatives:
        too_many = True
    usable_part = ReadDocument(document, [])
    if not isinstance(document.get("paths"), dict):
        operations(document)  # which says what is wrong
    elif too_many or any(not leads_somewhere(document, target) for target in noted.targets) or _fails(document):
        usable_part = ReadDocument(*usable(document, too_many))
    return usable_part._replace(unread=_said_of(unread)) if unread else usable_part


def _said_of(unread: set[str]) -> str:
    """Return a line about patterns that cannot be read."""
    longest = max(unread, key=lambda text: (len(text), text))
    many = "a pattern" if len(unread) == 1 else f"{len(unread)} patterns"
    return (f"{many} of its schemas cannot be checked since that would take too long, the longest with "
            f"{len(longest):,} characters: {longest[:60]!r}")


def _fails(document: dict[str, Any]) -> bool:
    try:
        operations(document)
    except ValueError:
        return True
    return False


def document_of(record: ApiRecord) -> dict[str, Any] | None:
    """Return a record's document; None if it has none or it is invalid."""
    text = record.get("Documentation")
    try:
        return parse_document(text) if text else None
    except ValueError:
        return None


def check_document(document: dict[str, Any]) -> None:
    """Raise ValueError for another format, a reference out of the document, unbounded nesting and costly patterns."""
    noted = _checked(document)
    if any(map(is_affordable, costly(noted.patterns))):  # of others it is said where they are
        raise ValueError("the patterns of its schemas are too many and too long; leave some out")
    check_alternatives(document, noted.choices)
    for target in noted.targets:
        if not target.startswith("#"):
            raise ValueError(f"the reference {target[:100]!r} does not point into the document; references lead to "
                             "'#/components/...' only")


class _Noted(NamedTuple):
    """All objects in a document, level by level, that choose between schemas, all regular expressions, and where
    references lead."""

    choices: list[dict[str, Any]]
    patterns: set[str]
    targets: set[str]


def _checked(document: dict[str, Any]) -> _Noted:
    """Raise ValueError for another format and unbounded nesting; return what further checks are about."""
    if "openapi" not in document and "swagger" in document:
        raise ValueError(SWAGGER_2)
    version = document.get("openapi")
    if isinstance(version, str) and not version.startswith(("3.0", "3.1", "3.2")):
        raise ValueError(f"openapi: {version[:40]!r} is not a supported version; write \"3.0.3\"")
    return _noted(document)


def _noted(document: dict[str, Any]) -> _Noted:
    noted = _Noted([], set(), set())
    for node in _nodes(document):
        if _NOTED.isdisjoint(node):  # most are
            continue
        for key in _REFERENCES:
            if isinstance(target := node.get(key), str):
                noted.targets.add(target)
        if not _ALTERNATIVES.isdisjoint(node):
            noted.choices.append(node)
        if isinstance(node.get("pattern"), str):
            noted.patterns.add(node["pattern"])
        if isinstance(node.get("patternProperties"), dict):
            noted.patterns.update(node["patternProperties"])
    return noted


def _nodes(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object in a document; raise ValueError if the nesting is too deep."""
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        objects = [node for node in level if isinstance(node, dict)]
        yield from objects
        lists = [node for node in level if isinstance(node, list)]
        level = [part for node in objects for part in node.values() if isinstance(part, (dict, list))]
        level += [part for node in lists for part in node if isinstance(part, (dict, list))]
        if not level:
            return
    raise ValueError(f"the JSON is nested too deeply: more than {DEEPEST} levels")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"not valid JSON: {name} is not a JSON number")
