"""Validity of values for a schema: the one validator of arguments, requests, answers and documents' defaults, and the
bound on its work.

It is compiled by jsonschema-rs, fetches nothing, and reads patterns with an engine that cannot run away. A chain of
forty schemas, each a choice between two references to the next, is short to write and takes forever to check. Therefore
the visits are counted from the schema alone, before any value is checked.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import Any

from toolalpaca.core.jsons import json_path
from toolalpaca.core.log import one_line
from toolalpaca.openapi.patterns import is_pattern, options
from toolalpaca.openapi.references import lookup
from toolalpaca.openapi.schema_parts import Schema, SchemaFacts

LONGEST_VALUE = 80  # characters of a wrong value that a message repeats
LONGEST_MESSAGE = 240
MOST_ERRORS = 20
_MOST_LISTED = 6  # alternatives in a message
LONGEST_CHOICES = 2_000  # characters of an enum or a constant in a message
_CONTAINERS = frozenset({dict, list})
_OF_KINDS = ("const", "not", "enum")  # keywords that say by a property which of several alternatives is meant


class SchemaCheck:
    """The check against one schema made by `standalone`, compiled when first used."""

    def __init__(self, schema: Schema, deepest: int | None = None) -> None:
        """Raise ValueError if the schema's alternatives within alternatives are too many to go through; `deepest` is
        what `deepest_checked` says, if it is known."""
        self.schema = schema
        self.facts = SchemaFacts(schema)
        self._deepest = deepest_checked(schema) if deepest is None else deepest

    def of_part(self, part: Schema) -> "SchemaCheck":
        """Return the check against a part of the schema, whose references lead to the same definitions."""
        unbounded = DEEPEST_VALUE if self._deepest == DEEPEST_VALUE else None
        return SchemaCheck({**part, "$defs": self.schema.get("$defs", {})}, unbounded)

    @cached_property
    def _compiled(self) -> Any:
        for adapted in (lambda schema: schema, _without_unreadable_patterns):
            try:
                return compiled(adapted(self.schema))
            except ValueError:
                continue
        return compiled({})  # no schema that the fixes leave has come here so far

    def is_valid(self, value: Any) -> bool:
        """Return whether the value fits; one that is nested too deeply or holds half a character does not."""
        if type(value) in _CONTAINERS and _deeper_than(value, self._deepest):
            return False
        try:
            return bool(self._compiled.is_valid(value))
        except UnicodeEncodeError:
            return False

    def errors(self, value: Any) -> list[Any]:
        """Return what is wrong, as the validator's errors, at most 20 of them; [] for a value nested too deeply."""
        if _deeper_than(value, self._deepest):
            return []
        return [error for error, _ in zip(self._compiled.iter_errors(value), range(MOST_ERRORS), strict=False)]

    def problems(self, value: Any, where: str) -> list[str]:
        """Return what is wrong in words, one text for each place: `"limit", expected integer, but got "five"`."""
        if self.is_valid(value):
            return []
        if _deeper_than(value, self._deepest):
            return [f'"{where}" is nested more than {self._deepest} levels deep, too deep to be checked']
        try:
            return self._problems(value, where)
        except UnicodeEncodeError:
            return [f'"{where}" holds a lone surrogate, which is not a character']

    def _problems(self, value: Any, where: str) -> list[str]:
        found = [(located(value, error.instance_path)[0], f"{alternatives} is required")
                 if (alternatives := _required_by_alternatives(error)) else described(error, value)
                 for error in self.errors(value)]
        return list(dict.fromkeys(f'"{json_path((where, *path))}", {words}' for path, words in found))


def compiled(schema: Schema) -> Any:
    """Return jsonschema-rs's validator; raise ValueError for a schema that makes no sense to it.

    A time, or a date with a time, may do without the zone and the seconds that RFC 3339 asks for: people and models
    leave them out, and many APIs neither require nor give them. A duration may have fractions, as in ISO 8601.
    """
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, offline=True, pattern_options=options(),
        formats={"duration": lambda text: _DURATION.fullmatch(text) is not None,
                 **{name: partial(_is_moment, name) for name in ("date-time", "time")}})


_AMOUNT = r"\d{1,20}(?:[.,]\d{1,20})?"
_DURATION = re.compile(rf"[+-]?P(?=[\dT])(?:{_AMOUNT}[YMWD]){{0,4}}(?:T(?:{_AMOUNT}[HMS]){{1,3}})?")


def _is_moment(name: str, text: str) -> bool:
    """Return whether a text fits the format, as it is or with a zone, or with seconds and a zone; a space may take
    the place of the T between date and time."""
    return any(_rfc_3339(name).is_valid(text.replace(" ", "T", 1) + rest) for rest in ("", "Z", ":00Z"))


@lru_cache
def _rfc_3339(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True, offline=True)


def _without_unreadable_patterns(value: Any) -> Any:
    """Return the schema without the patterns that cannot be read; a property named `pattern` stays."""
    if isinstance(value, list):
        return [_without_unreadable_patterns(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: part for key, part in value.items()
            if not (key == "pattern" and isinstance(part, str) and not is_pattern(part))}
    if isinstance(kept.get("patternProperties"), dict):
        kept["patternProperties"] = {key: part for key, part in kept["patternProperties"].items() if is_pattern(key)}
    return {key: _without_unreadable_patterns(part) for key, part in kept.items()}


def _deeper_than(value: Any, levels: int) -> bool:
    return any(next(islice(_by_level(value), levels, None), ()))


def _by_level(value: Any) -> Iterator[list[Any]]:
    """Yield the objects and lists in a value, level by level."""
    level = [value] if type(value) in _CONTAINERS else []
    while level:
        yield level
        level = [inner for one in level for inner in (one.values() if type(one) is dict else one)
                 if type(inner) in _CONTAINERS]


def _leaves(error: Any) -> Iterator[Any]:
    """Yield the errors that say something by themselves: those inside the branches of anyOf and oneOf, of which others
    than those that are meant are left out, if some are."""
    depth = len(error.instance_path)
    branches = [list(branch) for branch in getattr(error.kind, "context", None) or ()]
    of_other_types = [[one for one in branch if (len(one.instance_path) - depth, one.kind.name) == (0, "type")]
                      for branch in branches]
    kinds = [one.instance_path for branch in branches for one in branch
             if len(one.instance_path) - depth == 1 and _is_of_another_kind(one.kind)]
    meant = [branch for branch, types in zip(branches, of_other_types, strict=True) if not types and not any(
        one.kind.name in _OF_KINDS and one.instance_path in kinds for one in branch)]
    shown = meant or [types or branch for branch, types in zip(branches, of_other_types, strict=True)]
    yield from [leaf for branch in shown for one in branch for leaf in _leaves(one)] or [error]


def _is_of_another_kind(kind: Any) -> bool:
    """Return whether a property of an object has not the one value that names the object's kind."""
    return kind.name in ("const", "not") or kind.name == "enum" and len(kind.options) == 1


def described(error: Any, root: Any) -> tuple[list[str | int], str]:
    """Return the path of an error in a value, as far inside as it tells, and in words what is wrong there."""
    leaves = list(_leaves(error))
    deepest = max(len(leaf.instance_path) for leaf in leaves)
    leaves = [leaf for leaf in leaves if len(leaf.instance_path) == deepest]
    others = [leaf for leaf in leaves if leaf.kind.name != "type"]
    error = others[0] if others else leaves[0]
    path, value = located(root, error.instance_path)
    if error.kind.name == "type":
        types = dict.fromkeys(kind for leaf in leaves for kind in leaf.kind.types)
        return path, _expected(" or ".join(types), value)
    if error.kind.name in ("enum", "const"):
        options = list[Any]()
        for leaf in leaves:
            if leaf.kind.name in ("enum", "const") and leaf.instance_path == error.instance_path:
                stated = leaf.kind.options if leaf.kind.name == "enum" else [leaf.kind.expected_value]
                options += [option for option in stated if option not in options]
        single = len(options) == 1 and error.kind.name == "const"
        wanted = json.dumps(options[0], ensure_ascii=False) if single else f"one of {options}"
        return path, _expected(wanted, value)
    if error.kind.name == "format":
        return path, _expected(f"{error.kind.format} format", value)
    if error.kind.name == "required":
        return path, f"{error.kind.property!r} is a required property"
    return path, one_line(error.message, LONGEST_MESSAGE)


def _required_by_alternatives(error: Any) -> str:
    """Return the properties of which each alternative of anyOf or oneOf lacks some: `'a' and 'b', or 'c'`; "" for other
    errors."""
    branches = [list(branch) for branch in getattr(error.kind, "context", None) or ()]
    lacking = [[repr(one.kind.property) for one in branch if one.kind.name == "required"
                and one.instance_path == error.instance_path] for branch in branches]
    if len(branches) < 2 or any(len(names) < len(branch) or not branch
                                for names, branch in zip(lacking, branches, strict=True)):
        return ""
    texts = list(dict.fromkeys(" and ".join(names) for names in lacking))
    return ", or ".join(texts) if len(texts) > 1 and len(texts) <= _MOST_LISTED else ""


def located(value: Any, path: list[str | int]) -> tuple[list[str | int], Any]:
    """Return the path of an error of jsonschema-rs, which takes names of digits for indices, and the value there."""
    steps: list[str | int] = []
    for part in path:
        if isinstance(value, dict) and part not in value:
            names = (name for name in value if name.isdecimal() and len(name) < 20 and int(name) == part)
            part = next(names, str(part))
        steps.append(part)
        value = value.get(part) if isinstance(value, dict) else value[part]
    return steps, value


def _expected(wanted: str, value: Any) -> str:
    if len(wanted) > LONGEST_CHOICES:
        wanted = one_line(wanted, LONGEST_CHOICES)
    return f"expected {wanted}, but got {one_line(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)}"


MOST_VISITS = 50_000  # per value; a validator takes about 50 ms for these
BY_NAME = "x-by-name"  # marks alternatives of which the name in a value leaves one, whose name is checked first
DEEPEST_VALUE = 60  # levels of a value that are checked, whatever the schema
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_VALUE = ("not", "if", "then", "else")
_OF_OTHER_ITEMS = ("items", "unevaluatedItems")
_OF_OTHERS = ("additionalProperties", "unevaluatedProperties")
_APPLIED = frozenset({*_SAME_VALUE_LISTS, *_SAME_VALUE, "dependentSchemas", "$ref", "contains", "patternProperties"})
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
_ASKED_AGAIN = 3  # times: a validator goes through the parts of such a schema to see what they have evaluated
_INSIDE = frozenset({"properties", "patternProperties", "prefixItems", *_OF_OTHER_ITEMS, *_OF_OTHERS})


class TooManyAlternatives(ValueError):
    """A schema chooses between alternatives within alternatives, so that checking one value could take very long."""


def check_alternatives(document: dict[str, Any], schemas: Iterable[Any]) -> None:
    """Raise TooManyAlternatives if one of the schemas causes too many visits of a single value."""
    counting = _Counting(document, made=False)
    for schema in schemas:
        counting.at(schema, 0)


def deepest_checked(root: dict[str, Any]) -> int:
    """Return how many levels of a value can be checked against a schema made by `standalone`.

    Raises ValueError if not even the value itself can be checked.
    """
    counting = _Counting(root, made=True)
    counting.at(root, 0)
    if not counting.branches(root):
        return DEEPEST_VALUE
    alike, levels, counts = 0, sum(1 for _ in _by_level(root)), counting.everywhere(0)
    for depth in range(1, DEEPEST_VALUE):
        before, counts = counts, counting.everywhere(depth)
        if counts[0] > MOST_VISITS:
            return depth - 1
        alike = alike + 1 if counts == before else 0
        if alike > levels:  # no schema reaches further before it refers to another, so that nothing changes any more
            break
    return DEEPEST_VALUE


class _Counting:
    """Visits by level: `at(schema, depth)` counts those of one value `depth` levels inside."""

    def __init__(self, root: dict[str, Any], *, made: bool) -> None:
        """`made` says that the schema is made by `standalone`, so that marks in it are ours."""
        self._root, self._made = root, made
        self._known: dict[tuple[str, int], int] = {}
        self._open: set[tuple[str, int]] = set()

    def at(self, schema: Any, depth: int) -> int:
        try:
            count = self._of(schema, depth)
        except RecursionError:
            raise ValueError("its schemas are nested too deeply") from None
        if count > MOST_VISITS:
            raise TooManyAlternatives("its schemas choose between alternatives within alternatives: more than "
                                      f"{MOST_VISITS:,} would have to be tried for one value")
        return count

    def everywhere(self, depth: int) -> list[int]:
        """Return the visits at that level by a schema made by `standalone`, followed by each of its definitions."""
        try:
            definitions = [self._reference(f"#/$defs/{name}", depth) for name in self._root.get("$defs", ())]
            return [self._of(self._root, depth), *definitions]
        except RecursionError:
            raise ValueError("its schemas are nested too deeply") from None

    def branches(self, root: dict[str, Any]) -> bool:
        """Return whether any value can be visited through more than one schema."""
        stack: list[Any] = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                if not _APPLIED.isdisjoint(node) and _visits_twice(node):
                    return True
                stack.extend(node.values())
            elif isinstance(node, list):
                stack.extend(node)
        return False

    def _of(self, schema: Any, depth: int) -> int:
        if not isinstance(schema, dict):
            return 0
        own = 1 if depth == 0 else self._inside(schema, depth - 1)
        parts = [self._of(part, depth) for part in _of_same_value(schema)]
        if self._made and BY_NAME in schema:
            parts = [max(parts), len(parts) if depth == 0 else 0]
        count = sum(parts) + self._reference(schema.get("$ref"), depth)
        return min(MOST_VISITS * 2, own + count * (1 if _UNEVALUATED.isdisjoint(schema) else _ASKED_AGAIN))

    def _reference(self, ref: Any, depth: int) -> int:
        if not isinstance(ref, str):
            return 0
        key = (ref, depth)
        if key in self._open:
            return 0  # validators detect that they are already there
        if key not in self._known:
            self._open.add(key)
            try:
                self._known[key] = self._of(lookup(self._root, ref), depth)
            except ValueError:
                self._known[key] = 0
            self._open.discard(key)
        return self._known[key]

    def _inside(self, schema: dict[str, Any], depth: int) -> int:
        def most(parts: Iterable[Any]) -> int:
            return max((self._of(part, depth) for part in parts), default=0)

        named = most(_values(schema.get("properties")))
        named += sum(self._of(part, depth) for part in _values(schema.get("patternProperties")))
        items = most([*_values(schema.get("prefixItems")), *(schema.get(key) for key in _OF_OTHER_ITEMS)])
        items += 2 * self._of(schema.get("contains"), depth)  # twice: unevaluatedItems anywhere around asks it again
        return max(named, most(schema.get(key) for key in _OF_OTHERS), items)


def _visits_twice(schema: dict[str, Any]) -> bool:
    """Return whether a value of the schema, or one directly inside, can be visited through more than one schema."""
    same = sum(isinstance(part, dict) for part in _of_same_value(schema)) + ("$ref" in schema)
    patterns = len(_values(schema.get("patternProperties")))
    return (same > 1 or same == 1 and not _INSIDE.isdisjoint(schema) or "contains" in schema
            or patterns > 1 or patterns == 1 and "properties" in schema)


def _of_same_value(schema: dict[str, Any]) -> Iterator[Any]:
    for key in _SAME_VALUE_LISTS:
        yield from _values(schema.get(key))
    for key in _SAME_VALUE:
        yield schema.get(key)
    yield from _values(schema.get("dependentSchemas"))


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
