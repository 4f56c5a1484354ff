"""An OpenAPI document as the pipeline uses it: a list of operations, each a function the assistant may call."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote

from toolalpaca.openapi.references import resolve
from toolalpaca.records import type_name

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LOCATIONS = ("path", "query", "header", "cookie")
RESERVED_NAMES = frozenset({"components", "getDetails"})  # a key of Function_Description; the question to the user


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `schema` is as written, so it may be a `$ref`; `style` and `explode` have OpenAPI's defaults."""

    name: str
    location: str
    required: bool
    schema: dict[str, Any]
    description: str
    style: str
    explode: bool
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request body; `content` gives each media type's schema as written, `{}` where it has none."""

    required: bool
    content: dict[str, dict[str, Any]]
    description: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `responses` are resolved, `raw` is the operation object as written."""

    name: str
    path: str
    method: str
    summary: str
    description: str
    parameters: list[Parameter]
    request_body: RequestBody | None
    responses: dict[str, dict[str, Any]]
    raw: dict[str, Any]


def parse_document(text: str) -> dict[str, Any]:
    """The JSON object a document's text holds; raises ValueError saying what is wrong and where."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"not valid JSON: {name} is no JSON number")


def operations(document: dict[str, Any]) -> list[Operation]:
    """The document's operations in its order, under unique names.

    References to path items, parameters, request bodies and responses are resolved; those of schemas are left for
    `resolve`. Parameters of the path item come first, unless the operation has its own of the same name and location.
    Raises ValueError naming the operation and what is wrong with it. Parts are shared with the document.
    """
    found = [(path, method, path_item, operation) for path, path_item in _path_items(document)
             for method, operation in _methods(path, path_item)]
    names = _unique_names([(path, method, operation) for path, method, _, operation in found])
    return [_operation(document, name, *parts) for name, parts in zip(names, found, strict=True)]


def _path_items(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    for path, item in _object(document.get("paths", {}), "paths").items():
        if not path.startswith("x-"):
            siblings = {key: part for key, part in _object(item, path).items() if key != "$ref"}
            target = {key: part for key, part in item.items() if key == "$ref"}
            yield path, {**_resolved(document, target, path), **siblings} if target else item


def _methods(path: str, path_item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, operation in path_item.items():
        if method in METHODS:
            yield method, _object(operation, f"{method.upper()} {path}")


def _operation(document: dict[str, Any], name: str, path: str, method: str, path_item: dict[str, Any],
               raw: dict[str, Any]) -> Operation:
    where = f"{method.upper()} {path}"
    responses = _object(raw.get("responses", {}), f"{where}: 'responses'")
    return Operation(
        name=name, path=path, method=method, summary=_text(raw, "summary", where),
        description=_text(raw, "description", where), raw=raw,
        parameters=_parameters(document, path_item, raw, where),
        request_body=_request_body(document, raw["requestBody"], where) if "requestBody" in raw else None,
        responses={str(status): _resolved(document, response, f"{where}: response {status}")
                   for status, response in responses.items() if not str(status).startswith("x-")})


def _parameters(document: dict[str, Any], path_item: dict[str, Any], raw: dict[str, Any],
                where: str) -> list[Parameter]:
    merged: dict[tuple[str, str], Parameter] = {}
    for owner, place in ((path_item, f"{where}: path item"), (raw, where)):
        for index, value in enumerate(_list(owner.get("parameters", []), f"{place}: 'parameters'")):
            parameter = _parameter(document, value, f"{place}: parameter {index}")
            merged[parameter.name, parameter.location] = parameter
    return list(merged.values())


def _parameter(document: dict[str, Any], value: object, where: str) -> Parameter:
    raw = _resolved(document, value, where)
    name, location, style = raw.get("name"), raw.get("in"), raw.get("style")
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where}: has no 'name'")
    if location not in LOCATIONS:
        said = repr(location) if isinstance(location, str) else type_name(location)
        raise ValueError(f"{where} ({name!r}): 'in' is {said}, expected path, query, header or cookie")
    if not isinstance(style, str):
        style = "form" if location in ("query", "cookie") else "simple"
    explode = raw.get("explode")
    return Parameter(name=name, location=location, required=raw.get("required") is True or location == "path",
                     schema=_parameter_schema(raw, f"{where} ({name!r})"), raw=raw, style=style,
                     description=_text(raw, "description", where),
                     explode=explode if isinstance(explode, bool) else style == "form")


def _parameter_schema(raw: dict[str, Any], where: str) -> dict[str, Any]:
    if "schema" in raw or "content" not in raw:
        return _schema(raw, where)
    media_types = list(_object(raw["content"], f"{where}: 'content'").values())
    return _schema(_object(media_types[0], where), where) if media_types else {}


def _request_body(document: dict[str, Any], value: object, where: str) -> RequestBody:
    where = f"{where}: 'requestBody'"
    raw = _resolved(document, value, where)
    content = _object(raw.get("content", {}), f"{where}: 'content'")
    return RequestBody(required=raw.get("required") is True, description=_text(raw, "description", where), raw=raw,
                       content={media: _schema(_object(body, f"{where}: {media}"), f"{where}: {media}")
                                for media, body in content.items()})


def _schema(owner: dict[str, Any], where: str) -> dict[str, Any]:
    schema = owner.get("schema", {})
    if isinstance(schema, bool):  # 3.1: anything, or nothing at all
        return {} if schema else {"not": {}}
    return _object(schema, f"{where}: 'schema'")


def _unique_names(found: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Each operation's `operationId`, else a name made from method and path; a name that is taken gets a number."""
    given = [_given_name(path, method, operation) for path, method, operation in found]
    taken = set(given) | RESERVED_NAMES
    used: set[str] = set()
    names = []
    for name, (path, method, _) in zip(given, found, strict=True):
        candidate, number = name or derived_name(method, path), 2
        stem, is_own = candidate, bool(name) and name not in RESERVED_NAMES and name not in used
        while not is_own and (candidate in taken or candidate in used):
            candidate, number = f"{stem}{number}", number + 1
        used.add(candidate)
        names.append(candidate)
    return names


def _given_name(path: str, method: str, operation: dict[str, Any]) -> str:
    return " ".join(_text(operation, "operationId", f"{method.upper()} {path}").split())


def derived_name(method: str, path: str) -> str:
    """A camelCase name for an operation without `operationId`: get `/users/{id}/posts` is `getUsersByIdPosts`."""
    words = [method.lower()]
    for segment in unquote(path).split("/"):
        for literal, variable in re.findall(r"([^{}]+)|\{([^{}]*)\}", segment):
            parts = re.findall(r"[^\W_]+", literal or variable)
            words.extend(part[:1].upper() + part[1:] for part in (["by"] if variable else []) + parts)
    return "".join(words if len(words) > 1 else [*words, "Root"])


def _resolved(document: dict[str, Any], value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {type_name(value)}, expected an object")
    try:
        return resolve(document, value)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {type_name(value)}, expected an object")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is {type_name(value)}, expected an array")
    return value


def _text(owner: dict[str, Any], key: str, where: str) -> str:
    value = owner.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{where}: {key!r} is {type_name(value)}, expected a string")
    return value
