"""An API's functions by the names that the assistant knows: their methods, and their arguments as far as the document
describes them."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.arguments import Signature, signature_of
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.inlining import inlined
from toolalpaca.openapi.operations import READING_METHODS, Operation, operations_by_name
from toolalpaca.openapi.schema_parts import Schema


@dataclass(frozen=True)
class Function:
    """One function with its HTTP method in upper case; without a `signature` nothing is known of its arguments."""

    name: str
    method: str
    signature: Signature | None = None
    document: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def reads(self) -> bool:
        """Return whether it changes nothing, as its method says."""
        return self.method in READING_METHODS

    @property
    def documented(self) -> bool:
        """Return whether its arguments are known."""
        return self.signature is not None

    @property
    def description(self) -> str:
        """Return what the document says of the operation."""
        return self.signature.operation.description or "" if self.signature else ""

    @cached_property
    def schemas(self) -> dict[str, Schema]:
        """Return each argument's resolved schema."""
        schemas = self.signature.schemas if self.signature else {}
        return {name: inlined(self.document, schema, levels=16) for name, schema in schemas.items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """Return the required arguments, those of a body that may be left out among them."""
        if self.signature is None:
            return frozenset()
        body = self.signature.body.required if self.signature.body else ()
        return frozenset({*body, *(one.name for one in self.signature.parameters if one.required)})


def functions_of(record: ApiRecord, document: dict[str, Any] | None = None) -> dict[str, Function]:
    """Return an API's functions by name; of one that no usable document describes only the method is known. `document`
    is the record's own if it has been read before."""
    projected = {name: Function(name, str(place[1]).upper())
                 for name, place in (record.get("Function_Projection") or {}).items() if len(place) > 1}
    document = (document_of(record) or {}) if document is None else document
    return projected | {name: Function(name, signature.operation.method.upper(), signature, document)
                        for name, signature in signatures_of(record, document).items()}


def signatures_of(record: ApiRecord, document: dict[str, Any]) -> dict[str, Signature]:
    """Return the signature of each function as the executor uses it, without those that the document describes in no
    usable way, as some published ones do. Functions then keep their textual description."""
    try:
        found = operations_by_name(record, document)
    except ValueError:
        return {}
    return {name: signature for name, operation in found.items() if (signature := _signature(document, operation))}


def _signature(document: dict[str, Any], operation: Operation) -> Signature | None:
    try:
        return signature_of(document, operation)
    except ValueError:
        return None
