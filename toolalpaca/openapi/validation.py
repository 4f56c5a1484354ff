"""Whether a document is valid OpenAPI, with a message that the model which wrote it can act on."""

import re
from collections import Counter
from typing import Any

from toolalpaca.openapi.operation import Operation, operations
from toolalpaca.openapi.references import iter_references, lookup
from toolalpaca.records import type_name

LONGEST_MESSAGE = 320  # characters; a library's message may quote half the document


def validate_document(document: object) -> None:
    """Raise ValueError, one line that says where and what, unless `document` is a usable OpenAPI 3.0 or 3.1 document.

    Usable means: valid for openapi-spec-validator, every `$ref` leads somewhere inside the document, there is an
    operation, operationIds differ, and each path's `{variables}` are declared. Takes tens of milliseconds.
    """
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    _check_version(document)
    for ref in iter_references(document):
        lookup(document, ref)
    found = operations(document)
    if not found:
        raise ValueError("paths: there are no operations; add at least one path with a method such as 'get'")
    _check_operation_ids(found)
    for operation in found:
        _check_path_parameters(operation)
    _check_with_library(document)


def _check_version(document: dict[str, Any]) -> None:
    if "openapi" not in document and "swagger" in document:
        raise ValueError("this is a Swagger 2 document; write it as OpenAPI with \"openapi\": \"3.0.3\"")
    if "openapi" not in document:
        raise ValueError("the key 'openapi' is missing; write \"openapi\": \"3.0.3\"")
    version = document["openapi"]
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        said = _short(repr(version)) if isinstance(version, str) else type_name(version)
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


def _check_with_library(document: dict[str, Any]) -> None:
    from jsonschema.exceptions import best_match  # these two take a third of a second to import
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    kind = OpenAPIV30SpecValidator if document["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
    try:
        # Not kind(document).iter_errors(), whose cache keeps every document it ever saw in memory.
        error = best_match(kind.schema_validator.iter_errors(document))
        if error is None:
            checker = kind(document)
            error = next(iter(checker.root_validator(checker.schema_path)), None)
    except Exception as failure:  # the library meets odd input with whatever its parts raise
        raise ValueError(f"the document cannot be checked: {_short(f'{type(failure).__name__}: {failure}')}") from None
    if error is not None:
        raise ValueError(_message(error))


def _message(error: Any) -> str:
    """A jsonschema error as one line: the place as `paths./pets.get.parameters[0]`, then what is wrong there."""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    return f"{where}: {_short(error.message)}" if where else _short(error.message)


def _short(message: str) -> str:
    line = " ".join(message.split())
    if len(line) <= LONGEST_MESSAGE:
        return line
    return f"{line[:LONGEST_MESSAGE // 2]} ... {line[-LONGEST_MESSAGE // 2:]}"
