"""Extraction of one operation with everything it needs, for a model that simulates that operation alone."""

from collections.abc import Iterable
from typing import Any

from toolalpaca.openapi.discriminators import extensions_of, subtypes_of
from toolalpaca.openapi.operations import METHODS, Operation, path_item
from toolalpaca.openapi.references import iter_mapped, iter_references, lookup, pointer_parts, with_references

_ROOT_KEYS = ("openapi", "info", "jsonSchemaDialect", "servers")


def bundled(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Return a small OpenAPI document with this operation and the components it uses, directly or indirectly.

    The operation has its name as `operationId`. What it references outside `components` moves to `x-shared`. Parts are
    shared with the document and must not be modified. Raises ValueError for an unresolvable reference.
    """
    item = path_item(document, operation.path, document["paths"][operation.path])
    rest = {key: value for key, value in item.items() if key not in (*METHODS, "additionalOperations")}
    small = {key: document[key] for key in _ROOT_KEYS if key in document}
    own = {operation.method: {**operation.raw, "operationId": operation.name}}
    small["paths"] = {operation.path: {
        **rest, **(own if operation.method in METHODS else {"additionalOperations": own})}}
    security = operation.raw.get("security", document.get("security"))
    if security is not None and "security" not in operation.raw:
        small["security"] = security
    refs = _transitive(document, [*iter_references(small), *iter_mapped(document, small),
                                  *_security_schemes(document, security)])
    if components := _used_components(document, refs):
        small["components"] = components
    outside = [ref for ref in refs if _component(ref) is None]
    return _with_moved_parts(document, small, outside) if outside else small


def _component(ref: str) -> tuple[str, str] | None:
    """Return the kind and name of the component that a reference points to or into."""
    parts = pointer_parts(ref)
    return (parts[1], parts[2]) if len(parts) >= 3 and parts[0] == "components" else None


def _transitive(document: dict[str, Any], start: Iterable[str]) -> list[str]:
    """Return the references in `start` and, recursively, those in what they point to, without repeats."""
    seen: dict[str, None] = {}
    pending, extensions = list(start), extensions_of(document)
    while pending:
        ref = pending.pop()
        if ref in seen:
            continue
        seen[ref] = None
        component = _component(ref)
        target = lookup(document, ref)
        part = document["components"][component[0]][component[1]] if component else target
        pending += [*iter_references(part), *iter_mapped(document, part)]
        pending += [one["$ref"] for one in subtypes_of(document, {"$ref": ref}, extensions)]
    return list(seen)


def _used_components(document: dict[str, Any], refs: list[str]) -> dict[str, dict[str, Any]]:
    """Return those components, in the document's order."""
    used = {_component(ref) for ref in refs} - {None}
    if not used:
        return {}
    kinds = {kind: {name: part for name, part in parts.items() if (kind, name) in used}
             for kind, parts in document["components"].items() if isinstance(parts, dict)}
    return {kind: parts for kind, parts in kinds.items() if parts}


def _security_schemes(document: dict[str, Any], security: object) -> list[str]:
    """Return references to the security schemes in a `security` list, if the document has them."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    if not isinstance(security, list) or not isinstance(schemes, dict):
        return []
    names = [name for requirement in security if isinstance(requirement, dict) for name in requirement]
    escaped = [name.replace("~", "~0").replace("/", "~1").replace("%", "%25") for name in names if name in schemes]
    return [f"#/components/securitySchemes/{name}" for name in escaped]


def _with_moved_parts(document: dict[str, Any], small: dict[str, Any], outside: list[str]) -> dict[str, Any]:
    moved = {ref: f"#/x-shared/{index}" for index, ref in enumerate(outside)}
    small["x-shared"] = {str(index): lookup(document, ref) for index, ref in enumerate(outside)}
    try:
        return with_references(small, lambda ref: moved.get(ref, ref))
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None
