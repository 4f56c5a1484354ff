"""The API's functions as scorers need them: their HTTP methods and their arguments' schemas."""

from dataclasses import dataclass, field
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.arguments import signature_of
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.operations import Operation, operations_by_name
from toolalpaca.openapi.schema_parts import inlined


@dataclass(frozen=True)
class Function:
    """One function: its HTTP method in upper case, each argument's resolved schema, and the required arguments."""

    name: str
    method: str
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    documented: bool = False  # else nothing is known of its arguments


def functions_of(record: ApiRecord) -> dict[str, Function]:
    """Return an API's functions by name; without a usable document only names and methods are known."""
    projected = {name: Function(name, str(place[1]).upper())
                 for name, place in (record.get("Function_Projection") or {}).items() if len(place) > 1}
    document = document_of(record)
    if document is None:
        return projected
    try:
        return projected | {name: _function(document, name, operation)
                            for name, operation in operations_by_name(record, document).items()}
    except ValueError:
        return projected


def _function(document: dict[str, Any], name: str, operation: Operation) -> Function:
    signature = signature_of(document, operation)
    required = {*(signature.body.required if signature.body else ()),
                *(one.name for one in signature.parameters if one.required)}
    schemas = {argument: inlined(document, schema, levels=16) for argument, schema in signature.schemas.items()}
    return Function(name, operation.method.upper(), schemas, frozenset(required), documented=True)
