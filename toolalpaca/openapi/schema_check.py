"""Whether a value is valid for a schema: the one validator of arguments, requests, answers and documents' defaults.

It is compiled by jsonschema-rs, fetches nothing, reads patterns with an engine that cannot run away, and bounds the
work that schemas within schemas can cause.
"""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import json_path
from toolalpaca.core.text import one_line
from toolalpaca.openapi.patterns import is_pattern, options
from toolalpaca.openapi.schema_parts import Schema, SchemaFacts
from toolalpaca.openapi.schema_visits import deepest_checked

LONGEST_VALUE = 80  # characters of a wrong value that a message repeats
LONGEST_MESSAGE = 240
MOST_ERRORS = 20
LONGEST_CHOICES = 2_000  # characters of an enum or a constant in a message
_CONTAINERS = frozenset({dict, list})


class SchemaCheck:
    """The check against one schema made by `standalone`, compiled when first used."""

    def __init__(self, schema: Schema) -> None:
        """Raise ValueError if the schema's alternatives within alternatives are too many to go through."""
        self.schema = schema
        self.facts = SchemaFacts(schema)
        self._deepest = deepest_checked(schema)

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
        found = [described(error, value) for error in self.errors(value)]
        return list(dict.fromkeys(f'"{json_path((where, *path))}", {words}' for path, words in found))


def compiled(schema: Schema) -> Any:
    """Return jsonschema-rs's validator; raise ValueError for a schema that makes no sense to it."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True, pattern_options=options())


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
    level = [value] if type(value) in _CONTAINERS else []
    while level and levels:
        levels -= 1
        level = [inner for one in level for inner in (one.values() if type(one) is dict else one)
                 if type(inner) in _CONTAINERS]
    return any(level)


def _leaves(error: Any) -> Iterator[Any]:
    """Yield the errors that say something by themselves: those inside the branches of anyOf and oneOf."""
    branches = getattr(error.kind, "context", None) or ()
    inner = [leaf for branch in branches for found in branch for leaf in _leaves(found)]
    yield from inner or [error]


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
    if error.kind.name == "enum":
        return path, _expected(f"one of {error.kind.options}", value)
    if error.kind.name == "const":
        return path, _expected(json.dumps(error.kind.expected_value, ensure_ascii=False), value)
    if error.kind.name == "format":
        return path, _expected(f"{error.kind.format} format", value)
    if error.kind.name == "required":
        return path, f"{error.kind.property!r} is a required property"
    return path, one_line(error.message, LONGEST_MESSAGE)


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
