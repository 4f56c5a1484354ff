"""`$ref` in an OpenAPI document: resolving one reference, finding all of them, and pointing them elsewhere."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from toolalpaca.core.jsons import type_name

# Keys next to a `$ref` that describe the place where it is used and do not affect what is valid there.
ANNOTATIONS = frozenset({"description", "summary", "title", "default", "example", "examples", "deprecated", "readOnly",
                         "writeOnly", "$comment"})
_NAME_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "paths",
                        "webhooks", "responses", "callbacks", "headers", "links", "content", "encoding", "variables"})
_LITERALS = frozenset({"example", "default", "enum", "const"})


def resolve(document: dict[str, Any], ref_or_schema: object) -> dict[str, Any]:
    """Return the object that a reference points to: `"#/..."`, `{"$ref": "#/..."}`, or an object without `$ref`
    (itself).

    Follows chains of references but does not look inside the final object. In OpenAPI 3.1 the keys next to a `$ref` are
    added; 3.0 says they are ignored. A 3.1 boolean schema becomes `{}` or `{"not": {}}`. The result shares its parts
    with the document and must not be modified. Raises ValueError for a reference that is dangling, circular or leads
    out of the document, and for anything but an object.
    """
    value = {"$ref": ref_or_schema} if isinstance(ref_or_schema, str) else ref_or_schema
    siblings: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        ref = value["$ref"]
        if ref in seen:
            raise ValueError(f"the reference {ref!r} leads back to itself")
        seen.add(ref)
        if len(value) > 1:
            siblings.append({key: part for key, part in value.items() if key != "$ref"})
        value = lookup(document, ref)
    if isinstance(value, bool):
        value = {} if value else {"not": {}}
    if not isinstance(value, dict):
        raise ValueError(f"expected an object{f' at {ref!r}' if seen else ''}, found {type_name(value)}")
    if siblings and not is_version_30(document):
        for extra in reversed(siblings):
            value = _with_siblings(value, extra)
    return value


def is_version_30(document: dict[str, Any]) -> bool:
    """Return whether the document is OpenAPI 3.0, whose schemas differ from those of 3.1 and later."""
    return str(document.get("openapi", "")).startswith("3.0")


def _with_siblings(target: dict[str, Any], siblings: dict[str, Any]) -> dict[str, Any]:
    """Combine the keys next to a `$ref` with its target, as 3.1 requires; if both set a constraint, both must hold."""
    if any(key in target and key not in ANNOTATIONS for key in siblings):
        return {"allOf": [target, siblings]}
    return {**target, **siblings}


def lookup(document: dict[str, Any], ref: str) -> Any:
    """Return the value at a reference such as `#/components/schemas/Pet`; raise ValueError if there is none."""
    value: Any = document
    for part in pointer_parts(ref):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and re.fullmatch("[0-9]{1,9}", part) and int(part) < len(value):
            value = value[int(part)]
        else:
            raise ValueError(f"the reference {ref!r} leads nowhere: there is no {part!r}")
    return value


def pointer_parts(ref: str) -> list[str]:
    """Return the keys in a reference, unescaped: `#/paths/~1pets%20all` gives `["paths", "/pets all"]`."""
    if ref == "#":
        return []
    if not ref.startswith("#/"):
        raise ValueError(f"the reference {ref!r} does not point into the document; use '#/components/...'")
    return [part.replace("~1", "/").replace("~0", "~") for part in unquote(ref[2:]).split("/")]


def with_references(value: Any, moved: Callable[[str], str]) -> Any:
    """Return a copy of a part of a document in which each reference is what `moved` makes of it.

    Raises RecursionError for a part that is nested too deeply.
    """
    if isinstance(value, list):
        return [with_references(item, moved) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: moved(part) if key == "$ref" and isinstance(part, str) else with_references(part, moved)
            for key, part in value.items()}


def iter_references(value: object) -> Iterator[str]:
    """Yield every reference in a part of a document, in order, except those in literal values and extensions."""
    return (node["$ref"] for node in keyword_objects(value) if isinstance(node.get("$ref"), str))


def iter_mapped(document: dict[str, Any], value: object) -> Iterator[str]:
    """Yield references to the schemas named by a part's discriminators, by reference or by bare name.

    Dangling ones are skipped: oneOf or anyOf decide which schema a value has.
    """
    for node in keyword_objects(value):
        mapping = node["discriminator"].get("mapping") if isinstance(node.get("discriminator"), dict) else None
        for target in mapping.values() if isinstance(mapping, dict) else ():
            ref = target if "/" in str(target) else f"#/components/schemas/{target}"
            if leads_somewhere(document, ref):
                yield ref


def leads_somewhere(document: dict[str, Any], ref: object) -> bool:
    """Return whether a reference leads to a part of the document."""
    try:
        lookup(document, str(ref))
    except ValueError:
        return False
    return True


def keyword_objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield the objects in a part of a document whose keys are keywords, in order."""
    stack: list[tuple[object, bool]] = [(value, False)]  # True: the keys are names chosen by the author, not keywords
    while stack:
        node, named = stack.pop()
        if isinstance(node, list):
            stack.extend((item, False) for item in reversed(node))
        elif isinstance(node, dict):
            if not named:
                yield node
            stack.extend(reversed([child for key, part in node.items() for child in _children(key, part, named)]))


def _children(key: str, part: object, named: bool) -> Iterator[tuple[object, bool]]:
    if named:
        yield part, False
    elif key == "examples":  # in 3.0 a map of example objects, each of which may be a reference
        entries = part.values() if isinstance(part, dict) else ()
        yield from (({"$ref": entry.get("$ref")}, False) for entry in entries if isinstance(entry, dict))
    elif key == "components":
        kinds = part.items() if isinstance(part, dict) else ()
        yield from (({"examples": kind}, False) if name == "examples" else (kind, True) for name, kind in kinds)
    elif key not in _LITERALS and not key.startswith("x-"):
        yield part, key in _NAME_MAPS
