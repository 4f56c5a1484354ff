"""The APIs that the simulator plays: found by name, read when first asked for, their operations found by path."""

import re
import threading
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote

from toolalpaca.core.log import log_line, one_line
from toolalpaca.core.urls import server_base
from toolalpaca.core.words import id_noun, name_words
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import parse_document, read_document
from toolalpaca.openapi.http_request import split_path
from toolalpaca.openapi.operations import Operation, operations
from toolalpaca.openapi.schema_parts import choices_of, followed, items_of, types_of
from toolalpaca.simulator.request_checks import BodyCheck, ParameterCheck, Trouble
from toolalpaca.simulator.responses import Responses
from toolalpaca.simulator.semantics import OperationSemantics, Reference, semantics_of

Routed = TypeVar("Routed")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
# Words in the names of parameters that do not say what is looked for.
_NOT_SOUGHT = frozenset({"from", "to", "sort", "order", "by", "format", "lang", "language", "locale", "currency",
                         "unit", "units", "key", "token", "cursor", "fields", "include", "direction", "date", "time"})


@dataclass(frozen=True)
class Route(Generic[Routed]):
    """What answers a method on a path, for requests with this fixed part of a query; `variables` are path variables
    that a document writes into the query."""

    target: Routed
    query: frozenset[tuple[str, str]] = frozenset()
    variables: tuple[tuple[str, str], ...] = ()


@dataclass
class PathItem(Generic[Routed]):
    """One path template and the routes of each of its methods, methods in capitals."""

    template: str
    methods: dict[str, list[Route[Routed]]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)  # patterns of the values of some variables

    @cached_property
    def names(self) -> list[str]:
        """Return the names of the path variables in order."""
        return _VARIABLE.findall(self.template)

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        """Return what matches percent-encoded paths, with a group for each variable; compiled when first needed.

        Of several variables in one segment, such as `{name}.{format}`, the first takes as much as it can; a pattern
        with what is known of their values comes before one for any values.
        """
        pieces = re.findall(r"([^{}]+)|\{([^{}]*)\}", self.template)
        return [re.compile("".join(_literal_pattern(unquote(literal)) if literal else f"({values.get(name, '[^/]+')})"
                                   for literal, name in pieces))
                for values in ([self.values, {}] if self.values else [self.values])]

    def match(self, raw_path: str) -> dict[str, str] | None:
        """Return the raw values of the variables in a percent-encoded path; None if it is another path."""
        found = next((match for pattern in self.patterns if (match := pattern.fullmatch(raw_path))), None)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None

    @cached_property
    def fixed_text(self) -> str:
        """Return the template without its variables."""
        return _VARIABLE.sub("", self.template)

    def add(self, method: str, route: Route[Routed]) -> None:
        """Add a route after those that fix as much of a query."""
        routes = self.methods.setdefault(method, [])
        routes.append(route)
        routes.sort(key=lambda one: -len(one.query))

    def routes(self, method: str, query: list[tuple[str, str]]) -> list[Route[Routed]]:
        """Return the routes whose fixed query a request has, those that fix most first; else those that fix least."""
        routes = self.methods[method]
        if len(routes) == 1:
            return routes
        given = set(query)
        fitting = [route for route in routes if route.query <= given] or [routes[-1]]
        return [route for route in fitting if len(route.query) == len(fitting[0].query)]


class Router(Generic[Routed]):
    """The paths of one API. Literal paths win over templates, templates with more literal text over others."""

    def __init__(self) -> None:
        self._literal: dict[str, PathItem[Routed]] = {}
        self._templates: dict[str, PathItem[Routed]] = {}
        self._by_slashes: dict[int, list[PathItem[Routed]]] = {}  # templates by their number of slashes, best first

    def add(self, template: str, method: str, target: Routed, values: dict[str, str] | None = None) -> None:
        """Let `target` answer `method` on `template`, after what was there first; `values` has patterns for the values
        of some path variables."""
        path, query = split_path(template)
        variables = tuple((name, value[1:-1]) for name, value in query if re.fullmatch(r"\{[^{}]*\}", value))
        fixed = frozenset(pair for pair in query if "{" not in pair[1])
        item = self._item(normal(path))
        item.add(method.upper(), Route(target, fixed, variables))
        item.values |= values or {}

    def _item(self, template: str) -> PathItem[Routed]:
        if "{" not in template:
            return self._literal.setdefault(unquote(template), PathItem(template))
        if template not in self._templates:
            item = self._templates[template] = PathItem(template)
            alike = self._by_slashes.setdefault(unquote(item.fixed_text).count("/"), [])
            insort(alike, item, key=lambda one: one.template.count("{") - len(one.fixed_text))
        return self._templates[template]

    def find(self, raw_path: str, method: str) -> tuple[PathItem[Routed] | None, dict[str, str]]:
        """Return the first of the paths that match and its raw variable values; None if there is none."""
        return next(self.matches(raw_path, method), (None, {}))

    def matches(self, raw_path: str, method: str) -> Iterator[tuple[PathItem[Routed], dict[str, str]]]:
        """Yield the paths that match and have this `method`, best first, or else one that has not, each with its raw
        variable values.

        `raw_path` is percent-encoded, so that an encoded slash stays inside its segment.
        """
        raw_path = normal(raw_path)
        literal = self._literal.get(unquote(raw_path))
        others = [(literal, dict[str, str]())] if literal is not None and method not in literal.methods else []
        if literal is not None and not others:
            yield literal, {}
        any_has_method = literal is not None and not others
        for item in self._by_slashes.get(raw_path.count("/"), ()):
            if (method in item.methods or not others) and (values := item.match(raw_path)) is not None:
                if method in item.methods:
                    any_has_method = True
                    yield item, values
                else:
                    others.append((item, values))
        if not any_has_method:
            yield from others[:1]


def normal(path: str) -> str:
    """Return a path that starts with one slash and ends in none, but for the root."""
    return "/" + path.strip("/")


def _literal_pattern(text: str) -> str:
    """Return a pattern for the text, percent-encoded or not."""
    return "".join(re.escape(char) if char == "/" or (char.isascii() and char.isalnum()) else
                   f"(?:{re.escape(char)}|{_encoded(char)})" for char in text)


def _encoded(char: str) -> str:
    return "".join(f"%(?i:{byte:02X})" for byte in char.encode("utf-8", "surrogatepass"))


class ServedOperation:
    """One operation with everything that checking and answering it needs, each made when it is first used."""

    def __init__(self, document: dict[str, Any], operation: Operation) -> None:
        self.name, self.method, self.path = operation.name, operation.method.upper(), operation.path
        self.source = operation
        self._document = document

    def ready(self) -> "ServedOperation":
        """Return the operation with all its parts made; raise Trouble if the document does not allow it."""
        try:
            _ = self.parameters, self.body, self.responses, self.semantics
        except (ValueError, RecursionError) as error:
            problem = "its schemas are nested too deeply" if isinstance(error, RecursionError) else one_line(error)
            raise Trouble("no-document", f"the operation {self.name!r} is not served: {problem}", 404) from None
        return self

    @cached_property
    def constants(self) -> dict[tuple[str, str], str]:
        """Return the headers and queries that have one value only, which tells operations on one path apart."""
        return {(parameter.location, parameter.name): str(choices[0]) for parameter in self.source.parameters
                if parameter.required and parameter.location in ("header", "query")
                and len(choices := choices_of(self._document, parameter.schema)) == 1}

    @cached_property
    def path_values(self) -> dict[str, str]:
        """Return a pattern for each path variable that shares a segment with another and has choices or is a number."""
        shared = {name for segment in self.path.split("/") if segment.count("{") > 1
                  for name in _VARIABLE.findall(segment)}
        patterns: dict[str, str] = {}
        for parameter in self.source.parameters:
            if parameter.location == "path" and parameter.name in shared:
                if listed := choices_of(self._document, parameter.schema):
                    patterns[parameter.name] = "|".join(_literal_pattern(str(value)) for value in listed)
                elif types_of(self._document, parameter.schema) == ("integer",):
                    patterns[parameter.name] = r"-?\d+"
        return patterns

    @cached_property
    def parameters(self) -> list[ParameterCheck]:
        """Return a check for each parameter that can be sent: a variable of a fragment cannot."""
        meant = self.source.variables
        sent = {meant[variable] for variable in _VARIABLE.findall(self.path.partition("#")[0])}
        return [ParameterCheck(self._document, parameter) for parameter in self.source.parameters
                if parameter.location != "path" or parameter.name in sent]

    @cached_property
    def search_parameters(self) -> list[str]:
        """Return the names of the query parameters that may say in words what is looked for, required ones first; an
        id says it in no words."""
        schemas = {check.name: check.schema for check in reversed(self.parameters)}
        ordered = sorted(self.parameters, key=lambda check: not check.required)
        return [check.name for check in ordered if check.location == "query" and id_noun(check.name) is None
                and not set(name_words(check.name)) & _NOT_SOUGHT and not _is_choice(schemas[check.name])]

    def description_of(self, name: str) -> str:
        """Return what the document says of a parameter, "" if it says nothing."""
        return next((one.description for one in self.source.parameters if one.name == name), "")

    @cached_property
    def headers(self) -> list[str]:
        """Return the names of the header parameters."""
        return [parameter.name for parameter in self.source.parameters if parameter.location == "header"]

    @cached_property
    def cookies(self) -> list[str]:
        """Return the names of the cookie parameters."""
        return [parameter.name for parameter in self.source.parameters if parameter.location == "cookie"]

    @cached_property
    def body(self) -> BodyCheck | None:
        """Return the check of the request body; None if there is none."""
        return BodyCheck(self._document, self.source.request_body) if self.source.request_body else None

    @cached_property
    def responses(self) -> Responses:
        """Return the declared responses."""
        return Responses(self._document, self.source.responses)

    @cached_property
    def semantics(self) -> OperationSemantics:
        """Return what the operation does to the things the API keeps."""
        return semantics_of(self._document, self.source)


def _is_choice(root: dict[str, Any]) -> bool:
    """Return whether a parameter's values, or the items of its lists, are of a few kinds or of one format."""
    schema = followed(root, root)
    inner = followed(root, items_of(root, schema)) if "array" in types_of(root, schema) else schema
    return bool(inner.get("enum") or inner.get("format"))


@dataclass
class ServedApi:
    """One served API, its document read."""

    name: str
    description: str
    record: ApiRecord
    document: dict[str, Any]
    operations: list[ServedOperation]
    router: Router[ServedOperation] = field(default_factory=Router)
    _keys: dict[str, tuple[Reference, ...]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Return the real service's address, for showing requests as if they went there."""
        servers = self.document.get("servers")
        url = servers[0].get("url") if isinstance(servers, list) and servers and isinstance(servers[0], dict) else None
        found = url if isinstance(url, str) and url.startswith("http") else self.record.get("Link") or "https://api"
        return server_base(found)

    def keys_of(self, noun: str) -> tuple[Reference, ...]:
        """Return the ways in which the API's operations name such a thing: by `id`, by `username`."""
        if noun not in self._keys:
            self._keys[noun] = tuple(dict.fromkeys(one for operation in self.operations
                                                   for one in operation.semantics.references if one.noun == noun))
        return self._keys[noun]

    def bundle(self, operation: ServedOperation) -> dict[str, Any]:
        """Return the document cut down to one operation."""
        return bundled(self.document, operation.source)


class Catalog:
    """Every API of a file by name.

    Each document is parsed once at the start, to tell which APIs cannot be served, and again when its API is first
    asked for: only what is in use is kept, since a file may hold more documents than fit into memory.
    """

    def __init__(self, records: list[ApiRecord]) -> None:
        self._records = {record["Name"]: record for record in records}
        self._apis: dict[str, ServedApi] = {}
        self._broken: dict[str, str] = {}
        self._lock = threading.Lock()
        for name, record in self._records.items():
            if problem := _obvious_problem(name, record.get("Documentation")):
                self._disable(name, problem)

    @property
    def names(self) -> list[str]:
        """Return the APIs that are served, in the file's order."""
        return [name for name in self._records if name not in self._broken]

    def record(self, name: str) -> ApiRecord:
        """Return the record of an API that is in the file."""
        return self._records[name]

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def api(self, name: str) -> ServedApi:
        """Return the API of that name; raise Trouble (404) if there is none or its document is of no use."""
        api = self._apis.get(name)
        if api is None:
            if name not in self._records:
                raise Trouble("unknown-api", f"no API named {name[:100]!r} is served here; GET / lists them", 404)
            with self._lock:
                api = self._apis.get(name) or self._read(name)
        return api

    def _read(self, name: str) -> ServedApi:
        if name not in self._broken:
            try:
                self._apis[name] = _served(self._records[name])
                return self._apis[name]
            except ValueError as error:
                self._disable(name, f"its document cannot be used: {error}")
        raise Trouble("no-document", f"the API {name!r} is not served: {self._broken[name]}", 404)

    def _disable(self, name: str, problem: str) -> None:
        self._broken[name] = one_line(problem)
        log_line(f"warning: API {name!r} is not served: {self._broken[name]}")

    def split(self, raw_path: str) -> tuple[str, str]:
        """Return the API's name and the rest of a percent-encoded path.

        The name is the first segment as `quote(name, safe="")` writes it; a name whose slashes were sent unencoded is
        found too, the longest that fits. The rest keeps its encoding and is "" if the path ends with the name.
        """
        path = raw_path.removeprefix("/")
        first, slash, rest = path.partition("/")
        name = unquote(first)
        if name in self._records or not slash:
            return name, slash + rest
        segments = path.split("/")
        for end in range(min(len(segments), 12), 1, -1):
            longer = unquote("/".join(segments[:end]))
            if longer in self._records:
                return longer, ("/" if end < len(segments) else "") + "/".join(segments[end:])
        return name, slash + rest


def address(name: str) -> str:
    """Return the path under which an API is served."""
    return "/" + quote(name, safe="")


def _obvious_problem(name: str, text: str | None) -> str | None:
    """Return what is wrong with a document at first sight, told at the start; the rest shows when it is first used.
    Operations that are left out are told in one line."""
    if not text:
        return "it has no document (null)"
    try:
        document, left_out = read_document(text)
    except ValueError as error:
        return f"its document cannot be used: {error}"
    if left_out:
        log_line(f"warning: API {name!r} is served without {len(left_out)} of its operations; the first: "
                 f"{one_line(left_out[0])}")
    paths = document.get("paths")
    return None if isinstance(paths, dict) and paths else "its document has no paths"


def _served(record: ApiRecord) -> ServedApi:
    document = parse_document(record.get("Documentation") or "")
    found = operations(document)
    if not found:
        raise ValueError("it has no operations")
    served = [ServedOperation(document, operation) for operation in found]
    api = ServedApi(record["Name"], record.get("Description") or "", record, document, served)
    for operation in served:
        api.router.add(operation.path, operation.method, operation, operation.path_values)
    return api
