"""Validation of OpenAPI documents, with messages on which the model that wrote the document can act.

OpenAPI's published schemas determine the form of a document. What it says about values, its patterns and defaults, is
checked by the same code that later checks values, so nothing outside the document is read.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from toolalpaca.core.jsons import json_path, type_name
from toolalpaca.openapi.documents import SWAGGER_2, check_document
from toolalpaca.openapi.operations import Operation, operations
from toolalpaca.openapi.other_versions import as_31
from toolalpaca.openapi.patterns import LONGEST_PATTERN, is_affordable, is_pattern
from toolalpaca.openapi.references import is_version_30, iter_references, lookup
from toolalpaca.openapi.schema_check import MOST_ERRORS, SchemaCheck, described
from toolalpaca.openapi.schema_parts import entries_in
from toolalpaca.openapi.schemas import standalone, subschemas

MOST_WITH_DEFAULTS = 8_000  # schemas in those with a default; checking all defaults then takes about a second
LONGEST_MESSAGE = 320  # characters; a library's message may quote half the document


def validate_document(document: object) -> None:
    """Raise ValueError, one line that says where and what, unless `document` is a usable OpenAPI 3 document.

    Usable means: valid against OpenAPI's own schema, every `$ref` resolves within the document, there is at least one
    operation, operationIds are unique, each path's `{variables}` are declared, patterns are valid regular expressions
    and defaults match their schemas.
    """
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    try:
        _check(document)
    except ValueError as error:
        raise ValueError(_short(str(error))) from None


def _check(document: dict[str, Any]) -> None:
    _check_version(document)
    written, document = document, as_31(document)
    check_document(document)
    _check_references(document)
    found = operations(document)
    if not found:
        raise ValueError("paths: there are no operations; add at least one path with a method such as 'get'")
    _check_operation_ids(found)
    for operation in found:
        _check_path_parameters(operation)
    _check_form(written, document, found)
    checked = 0
    for start, schema in _schemas(document, found):
        for path, part in subschemas(schema, start):
            _check_patterns(part, path)
            checked += _check_default(document, part, path)
            if checked > MOST_WITH_DEFAULTS:
                raise ValueError("the schemas with defaults hold too many others; leave some of the defaults out")


def _check_references(document: dict[str, Any]) -> None:
    for ref in iter_references(document):
        try:
            lookup(document, ref)
        except ValueError as error:
            raise ValueError(f"{error}; add what it refers to, or write that out in its place") from None


def _check_version(document: dict[str, Any]) -> None:
    if "openapi" not in document and "swagger" in document:
        raise ValueError(f"{SWAGGER_2}, or write it with \"openapi\": \"3.0.3\"")
    if "openapi" not in document:
        raise ValueError("the key 'openapi' is missing; write \"openapi\": \"3.0.3\"")
    version = document["openapi"]
    if not isinstance(version, str) or not re.fullmatch(r"3\.[012]\.\d+(-.+)?", version):
        said = repr(version) if isinstance(version, str) else type_name(version)
        raise ValueError(f"openapi: {said} is not a supported version; write \"3.0.3\"")


def _check_operation_ids(found: list[Operation]) -> None:
    ids = Counter(operation.raw["operationId"] for operation in found if operation.raw.get("operationId"))
    for name, times in ids.items():
        if times > 1:
            where = [f"{one.method.upper()} {one.path}" for one in found if one.raw.get("operationId") == name]
            raise ValueError(f"operationId {name!r} is used {times} times ({', '.join(where[:3])}); each must differ")


def _check_path_parameters(operation: Operation) -> None:
    where = f"{operation.method.upper()} {operation.path}"
    wanted = re.findall(r"\{([^{}]*)\}", operation.path)
    declared = [parameter.name for parameter in operation.parameters if parameter.location == "path" and parameter.raw]
    for name in wanted:
        if name not in declared:
            raise ValueError(f"{where}: the path has {{{name}}} but no parameter {name!r} with \"in\": \"path\"")
    for name in declared:
        if name not in wanted:
            raise ValueError(f"{where}: parameter {name!r} is \"in\": \"path\" but the path has no {{{name}}}")


def _check_form(written: dict[str, Any], document: dict[str, Any], found: list[Operation]) -> None:
    """Check against the schemas that OpenAPI publishes; raise ValueError with the most useful error."""
    if is_version_30(written):
        _raise_first_error(_form_of_30(), written)
        return
    _raise_first_error(_form_of_32() if written["openapi"].startswith("3.2") else _form_of_31(), written)
    dialect = _dialect_of_31()  # the form of a later document does not cover its schemas
    for start, schema in _schemas(document, found):
        _raise_first_error(dialect, schema, start)


@cache
def _form_of_30() -> Any:
    import jsonschema_rs
    from openapi_spec_validator.schemas import schema_v30

    return jsonschema_rs.Draft4Validator(dict(schema_v30), validate_formats=False, offline=True)


@cache
def _form_of_31() -> Any:
    import jsonschema_rs
    from openapi_spec_validator.schemas import schema_v31

    return jsonschema_rs.Draft202012Validator(dict(schema_v31), validate_formats=False, offline=True)


@cache
def _form_of_32() -> Any:
    import jsonschema_rs
    from openapi_spec_validator.schemas import schema_v32

    return jsonschema_rs.Draft202012Validator(dict(schema_v32), validate_formats=False, offline=True)


@cache
def _dialect_of_31() -> Any:
    import jsonschema_rs
    from openapi_schema_validator import OAS31Validator
    from openapi_schema_validator._specifications import REGISTRY

    vocabulary = "https://spec.openapis.org/oas/3.1/meta/base"
    published = jsonschema_rs.Registry([(vocabulary, REGISTRY.contents(vocabulary))])
    return jsonschema_rs.Draft202012Validator(dict(OAS31Validator.META_SCHEMA), validate_formats=False, offline=True,
                                              registry=published)


def _raise_first_error(validator: Any, value: Any, start: tuple[str | int, ...] = ()) -> None:
    """Raise ValueError with the error nearest to the top, of the first few: where it is, then what is wrong there."""
    errors = [error for error, _ in zip(validator.iter_errors(value), range(MOST_ERRORS), strict=False)]
    if errors:
        path, words = described(min(errors, key=lambda error: len(error.instance_path)), value)
        where = json_path((*start, *path))
        raise ValueError(f"{where}: {words}" if where else words)


def _check_default(document: dict[str, Any], part: dict[str, Any], path: tuple[str | int, ...]) -> int:
    """Raise ValueError for a default that its own schema does not allow; return how many schemas it holds."""
    if "default" not in part:
        return 0
    schema = standalone(document, part, request=True)
    problems = SchemaCheck(schema).problems(part["default"], "default")
    if problems and part["default"] is not None:
        raise ValueError(f"{json_path(path)}: {problems[0]}")
    return sum(1 for _ in subschemas(schema))


def _check_patterns(part: dict[str, Any], path: tuple[str | int, ...]) -> None:
    _check_pattern(part.get("pattern"), (*path, "pattern"))
    for name, _ in entries_in(part, "patternProperties"):
        _check_pattern(name, (*path, "patternProperties"))


def _check_pattern(pattern: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(pattern, str):
        return
    if not is_affordable(pattern):
        raise ValueError(f"{json_path(path)}: the pattern is too long or repeats too much; write one of at most "
                         f"{LONGEST_PATTERN:,} characters")
    if not is_pattern(pattern):
        raise ValueError(f"{json_path(path)}: {pattern!r} is not a regular expression that can be read")


def _schemas(document: dict[str, Any], found: list[Operation]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each top-level schema of a document with its path; schemas nested in others are not listed."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield ("components", "schemas", name), schema
    for operation in found:
        at = ("paths", operation.path, operation.method)
        for parameter in operation.parameters:
            yield (*at, "parameters", parameter.name, "schema"), parameter.schema
        for media, schema in operation.request_body.content.items() if operation.request_body else ():
            yield (*at, "requestBody", "content", media, "schema"), schema
        for status, response in operation.responses.items():
            for media, body in response.get("content", {}).items():
                yield (*at, "responses", status, "content", media, "schema"), body.get("schema", True)


def _short(message: str) -> str:
    line = " ".join(message.split())
    if len(line) <= LONGEST_MESSAGE:
        return line
    return f"{line[:LONGEST_MESSAGE // 2]} ... {line[-LONGEST_MESSAGE // 2:]}"
