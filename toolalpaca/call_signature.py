"""What one operation takes: its parameters and the properties of its request body as one flat set of arguments.

The assistant sees and gives arguments by name alone; where each goes is decided here.
"""

from dataclasses import dataclass
from typing import Any

from toolalpaca.openapi import Operation, Parameter, resolve
from toolalpaca.openapi.body import BodyArguments, body_arguments, whole_body_name


@dataclass(frozen=True)
class Signature:
    """An operation's arguments: parameters, then properties of the body (or the whole body under one name)."""

    operation: Operation
    body: BodyArguments | None = None
    whole_body: str | None = None
    open_body: bool = False  # the body takes properties that the document does not name

    @property
    def parameters(self) -> list[Parameter]:
        """The operation's parameters."""
        return self.operation.parameters

    @property
    def body_properties(self) -> dict[str, dict[str, Any]]:
        """The body's properties, none where it is given whole."""
        return self.body.properties if self.body else {}

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """Each argument's schema as written; a parameter's where a property of the body has the same name."""
        whole = {self.whole_body: self.body.schema} if self.whole_body and self.body else {}
        return {**self.body_properties, **whole, **{one.name: one.schema for one in self.parameters}}

    @property
    def names(self) -> list[str]:
        """All argument names, each once."""
        whole = [self.whole_body] if self.whole_body else []
        return list(dict.fromkeys([*(one.name for one in self.parameters), *self.body_properties, *whole]))

    def required(self, given: set[str]) -> list[str]:
        """The names that must be given; those of an optional body only when some part of the body is."""
        names = [one.name for one in self.parameters if one.required]
        parts = set(self.body_properties) - {one.name for one in self.parameters}
        request_body = self.operation.request_body
        if self.body and request_body and (request_body.required or parts & given):
            names += [self.whole_body] if self.whole_body else self.body.required
        return list(dict.fromkeys(names))


def signature_of(document: dict[str, Any], operation: Operation) -> Signature:
    """Settle which body form is used and what its properties are; ValueError for a reference that leads nowhere."""
    body = body_arguments(document, operation.request_body) if operation.request_body else None
    if body is None:
        return Signature(operation)
    if body.whole:
        return Signature(operation, body, whole_body_name({one.name for one in operation.parameters}))
    stated = resolve(document, body.schema).get("additionalProperties")
    return Signature(operation, body, open_body=stated not in (None, False) or not body.properties)
