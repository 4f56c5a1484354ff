"""Parsing an OpenAPI document from JSON text, with the checks that every stage relies on, and its usable part: one
operation that cannot be used does not cost the others.

A document is self-contained: references out of it are never followed, and what has one is left out. Its depth and the
alternatives in its schemas are bounded, so that any processing of it terminates.

Left out, each with its reason, are operations that `operations` cannot read, and those with a reference that leads
nowhere or out of the document or with too many alternatives within alternatives, in themselves or in what they refer
to. An operation stays if it can do without the part with the reference: callbacks, and of its responses the links,
headers, examples and those that report errors.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from toolalpaca.core.jsons import refuse_constant, type_name
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.identifiers import with_pointers
from toolalpaca.openapi.operations import METHODS, operations, path_item
from toolalpaca.openapi.other_versions import Part, as_31
from toolalpaca.openapi.patterns import costly, is_affordable, without_patterns
from toolalpaca.openapi.references import (
    iter_references,
    keyword_objects,
    leads_somewhere,
    lookup,
    pointer_parts,
    resolve,
)
from toolalpaca.openapi.schema_check import TooManyAlternatives, check_alternatives

DEEPEST_DOCUMENT = 200  # levels of objects and arrays; real documents have up to about sixty
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ALTERNATIVES = frozenset({"allOf", "anyOf", "oneOf"})
_NOTED = _ALTERNATIVES.union(_REFERENCES, {"pattern", "patternProperties"})
SWAGGER_2 = "this is a Swagger 2 document; scripts/convert_document.py makes it OpenAPI 3"
_OTHERS = "additionalOperations"
_MOST_FOLLOWED = 1_000_000  # references of one document, those of an operation that is left out again for each
_EXTRAS = ("headers", "links", "examples")  # of a response and its media types


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
    return with_pointers(as_31(_json_document(text)))


def _json_document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    return document


def usable_document(document: dict[str, Any]) -> ReadDocument:
    """Return the usable part of a document, as `read_document` does."""
    document = with_pointers(as_31(document))
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
    for _ in range(DEEPEST_DOCUMENT):
        objects = [node for node in level if isinstance(node, dict)]
        yield from objects
        lists = [node for node in level if isinstance(node, list)]
        level = [part for node in objects for part in node.values() if isinstance(part, (dict, list))]
        level += [part for node in lists for part in node if isinstance(part, (dict, list))]
        if not level:
            return
    raise ValueError(f"the JSON is nested too deeply: more than {DEEPEST_DOCUMENT} levels")


def usable(document: Part, too_many: bool = False) -> tuple[Part, list[str]]:
    """Return the document without what cannot be used, and a line for each operation or path that was left out.

    `too_many` says that some schemas have too many alternatives. The document is not modified. Raises ValueError with
    the first of these lines if no operation is left.
    """
    references, left_out = _References(document, too_many), list[str]()
    items: Part = {}
    for path, value in document["paths"].items():
        if path.startswith("x-"):
            continue
        try:
            single = list(_one_by_one(path_item(document, path, value), references))
        except ValueError as error:
            left_out.append(str(error))
            continue
        kept = [item for item in single if not _is_left_out(references, path, item, left_out)]
        items |= {path: _merged(kept)} if kept else {}
    whole = {**document, "paths": items, **references.components()}
    if left_out and not operations(whole):
        raise ValueError(left_out[0])
    return whole, left_out


def _one_by_one(item: Part, references: "_References") -> Iterator[Part]:
    """Yield a path item once for each of its operations, with that operation alone."""
    common = {key: part for key, part in item.items() if key not in METHODS and key != _OTHERS}
    for method in item:
        if method in METHODS and item[method] is not None:
            yield {**common, method: references.thinned(item[method])}
    others = item.get(_OTHERS)
    for method, operation in others.items() if isinstance(others, dict) else ():
        twice = {key: item[key] for key in item if key == method.lower()}  # for which it is refused
        yield {**common, **twice, _OTHERS: {method: references.thinned(operation)}}


def _merged(single: list[Part]) -> Part:
    """Return the path item of which these hold one operation each."""
    others = {method: operation for item in single for method, operation in item.get(_OTHERS, {}).items()}
    merged = {key: part for item in single for key, part in item.items()}
    return {**merged, _OTHERS: others} if others else merged


def _is_left_out(references: "_References", path: str, item: Part, left_out: list[str]) -> bool:
    """Return whether the operation of a path item cannot be used, whose problem is then added to the list."""
    try:
        [operation] = operations({**references.document, "paths": {path: item}})
    except ValueError as error:
        left_out.append(str(error))
        return True
    problem = references.problem([item.get("parameters"), operation.raw])
    if problem:
        left_out.append(f"{operation.http_method} {' '.join(path.split())}: {problem}")
    return bool(problem)


class _References:
    """The references of a document, each followed to its end once."""

    def __init__(self, document: Part, too_many: bool) -> None:
        self.document, self._too_many = document, too_many
        self._good: set[str] = set()
        self._left = _MOST_FOLLOWED

    def problem(self, part: Any) -> str:
        """Return what is wrong with a part or with what it refers to; "" if nothing is."""
        seen: set[str] = set()
        pending = [part]
        try:
            while pending:
                current = pending.pop()
                if self._too_many:
                    check_alternatives(self.document, keyword_objects(current))
                for ref in iter_references(current):
                    if ref not in seen and ref not in self._good:
                        seen.add(ref)
                        pending.append(self._target(ref))
        except ValueError as error:
            return str(error)
        self._good |= seen
        return ""

    def _target(self, ref: str) -> Any:
        """Return what a reference points to, of a component the whole, as `bundled` takes it."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many references would have to be followed")
        target = lookup(self.document, ref)
        parts = pointer_parts(ref)
        return self.document["components"][parts[1]][parts[2]] if parts[:1] == ["components"] and parts[2:] else target

    def components(self) -> Part:
        """Return the key `components` without those whose references cannot be followed; {} if there is none."""
        components = self.document.get("components")
        if not isinstance(components, dict):
            return {}
        return {"components": {kind: {name: part for name, part in parts.items()
                                      if not self.problem({"components": {kind: {name: part}}})}
                               if isinstance(parts, dict) else parts for kind, parts in components.items()}}

    def thinned(self, operation: Any) -> Any:
        """Return an operation without those parts that a call can do without and whose references lead nowhere."""
        if not isinstance(operation, dict) or not self.problem(operation):
            return operation
        kept = {key: part for key, part in operation.items() if key != "callbacks"}
        if isinstance(responses := operation.get("responses"), dict):
            successes = [status for status in responses if str(status).startswith("2")] or ["default"]
            kept["responses"] = {status: response for status, given in responses.items()
                                 if not self.problem(response := self._thinned_response(given)) or status in successes}
        return kept

    def _thinned_response(self, response: Any) -> Any:
        """Return a response without headers, links and examples, itself if it cannot be read."""
        try:
            opened = resolve(self.document, response)
        except ValueError:
            return response
        thin = {key: part for key, part in opened.items() if key not in _EXTRAS}
        if isinstance(content := opened.get("content"), dict):
            thin["content"] = {media: {key: part for key, part in body.items() if key not in _EXTRAS}
                               if isinstance(body, dict) else body for media, body in content.items()}
        return thin if self.problem(response) else response
