"""`--real` against a local server that plays the real API: credentials, redirects, addresses, failures, the store."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import DOCUMENT, RECORD
from api_server import Answer, Request, serve_api

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.http_client import PrivateAddress, check_address, keeps_credentials, parse_target
from toolalpaca.agent.environments.live import HostRateLimit, LiveEnvironment, LiveNetwork
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.functions import describe_functions
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.llm.store import CallStore

KEY = "s3cret/key+1"
WITH_KEY = {"name": "access_key", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 50}}


def record_at(url: str, *, parameter: dict = WITH_KEY, **more: Any) -> dict:
    document = json.loads(json.dumps(DOCUMENT))
    document["servers"] = [{"url": f"{url}/{{version}}#documentation", "variables": {"version": {"default": "v2"}}}]
    document["paths"]["/weather/{city}"]["get"]["parameters"].append(parameter)
    description = {**RECORD["Function_Description"],
                   "getWeather": 'Weather.\nParameters: {"city": "Required.", "access_key": "Required."}\nOutput: OK.'}
    return {**RECORD, "Documentation": json.dumps(document), "Function_Description": description,
            "Authentication": {"access_key": KEY}, **more}


def live(folder: Path, **settings: Any) -> LiveEnvironment:
    network = LiveNetwork(**{"allow_private": True, "per_second": 1000.0, **settings})
    return LiveEnvironment(network, CallStore(folder), "generation")


def call(real: LiveEnvironment, record: dict, name: str = "getWeather", **arguments: Any) -> tuple[str, list[str]]:
    api = Api(record)
    with real.conversation(api, "A [0]", {}) as (transport, credentials):
        return Tools(api, transport, str, credentials=credentials).call(name, arguments or {"city": "Paris"})


def test_the_credential_is_filled_in_and_never_seen(tmp_path: Path) -> None:
    def echo(request: Request) -> dict:
        return {"you_sent": request.path, "key": KEY}

    with serve_api(echo) as server:
        record = record_at(server.url)
        seen, notes = call(live(tmp_path), record, city="Paris", access_key="made up")
        (request,) = server.requests
    assert request.path == "/v2/weather/Paris?access_key=s3cret%2Fkey%2B1"
    assert seen == ('Status Code: 200. Response: {"you_sent": "/v2/weather/Paris?access_key=***", "key": "***"}')
    assert "access_key" not in describe_functions(record)
    assert all(b"s3cret" not in path.read_bytes() for path in tmp_path.iterdir())
    assert notes == []


def test_a_credential_that_breaks_the_schema_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    record = record_at("http://127.0.0.1:9", parameter={**WITH_KEY, "schema": {"type": "string", "maxLength": 3}})
    seen, _ = call(live(tmp_path), record)
    assert "access_key" in seen and KEY not in seen


def test_security_schemes_and_the_authorization_header(tmp_path: Path) -> None:
    with serve_api(lambda request: {"ok": request.headers.get("Authorization", "")}) as server:
        record = record_at(server.url, parameter={"name": "x", "in": "query", "schema": {}},
                           Authentication={"Authorization": "Bearer tok3n", "X-Key": "hidden-1"})
        document = json.loads(record["Documentation"])
        document["components"] = {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
        seen, _ = call(live(tmp_path), {**record, "Documentation": json.dumps(document)})
        assert server.requests[0].headers["Authorization"] == "Bearer tok3n"
        assert server.requests[0].headers["X-Key"] == "hidden-1"
    assert seen.endswith('{"ok": "***"}')


def test_credentials_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_api(lambda request: {}) as server:
        record = record_at(server.url, Authentication={"access_key": "env:LANTERN_KEY"})
        monkeypatch.delenv("LANTERN_KEY", raising=False)
        with pytest.raises(UsageError, match="LANTERN_KEY"):
            call(live(tmp_path), record)
        monkeypatch.setenv("LANTERN_KEY", "from-env")
        call(live(tmp_path), record)
        assert server.requests[0].path.endswith("access_key=from-env")


def test_a_redirect_to_another_host_carries_no_credentials(tmp_path: Path) -> None:
    with serve_api(lambda request: {"there": 1}) as other:
        def away(request: Request) -> Answer:
            return Answer(status=302, headers={"Location": f"{other.url}/elsewhere?{request.path.partition('?')[2]}"})

        with serve_api(away) as server:
            record = record_at(server.url, Authentication={"access_key": KEY, "Authorization": "Bearer tok3n"})
            seen, _ = call(live(tmp_path), record)
    assert seen == 'Status Code: 200. Response: {"there": 1}'
    assert other.requests[0].path == "/elsewhere?access_key=***"
    assert "Authorization" not in other.requests[0].headers


def test_a_redirected_body_carries_no_credentials(tmp_path: Path) -> None:
    with serve_api(lambda request: {}) as other, serve_api(
            lambda request: Answer(status=307, headers={"Location": f"{other.url}/elsewhere"})) as server:
        record = record_at(server.url, Authentication={"above": KEY})
        document = json.loads(record["Documentation"])
        body = document["paths"]["/alerts"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        body["properties"]["above"] = {"type": "string"}
        call(live(tmp_path), {**record, "Documentation": json.dumps(document)}, "setAlert", city="Paris")
    assert json.loads(server.requests[0].body) == {"city": "Paris", "above": KEY}
    assert json.loads(other.requests[0].body) == {"city": "Paris", "above": "***"}


@pytest.mark.parametrize(("url", "target", "stays"), [
    ("http://a.example/x", "https://a.example/y", True), ("https://a.example/x", "https://a.example:443/y", True),
    ("https://a.example/x", "http://a.example/y", False), ("http://a.example/x", "https://b.example/x", False),
    ("http://a.example:8080/x", "https://a.example/x", False), ("http://a.example/x", "http://a.example:81/x", False)])
def test_where_credentials_may_follow_a_redirect(url: str, target: str, stays: bool) -> None:
    assert keeps_credentials(parse_target(url), parse_target(target)) is stays


def test_a_redirect_on_the_same_host_keeps_them_and_circles_end(tmp_path: Path) -> None:
    def once(request: Request) -> Any:
        return {"ok": 1} if "/there" in request.path else Answer(status=307, headers={"Location": "/there"})

    with serve_api(once) as server:
        call(live(tmp_path), record_at(server.url, Authentication={"Authorization": "Bearer tok3n"},
                                       parameter={"name": "x", "in": "query", "schema": {}}))
        assert server.requests[1].headers["Authorization"] == "Bearer tok3n"
    with serve_api(lambda request: Answer(status=302, headers={"Location": request.path})) as server:
        with pytest.raises(RecordError, match="redirects"):
            call(live(tmp_path), record_at(server.url), city="Circle")
        assert len(server.requests) == 6


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_private_addresses_are_refused(tmp_path: Path, host: str) -> None:
    with serve_api(lambda request: {}) as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(RecordError) as error:
            call(live(tmp_path, allow_private=False, timeout=1.0), record_at(f"http://{host}:{port}"))
        assert error.value.kind == "private_address"
        assert server.requests == []


def is_refused(address: str) -> bool:
    try:
        check_address(address)
    except PrivateAddress:
        return True
    return False


@pytest.mark.parametrize("address", ["::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
                                     "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "fec0::1",
                                     "fe80::1%lo"])
def test_private_addresses_in_ipv6_forms_are_refused(address: str) -> None:
    assert is_refused(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::",
                                     "::ffff:1.1.1.1"])
def test_public_addresses_are_not(address: str) -> None:
    assert not is_refused(address)


def test_a_name_that_leads_to_this_machine_says_why_it_is_refused(tmp_path: Path) -> None:
    with serve_api(lambda request: {}) as server, pytest.raises(RecordError, match="--allow_private"):
        call(live(tmp_path, allow_private=False), record_at(server.url))


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(tmp_path: Path, monkeypatch) -> None:
    looks = []

    def rebinding(host: str, port: int, **_: Any) -> list:
        looks.append(host)
        address = "192.0.2.1" if len(looks) > 1 else "1.1.1.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    connected = []

    def connect(address: tuple, *_: Any, **__: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(RecordError, match="refused"):
        call(live(tmp_path, allow_private=False), record_at("http://rebinding.example"))
    assert (looks, connected) == (["rebinding.example"], [("1.1.1.1", 80)])


def test_an_answer_is_stored_and_its_request_never_sent_again(tmp_path: Path) -> None:
    count = iter(range(100))
    with serve_api(lambda request: {"number": next(count)}) as server:
        record = record_at(server.url)
        first = call(live(tmp_path), record)
        assert call(live(tmp_path), record) == first
        assert len(server.requests) == 1
        api, real = Api(record), live(tmp_path)
        with real.conversation(api, "A [0]", {}) as (transport, credentials):
            tools = Tools(api, transport, str, credentials=credentials)
            again = [tools.call("getWeather", {"city": "Paris"})[0] for _ in range(2)]
        assert again[0] == first[0] and again[1].endswith('{"number": 1}')  # the same call twice is two requests


def test_infrastructure_failures_are_marked(tmp_path: Path) -> None:
    with serve_api(lambda request: Answer("gone", status=503)) as server:
        seen, notes = call(live(tmp_path), record_at(server.url))
        assert (seen, notes) == ("Status Code: 503. Response: gone", ["infrastructure: status 503"])

    def slow(request: Request) -> dict:
        time.sleep(0.5)
        return {}

    with serve_api(slow) as server:
        seen, notes = call(live(tmp_path, timeout=0.1), record_at(server.url), city="Slow")
        assert seen.startswith("No answer: timeout.") and notes == ["infrastructure: timeout"]
    with pytest.raises(RecordError, match="refused") as error:
        call(live(tmp_path), record_at("http://127.0.0.1:9"), city="Nobody")
    assert error.value.kind == "api_unreachable"


def test_a_rate_limit_is_waited_for(tmp_path: Path) -> None:
    answers = [Answer(status=429, headers={"Retry-After": "0"}), Answer({"ok": 1})]
    with serve_api(lambda request: answers.pop(0)) as server:
        assert call(live(tmp_path), record_at(server.url))[0] == 'Status Code: 200. Response: {"ok": 1}'


def test_requests_to_one_host_keep_their_distance() -> None:
    pace = HostRateLimit(per_second=50.0)
    began = time.monotonic()
    for _ in range(6):
        pace.wait("a")
    assert time.monotonic() - began >= 0.1  # five gaps of 20 ms
    slow = HostRateLimit(per_second=0.001)
    slow.wait("a")
    slow.wait("b")  # another host has its own pace, or this would take a quarter of an hour


def test_a_document_without_a_server_costs_its_instances(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no server"):
        call(live(tmp_path), {**RECORD, "Link": ""})


def test_the_servers_of_a_path_item_by_reference_are_its_own(tmp_path: Path) -> None:
    with serve_api(lambda request: {}) as server, serve_api(lambda request: {}) as other:
        record = record_at(server.url)
        document = json.loads(record["Documentation"])
        item = document["paths"]["/weather/{city}"]
        document["components"] = {"pathItems": {"Weather": {**item, "servers": [{"url": other.url}]}}}
        document["paths"]["/weather/{city}"] = {"$ref": "#/components/pathItems/Weather"}
        call(live(tmp_path), {**record, "Documentation": json.dumps(document)})
        assert (len(server.requests), len(other.requests)) == (0, 1)


def test_an_operation_that_needs_no_security_is_sent_no_key(tmp_path: Path) -> None:
    with serve_api(lambda request: {}) as server:
        for security in ([{"key": []}], []):
            record = record_at(server.url, parameter={"name": "days", "in": "query", "schema": {"type": "integer"}})
            document = json.loads(record["Documentation"])
            key = {"type": "apiKey", "in": "query", "name": "access_key"}
            document["components"] = {"securitySchemes": {"key": key}}
            document["paths"]["/weather/{city}"]["get"]["security"] = security
            call(live(tmp_path), {**record, "Documentation": json.dumps(document)})
        assert ["access_key" in request.path for request in server.requests] == [True, False]


@pytest.mark.parametrize("method", ["query", "COPY"])
def test_other_methods_reach_the_server(tmp_path: Path, method: str) -> None:
    with serve_api(lambda request: {"method": request.method}) as server:
        record = record_at(server.url)
        document = json.loads(record["Documentation"])
        operation = document["paths"]["/weather/{city}"].pop("get")
        item = {"query": operation} if method == "query" else {"additionalOperations": {method: operation}}
        document["paths"]["/weather/{city}"] |= item
        record["Function_Projection"] = {"getWeather": ["/weather/{city}", method]}
        seen, _ = call(live(tmp_path), {**record, "Documentation": json.dumps({**document, "openapi": "3.2.0"})})
    assert method.upper() in seen
