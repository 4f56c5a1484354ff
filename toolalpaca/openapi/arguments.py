"""An operation's arguments as the assistant gives them: its parameters, then its body, as properties or as a whole; and
their binding to a request.

Unknown and missing names are refused, and values are coerced to their types.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from toolalpaca.openapi.coercion import coerced
from toolalpaca.openapi.discriminators import named_choices, subtypes_of
from toolalpaca.openapi.media_types import preferred_media_type
from toolalpaca.openapi.operations import Operation, Parameter, PropertyEncoding, RequestBody
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import (
    Schema,
    choices_of,
    followed,
    is_object,
    list_in,
    parts_of,
    properties_of,
    required_of,
    types_of,
)
from toolalpaca.openapi.schemas import standalone

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
    encoding: dict[str, PropertyEncoding] = field(default_factory=dict)  # of a form's properties


def body_arguments(document: dict[str, Any], body: RequestBody) -> BodyArguments | None:
    """Return the arguments for a body's preferred media type; None for a body without content.

    Properties come from the schema and everything it is composed of (`$ref`, allOf, oneOf, anyOf), those that are only
    required there included; only what always applies makes them required. Properties that are `readOnly` are not part
    of requests.
    """
    if not body.content:
        return None
    media_type = preferred_media_type(list(body.content))
    schema = body.content[media_type]
    if not _is_given_by_properties(document, schema):
        return BodyArguments(media_type, schema, {}, [], whole=True, is_open=False, encoding=body.encoding(media_type))
    required = required_of(document, schema)
    whole = {"anyOf": [schema, *subtypes]} if (subtypes := subtypes_of(document, schema)) else schema
    declared = properties_of(document, whole)
    read_only = {name for name, inner in declared.items() if followed(document, inner).get("readOnly") is True}
    required = [name for name in required if name not in read_only]
    parts = [part for part, _ in parts_of(document, whole)]
    named = [name for part in parts for name in list_in(part, "required") if isinstance(name, str)]
    properties = {name: inner if isinstance(inner := declared.get(name), dict) else {}
                  for name in [*declared, *named] if name not in read_only}
    name, names = named_choices(document, schema)
    if names and name in properties and not choices_of(document, properties[name]):
        properties[name] = {**followed(document, properties[name]), "enum": names}
    stated = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
    return BodyArguments(media_type, schema, properties, required, whole=False,
                         is_open=not properties or any(value is not False for value in stated),
                         encoding=body.encoding(media_type))


def _is_given_by_properties(document: dict[str, Any], schema: Schema) -> bool:
    types = types_of(document, schema)
    if types and ("object" not in types or "array" in types):  # a list is given as a whole
        return False
    return is_object(document, schema) or bool(properties_of(document, schema) or required_of(document, schema))


def whole_body_name(parameters: Collection[str]) -> str:
    """Return the argument name for a body given as a whole, distinct from these parameter names."""
    return next((name for name in _WHOLE_NAMES if name not in parameters), _WHOLE_NAMES[-1])


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

    @cached_property
    def schemas(self) -> dict[str, Schema]:
        """Return each argument's schema as written; of several with one name that of the parameter that is required,
        else of the last parameter, else of the body's property."""
        whole = {self.whole_body: self.body.schema} if self.whole_body and self.body else {}
        parameters = sorted(self.parameters, key=lambda one: one.required)
        return {**self.body_properties, **whole, **{one.name: one.schema for one in parameters}}

    @cached_property
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


TRY_AGAIN = "You need to change the input and try again."


class ArgumentError(ValueError):
    """The arguments are invalid; the message becomes the observation shown to the assistant."""


@dataclass(frozen=True)
class BoundArguments:
    """Values by parameter, and the body if there is one; `notes` describe the coercions."""

    parameters: list[tuple[Parameter, Any]]
    body: Any = None
    has_body: bool = False
    notes: list[str] = field(default_factory=list)


class ArgumentBinding:
    """The binding of arguments to one operation; its schema checks are compiled on first use."""

    def __init__(self, signature: Signature, document: dict[str, Any]) -> None:
        self.signature = signature
        self.document = document
        self._check = lru_cache(maxsize=None)(self._make_check)

    def bind(self, arguments: dict[str, Any]) -> BoundArguments:
        """Return the values to send; raise ArgumentError for the first kind of problem: unknown names, missing
        names, wrong types."""
        given, notes = self._without_blanks(arguments)
        self._refuse_unknown(given)
        missing = [name for name in self.signature.required(given) if name not in given]
        if missing:
            raise ArgumentError(f"Missing required parameters: {quoted_names(missing)}. {TRY_AGAIN}")
        problems: list[str] = []
        parameters = [(parameter, self._value(parameter, given[parameter.name], notes, problems))
                      for parameter in self.signature.parameters
                      if parameter.name in given and not self._is_for_another(parameter, given[parameter.name])]
        body, has_body = self._body(given, notes, problems)
        if problems:
            raise ArgumentError(f"Parameter type error: {'; '.join(dict.fromkeys(problems))}. {TRY_AGAIN}")
        return BoundArguments(parameters, body, has_body, list(dict.fromkeys(notes)))

    def _refuse_unknown(self, given: dict[str, Any]) -> None:
        names = self.signature.names
        unknown = [name for name in given if name not in names]
        if unknown and not self.signature.open_body:
            raise ArgumentError(f"Unknown parameters: {quoted_names(unknown)}. "
                                f"Valid parameters: {quoted_names(names)}. {TRY_AGAIN}")

    def _without_blanks(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Drop optional values given as null, or as "" if that is not a valid value; null is one in a body alone."""
        required, schemas = set(self.signature.required(arguments)), self.signature.schemas
        elsewhere = self.signature.parameter_names - self.signature.body_properties.keys()
        left_out = [name for name, value in arguments.items()
                    if name in schemas and name != self.signature.whole_body and name not in required
                    and (value is None and name in elsewhere
                         or value in (None, "") and self._means_nothing(value, schemas[name]))]
        notes = [f"{name}: left out, since {json.dumps(arguments[name])} is no value" for name in left_out]
        return {name: value for name, value in arguments.items() if name not in left_out}, notes

    def _means_nothing(self, value: Any, schema: dict[str, Any]) -> bool:
        part, types = followed(self.document, schema), types_of(self.document, schema)
        if value is None:
            return "null" not in types
        return "string" not in types or "enum" in part or "format" in part or bool(part.get("minLength"))

    def _value(self, parameter: Parameter, value: Any, notes: list[str], problems: list[str]) -> Any:
        check = self._check(parameter.name, parameter.location)
        corrected = coerced(check.facts, value, parameter.name)
        problems += check.problems(corrected.value, parameter.name)
        notes += corrected.notes
        return corrected.value

    def _is_for_another(self, parameter: Parameter, value: Any) -> bool:
        """Return whether a value cannot be that of an optional parameter whose name one that is required has too."""
        if parameter.required or all(one.name != parameter.name or not one.required
                                     for one in self.signature.parameters):
            return False
        check = self._check(parameter.name, parameter.location)
        return not check.is_valid(coerced(check.facts, value, parameter.name).value)

    def _body(self, given: dict[str, Any], notes: list[str], problems: list[str]) -> tuple[Any, bool]:
        signature = self.signature
        if not signature.gives_body(given):
            return None, False
        elsewhere = signature.parameter_names - set(signature.body_properties)
        parts: Any = {name: value for name, value in given.items()
                      if name not in elsewhere and not self._is_for_the_parameter_only(name, value)}
        where = signature.whole_body or "body"
        check = self._check("", "body")
        corrected = coerced(check.facts, parts[where] if signature.whole_body else parts, where)
        inside = "" if signature.whole_body else "body."
        problems += [problem.replace(f'"{inside}', '"', 1) for problem in check.problems(corrected.value, where)]
        notes += [note.removeprefix(inside) for note in corrected.notes]
        return corrected.value, True

    def _is_for_the_parameter_only(self, name: str, value: Any) -> bool:
        """Return whether a value cannot be the body's although a parameter and the body share its name."""
        body = self.signature.body
        if body is None or name not in self.signature.parameter_names or name in body.required:
            return False
        check = request_check(self.document, body.properties[name])
        return not check.is_valid(coerced(check.facts, value).value)

    def _make_check(self, name: str, location: str) -> SchemaCheck:
        if location == "body" and self.signature.body:
            schema = self.signature.body.schema
        else:
            schema = next(one.schema for one in self.signature.parameters
                          if (one.name, one.location) == (name, location))
        return request_check(self.document, schema)


def request_check(document: dict[str, Any], schema: dict[str, Any]) -> SchemaCheck:
    """Return the check of a value that is sent; if its schema cannot be read, any value is valid."""
    try:
        return SchemaCheck(standalone(document, schema, request=True))
    except ValueError:
        return SchemaCheck({})


def quoted_names(names: list[str]) -> str:
    """Return names as they are listed in messages to the assistant."""
    return json.dumps(names, ensure_ascii=False)
