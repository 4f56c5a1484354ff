"""`simulator.py --mcp`, with the official client: tools listed and called, errors, sessions, many clients at once."""

import asyncio
import json
import sys
from typing import Any

import pytest
import requests
from servers import running
from stage_command import assert_usage_error, run_stage

from tests.toolalpaca.simulator.conftest import DOCUMENT

pytest.importorskip("mcp")
SCRIPT = "instance_generation/simulator.py"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "apis.json").write_text(json.dumps([
        {"Name": name, "Documentation": json.dumps(DOCUMENT)} for name in ("Pets", "Cats / Dogs?")]))
    with running(folder, SCRIPT, "-api", folder / "apis.json", "--mode", "schema", "--mcp") as url:
        yield url


def talk(url: str, *calls: tuple[str, dict], mode: str = "auto") -> tuple[list[Any], list[Any]]:
    """The tools, and the results of calls one after the other."""
    from mcp import Client

    async def run() -> tuple[list[Any], list[Any]]:
        async with Client(url, mode=mode) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(run())


def names(result: Any) -> list[str]:
    return [pet["name"] for pet in json.loads(result.content[0].text)]


def test_operations_are_tools_with_their_schemas(url) -> None:
    tools, (weather,) = talk(f"{url}/__mcp__/Pets", ("getWeather", {"city": "Rome"}))
    found = {tool.name: tool for tool in tools}
    assert set(found) == {"listPets", "createPet", "getPet", "updatePet", "deletePet", "getWeather"}
    assert found["getWeather"].input_schema["required"] == ["city"]
    assert json.loads(weather.content[0].text)["city"] == weather.structured_content["city"] == "Rome"
    assert not weather.is_error
    for path in ("Cats%20%2F%20Dogs%3F", "Pets/", "Pets/mcp"):
        assert talk(f"{url}/__mcp__/{path}", ("getWeather", {"city": "Oslo"}))[1][0].is_error is False


def test_errors_are_results_that_a_model_can_read(url) -> None:
    _, results = talk(f"{url}/__mcp__/Pets?session=errors", ("getWeather", {}), ("getWeather", {"town": "x"}),
                      ("noSuchTool", {}), ("deletePet", {"petId": 7}), ("getPet", {"petId": 7}))
    assert [result.is_error for result in results] == [True, True, True, False, True]
    assert "city" in results[0].content[0].text and "noSuchTool" in results[2].content[0].text
    assert results[4].content[0].text.startswith("Status Code: 404")


def test_a_session_of_the_url_keeps_what_was_done_and_no_other_sees_it(url) -> None:
    create, look = ("createPet", {"name": "Tom"}), ("listPets", {})
    _, (_, listed) = talk(f"{url}/__mcp__/Pets?session=one", create, look)
    assert "Tom" in names(listed)
    assert "Tom" in names(talk(f"{url}/__mcp__/Pets?session=one", look)[1][0]), "another connection, the same session"
    assert "Tom" not in names(talk(f"{url}/__mcp__/Pets?session=two", look)[1][0])


def test_an_older_clients_session_is_the_simulators(url) -> None:
    _, (_, listed) = talk(f"{url}/__mcp__/Pets", ("createPet", {"name": "Mia"}), ("listPets", {}), mode="legacy")
    assert "Mia" in names(listed)
    assert "Mia" not in names(talk(f"{url}/__mcp__/Pets", ("listPets", {}), mode="legacy")[1][0])


def test_64_clients_at_once_stay_apart(url) -> None:
    from mcp import Client

    async def one(number: int) -> list[str]:
        async with Client(f"{url}/__mcp__/Pets?session=many-{number}") as client:
            await client.call_tool("createPet", {"name": f"pet {number}"})
            found = names(await client.call_tool("listPets", {}))
            return [name for name in found if name.startswith("pet ")]

    async def all_of_them() -> list[list[str]]:
        return await asyncio.gather(*(one(number) for number in range(64)))

    assert asyncio.run(all_of_them()) == [[f"pet {number}"] for number in range(64)]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_other_sites_are_refused_here_too(url, headers) -> None:
    answer = requests.post(f"{url}/__mcp__/Pets", json={}, headers=headers, timeout=10)
    assert answer.status_code == 403


def test_there_is_no_stream_that_would_hold_a_connection_for_ever(url) -> None:
    begin = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}}
    headers = {"Accept": "application/json, text/event-stream"}
    answer = requests.post(f"{url}/__mcp__/Pets", json=begin, headers=headers, timeout=10)
    headers["mcp-session-id"] = answer.headers["mcp-session-id"]
    assert requests.get(f"{url}/__mcp__/Pets", headers=headers, timeout=10).status_code == 405


def test_an_api_that_is_not_served_is_a_404_and_the_rest_of_the_simulator_answers(url) -> None:
    assert requests.post(f"{url}/__mcp__/None", json={}, timeout=10).status_code == 404
    assert requests.get(f"{url}/Pets/weather?city=Rome", timeout=10).status_code == 200


def test_without_the_package_the_requirements_file_is_named(tmp_path) -> None:
    (tmp_path / "apis.json").write_text(json.dumps([{"Name": "Pets", "Documentation": json.dumps(DOCUMENT)}]))
    (tmp_path / "mcp.py").write_text("raise ImportError")
    done = run_stage(SCRIPT, "-api", tmp_path / "apis.json", "--mode", "schema", "--port", "0", "--mcp",
                     PYTHONPATH=str(tmp_path))
    assert_usage_error(done, "requirements-mcp.txt")
    assert sys.modules["mcp"]
