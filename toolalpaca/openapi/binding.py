"""From the assistant's arguments to what a request carries: known names, nothing missing, every value of its type."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from toolalpaca.openapi.arguments import Signature
from toolalpaca.openapi.coercion import coerced, wanted_types
from toolalpaca.openapi.operations import Parameter
from toolalpaca.openapi.references import resolve
from toolalpaca.openapi.schema_check import SchemaCheck

TRY_AGAIN = "You need to change the input and try again."


class ArgumentError(ValueError):
    """The arguments do not fit; the message is the observation that the assistant is given."""


@dataclass(frozen=True)
class Fitted:
    """Values by parameter, and the body where there is one; `notes` name the coercions."""

    parameters: list[tuple[Parameter, Any]]
    body: Any = None
    has_body: bool = False
    notes: list[str] = field(default_factory=list)


class Fitting:
    """The checks of one operation, compiled when first used."""

    def __init__(self, signature: Signature, document: dict[str, Any]) -> None:
        self.signature = signature
        self.document = document
        self._check = lru_cache(maxsize=None)(self._make_check)

    def fit(self, arguments: dict[str, Any]) -> Fitted:
        """Raises ArgumentError, of which the first kind found is reported: unknown names, missing ones, wrong types."""
        given, notes = self._without_blanks(arguments)
        self._refuse_unknown(given)
        missing = [name for name in self.signature.required(set(given)) if name not in given]
        if missing:
            raise ArgumentError(f"Missing required parameters: {listed(missing)}. {TRY_AGAIN}")
        problems: list[str] = []
        parameters = []
        for parameter in self.signature.parameters:
            if parameter.name in given:
                parameters.append((parameter, self._value(parameter, given[parameter.name], notes, problems)))
        body, has_body = self._body(given, notes, problems)
        if problems:
            raise ArgumentError(f"Parameter type error: {'; '.join(dict.fromkeys(problems))}. {TRY_AGAIN}")
        return Fitted(parameters, body, has_body, list(dict.fromkeys(notes)))

    def _refuse_unknown(self, given: dict[str, Any]) -> None:
        names = self.signature.names
        unknown = [name for name in given if name not in names]
        if unknown and not self.signature.open_body:
            raise ArgumentError(f"Unknown parameters: {listed(unknown)}. "
                                f"Valid parameters: {listed(names)}. {TRY_AGAIN}")

    def _without_blanks(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """An optional value given as null, or as "" where that is no possible value, was not given at all."""
        required = set(self.signature.required(set(arguments)))
        schemas = {**self.signature.body_properties, **{one.name: one.schema for one in self.signature.parameters}}
        left_out = [name for name, value in arguments.items()
                    if name in schemas and name not in required and value in (None, "")
                    and self._means_nothing(value, schemas[name])]
        notes = [f"{name}: left out, since {json.dumps(arguments[name])} is no value" for name in left_out]
        return {name: value for name, value in arguments.items() if name not in left_out}, notes

    def _means_nothing(self, value: Any, schema: dict[str, Any]) -> bool:
        try:
            part = resolve(self.document, schema)
        except ValueError:
            return False
        types = wanted_types(part, self.document)
        if value is None:
            return "null" not in types
        return "string" not in types or "enum" in part or "format" in part or bool(part.get("minLength"))

    def _value(self, parameter: Parameter, value: Any, notes: list[str], problems: list[str]) -> Any:
        mended = coerced(value, parameter.schema, self.document, parameter.name)
        problems += self._check(parameter.name, parameter.location).problems(mended.value, parameter.name)
        notes += mended.notes
        return mended.value

    def _body(self, given: dict[str, Any], notes: list[str], problems: list[str]) -> tuple[Any, bool]:
        signature = self.signature
        body, request_body = signature.body, signature.operation.request_body
        elsewhere = {one.name for one in signature.parameters} - set(signature.body_properties)
        parts: Any = {name: value for name, value in given.items() if name not in elsewhere}
        if body is None or request_body is None or not (parts or request_body.required and not signature.whole_body):
            return None, False
        where = signature.whole_body or "body"
        mended = coerced(parts[where] if signature.whole_body else parts, body.schema, self.document, where)
        found = self._check("", "body").problems(mended.value, where)
        inside = "" if signature.whole_body else "body."
        problems += [problem.replace(f'"{inside}', '"', 1) for problem in found]
        notes += [note.removeprefix(inside) for note in mended.notes]
        return mended.value, True

    def _make_check(self, name: str, location: str) -> SchemaCheck:
        if location == "body" and self.signature.body:
            return SchemaCheck(self.signature.body.schema, self.document, writing=True)
        schema = next(one.schema for one in self.signature.parameters if (one.name, one.location) == (name, location))
        return SchemaCheck(schema, self.document)


def listed(names: list[str]) -> str:
    """Names as a message to the assistant gives them."""
    return json.dumps(names, ensure_ascii=False)
