"""A document, whoever wrote it, makes no stage read a file, open a connection, or run without end."""

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from effort import at_most

from toolalpaca.core.errors import RecordError
from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schemas import standalone
from toolalpaca.openapi.validation import validate_document
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw
from toolalpaca.simulator.request_checks import Refusal, Trouble
from toolalpaca.toolset.documentation import keys_of
from toolalpaca.toolset.elements import read_document

SECRET = "sk-kept-in-a-file-nearby"
MOST_WORK = 40  # for one document in all stages
_watch = threading.local()
_requests: list[str] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what is opened while a test watches; Python's own modules may be imported meanwhile."""
    seen = getattr(_watch, "seen", None)
    if seen is None:
        return
    if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib.", "subprocess.", "os.system")):
        seen.append(f"{event} {arguments[1:]}")
    elif event == "open" and isinstance(arguments[0], str) and "outside" in arguments[0]:
        seen.append(f"open {arguments[0]}")


sys.addaudithook(_audit)


class _Listener(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        _requests.append(self.path)
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Addresses outside of any document: a file with a secret and a server on this machine, in several spellings."""
    secret = tmp_path_factory.mktemp("outside") / "secret.json"
    secret.write_text(json.dumps({"type": "string", "description": SECRET}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for version in ("3.0.3", "3.1.0"):  # the libraries read the schemas they come with once
        validate_document(document({"type": "string"}, version))
    host = f"127.0.0.1:{server.server_port}"
    yield [f"file://{secret}", str(secret), f"http://{host}/x", f"HTTP://{host}/x#/a", f"//{host}/x", secret.name,
           f"http://{host}/x?a=#/components/schemas/Pet", "", "?x", f"\\\\{host}\\x"]
    server.shutdown()


def document(schema: Any, version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    operation = {"operationId": "f", "parameters": [{"name": "p", "in": "query", "schema": schema}],
                 "requestBody": {"content": {"application/json": {"schema": {
                     "type": "object", "properties": {"b": schema}}}}},
                 "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}}
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {"/f": {"post": operation}}, **more}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "schema": lambda target: document({"$ref": target}),
    "property": lambda target: document({"type": "object", "properties": {"a": {"$ref": target}}}),
    "items": lambda target: document({"type": "array", "items": {"$ref": target}}),
    "allOf": lambda target: document({"allOf": [{"$ref": target}]}),
    "not": lambda target: document({"not": {"$ref": target}}),
    "if": lambda target: document({"if": {"$ref": target}, "then": {"$ref": target}}, "3.1.0"),
    "id": lambda target: document({"$id": target, "properties": {"a": {"$ref": "x.json"}}}, "3.1.0"),
    "chain": lambda target: document({"$ref": "#/components/schemas/A"},
                                     components={"schemas": {"A": {"$ref": "#/components/schemas/B"},
                                                             "B": {"$ref": target}}}),
}
# Keys with an address that no reader follows, and references in values and in components that nothing uses: they may
# stay, or are left out, and are never opened.
ADDRESSES: dict[str, Callable[[str], dict[str, Any]]] = {
    "default": lambda target: document({"type": "integer", "default": {"$ref": target}}),
    "example": lambda target: document({"type": "object", "example": {"$ref": target}}),
    "enum": lambda target: document({"enum": [{"$ref": target}]}),
    "const": lambda target: document({"const": {"$ref": target}}, "3.1.0"),
    "examples": lambda target: document({"examples": [{"$ref": target}]}, "3.1.0"),
    "extension": lambda target: document({"type": "string", "x-a": [{"$ref": target}]}),
    "named $ref": lambda target: document({"properties": {"$ref": {"default": {"$ref": target}}}}),
    "dynamic": lambda target: document({"$dynamicRef": target}, "3.1.0"),
    "recursive": lambda target: document({"$recursiveRef": target}, "3.1.0"),
    "response": lambda target: document({}, components={"responses": {"r": {"$ref": target}}}),
    "path item": lambda target: document({}, components={"pathItems": {"p": {"$ref": target}}}),
    "link": lambda target: document({}, components={"links": {"l": {"$ref": target}}}),
    "header": lambda target: document({}, components={"headers": {"h": {"$ref": target}}}),
    "$schema": lambda target: document({"$schema": target, "type": "string"}, "3.1.0"),
    "$id": lambda target: document({"$id": target, "type": "string"}, "3.1.0"),
    "$anchor": lambda target: document({"$anchor": "a", "$vocabulary": {target: True}, "type": "string"}, "3.1.0"),
    "jsonSchemaDialect": lambda target: document({"type": "string"}, "3.1.0", jsonSchemaDialect=target),
    "discriminator": lambda target: document({"oneOf": [{"type": "object"}], "discriminator": {
        "propertyName": "a", "mapping": {"a": target}}}),
    "externalValue": lambda target: document({}, components={"examples": {"e": {"externalValue": target}}}),
    "operationRef": lambda target: document({}, components={"links": {"l": {"operationRef": target}}}),
    "externalDocs": lambda target: document({"externalDocs": {"url": target}}),
    "xml": lambda target: document({"type": "string", "xml": {"namespace": target}}),
    "server": lambda target: document({}, servers=[{"url": target}]),
}


def through_all_stages(value: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """Take a document through stages 2, 3, 5 and 6 and through verification's check; the refusals that were met."""
    refusals: list[str] = []
    text = json.dumps(value)
    steps: list[Callable[[], Any]] = [
        lambda: validate_document(value), lambda: read_document(text, "https://api.example"),
        lambda: keys_of({"Name": "N", "Documentation": text}), lambda: _bind(text, arguments),
        lambda: _serve(text), lambda: _answer(text)]
    for step in steps:
        try:
            step()
        except (ValueError, RecordError, ArgumentError, Refusal, Trouble) as refusal:
            refusals.append(str(refusal))
    return refusals


def _bind(text: str, arguments: dict[str, Any]) -> None:
    read = parse_document(text)
    ArgumentBinding(signature_of(read, operations(read)[0]), read).bind(arguments)


def _serve(text: str) -> None:
    Catalog([{"Name": "N", "Documentation": text}]).api("N").operations[0].ready()


def _answer(text: str) -> None:
    read = parse_document(text)
    schema = operations(read)[0].responses["200"]["content"]["application/json"]["schema"]
    made = Maker(standalone(read, schema, request=False))(Draw(random.Random(1)))
    SchemaCheck(standalone(read, schema, request=False)).is_valid(made)


@pytest.mark.parametrize("place", PLACES)
def test_a_reference_out_of_the_document_is_refused_wherever_it_is(place: str, targets: list[str]) -> None:
    _requests.clear()
    for target in targets:
        _watch.seen = []
        refusals = through_all_stages(PLACES[place](target), {"p": "x", "b": {"a": "x"}})
        seen, _watch.seen = _watch.seen, None
        assert not seen and not _requests
        assert len(refusals) >= 5 and all("\n" not in text and SECRET not in text for text in refusals), refusals
        assert all("does not point into the document" in text or "not served" in text for text in refusals), refusals


@pytest.mark.parametrize("place", ADDRESSES)
def test_an_address_in_a_document_is_not_opened(place: str, targets: list[str]) -> None:
    _requests.clear()
    for target in targets:
        _watch.seen = []
        refusals = through_all_stages(ADDRESSES[place](target), {"p": "x"})
        seen, _watch.seen = _watch.seen, None
        assert not seen and not _requests
        assert all(SECRET not in text for text in refusals)


def chain(keyword: str, levels: int, last: Any, *, width: int = 2, inside: bool = False) -> dict[str, Any]:
    """A short document whose schemas each choose between references to the next."""
    def step(index: int) -> Any:
        parts = [{"$ref": f"#/components/schemas/S{index + 1}"}] * width
        branches = parts if not inside else [{"type": "object", "properties": {"n": part}} for part in parts]
        return {keyword: branches if keyword in ("oneOf", "anyOf", "allOf") else branches[0]}

    schemas = {f"S{index}": step(index) for index in range(levels)} | {f"S{levels}": last}
    return document({"$ref": "#/components/schemas/S0"}, "3.1.0", components={"schemas": schemas})


def nested(levels: int, wrap: Callable[[Any], Any], value: Any) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


def fan(count: int) -> dict[str, Any]:
    """Schemas that all refer to all others under names of their own."""
    schemas = {f"S{index}": {"type": "object", "properties": {
        f"field_{other}": {"$ref": f"#/components/schemas/S{other}"} for other in range(count)}}
        for index in range(count)}
    return document({"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})


def hidden_fan(levels: int) -> dict[str, Any]:
    """Two references to the next schema in each, at places that a description writes out."""
    parts = {f"p{index}": {"properties": {side: {"$ref": f"#/components/schemas/X/properties/p{index + 1}"}
                                          for side in "lr"}} for index in range(levels)}
    parts[f"p{levels}"] = {"type": "string"}
    return document({"$ref": "#/components/schemas/X/properties/p0"},
                    components={"schemas": {"X": {"properties": parts}}})


def beside_each_other(count: int, levels: int, wrap: Callable[[Any], Any]) -> dict[str, Any]:
    """Many nested schemas next to each other, so that no single one is deep."""
    return document({"properties": {f"p{index}": nested(levels, wrap, {"type": "string"}) for index in range(count)}},
                    "3.1.0")


def at_each_level(levels: int, step: Callable[[dict[str, str]], Any]) -> dict[str, Any]:
    """Schemas each made by `step` from a reference to the next."""
    schemas = {f"S{index}": step({"$ref": f"#/components/schemas/S{index + 1}"}) for index in range(levels)}
    return document({"$ref": "#/components/schemas/S0"}, "3.1.0", components={"schemas": {**schemas, f"S{levels}": {}}})


RUNAWAY = ["^([a-zA-Z0-9_.-]+)+@example\\.com$", "^(a|a)*$", "^(a+)+$", "^(?=a)([a-z]+)+$", "(a*)*\\1b", "^(.*a){20}$",
           "^(?:(?!b).)*c(?=d)$", "(a{0,900}){0,900}", "((a{100}){100}){100}", "(?:a?){50}a{50}"]
HEAVY: dict[str, dict[str, Any]] = {
    **{f"40 levels of {keyword}": chain(keyword, 40, {"type": "integer"}) for keyword in ("oneOf", "anyOf", "allOf")},
    "25 levels of oneOf": chain("oneOf", 25, {"type": "string"}),
    "levels of three": chain("anyOf", 30, {"type": "string"}, width=3),
    "levels through properties": chain("oneOf", 40, {"type": "string"}, inside=True),
    "levels of not": chain("not", 150, {"type": "string"}),
    "itself in oneOf": document({"$ref": "#/components/schemas/A"}, components={"schemas": {"A": {"oneOf": [
        {"type": "object", "properties": {"n": {"$ref": "#/components/schemas/A"}}},
        {"type": "object", "properties": {"n": {"$ref": "#/components/schemas/A"}, "m": {}}}]}}}),
    "all of itself": document({"$ref": "#/components/schemas/A"}, components={"schemas": {
        "A": {"allOf": [{"$ref": "#/components/schemas/A"}] * 3}}}),
    "deep schemas": document(nested(150, lambda inner: {"type": "array", "items": inner}, {})),
    "deep default": document({"default": nested(900, lambda inner: [inner], 1)}),
    "long chain of references": document({"$ref": "#/components/schemas/S0"}, components={"schemas": {
        f"S{index}": {"properties": {"n": {"$ref": f"#/components/schemas/S{index + 1}"}}} for index in range(2_000)
    } | {"S2000": {}}}),
    "everything refers to everything": fan(60),
    "written out twice at each level": hidden_fan(40),
    "a pattern without end": document({"type": "string", "pattern": "a?" * 20_000}),
    "names by a pattern without end": document({"type": "object", "patternProperties": {"a?" * 20_000: {}}}, "3.1.0"),
    "bounds beyond any float": document({"type": "integer", "minimum": 10**4000, "maximum": 10**4001}),
    "steps beyond any float": document({"type": "integer", "multipleOf": 10**400}),
    "a hundred thousand choices": document({"enum": list(range(100_000))}),
    "a deep choice": document({"enum": [nested(150, lambda inner: {"a": inner}, 1)]}),
    "many not": beside_each_other(60, 20, lambda inner: {"not": inner}),
    "many if": beside_each_other(60, 20, lambda inner: {"if": inner}),
    "many unevaluated properties": beside_each_other(60, 20, lambda inner: {"unevaluatedProperties": inner}),
    "defaults within defaults": beside_each_other(100, 20, lambda inner: {"properties": {"n": inner}, "default": {}}),
    "defaults along a chain": document({"$ref": "#/components/schemas/S0"}, components={"schemas": {
        f"S{index}": {"properties": {"n": {"$ref": f"#/components/schemas/S{index + 1}"}}, "default": {}}
        for index in range(500)} | {"S500": {}}}),
    "a pattern of classes": document({"type": "string", "pattern": "\\w" * 2_400}),
    "a long pattern": document({"type": "string", "pattern": "[a-z]" * 80_000}),
    "costly patterns": document({"properties": {f"p{index}": {"pattern": f"^[\\p{{L}}\\p{{N}}]{{1,100}}{index}$"}
                                                for index in range(200)}}),
    "types that are wrong everywhere": document({"properties": {f"p{index}": {"type": 5} for index in range(500)}}),
    "the wrong type far inside": document(nested(60, lambda inner: {"properties": {"a": inner}}, {"type": 5})),
    "longer than any text": document({"type": "string", "minLength": 10**12}),
    "more items than fit": document({"type": "array", "minItems": 10**9, "items": {"type": "string"}}),
    "patterns that all fit a name": at_each_level(40, lambda schema: {
        "patternProperties": {"n": schema, "^n": schema, "n$": schema}}),
    "a property and a pattern": at_each_level(40, lambda schema: {
        "properties": {"n": schema}, "patternProperties": {".": schema}, "additionalProperties": schema}),
    "a property here and in its part": at_each_level(40, lambda schema: {
        "properties": {"n": schema}, "allOf": [{"properties": {"n": schema}}]}),
    "a part beside properties": at_each_level(40, lambda schema: {"properties": {"n": schema}, "allOf": [schema],
                                                                  "unevaluatedProperties": schema}),
    "an allOf and nothing else": at_each_level(40, lambda schema: {"allOf": [schema], "unevaluatedProperties": False}),
    "a reference and nothing else": at_each_level(40, lambda schema: {**schema, "unevaluatedProperties": False}),
    "a choice and no other items": at_each_level(40, lambda schema: {"anyOf": [schema], "unevaluatedItems": schema}),
    "the same for two levels, then many": document({"$ref": "#/components/schemas/A"}, "3.1.0", components={"schemas": {
        "A": {"type": "object", "properties": {"n": {"type": "object", "properties": {"n": {
            "type": "object", "patternProperties": {
                f"n{{0,{most}}}": {"$ref": "#/components/schemas/A"} for most in range(1, 9)}}}}}}}}),
    "choices that claim to be of names": at_each_level(40, lambda one: {"oneOf": [one, one], "x-by-name": True}),
    "a name without choices": document({"x-by-name": True, "anyOf": [], "allOf": [{"x-by-name": True}]}),
    "items that are contained": at_each_level(40, lambda schema: {"contains": schema, "items": schema,
                                                                  "prefixItems": [schema]}),
    "contained and unevaluated": at_each_level(40, lambda schema: {"contains": schema, "unevaluatedItems": False}),
    "steps below any float": document({"type": "number", "multipleOf": 1e-300, "minimum": 1e300}),
    **{f"string of {pattern}": document({"type": "string", "pattern": pattern}) for pattern in RUNAWAY},
    **{f"pattern {pattern}": document({"type": "string", "pattern": pattern, "default": "a" * 60 + "!"})
       for pattern in RUNAWAY},
}


@pytest.mark.parametrize("name", HEAVY)
def test_what_grows_without_bound_is_refused_or_done_soon(name: str) -> None:
    deep = nested(25, lambda inner: {"n": inner}, 1)
    with at_most(MOST_WORK):
        refusals = through_all_stages(HEAVY[name], {"p": "a" * 40 + "!", "b": deep})
    assert all("\n" not in text and len(text) < 5_000 for text in refusals)


@pytest.mark.parametrize("text", [
    "a: 1\n" + "\t" * 50_000 + "# b\n", "\t" * 50_000 + "\n" + " \t" * 50_000 + "\nb: 1\n",
    "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)}, ' * 9}]\n" for n in range(9)),
    "base: &b {a: 1}\nother:\n  <<: *b\n", "a: &a\n  b: *a\n", "<<: {a: 1}\n",
    "x: [" * 5_000, "a: !!python/object/apply:os.system [id]\n", "? {a: b}\n: c\n", "a: .inf\nb: 1e999\n", "a: \x00\n",
    "- " * 3_000, "{" * 3_000, "a: |\n" + " x\n" * 3_000, "k" * 100_000 + ": 1\n", "a: &a 1\nb: *c\n",
    "%YAML 9.9\n---\na: 1\n", "a: 'open\n", "--- \n...\n" * 50, "a:\n\t- b\n", "a: *\n", "a: &\n",
])
def test_a_yaml_answer_is_read_or_refused_soon(text: str) -> None:
    with at_most(MOST_WORK), pytest.raises(ValueError):
        read_document(f"openapi: 3.0.3\ninfo: {{title: T, version: 1}}\npaths: {{}}\n{text}", "https://api.example")


def test_the_watch_sees_what_is_opened(tmp_path: Path) -> None:
    place = tmp_path / "outside.txt"
    place.write_text("x")
    _watch.seen = []
    place.read_text()
    seen, _watch.seen = _watch.seen, None
    assert seen and "outside" in seen[0]
