"""References of JSON Schema that are no pointers into the document, written as such: to an `$id`, to an `$anchor`, and
into the schema around them, as OpenAPI 3.1 and schemas pasted into a document have them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from toolalpaca.openapi.references import leads_somewhere

_ANCHORS = ("$anchor", "$dynamicAnchor")
_DEFINITIONS = ("/$defs/", "/definitions/")


def with_pointers(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with its references as pointers, itself if they are; raise ValueError for one that is nested
    too deeply. The document is not modified. A reference that leads nowhere stays as it is."""
    if not any(map(_needs_pointers, _objects(document))):
        return document
    try:
        return dict(_Identifiers(document).rewritten(document, ("",), ""))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _objects(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
        stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())


def _needs_pointers(node: dict[str, Any]) -> bool:
    ref = node.get("$ref")
    return any(isinstance(node.get(key), str) for key in ("$id", *_ANCHORS)) or isinstance(ref, str) and any(
        ref.startswith(f"#{start}") for start in _DEFINITIONS)


class _Identifiers:
    """The places of a document's schemas by what identifies them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._places = {"": ""}  # the pointer to each schema by its `$id`, or by that and its anchor
        self._note(document, "", "")

    def _note(self, node: Any, place: str, base: str) -> None:
        if isinstance(node, dict):
            base = _base_in(node, base)
            self._places.setdefault(base, place)
            for key in _ANCHORS:
                if isinstance(node.get(key), str):
                    self._places[f"{base}#{node[key]}"] = place
        for key, part in _entries(node):
            self._note(part, f"{place}/{key}", base)

    def rewritten(self, node: Any, around: tuple[str, ...], base: str) -> Any:
        """Return a copy of a part; `around` are the pointers to it and to what it is in, innermost last."""
        base = _base_in(node, base) if isinstance(node, dict) else base
        inner = (self.rewritten(part, (*around, f"{around[-1]}/{key}"), base) for key, part in _entries(node))
        if not isinstance(node, dict):
            return list(inner) if isinstance(node, list) else node
        copy = dict(zip(node, inner, strict=True))
        for key in ("$dynamicRef", "$ref"):
            if isinstance(node.get(key), str) and (pointer := self._pointer(node[key], around, base)):
                copy.pop(key)
                copy["$ref"] = pointer
        return copy

    def _pointer(self, ref: str, around: tuple[str, ...], base: str) -> str:
        """Return the pointer that a reference stands for, "" if it stands for none."""
        identifier, _, fragment = (f"{base}{ref}" if ref.startswith("#") else _joined(base, ref)).partition("#")
        if fragment and not fragment.startswith("/"):
            identifier, fragment = f"{identifier}#{fragment}", ""
        starts = [self._places[identifier]] if identifier in self._places else []
        starts += reversed(around) if fragment.startswith(_DEFINITIONS) else ()
        return next((found for start in starts if leads_somewhere(self._document, found := f"#{start}{fragment}")), "")


def _entries(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a node, each with its key as a pointer has it."""
    if isinstance(node, dict):
        yield from ((key.replace("~", "~0").replace("/", "~1").replace("%", "%25"), part) for key, part in node.items())
    elif isinstance(node, list):
        yield from ((str(place), part) for place, part in enumerate(node))


def _base_in(schema: dict[str, Any], base: str) -> str:
    own = schema.get("$id")
    return _joined(base, own).partition("#")[0] if isinstance(own, str) else base


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address
