"""Binding of the assistant's arguments to a request: unknown and missing names are refused, values coerced to their
types."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from toolalpaca.openapi.coercion import coerced
from toolalpaca.openapi.operation_arguments import Signature
from toolalpaca.openapi.operations import Parameter
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import followed, types_of
from toolalpaca.openapi.schemas import standalone

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
                      for parameter in self.signature.parameters if parameter.name in given]
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
        """Drop optional values given as null, or as "" if that is not a valid value."""
        required, schemas = set(self.signature.required(arguments)), self.signature.schemas
        left_out = [name for name, value in arguments.items()
                    if name in schemas and name != self.signature.whole_body and name not in required
                    and value in (None, "") and self._means_nothing(value, schemas[name])]
        notes = [f"{name}: left out, since {json.dumps(arguments[name])} is no value" for name in left_out]
        return {name: value for name, value in arguments.items() if name not in left_out}, notes

    def _means_nothing(self, value: Any, schema: dict[str, Any]) -> bool:
        part, types = followed(self.document, schema), types_of(self.document, schema)
        if value is None:
            return "null" not in types
        return "string" not in types or "enum" in part or "format" in part or bool(part.get("minLength"))

    def _value(self, parameter: Parameter, value: Any, notes: list[str], problems: list[str]) -> Any:
        check = self._check(parameter.name, parameter.location)
        corrected = coerced(check.schema, value, parameter.name)
        problems += check.problems(corrected.value, parameter.name)
        notes += corrected.notes
        return corrected.value

    def _body(self, given: dict[str, Any], notes: list[str], problems: list[str]) -> tuple[Any, bool]:
        signature = self.signature
        if not signature.gives_body(given):
            return None, False
        elsewhere = signature.parameter_names - set(signature.body_properties)
        parts: Any = {name: value for name, value in given.items()
                      if name not in elsewhere and not self._is_for_the_parameter_only(name, value)}
        where = signature.whole_body or "body"
        check = self._check("", "body")
        corrected = coerced(check.schema, parts[where] if signature.whole_body else parts, where)
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
        return not check.is_valid(coerced(check.schema, value).value)

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
