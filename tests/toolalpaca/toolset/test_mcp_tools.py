"""`import_mcp.py` and `generation.py --mcp_server`: a server's tools as a record, and as what conversations call."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_server import serve_chat
from stage_command import assert_usage_error, run_stage

from toolalpaca.openapi.validation import validate_document

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
    path.write_text(json.dumps([{"Name": "Other"}, {"Name": "Harbour", "Description": "old"}]))
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


@pytest.mark.parametrize("server", ["http://127.0.0.1:9/mcp", "no-such-command-here", "'"])
def test_a_server_that_is_not_there_is_one_line(server: str, tmp_path: Path) -> None:
    done = run_stage("tool_maker/import_mcp.py", "-api", tmp_path / "apis.json", "--server", server)
    assert_usage_error(done, "--server")
    assert not (tmp_path / "apis.json").exists()
