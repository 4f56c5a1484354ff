"""`import_mcp.py` and `generation.py --mcp_server`: a server's tools as a record, and as what conversations call."""

import asyncio
import base64
import json
import shlex
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chat_server import serve_chat
from raw_server import raw_server
from stage_command import assert_usage_error, run_stage

from toolalpaca.core.errors import UsageError
from toolalpaca.openapi.validation import validate_document
from toolalpaca.toolset.mcp_tools import import_tools, server_record

pytest.importorskip("mcp")
SERVER = '''
import base64, sys
from typing import Literal
from mcp.server import MCPServer
from mcp.server.mcpserver import Image
from pydantic import BaseModel

class Point(BaseModel):
    """A place."""
    lat: float
    lon: float

print("the harbour is open", file=sys.stderr)
server = MCPServer("Harbour", instructions="Tides and ships.")
seen = []

@server.tool()
def tide(place: Point, unit: Literal["m", "ft"] = "m") -> dict:
    """The tide at a place."""
    seen.append(unit)
    return {"height": 2.5, "unit": unit, "calls": len(seen)}

@server.tool()
def sink(ship: str) -> str:
    """Sink a ship."""
    raise ValueError(f"{ship} cannot be sunk")

@server.tool()
def chart() -> Image:
    """A chart."""
    return Image(data=b"\\\\x89PNG123", format="png")

server.run(*sys.argv[1:2])
'''


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("server") / "server.py"
    path.write_text(SERVER)
    return f"{sys.executable} {path}"


@pytest.fixture(scope="module")
def record(command: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("mine") / "api_data.json"
    path.write_text(json.dumps([{"Name": "Other"}, {"Name": "Harbour", "Category": "MCP", "Description": "old"}]))
    done = run_stage("tool_maker/import_mcp.py", "-api", path, "--server", command)
    assert done.returncode == 0, done.stderr
    assert "Harbour: 3 tools" in done.stderr
    records = json.loads(path.read_text())
    assert [one["Name"] for one in records] == ["Other", "Harbour"]
    return records[1]


def test_the_record_is_valid_openapi_with_one_post_a_tool(record: dict[str, Any]) -> None:
    document = json.loads(record["Documentation"])
    validate_document(document)
    assert record["Introduction"] == "Tides and ships."
    assert set(document["paths"]) == {"/tide", "/sink", "/chart"}
    schema = document["paths"]["/tide"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["place"] == {"$ref": "#/components/schemas/tide_Point"}
    assert document["components"]["schemas"]["tide_Point"]["required"] == ["lat", "lon"]


def test_conversations_call_the_server_itself(record: dict[str, Any], command: str, tmp_path: Path) -> None:
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps([{**record, "Instructions": ["How high is the tide?"]}]))
    done = run_stage("tool_maker/natural_language_documentation.py", "-api", path)
    assert done.returncode == 0, done.stderr
    calls = [("tide", {"place": {"lat": 1.5, "lon": 2}, "unit": "ft"}), ("tide", {"place": {"lat": 1, "lon": 2}}),
             ("sink", {"ship": "Rose"}), ("chart", {})]

    def assistant(request: dict[str, Any]) -> str:
        step = request["messages"][0]["content"].rsplit("\nQuestion: ", 1)[1].count("\nObservation: ")
        if step == len(calls):
            return " Done.\nFinal Answer: 2.5"
        name, arguments = calls[step]
        return f" I call.\nAction: {name}\nAction Input: {json.dumps(arguments)}\n"

    with serve_chat(assistant) as chat:
        run = ("instance_generation/generation.py", "-api", path, "-out", tmp_path / "out", "--without_getDetails",
               "--mcp_server", command)
        assert_usage_error(run_stage(*run, url=chat.url), "--mcp_server", "--real")
        done = run_stage(*run, "--real", url=chat.url)
    assert done.returncode == 0, done.stderr
    (instance,) = json.loads((tmp_path / "out" / "api_data_0_1.json").read_text())[0]["Instances"]
    seen = [step[1] for step in instance["intermediate_steps"]]
    assert '"unit": "ft"' in seen[0] and '"calls": 2' in seen[1], "one connection for the whole conversation"
    assert seen[2].startswith("Status Code: 400.") and "sink" in seen[2]
    assert "image/png" in seen[3]
    assert "the harbour is open" not in done.stderr, "what a server writes is not the run's own"


@pytest.mark.parametrize("server", ["http://127.0.0.1:9/mcp", "no-such-command-here", "'"])
def test_a_server_that_is_not_there_is_one_line(server: str, tmp_path: Path) -> None:
    done = run_stage("tool_maker/import_mcp.py", "-api", tmp_path / "apis.json", "--server", server)
    assert_usage_error(done, "--server")
    assert not (tmp_path / "apis.json").exists()


def test_the_last_line_of_a_command_that_fails_is_told_without_its_key(tmp_path: Path) -> None:
    program = "import sys; print('starting', file=sys.stderr); sys.exit('unknown option ' + sys.argv[1])"
    done = run_stage("tool_maker/import_mcp.py", "-api", tmp_path / "apis.json",
                     "--server", shlex.join([sys.executable, "-c", program, "--key=k3yOf9Harbour7x42"]))
    assert_usage_error(done, "it wrote: unknown option")
    assert "k3yOf9" not in done.stderr and "starting" not in done.stderr


class Tool:
    """A tool as the SDK hands it over."""

    def __init__(self, name: str, schema: Any, gives: Any = None) -> None:
        self.name, self.input_schema, self.output_schema = name, schema, gives
        self.description = self.title = None


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(("name", "tool"), [
    ("", Tool("t", {})), (" \n", Tool("t", {})), ("\ud800", Tool("t", {})), ("A", Tool("\ud800", {})),
    ("A", Tool("t", {"$ref": "file:///etc/passwd"})), ("A", Tool("t", {}, {"$defs": {"a": {"$ref": "http://h/"}}})),
    ("A", Tool("t", {"properties": {"a": {"default": float("nan")}}})), ("A", Tool("t", nested(120))),
    ("A", Tool("t", nested(2000)))])
def test_tools_that_no_stage_could_read_are_refused_in_one_line_and_leave_the_file(tmp_path, monkeypatch, name, tool):
    async def asked(target: Any) -> Any:
        return SimpleNamespace(name=name, version="1"), None, [tool]

    monkeypatch.setattr("toolalpaca.toolset.mcp_tools._asked", asked)
    path = tmp_path / "api_data.json"
    path.write_text('[{"Name": "Other"}]')
    with pytest.raises(UsageError, match="http://127.0.0.1:9/mcp: ") as error:
        import_tools(path, "http://u:passw0rd@127.0.0.1:9/mcp?key=passw0rd", None)
    assert "\n" not in str(error.value) and "passw0rd" not in str(error.value)
    assert path.read_text() == '[{"Name": "Other"}]'


@pytest.mark.parametrize("record", [{}, {"Category": "Weather"}, {"Category": "MCP", "Instructions": ["Hi."]},
                                    {"Instances": [{"input": "Hi."}]}])
def test_a_server_replaces_no_record_by_what_it_calls_itself(tmp_path, monkeypatch, record):
    async def asked(*_: Any) -> Any:
        return SimpleNamespace(name="Harbour", version="1"), None, [Tool("t", {})]

    monkeypatch.setattr("toolalpaca.toolset.mcp_tools._asked", asked)
    path = tmp_path / "apis.json"
    path.write_text(json.dumps([{"Name": "Harbour", **record}]))
    with pytest.raises(UsageError, match="give --name"):
        import_tools(path, "http://127.0.0.1:9/mcp", None)
    assert json.loads(path.read_text()) == [{"Name": "Harbour", **record}]
    import_tools(path, "http://127.0.0.1:9/mcp", "Harbour")
    assert [one["Description"] for one in json.loads(path.read_text())] == ["The tools of Harbour."]


def test_a_server_that_gives_no_list_of_tools_is_told_with_the_time(tmp_path, monkeypatch):
    async def asked(*_: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr("toolalpaca.toolset.mcp_tools._asked", asked)
    monkeypatch.setattr("toolalpaca.toolset.mcp_tools.CONNECT_SECONDS", 0.1)
    with pytest.raises(UsageError, match=r"no answer that can be read within 0\.1 s"):
        import_tools(tmp_path / "apis.json", "http://127.0.0.1:9/mcp", None)


@pytest.mark.parametrize("server", ["http://127.0.0.1:9/mcp?key={}", "http://u:{}@127.0.0.1:9/mcp", "serve --key={}"])
@pytest.mark.parametrize("echo", [str, str.upper, lambda key: key.encode().hex(),
                                  lambda key: base64.b64encode(key.encode()).decode()])
def test_what_a_server_tells_of_its_key_is_not_in_the_record(tmp_path, monkeypatch, capsys, server, echo):
    key = "k3yOf9Harbour7x42Qz8"
    told = echo(key)
    tool = Tool(f"tide {told}", {"properties": {f"p{told}": {"description": told, "default": [told]}}})

    async def asked(*_: Any) -> Any:
        return SimpleNamespace(name=f"Harbour {told}", version=told), f"Use {told}.", [tool]

    monkeypatch.setattr("toolalpaca.toolset.mcp_tools._asked", asked)
    import_tools(tmp_path / "apis.json", server.format(key), None)
    assert "tide" in (tmp_path / "apis.json").read_text()
    assert told not in (tmp_path / "apis.json").read_text() + capsys.readouterr().err


@pytest.mark.parametrize("schema", [{"$defs": [1]}, {"$defs": 5}, {"definitions": "x"}, {"$defs": {"a": 5}}])
def test_definitions_of_another_type_are_left_out(schema):
    assert server_record("A", "1", None, [Tool("t", schema, schema)])["Documentation"]


@pytest.mark.parametrize("answer", [b"<html>", b"{oops", b"\x1b[2Jx", b""])
def test_a_server_that_is_none_is_one_line_and_shows_no_secret(tmp_path, monkeypatch, answer):
    """The URL comes from the environment, so that the list of processes does not show its key."""
    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                               % len(answer) + answer)

    with raw_server(serve) as url:
        result = run_stage("tool_maker/import_mcp.py", "-api", tmp_path / "x.json", "--server", "env:MCP_SERVER",
                           MCP_SERVER=f"{url}/mcp?key=Passw0rd-1234567890")
    assert_usage_error(result, f"--server {url}/mcp: the MCP server cannot be asked")
    assert "Passw0rd" not in result.stderr
