"""An operation's arguments as the assistant gives them: its parameters, then its body, as properties or as a whole."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.openapi.operations import Operation, Parameter, RequestBody
from toolalpaca.openapi.schema_parts import (
    Schema,
    followed,
    is_object,
    parts_of,
    properties_of,
    required_of,
    types_of,
)

_WHOLE_NAMES = ("body", "requestBody")  # the second if a parameter has the first name


@dataclass(frozen=True, slots=True)
class BodyArguments:
    """The arguments for a body in `media_type`: the `properties` of an object, or with `whole` one value for all of
    it."""

    media_type: str
    schema: Schema
    properties: dict[str, Schema]
    required: list[str]
    whole: bool
    is_open: bool  # accepts properties that the document does not declare


def body_arguments(document: dict[str, Any], body: RequestBody) -> BodyArguments | None:
    """Return the arguments for a body's preferred media type; None for a body without content.

    Properties come from the schema and everything it is composed of (`$ref`, allOf, oneOf, anyOf); only what always
    applies makes them required, even without a schema of their own. Properties that are `readOnly` are not part of
    requests.
    """
    if not body.content:
        return None
    media_type = preferred_media_type(list(body.content))
    schema = body.content[media_type]
    if not _is_given_by_properties(document, schema):
        return BodyArguments(media_type, schema, {}, [], whole=True, is_open=False)
    declared = properties_of(document, schema)
    read_only = {name for name, inner in declared.items() if followed(document, inner).get("readOnly") is True}
    required = [name for name in required_of(document, schema) if name not in read_only]
    properties = {name: inner if isinstance(inner := declared.get(name), dict) else {}
                  for name in [*declared, *required] if name not in read_only}
    stated = [part["additionalProperties"] for part, _ in parts_of(document, schema) if "additionalProperties" in part]
    return BodyArguments(media_type, schema, properties, required, whole=False,
                         is_open=not properties or any(value is not False for value in stated))


def _is_given_by_properties(document: dict[str, Any], schema: Schema) -> bool:
    types = types_of(document, schema)
    if types and "object" not in types:
        return False
    return is_object(document, schema) or bool(properties_of(document, schema) or required_of(document, schema))


def whole_body_name(parameters: Collection[str]) -> str:
    """Return the argument name for a body given as a whole, distinct from these parameter names."""
    return next((name for name in _WHOLE_NAMES if name not in parameters), _WHOLE_NAMES[-1])


def preferred_media_type(offered: list[str]) -> str:
    """Return the JSON type if there is one, else a form type, else the first."""
    return min(offered, key=_rank)


def _rank(media_type: str) -> int:
    name = media_type.split(";")[0].strip().lower()
    if name in ("application/json", "*/*") or name.endswith("+json"):
        return 0
    return {"application/x-www-form-urlencoded": 1, "multipart/form-data": 2}.get(name, 3)


@dataclass(frozen=True)
class Signature:
    """An operation's arguments: parameters, then properties of the body (or the whole body under one name)."""

    operation: Operation
    body: BodyArguments | None = None
    whole_body: str | None = None

    @property
    def parameters(self) -> list[Parameter]:
        """Return the operation's parameters."""
        return self.operation.parameters

    @cached_property
    def parameter_names(self) -> set[str]:
        """Return the names of the operation's parameters."""
        return {parameter.name for parameter in self.parameters}

    @property
    def open_body(self) -> bool:
        """Return whether the body accepts properties that the document does not declare."""
        return self.body is not None and self.body.is_open

    @property
    def body_properties(self) -> dict[str, Schema]:
        """Return the body's properties; {} if it is given as a whole."""
        return self.body.properties if self.body else {}

    @property
    def schemas(self) -> dict[str, Schema]:
        """Return each argument's schema as written; the parameter's if a property of the body has the same name."""
        whole = {self.whole_body: self.body.schema} if self.whole_body and self.body else {}
        return {**self.body_properties, **whole, **{one.name: one.schema for one in self.parameters}}

    @property
    def names(self) -> list[str]:
        """Return all argument names, each once."""
        whole = [self.whole_body] if self.whole_body else []
        return list(dict.fromkeys([*(one.name for one in self.parameters), *self.body_properties, *whole]))

    def gives_body(self, given: Collection[str]) -> bool:
        """Return whether a call with arguments of these names has a body: it is required, or part of it is given.

        A name shared with a parameter counts as part of an optional body only if nothing else of the body is required.
        """
        if self.body is None or self.operation.request_body is None:
            return False
        if self.operation.request_body.required:
            return self.whole_body is None or self.whole_body in given
        if self.whole_body:
            return self.whole_body in given
        own = [name for name in given if name not in self.parameter_names]
        shared = [name for name in given if name in self.parameter_names and name in self.body_properties]
        return bool(own) or bool(shared) and all(name in given for name in self.body.required)

    def required(self, given: Collection[str]) -> list[str]:
        """Return the names that must be given; those of an optional body only if some part of it is given."""
        names = [parameter.name for parameter in self.parameters if parameter.required]
        if self.body and self.operation.request_body and (self.operation.request_body.required
                                                          or self.gives_body(given)):
            names += [self.whole_body] if self.whole_body else self.body.required
        return list(dict.fromkeys(names))


def signature_of(document: dict[str, Any], operation: Operation) -> Signature:
    """Return an operation's signature: which media type of the body is used and what its properties are."""
    body = body_arguments(document, operation.request_body) if operation.request_body else None
    if body is None or not body.whole:
        return Signature(operation, body)
    return Signature(operation, body, whole_body_name({one.name for one in operation.parameters}))
