"""Validation of OpenAPI documents, with messages on which the model that wrote the document can act.

OpenAPI's published schemas determine the form of a document. What it says about values, its patterns and defaults, is
checked by the same code that later checks values, so nothing outside the document is read.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from toolalpaca.core.jsons import json_path, type_name
from toolalpaca.openapi.documents import SWAGGER_2, check_document
from toolalpaca.openapi.operations import Operation, operations
from toolalpaca.openapi.references import is_version_30, iter_references, lookup
from toolalpaca.openapi.schema_check import SchemaCheck, is_pattern
from toolalpaca.openapi.schemas import standalone, subschemas

LONGEST_MESSAGE = 320  # characters; a library's message may quote half the document


def validate_document(document: object) -> None:
    """Raise ValueError, one line that says where and what, unless `document` is a usable OpenAPI 3.0 or 3.1 document.

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
    check_document(document)
    _check_references(document)
    found = operations(document)
    if not found:
        raise ValueError("paths: there are no operations; add at least one path with a method such as 'get'")
    _check_operation_ids(found)
    for operation in found:
        _check_path_parameters(operation)
    _check_form(document, found)
    for start, schema in _schemas(document, found):
        _check_values(document, start, schema)


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
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
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
    declared = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
    for name in wanted:
        if name not in declared:
            raise ValueError(f"{where}: the path has {{{name}}} but no parameter {name!r} with \"in\": \"path\"")
    for name in declared:
        if name not in wanted:
            raise ValueError(f"{where}: parameter {name!r} is \"in\": \"path\" but the path has no {{{name}}}")


def _check_form(document: dict[str, Any], found: list[Operation]) -> None:
    """Check against the schema that OpenAPI publishes; raise ValueError with the most useful error."""
    try:
        complaint = next(_complaints(document, found), None)
    except Exception as failure:  # the library lets any exception through
        complaint = f"the document cannot be checked: {type(failure).__name__}: {failure}"
    if complaint is not None:
        raise ValueError(complaint)


def _complaints(document: dict[str, Any], found: list[Operation]) -> Iterator[str]:
    import jsonschema_rs
    from jsonschema import Draft4Validator, Draft202012Validator
    from openapi_spec_validator.schemas import schema_v30, schema_v31

    if is_version_30(document):
        form = dict(schema_v30)
        fast: Any = jsonschema_rs.Draft4Validator(form, validate_formats=False, offline=True)
        explaining: Any = Draft4Validator(form)
    else:
        form = dict(schema_v31)
        fast = jsonschema_rs.Draft202012Validator(form, validate_formats=False, offline=True)
        explaining = Draft202012Validator(form)
    if not fast.is_valid(document):  # fast, but its messages do not say which part is wrong
        errors = list(explaining.iter_errors(document))
        if errors:
            yield _message(min(errors, key=_depth))
    if not is_version_30(document):
        yield from _schema_complaints(document, found)


def _schema_complaints(document: dict[str, Any], found: list[Operation]) -> Iterator[str]:
    """Yield errors in 3.1 schemas, which OpenAPI's own schema does not cover."""
    from jsonschema.exceptions import SchemaError
    from openapi_schema_validator import OAS31Validator

    for start, schema in _schemas(document, found):
        try:
            OAS31Validator.check_schema(schema, format_checker=None)
        except SchemaError as error:
            yield _message(error, start)


def _check_values(document: dict[str, Any], start: tuple[str, ...], schema: Any) -> None:
    """Raise ValueError for an invalid pattern and for a default that its own schema does not allow."""
    for path, part in subschemas(schema, start):
        pattern = part.get("pattern")
        if isinstance(pattern, str) and not is_pattern(pattern):
            where = json_path((*path, "pattern"))
            raise ValueError(f"{where}: {pattern!r} is not a regular expression that can be read")
        if "default" in part:
            check = SchemaCheck(standalone(document, part, request=True))
            problems = check.problems(part["default"], "default")
            if problems and part["default"] is not None:
                raise ValueError(f"{json_path(path)}: {problems[0]}")


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


def _message(error: Any, start: tuple[str, ...] = ()) -> str:
    """Return a jsonschema error as one line: the path as `paths./pets.get.parameters[0]`, then what is wrong there."""
    error = _cause(error)
    where = json_path((*start, *error.absolute_path))
    return f"{where}: {error.message}" if where else error.message


def _cause(error: Any) -> Any:
    """Return the error behind "is not valid under any of the given schemas": the one at the deepest path.

    OpenAPI allows a reference almost everywhere; that none was written is not the error.
    """
    while error.context:
        no_reference = {one.schema_path[0] for one in error.context if one.message.startswith("'$ref' is a required")}
        error = max((one for one in error.context if one.schema_path[0] not in no_reference), key=_depth,
                    default=error.context[0])
    return error


def _depth(error: Any) -> int:
    return len(error.absolute_path)


def _short(message: str) -> str:
    line = " ".join(message.split())
    if len(line) <= LONGEST_MESSAGE:
        return line
    return f"{line[:LONGEST_MESSAGE // 2]} ... {line[-LONGEST_MESSAGE // 2:]}"
