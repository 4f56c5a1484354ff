"""Bounds on how often a validator visits one value: nested alternatives multiply, and a document may nest many.

A chain of forty schemas, each a choice between two references to the next, is short to write and takes forever to
check. Here the visits are counted from the schema alone, before any value is checked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from toolalpaca.openapi.references import lookup

MOST_VISITS = 50_000  # per value; a validator takes about 50 ms for these
DEEPEST_VALUE = 60  # levels of a value that are checked, whatever the schema
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_VALUE = ("not", "if", "then", "else")
_OF_ITEMS = ("items", "contains", "unevaluatedItems")
_OF_OTHERS = ("additionalProperties", "unevaluatedProperties")


def check_alternatives(document: dict[str, Any], schemas: Iterable[Any]) -> None:
    """Raise ValueError if one of the schemas causes too many visits of a single value."""
    counting = _Counting(document)
    for schema in schemas:
        counting.at(schema, 0)


def deepest_checked(root: dict[str, Any]) -> int:
    """Return how many levels of a value can be checked against a schema made by `standalone`.

    Raises ValueError if not even the value itself can be checked.
    """
    counting = _Counting(root)
    counting.at(root, 0)
    if not counting.branches(root):
        return DEEPEST_VALUE
    counts = counting.everywhere(0)
    for depth in range(1, DEEPEST_VALUE):
        before, counts = counts, counting.everywhere(depth)
        if counts[0] > MOST_VISITS:
            return depth - 1
        if counts == before:  # and hence at all deeper levels
            break
    return DEEPEST_VALUE


class _Counting:
    """Visits by level: `at(schema, depth)` counts those of one value `depth` levels inside."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._known: dict[tuple[str, int], int] = {}
        self._open: set[tuple[str, int]] = set()

    def at(self, schema: Any, depth: int) -> int:
        try:
            count = self._of(schema, depth)
        except RecursionError:
            raise ValueError("its schemas are nested too deeply") from None
        if count > MOST_VISITS:
            raise ValueError(f"its schemas choose between alternatives within alternatives: more than {MOST_VISITS:,} "
                             "would have to be tried for one value")
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
                if any(len(node.get(key) or ()) > 1 for key in _SAME_VALUE_LISTS) or "not" in node or "if" in node:
                    return True
                stack.extend(node.values())
            elif isinstance(node, list):
                stack.extend(node)
        return False

    def _of(self, schema: Any, depth: int) -> int:
        if not isinstance(schema, dict):
            return 0
        own = 1 if depth == 0 else self._inside(schema, depth - 1)
        return min(MOST_VISITS * 2, own + sum(self._of(part, depth) for part in _of_same_value(schema))
                   + self._reference(schema.get("$ref"), depth))

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
        properties = _values(schema.get("properties"))
        named = max((self._of(part, depth) for part in properties), default=0)
        others = sum(self._of(part, depth) for part in _values(schema.get("patternProperties")))
        others += sum(self._of(schema.get(key), depth) for key in _OF_OTHERS)
        first = max((self._of(part, depth) for part in _values(schema.get("prefixItems"))), default=0)
        return max(named + others, first + sum(self._of(schema.get(key), depth) for key in _OF_ITEMS))


def _of_same_value(schema: dict[str, Any]) -> Iterator[Any]:
    for key in _SAME_VALUE_LISTS:
        yield from _values(schema.get(key))
    for key in _SAME_VALUE:
        yield schema.get(key)
    yield from _values(schema.get("dependentSchemas"))


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
