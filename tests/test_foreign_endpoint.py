"""Stages 2, 3, 4, 6 and 9 with an endpoint that mixes the habits of foreign model servers: reasoning before answers,
code fences, special tokens, refused parameters, odd finish reasons, tool calls without ids or with invalid arguments.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from api_server import serve_api
from chat_server import Reply, serve_chat
from stage_command import run_stage

INTRODUCTION = "The Lantern API tells in which shops of a city paper lanterns are sold and how bright they are."
FUNCTIONS = "1. Name: findLanterns\nDescription: Find lanterns.\nInput: {'city': 'Required.'}\nOutput: Lanterns."
DOCUMENT = {
    "openapi": "3.0.0", "info": {"title": "Lantern", "version": "1"},
    "paths": {"/lanterns": {"get": {"operationId": "findLanterns", "parameters": [
        {"name": "city", "in": "query", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "The lanterns."}}}}}}
INSTRUCTIONS = "1. Which lanterns are sold in Kyoto?\n2. Please find me a paper lantern from a shop in Lisbon."
VERDICT = "The call fits.\n\nProcess Correctness: Yes\nFinal Response Correctness: Yes"
DRAFT = ("Let me see. 1. Name: wrongFunction\nAction: wrongFunction\nAction Input: {}\nFinal Answer: not yet.\n"
         "Process Correctness: No")
SEEN = {"lanterns": ["Chochin"]}
REFUSED = {"temperature": "Unsupported value: 'temperature' does not support 0.5 with this model.",
           "stop": "Unsupported parameter: 'stop' is not supported with this model.",
           "max_tokens": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}


class ForeignEndpoint:
    """Answers every stage rightly, in a shape that changes from answer to answer."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        self._answers = 0

    def __call__(self, request: dict[str, Any]) -> Reply:
        refused = next((name for name in REFUSED if name in request), None)
        if refused is not None:
            self.refusals[refused] += 1
            error = {"message": REFUSED[refused], "type": "invalid_request_error", "param": refused}
            return Reply(status=400, body=json.dumps({"error": error}).encode())
        self._answers += 1
        return self._call(request) if "tools" in request else self._text(_right_answer(request["messages"]))

    def _text(self, text: str) -> Reply:
        start = ("<think>\n" + DRAFT + "\n</think>\n\n", DRAFT + "\n</think>\n")[self._answers % 2]
        end = ("<|im_end|>", "</s>", "<eos>", "<|eot_id|>")[self._answers % 4]
        return Reply(start + text + end, finish_reason=("eos", "STOP", "eos_token")[self._answers % 3])

    def _call(self, request: dict[str, Any]) -> Reply:
        messages = request["messages"]
        if "Chochin" in str(messages[-1]["content"]):
            return self._text("Chochin lanterns are sold there.")
        city = "Lisbon" if "Lisbon" in json.dumps(messages) else "Kyoto"
        if city == "Lisbon":
            call = {"name": "findLanterns", "arguments": {"city": city}}
            return self._text(f"<tool_call>\n{json.dumps(call)}\n</tool_call>")
        if messages[-1]["role"] != "tool":  # the first call is not JSON, which the assistant is told
            return Reply(None, finish_reason="function_call", tool_calls=[_without_id('{"city": Kyoto')])
        return Reply(None, finish_reason="tool_calls", tool_calls=[_without_id(f'{{}}{{"city": "{city}"}}')])


def _without_id(arguments: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "findLanterns", "arguments": arguments}}


def _right_answer(messages: list[dict[str, Any]]) -> str:
    """Return the right answer to the prompt of any stage."""
    prompt = messages[0]["content"]
    if prompt.startswith("You introduce"):
        return INTRODUCTION
    if prompt.startswith("You design"):
        return FUNCTIONS
    if prompt.endswith("Thought:"):
        question = prompt.rsplit("\nQuestion: ", 1)[1]
        city = "Lisbon" if "Lisbon" in question else "Kyoto"
        if "Chochin" in question:
            return " I know it now.\nFinal Answer: Chochin lanterns are sold there."
        return f' I look.\nAction: findLanterns\nAction Input: ```json\n{{"city": "{city}"}}\n```\nObservation: made up'
    if "Process Correctness" in prompt:
        return VERDICT
    return f"```json\n{json.dumps(DOCUMENT)}\n```" if "OpenAPI" in prompt else INSTRUCTIONS


def run(*command: str | Path, url: str) -> None:
    result = run_stage(*command, url=url)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("form", ["train_v2", "tools"])
def test_all_stages_read_an_endpoint_of_many_habits(tmp_path: Path, form: str) -> None:
    source, path, out = tmp_path / "list.json", tmp_path / "out" / "api_data.json", tmp_path / "out"
    source.write_text(json.dumps([{"Name": "Lantern", "Description": "Paper lanterns", "Category": "Home",
                                   "Link": "https://lantern.example"}]))
    endpoint = ForeignEndpoint()
    with serve_chat(endpoint) as chat, serve_api(lambda request: SEEN) as api:
        run("tool_maker/get_elements.py", "-api", source, "-out", out, "--temperature", "0.5", url=chat.url)
        run("tool_maker/natural_language_documentation.py", "-api", path, url=chat.url)
        run("instance_generation/instruction.py", "-api", path, "-out", out, "--per_api", "2", url=chat.url)
        run("instance_generation/generation.py", "-api", path, "-out", out, "--server_url", api.url, "--agent_prompt",
            form, "--without_getDetails", url=chat.url)
        instances = out / "api_data_0_1.json"
        run("evaluation.py", "-api", instances, "-out", tmp_path / "eval", url=chat.url)
        asked = [request for request in api.requests if "/lanterns" in request.path]
    [record] = json.loads(instances.read_text())
    assert (record["Introduction"], record["Functions"]) == (INTRODUCTION, FUNCTIONS)
    assert record["Instructions"] == [line[3:] for line in INSTRUCTIONS.splitlines()]
    for instance, city in zip(record["Instances"], ("Kyoto", "Lisbon"), strict=True):
        assert instance["output"] == "Chochin lanterns are sold there."
        action, arguments, _ = instance["intermediate_steps"][-1][0]
        assert (action, json.loads(arguments)) == ("findLanterns", {"city": city})
    assert len(asked) == 2, "nothing that was only thought of was carried out"
    assert "<|" not in instances.read_text() and "</s>" not in instances.read_text()
    [verdicts] = [value for name, value in json.loads((tmp_path / "eval" / "evaluation.json").read_text()).items()
                  if name == "Lantern"]
    assert [one["process_correctness"] for one in verdicts] == ["Yes", "Yes"]
    assert endpoint.refusals["temperature"] and bool(endpoint.refusals["stop"]) == (form == "train_v2")
