"""Structured output is asked for only where the roles file says so, and its answers read like plain ones."""

import json

from chat_server import serve_chat
from stage_command import run_stage

INSTRUCTIONS = [f"Find lantern number {number} in Kyoto." for number in range(1, 11)]


def test_instructions_through_a_schema(tmp_path):
    (tmp_path / "api.json").write_text(json.dumps([{"Name": "Lantern", "NLDocumentation": "find: Find."}]))
    (tmp_path / "roles.yaml").write_text("writer: {structured_output: true}")
    with serve_chat(lambda request: json.dumps({"instructions": INSTRUCTIONS})) as server:
        result = run_stage("instance_generation/instruction.py", "-api", tmp_path / "api.json", "-out", tmp_path,
                           "--roles", tmp_path / "roles.yaml", url=server.url)
        assert result.returncode == 0, result.stderr
        assert server.requests[0]["response_format"]["json_schema"]["name"] == "instructions"
    assert json.loads((tmp_path / "api_data.json").read_text())[0]["Instructions"] == INSTRUCTIONS


def test_json_of_another_form_is_asked_for_again(tmp_path):
    (tmp_path / "api.json").write_text(json.dumps([{"Name": "Lantern", "NLDocumentation": "find: Find."}]))

    def reply(request):
        good = len(request["messages"]) == 3
        return json.dumps({"instructions": INSTRUCTIONS} if good else {"tasks": INSTRUCTIONS})

    with serve_chat(reply) as server:
        result = run_stage("instance_generation/instruction.py", "-api", tmp_path / "api.json", "-out", tmp_path,
                           url=server.url)
        assert result.returncode == 0, result.stderr
        assert "response_format" not in server.requests[0]
        assert "'instructions' is a required property" in server.requests[1]["messages"][-1]["content"]
