"""The APIs that the simulator plays: found by name, read when first asked for."""

import gc
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from toolalpaca.core.log import log_line, one_line
from toolalpaca.core.urls import server_base
from toolalpaca.core.words import id_noun, name_words
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import parse_document, read_again, read_document
from toolalpaca.openapi.operations import Operation, operations
from toolalpaca.openapi.schema_parts import choices_of, followed, items_of, types_of
from toolalpaca.simulator.request_checks import BodyCheck, ParameterCheck, Trouble
from toolalpaca.simulator.responses import Responses
from toolalpaca.simulator.router import VARIABLE, Router, literal_pattern
from toolalpaca.simulator.semantics import OperationSemantics, Reference, semantics_of

# Words in the names of parameters that do not say what is looked for.
_NOT_SOUGHT = frozenset({"from", "to", "sort", "order", "by", "format", "lang", "language", "locale", "currency",
                         "unit", "units", "key", "token", "cursor", "fields", "include", "direction", "date", "time"})


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
                  for name in VARIABLE.findall(segment)}
        patterns: dict[str, str] = {}
        for parameter in self.source.parameters:
            if parameter.location == "path" and parameter.name in shared:
                if listed := choices_of(self._document, parameter.schema):
                    patterns[parameter.name] = "|".join(literal_pattern(str(value)) for value in listed)
                elif types_of(self._document, parameter.schema) == ("integer",):
                    patterns[parameter.name] = r"-?\d+"
        return patterns

    @cached_property
    def parameters(self) -> list[ParameterCheck]:
        """Return a check for each parameter that can be sent: a variable of a fragment cannot."""
        meant = self.source.variables
        sent = {meant[variable] for variable in VARIABLE.findall(self.path.partition("#")[0])}
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

    @cached_property
    def text(self) -> str:
        """Return the document cut down to the operation, as JSON."""
        return json.dumps(bundled(self._document, self.source), ensure_ascii=False)

    def description_of(self, name: str) -> str:
        """Return what the document says of a parameter, "" if it says nothing."""
        return next((one.description for one in self.source.parameters if one.name == name), "")

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Return the names of the parameters in headers and in cookies."""
        return {location: [parameter.name for parameter in self.source.parameters if parameter.location == location]
                for location in ("header", "cookie")}

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


class Catalog:
    """Every API of a file by name.

    Each document is parsed once at the start, to tell which APIs cannot be served, and again when its API is first
    asked for: only what is in use is kept, since a file may hold more documents than fit into memory.
    """

    def __init__(self, records: list[ApiRecord]) -> None:
        self._records = {record["Name"]: record for record in records}
        self._apis: dict[str, ServedApi] = {}
        self._broken: dict[str, str] = {}
        self._whole: set[str] = set()  # the APIs whose documents are used as they are
        self._lock = threading.Lock()
        for name, record in self._records.items():
            if problem := self._obvious_problem(name, record.get("Documentation")):
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
                with _collector_paused():
                    self._apis[name] = _served(self._records[name], name in self._whole)
                return self._apis[name]
            except ValueError as error:
                self._disable(name, f"its document cannot be used: {error}")
        raise Trouble("no-document", f"the API {name!r} is not served: {self._broken[name]}", 404)

    def _obvious_problem(self, name: str, text: str | None) -> str | None:
        """Return what is wrong with a document at first sight, told at the start; the rest shows when it is first used.
        Operations that are left out are told in one line."""
        if not text:
            return "it has no document (null)"
        try:
            document, left_out, unread = read_document(text)
        except ValueError as error:
            return f"its document cannot be used: {error}"
        if left_out:
            log_line(f"warning: API {name!r} is served without {len(left_out)} of its operations; the first: "
                     f"{one_line(left_out[0])}")
        if unread:
            log_line(f"warning: API {name!r}: {unread}")
        if not left_out and not unread:
            self._whole.add(name)
        paths = document.get("paths")
        return None if isinstance(paths, dict) and paths else "its document has no paths"

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


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause Python's collector of circular garbage while a document is read: all that is made stays, and none of it is
    circular, but the collector would look at it again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _served(record: ApiRecord, whole: bool) -> ServedApi:
    text = record.get("Documentation") or ""
    document = read_again(text) if whole else parse_document(text)
    found = operations(document)
    if not found:
        raise ValueError("it has no operations")
    served = [ServedOperation(document, operation) for operation in found]
    api = ServedApi(record["Name"], record.get("Description") or "", record, document, served)
    for operation in served:
        api.router.add(operation.path, operation.method, operation, operation.path_values)
    return api
