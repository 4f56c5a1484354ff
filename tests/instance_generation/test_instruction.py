"""Stage 4 from its command line."""

import json

import pytest
from chat_server import serve_chat
from stage_command import run_stage

TEN = "\n".join(f"{number}. \"Find lantern number {number} in Kyoto.\"" for number in range(1, 11))


@pytest.fixture
def api_file(tmp_path):
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps([
        {"Name": name, "NLDocumentation": "find: Find lanterns.\nParameters: {}", "Introduction": "Lanterns."}
        for name in ("Lantern", "Kerze")]))
    return path


def instructions(api_file, url, *flags):
    result = run_stage("instance_generation/instruction.py", "-api", api_file, "-out", api_file.parent, *flags, url=url)
    return result, json.loads(api_file.read_text())


def test_ten_cleaned_instructions_each(api_file):
    with serve_chat(lambda request: TEN) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0, result.stderr
    assert records[0]["Instructions"] == [f"Find lantern number {number} in Kyoto." for number in range(1, 11)]


def test_too_few_are_asked_for_again_and_those_given_are_kept(api_file):
    half = "\n".join(TEN.splitlines()[:6])
    with serve_chat(lambda request: half if len(request["messages"]) == 1 else TEN) as server:
        _, records = instructions(api_file, server.url)
        assert len(records[0]["Instructions"]) == 10
        assert "6 different instructions" in next(
            request["messages"][-1]["content"] for request in server.requests if len(request["messages"]) == 3)


def test_a_refusal_never_becomes_an_instruction(api_file):
    def reply(request):
        return "I cannot help with that." if "Name: Kerze" in request["messages"][0]["content"] else TEN

    with serve_chat(reply) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0
    assert records[1]["Instructions"] == []
    assert "too_few_instructions" in records[1]["Errors"]["instruction"]


def test_later_keys_go_only_when_the_instructions_change(api_file):
    with serve_chat(lambda request: TEN) as server:
        _, records = instructions(api_file, server.url)
        api_file.write_text(json.dumps([{**record, "Instances": [{"input": "x"}]} for record in records]))
        _, records = instructions(api_file, server.url)
        assert records[0]["Instances"] == [{"input": "x"}]
    with serve_chat(lambda request: TEN.replace("Kyoto", "Nara")) as server:
        _, records = instructions(api_file, server.url, "--overwrite")
        assert "Instances" not in records[0]


def test_a_record_without_functions_costs_itself_only(api_file):
    records = json.loads(api_file.read_text())
    del records[0]["NLDocumentation"]
    api_file.write_text(json.dumps(records))
    with serve_chat(lambda request: TEN) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0
    assert "no_documentation" in records[0]["Errors"]["instruction"]
    assert len(records[1]["Instructions"]) == 10
