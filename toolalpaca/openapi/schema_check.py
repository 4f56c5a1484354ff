"""Whether a value fits a JSON Schema of a document, with the message that the assistant is shown when it does not."""

import json
import re
from typing import Any

from toolalpaca.core.jsons import place
from toolalpaca.openapi.references import is_version_30

LONGEST_VALUE = 80  # characters of a wrong value that a message repeats
LONGEST_MESSAGE = 240
FORMATS = ("date", "date-time", "time", "email", "uuid", "ipv4", "ipv6")


class SchemaCheck:
    """The check against one schema; made once per schema, since compiling it takes longer than using it."""

    def __init__(self, schema: dict[str, Any], document: dict[str, Any], *, writing: bool = False) -> None:
        """`writing` says that the value is sent, so that read-only properties may be missing."""
        from jsonschema import FormatChecker
        from openapi_schema_validator import OAS30Validator, OAS30WriteValidator, OAS31Validator

        kind: Any = OAS31Validator
        if is_version_30(document):
            kind = OAS30WriteValidator if writing else OAS30Validator
        # References start at the document's root, so the parts that they may lead to stand beside the schema.
        roots: dict[str, Any] = {key: document[key] for key in ("components", "paths") if key in document}
        self._validator = kind({**roots, **schema}, format_checker=FormatChecker(FORMATS))

    def problems(self, value: Any, where: str) -> list[str]:
        """What is wrong, one text for each place, such as `"limit", expected integer, but got "five"`."""
        from jsonschema.exceptions import UnknownType
        from referencing.exceptions import Unresolvable

        try:
            errors = list(self._validator.iter_errors(value))
        except (UnknownType, Unresolvable, re.error, RecursionError):
            return []  # the schema itself is broken, which is no fault of the value
        return list(dict.fromkeys(_in_words(_deepest(error), where) for error in errors))


def _deepest(error: Any) -> Any:
    """Of the branches of anyOf and oneOf the error that says most."""
    from jsonschema.exceptions import best_match

    return best_match([error]) or error


def _in_words(error: Any, where: str) -> str:
    at = place((where, *error.absolute_path))
    if error.validator == "type":
        wanted = error.validator_value
        return _expected(at, " or ".join(wanted) if isinstance(wanted, list) else str(wanted), error.instance)
    if error.validator == "enum":
        return _expected(at, f"one of {error.validator_value}", error.instance)
    if error.validator == "const":
        return _expected(at, json.dumps(error.validator_value, ensure_ascii=False), error.instance)
    if error.validator == "format":
        return _expected(at, f"{error.validator_value} format", error.instance)
    return f'"{at}", {_short(error.message, LONGEST_MESSAGE)}'


def _expected(at: str, wanted: str, value: Any) -> str:
    return f'"{at}", expected {wanted}, but got {_short(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)}'


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
