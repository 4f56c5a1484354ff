"""The operations of a document, each a function that the assistant may call, and their names."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from toolalpaca.core.jsons import type_name
from toolalpaca.data.record_types import GET_DETAILS, ApiRecord
from toolalpaca.openapi.media_types import is_json, preferred_media_type
from toolalpaca.openapi.references import resolve

RESERVED_NAMES = frozenset({"components", GET_DETAILS})  # a key of Function_Description; the question to the user

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
# Methods that change nothing.
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "SEARCH", "PROPFIND", "REPORT"})
# Of a parameter or a form's property: its items are separated by tabs, which OpenAPI 3 cannot say.
TABS = "x-tab-delimited"
CONNECTION_HEADERS = ("host", "content-length", "transfer-encoding", "connection")  # no caller sends them
ITEMS = "*"  # the place of a part of a body after those that a document lists
LOCATIONS = ("path", "query", "querystring", "header", "cookie")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def unique_names(given: list[str], derived: list[str]) -> list[str]:
    """Return for each operation its given name, or the derived one if that is empty, numbered if it is taken.

    Given names take precedence: no derived or numbered name uses one of them.
    """
    taken = set(given) | RESERVED_NAMES
    used: set[str] = set()
    names = []
    for own, fallback in zip(given, derived, strict=True):
        free = own and own not in used and own not in RESERVED_NAMES
        used.add(name := own if free else _numbered(own or fallback, taken | used))
        names.append(name)
    return names


def _numbered(stem: str, taken: set[str]) -> str:
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}{number}", number + 1
    return name


def derived_name(method: str, path: str) -> str:
    """Return the name of an operation without `operationId`: the path's words and the method, as in the published data.

    For example, get `/users/{id}/posts` becomes `users_id_posts_get`, and get `/last-posts` `last-posts_get`.
    """
    return "_".join([*re.findall(r"[^\W_]+(?:-[^\W_]+)*", unquote(path)), method.lower()])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `schema` is as written, so it may be a `$ref`; `style` and `explode` default as in OpenAPI."""

    name: str
    location: str
    required: bool
    schema: dict[str, Any]
    description: str
    style: str
    explode: bool
    raw: dict[str, Any]

    @property
    def is_json(self) -> bool:
        """Return whether the value is sent as a JSON document, whatever its style."""
        return self.media_type is not None and is_json(self.media_type)

    @property
    def media_type(self) -> str | None:
        """Return the media type of a value that is sent as a document, whatever its style; None for others."""
        content = self.raw.get("content")
        return next(iter(content), "*/*") if "schema" not in self.raw and isinstance(content, dict) else None


@dataclass(frozen=True, slots=True)
class PropertyEncoding:
    """How a property of a form is sent: in a `style` as query parameters are, "" for none, with reserved characters as
    they are or not; its part's `content_type`, None if the document leaves it open."""

    style: str
    explode: bool
    allows_reserved: bool
    content_type: str | None


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request body; `content` gives each media type's schema as written, or `{}` if it has none."""

    required: bool
    content: dict[str, dict[str, Any]]
    description: str
    raw: dict[str, Any]

    def encoding(self, media_type: str) -> dict[str, PropertyEncoding]:
        """Return how the properties of a form are sent, those of which the document says it; the parts of
        multipart/mixed are under their numbers, all further ones under ITEMS."""
        body = (self.raw.get("content") or {}).get(media_type)
        body = body if isinstance(body, dict) else {}
        first, further, named = (body.get(key) for key in ("prefixEncoding", "itemEncoding", "encoding"))
        listed = {str(place): one for place, one in enumerate(first)} if isinstance(first, list) else {}
        stated = {ITEMS: further, **listed, **(named if isinstance(named, dict) else {})}
        return {name: _property_encoding(one) for name, one in stated.items() if isinstance(one, dict)}


def _property_encoding(stated: dict[str, Any]) -> PropertyEncoding:
    style, kind = _stated_style(stated), stated.get("contentType")
    if style is None and not {"explode", "allowReserved"} & stated.keys():
        style = ""
    elif not isinstance(style, str):
        style = "form"
    explode = stated.get("explode")
    return PropertyEncoding(style, explode if isinstance(explode, bool) else style == "form",
                            stated.get("allowReserved") is True,
                            kind if isinstance(kind, str) and not set("*,") & set(kind) else None)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `responses` are resolved, `raw` is the operation object as written.

    `method` is in lower case, or as the document writes it under `additionalOperations`.
    """

    name: str
    path: str
    method: str
    summary: str
    description: str
    parameters: list[Parameter]
    request_body: RequestBody | None
    responses: dict[str, dict[str, Any]]
    raw: dict[str, Any]

    @property
    def http_method(self) -> str:
        """Return the method as it is sent: capitals matter in those that OpenAPI does not list."""
        return self.method.upper() if self.method in METHODS else self.method

    @property
    def variables(self) -> dict[str, str]:
        """Return the parameter that each variable in the path means."""
        return _variables(self.path, tuple(one.name for one in self.parameters))


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return the document's operations in order, with unique names.

    References to path items, parameters, request bodies and responses are resolved; those to schemas are left to
    `resolve`. Parameters of the path item come first, unless the operation has its own with the same name and location;
    header parameters that OpenAPI reserves are dropped, and variables of the path that are not declared come last.
    Raises ValueError naming the operation and what is wrong with it. Parts are shared with the document.
    """
    found = [_Found(path, method, item, raw) for path, item in _path_items(document)
             for method, raw in _methods(path, item)]
    given = [" ".join(_text(one.raw, "operationId", one.where).split()) for one in found]
    names = unique_names(given, [derived_name(one.method, one.path) for one in found])
    return [_operation(document, name, one) for name, one in zip(names, found, strict=True)]


class _Found(NamedTuple):
    """An operation object as written, with where it was found."""

    path: str
    method: str
    item: dict[str, Any]
    raw: dict[str, Any]

    @property
    def where(self) -> str:
        """Return its name for messages."""
        return _where(self.method, self.path)


def declared_status(declared: Collection[str], status: int) -> str | None:
    """Return which of the declared statuses a response falls under: its own, its range, such as `2XX`, or `default`;
    None if it is not declared."""
    by_name = {name.upper(): name for name in declared}
    return next((by_name[key] for key in (str(status), f"{status // 100}XX", "DEFAULT") if key in by_name), None)


def response_schema(response: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a response's body in its preferred media type; {} if the document gives none."""
    content = response.get("content")
    body = content[preferred_media_type(list(content))] if isinstance(content, dict) and content else None
    schema = body.get("schema") if isinstance(body, dict) else None
    return schema if isinstance(schema, dict) else {}


def _path_items(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(document, dict):
        raise ValueError(f"expected an OpenAPI document, a JSON object; found {type_name(document)}")
    for path, item in _object(document.get("paths", {}), "paths").items():
        if not path.startswith("x-"):
            yield path, path_item(document, path, item)


def path_item(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a path item with its `$ref` resolved; keys next to the `$ref` win, which OpenAPI leaves undefined."""
    where = _where("path", path)
    item = _object(value, where)
    if "$ref" not in item:
        return item
    siblings = {key: part for key, part in item.items() if key != "$ref"}
    return {**_resolved(document, {"$ref": item["$ref"]}, where), **siblings}


def _methods(path: str, item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, operation in item.items():
        if method in METHODS and operation is not None:
            yield method, _object(operation, _where(method, path))
    others = _object_at(item, "additionalOperations", _where("path", path))
    for method, operation in others.items():
        listed = method.lower() in METHODS
        if not _TOKEN.fullmatch(method) or listed and method.lower() in item:
            raise ValueError(f"{_where('path', path)}: {method[:40]!r} in 'additionalOperations' is "
                             f"{'also given by a key of its own' if listed else 'not a method'}")
        yield method.lower() if listed else method, _object(operation, _where(method, path))


def _where(method: str, path: str) -> str:
    """Return an operation's name for messages, on one line whatever the path contains."""
    return " ".join(f"{method.upper()} {path}".split())


def _operation(document: dict[str, Any], name: str, found: _Found) -> Operation:
    where, raw = found.where, found.raw
    parameters = _parameters(document, found.item, raw, where)
    responses = _object_at(raw, "responses", where)
    return Operation(
        name=name, path=found.path, method=found.method, summary=_text(raw, "summary", where),
        description=_text(raw, "description", where), raw=raw,
        parameters=[*parameters, *_undeclared(found.path, parameters)],
        request_body=_request_body(document, raw["requestBody"], where) if raw.get("requestBody") is not None else None,
        responses={str(status): _resolved(document, response, f"{where}: response {status}")
                   for status, response in responses.items() if not str(status).startswith("x-")})


def _parameters(document: dict[str, Any], item: dict[str, Any], raw: dict[str, Any], where: str) -> list[Parameter]:
    merged: dict[tuple[str, str], Parameter] = {}
    for owner, place in ((item, f"{where}: path item"), (raw, where)):
        for index, value in enumerate(_list(owner.get("parameters"), f"{place}: 'parameters'")):
            parameter = _parameter(document, value, f"{place}: parameter {index}")
            if not _is_reserved_header(parameter):
                merged[parameter.name, parameter.location] = parameter
    in_query = [name for name, location in merged if location in ("query", "querystring")]
    if len(in_query) > 1 and any(location == "querystring" for _, location in merged):
        raise ValueError(f"{where}: a parameter in 'querystring' is the whole query, so {in_query[0][:100]!r} and "
                         f"{in_query[1][:100]!r} cannot both be sent")
    return list(merged.values())


def _undeclared(path: str, parameters: list[Parameter]) -> list[Parameter]:
    """Return a parameter for each variable of a path that the document forgot to declare."""
    declared = tuple(one.name for one in parameters if one.location == "path")
    names = dict.fromkeys(_variables(re.split(r"[#?]", path)[0], declared).values())
    return [Parameter(name, "path", True, {"type": "string"}, "", "simple", explode=False, raw={})
            for name in names if name and name not in declared]


@lru_cache(maxsize=4096)
def _variables(path: str, declared: tuple[str, ...]) -> dict[str, str]:
    """Return for each variable in a path the parameter that it means: of its name, else of one that differs in case and
    marks only, else its name without the marks of URI templates (RFC 6570)."""
    alike = {re.sub(r"[\W_]", "", name).lower(): name for name in declared}
    return {name: name if name in declared else alike.get(re.sub(r"[\W_]", "", name).lower(), name.strip(" +*"))
            for name in re.findall(r"\{([^{}]*)\}", path)}


def _is_reserved_header(parameter: Parameter) -> bool:
    """Return whether a header parameter is ignored: OpenAPI says so of those that other parts of a document describe,
    and those of the connection are its own to set."""
    return parameter.location == "header" and parameter.name.lower() in (
        "accept", "content-type", "authorization", *CONNECTION_HEADERS)


def _stated_style(raw: dict[str, Any]) -> Any:
    """Return the style that a parameter or a form's property states, of any type; None if it states none."""
    return "tabDelimited" if raw.get(TABS) is True else raw.get("style")


def _parameter(document: dict[str, Any], value: object, where: str) -> Parameter:
    raw = _resolved(document, value, where)
    name, location, style = raw.get("name"), raw.get("in"), _stated_style(raw)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where}: has no 'name'")
    if location not in LOCATIONS:
        said = repr(location) if isinstance(location, str) else type_name(location)
        raise ValueError(f"{where} ({name!r}): 'in' is {said}, expected path, query, querystring, header or cookie")
    if not isinstance(style, str):
        style = "form" if location in ("query", "querystring", "cookie") else "simple"
    explode = raw.get("explode")
    return Parameter(name=name, location=location, required=raw.get("required") is True or location == "path",
                     schema=_parameter_schema(raw, f"{where} ({name!r})"), raw=raw, style=style,
                     description=_text(raw, "description", where),
                     explode=explode if isinstance(explode, bool) else style in ("form", "cookie"))


def _parameter_schema(raw: dict[str, Any], where: str) -> dict[str, Any]:
    if "schema" in raw or "content" not in raw:
        return _schema(raw, where)
    media_types = list(_object(raw["content"], f"{where}: 'content'").values())
    return _schema(_object(media_types[0], where), where) if media_types else {}


def _request_body(document: dict[str, Any], value: object, where: str) -> RequestBody:
    where = f"{where}: 'requestBody'"
    raw = _resolved(document, value, where)
    content = _object_at(raw, "content", where)
    return RequestBody(required=raw.get("required") is True, description=_text(raw, "description", where), raw=raw,
                       content={media: _schema(_object(body, f"{where}: {media}"), f"{where}: {media}")
                                for media, body in content.items()})


def _schema(owner: dict[str, Any], where: str) -> dict[str, Any]:
    schema = owner.get("schema", {})
    if isinstance(schema, bool):  # 3.1: anything, or nothing
        return {} if schema else {"not": {}}
    return _object(schema, f"{where}: 'schema'")


def _resolved(document: dict[str, Any], value: object, where: str) -> dict[str, Any]:
    reference = _object(value, where)
    try:
        return resolve(document, reference)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {type_name(value)}, expected an object")
    return value


def _object_at(owner: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = owner.get(key)
    return {} if value is None else _object(value, f"{where}: {key!r}")


def _list(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{where} is {type_name(value)}, expected an array")
    return value


def _text(owner: dict[str, Any], key: str, where: str) -> str:
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{where}: {key!r} is {type_name(value)}, expected a string")
    return value


def operations_by_name(record: ApiRecord, document: dict[str, Any]) -> dict[str, Operation]:
    """Return the document's operations by their own names and by those in the record's `Function_Projection`.

    The projection wins, since it is what the assistant was told; entries for operations that the document lacks are
    skipped. Raises ValueError for an invalid document.
    """
    found = operations(document)
    by_place = {(one.path, one.method.lower()): one for one in found}
    by_name = {one.name: one for one in found}
    for name, place in (record.get("Function_Projection") or {}).items():
        if len(place) > 1 and (place[0], str(place[1]).lower()) in by_place:
            by_name[name] = by_place[place[0], str(place[1]).lower()]
    return by_name
