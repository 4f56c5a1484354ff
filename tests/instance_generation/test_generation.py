"""Stage 6 from its command line, with an endpoint and an API of the test's choice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import RECORD, action, answer
from api_server import Answer, ApiServer, serve_api
from chat_server import ChatServer, Reply, serve_chat
from stage_command import assert_usage_error, run_stage

from toolalpaca.conversation.rendering import read_prompt

SEEN = 'Status Code: 200. Response: {"temp": 21}'
RECORDS = [RECORD, {**RECORD, "Name": "A Bíblia", "Instructions": ["How warm is it in Rome?"], "Extra": 1}]


def assistant(request: dict[str, Any]) -> str:
    """Looks up the city of the instruction, then answers."""
    prompt = request["messages"][0]["content"]
    if not prompt.endswith("Thought:"):
        return "In Paris."
    instruction = prompt.rsplit("\nQuestion: ", 1)[1]
    city = instruction.split(" in ")[1].split("?")[0].split(".")[0]
    return answer(f"It is 21 in {city}.") if SEEN in instruction else action("getWeather", {"city": city})


@pytest.fixture
def api_file(tmp_path: Path) -> Path:
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps(RECORDS))
    return path


def generate(api_file: Path, chat: ChatServer | None, api: ApiServer | None, *flags: str,
             name: str = "api_data_0_2.json") -> tuple[Any, Any]:
    out = api_file.parent / "out"
    result = run_stage("instance_generation/generation.py", "-api", api_file, "-out", out, "--server_url",
                       api.url if api else "http://simulator.invalid", *flags, url=chat.url if chat else None)
    return result, json.loads((out / name).read_text()) if (out / name).exists() else None


def weather(request: Any) -> dict[str, Any]:
    return {"temp": 21}


def test_every_instruction_has_its_instance(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api)
        assert result.returncode == 0, result.stderr
        assert [[one["output"] for one in record["Instances"]] for record in records] == [
            ["It is 21 in Paris.", "It is 21 in Oslo."], ["It is 21 in Rome."]]
        assert records[1]["Extra"] == 1
        step = records[0]["Instances"][0]["intermediate_steps"][0]
        assert step[0][:2] == ["getWeather", '{"city": "Paris"}'] and step[1] == SEEN
        assert all(request["stop"] == ["Observation:"] for request in chat.requests)
        sessions = {request.headers["X-Simulator-Session"] for request in api.calls()}
        assert len(sessions) == 3
        begun = [request for request in api.requests if request.path.endswith("/session")]
        assert sorted(request.headers["X-Simulator-Session"] for request in begun) == sorted(sessions)
        assert sorted(json.loads(request.body)["instruction"] for request in begun) == sorted(
            text for record in records for text in record["Instructions"])
        before = (api_file.parent / "out" / "api_data_0_2.json").read_bytes()
        calls, requests = len(chat.requests), len(api.calls())
        again, _ = generate(api_file, chat, api)
        assert again.returncode == 0
        assert (len(chat.requests), len(api.calls())) == (calls, requests)
        assert (api_file.parent / "out" / "api_data_0_2.json").read_bytes() == before


def test_a_conversation_past_its_time_is_given_up(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, "--max_seconds", "0.000001")
    assert result.returncode == 1 and "time_limit 3" in result.stderr
    assert {one["error_kind"] for record in records for one in record["Instances"]} == {"time_limit"}


def test_a_failed_instance_keeps_its_place_and_is_tried_again_alone(api_file: Path) -> None:
    def without_oslo(request: dict[str, Any]) -> str:
        return "I would rather not." if "Oslo" in request["messages"][0]["content"] else assistant(request)

    with serve_chat(without_oslo) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api)
        assert result.returncode == 0
        assert records[0]["Instances"][0]["output"] == "It is 21 in Paris."
        failed = records[0]["Instances"][1]
        steps = failed.pop("intermediate_steps")
        assert failed == {"input": "Warn me in Oslo.", "error_kind": "step_limit",
                          "error": "step_limit: no final answer after 10 steps"}
        assert [step[0] for step in steps] == [["", "", "I would rather not."]] * 10, "what was tried can be read"
        assert all(step[1].startswith("Invalid format: ") for step in steps)
        assert "step_limit 1" in result.stderr
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api)
        assert records[0]["Instances"][1]["output"] == "It is 21 in Oslo."
        assert not {"error", "error_kind"} & records[0]["Instances"][1].keys()
        assert len(chat.requests) == 2


def test_a_failing_simulator_is_no_answer_of_the_api(api_file: Path) -> None:
    def ill(request: Any) -> Any:
        return Answer(status=503, headers={"X-Simulator-Error": "model"}) if "Oslo" in request.path else {"temp": 21}

    with serve_chat(assistant) as chat, serve_api(ill) as api:
        result, records = generate(api_file, chat, api)
    assert result.returncode == 0
    assert records[0]["Instances"][1]["error"].startswith("simulator_unavailable: ")
    assert "output" in records[0]["Instances"][0]


def test_an_api_without_document_costs_its_own_instances(api_file: Path) -> None:
    api_file.write_text(json.dumps([{**RECORDS[0], "Documentation": None}, RECORDS[1]]))
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api)
    assert result.returncode == 0
    assert [one["error"].split(":")[0] for one in records[0]["Instances"]] == ["no_document"] * 2
    assert "output" in records[1]["Instances"][0]


def test_part_of_the_file_under_its_own_name(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        _, records = generate(api_file, chat, api, "--offset", "1", "--output_prefix", "part", name="part_1_2.json")
        assert [record["Name"] for record in records] == ["A Bíblia"]
        _, records = generate(api_file, chat, api, "--length", "1", name="api_data_0_1.json")
        assert [record["Name"] for record in records] == ["Weather / Now?"]


def test_use_cache_opens_and_closes_the_history_of_each_conversation(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        generate(api_file, chat, api, "--use_cache", "--length", "1", "--num_workers", "1", name="api_data_0_1.json")
    own = [request for request in api.requests if request.path.startswith("/__")]
    name = "Weather%20%2F%20Now%3F"
    assert [request.path for request in own] == [f"/__simulator__/{name}/session",
                                                 f"/__simulator_cache__/close/{name}"] * 2
    assert json.loads(own[0].body)["history"] is True


def test_get_details_can_be_switched_off(api_file: Path) -> None:
    for flags, offered in (((), True), (("--without_getDetails", "--overwrite"), False)):
        with serve_chat(assistant) as chat, serve_api(weather) as api:
            result, _ = generate(api_file, chat, api, *flags)
        assert result.returncode == 0, result.stderr
        assert all(("getDetails: Ask the user" in request["messages"][0]["content"]) is offered
                   for request in chat.requests)


def test_the_user_answers_get_details(api_file: Path) -> None:
    def asks(request: dict[str, Any]) -> str:
        prompt = request["messages"][0]["content"]
        if not prompt.endswith("Thought:"):
            assert "Which city?" in prompt and "Where I live" in prompt
            return "User: I live in Paris."
        return answer("Thanks.") if "I live in Paris." in prompt else action("getDetails", {"Question": "Which city?"})

    api_file.write_text(json.dumps([{**RECORD, "Instructions": ["Where I live, is it warm?"]}]))
    with serve_chat(asks) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, name="api_data_0_1.json")
    assert result.returncode == 0, result.stderr
    assert records[0]["Instances"][0]["intermediate_steps"][0][1] == "I live in Paris."


@pytest.mark.parametrize(("form", "labels"), [
    ("train_v1", ("Question:", "Thought:", "Observation:")), ("test_v1", ("USER:", "ASSISTANT Thought:",
                                                                          "ASSISTANT Observation:"))])
def test_the_prompt_form_can_be_chosen(api_file: Path, form: str, labels: tuple[str, ...]) -> None:
    with serve_chat(lambda request: " I know.\nFinal Answer: x\nASSISTANT Response: x") as chat, \
            serve_api(weather) as api:
        result, _ = generate(api_file, chat, api, "--agent_prompt", form)
    assert result.returncode == 0, result.stderr
    question, thought, stop = labels
    assert all(f"\n{question} " in request["messages"][0]["content"]
               and request["messages"][0]["content"].endswith(f"\n{thought}")
               and request["stop"] == [stop] for request in chat.requests)


def test_worked_examples_come_before_the_question_and_from_other_apis(api_file: Path, tmp_path: Path) -> None:
    steps = [[["getWeather", '{"city": "Oslo"}', "I look."], SEEN]]
    corpus = [{**RECORD, "Name": name, "Instructions": ["?"], "Instances": [
        {"input": f"{name}?", "output": f"21 at {name}.", "Final Thought": "I know.", "intermediate_steps": steps}]}
        for name in ("A Bíblia", "North", "South")]
    (tmp_path / "corpus.json").write_text(json.dumps(corpus))
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, "--shots", "2", "--shots_from", str(tmp_path / "corpus.json"))
        assert result.returncode == 0, result.stderr
        asked = len(chat.requests)
        again, _ = generate(api_file, chat, api, "--shots", "2", "--shots_from", str(tmp_path / "corpus.json"))
        assert again.returncode == 0 and len(chat.requests) == asked, again.stderr
        missing, _ = generate(api_file, chat, api, "--shots", "3", "--shots_from", str(tmp_path / "corpus.json"))
    assert_usage_error(missing, "--shots 3", "4 APIs", "has 3")
    assert [instance["output"] for record in records for instance in record["Instances"]] == [
        "It is 21 in Paris.", "It is 21 in Oslo.", "It is 21 in Rome."]
    prompts = [request["messages"][0]["content"] for request in chat.requests]
    for prompt in prompts:
        asked = prompt.rsplit("\nQuestion: ", 1)[1].split("\n")[0]
        read = read_prompt(prompt)
        assert read is not None and read.questions == (asked,) and prompt.count("\nQuestion: ") == 3
        assert asked != "How warm is it in Rome?" or "21 at A Bíblia." not in prompt


def test_bad_input_is_one_line(api_file: Path, tmp_path: Path) -> None:
    def run(*flags: str, reply: Callable[[dict[str, Any]], Any] = assistant, simulator: bool = True) -> Any:
        with serve_chat(reply) as chat, serve_api(weather) as api:
            result, records = generate(api_file, chat, api if simulator else None, *flags)
        assert records is None
        return result

    assert_usage_error(run("--offset", "2"), "--offset 2", "2 records")
    assert_usage_error(run("--length", "0"), "--length 0")
    assert_usage_error(run("--shots", "2"), "--shots 2", "--shots_from")
    assert_usage_error(run("--shots", "2", "--shots_from", str(api_file), "--agent_prompt", "tools"), "text form")
    assert_usage_error(run("--output_prefix", "a/b"), "--output_prefix")
    assert_usage_error(run(simulator=False), "the simulator does not answer", "--server_url")
    assert_usage_error(run("-llm", str(tmp_path / "nothing")), "no such folder")
    assert_usage_error(run("-llm", "wrong", reply=lambda request: Reply("no such model", status=404)), "'wrong'")
    assert_usage_error(run("--overwrite", reply=lambda request: Reply("bad key", status=401)), "key was refused")


def test_a_file_without_instructions_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps([{"Name": "x"}]))
    path.write_text(json.dumps([{"Name": "x"}]))
    assert_usage_error(generate(path, None, None)[0], str(path), "Instructions")
    for record in ({"Name": "x", "Errors": {"instruction": "empty"}}, {"Name": "x", "Instructions": []}):
        path.write_text(json.dumps([record]))
        with serve_chat(assistant) as chat:
            assert_usage_error(generate(path, chat, None)[0], str(path), "no Instructions", "instruction.py")


def test_an_api_whose_instructions_failed_is_passed_over_and_named(api_file: Path) -> None:
    failed = {key: value for key, value in RECORD.items() if key != "Instructions"}
    api_file.write_text(json.dumps([RECORDS[0], {**failed, "Name": "Lost", "Errors": {"instruction": "empty"}}]))
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api)
    assert result.returncode == 0 and "1 of 2 APIs have no Instructions, such as 'Lost'" in result.stderr, result.stderr
    assert [len(record["Instances"]) for record in records] == [2, 0]


def test_a_dry_run_calls_nobody(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, "--dry_run")
    assert (result.returncode, records, chat.requests, api.calls()) == (0, None, [], []), result.stderr
    assert "about 10 calls" in result.stderr


def test_real_calls_the_documents_server_and_writes_no_credential(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        document = {**json.loads(RECORD["Documentation"]), "servers": [{"url": api.url}]}
        document["paths"]["/weather/{city}"]["get"]["parameters"].append({"name": "key", "in": "query", "schema": {}})
        api_file.write_text(json.dumps([{**RECORD, "Documentation": json.dumps(document),
                                         "Authentication": {"key": "s3cret-key", "other": "env:WEATHER_KEY"}}]))
        result, _ = generate(api_file, chat, None, "--real")
        host = api.url.removeprefix("http://")
        assert_usage_error(result, f"WEATHER_KEY -> {host}", "--credential WEATHER_KEY")
        assert_usage_error(generate(api_file, chat, None, "--real", "--credential", "WEATHER_KEY")[0], "WEATHER_KEY",
                           "not set")
        assert api.requests == []
        result = run_stage("instance_generation/generation.py", "-api", api_file, "-out", api_file.parent / "out",
                           "--real", "--allow_private", "--credential", "WEATHER_KEY", url=chat.url,
                           WEATHER_KEY="from-env")
    assert result.returncode == 0, result.stderr
    assert f"credential WEATHER_KEY -> {host}" in result.stderr
    assert {one.path for one in api.requests} == {f"/weather/{city}?key=s3cret-key" for city in ("Paris", "Oslo")}
    out = api_file.parent / "out"
    (record,) = json.loads((out / "api_data_0_1.json").read_text())
    assert [one["output"] for one in record["Instances"]] == ["It is 21 in Paris.", "It is 21 in Oslo."]
    assert record["Authentication"] == {"key": "***", "other": "env:WEATHER_KEY"}
    assert all(secret not in path.read_bytes() for path in out.iterdir() for secret in (b"s3cret-key", b"from-env"))


def test_a_local_model_needs_no_endpoint_without_get_details(api_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tiny_llama import make_model

    model = make_model(tmp_path / "model", longest=2048)
    with serve_api(weather) as api:
        result, records = generate(api_file, None, api, "-llm", str(model), "--without_getDetails", "--max_steps", "1")
    assert result.returncode == 1, result.stderr  # random weights write nothing that can be read
    errors = [instance["error"] for record in records for instance in record["Instances"]]
    assert set(errors) <= {"step_limit: no final answer after 1 steps"} and len(errors) == 3
    log = json.loads((tmp_path / "out" / "run_log.jsonl").read_text())
    assert log["roles"]["assistant"]["calls"] == 3 and log["cost"] == 0.0


def test_native_tools_need_an_endpoint(api_file: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with serve_api(weather) as api:
        result, _ = generate(api_file, None, api, "-llm", str(tmp_path), "--agent_prompt", "tools")
    assert_usage_error(result, "--agent_prompt tools", "endpoint")


def test_samples_have_seeds_and_sessions_of_their_own(api_file: Path) -> None:
    with serve_chat(assistant) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, "--samples", "2", "--seed", "7")
        assert result.returncode == 0, result.stderr
        for record in records:
            assert [len(one["Samples"]) for one in record["Instances"]] == [1] * len(record["Instructions"])
        assert {request["seed"] for request in chat.requests} == {7, 1016}
        assert len({request.headers["X-Simulator-Session"] for request in api.calls()}) == 6
    [sample] = records[1]["Instances"][0]["Samples"]
    assert sample["output"] == "It is 21 in Rome." and "Samples" not in sample


def test_everyone_is_told_the_day_for_which_the_instructions_were_written(api_file: Path) -> None:
    def asks(request: dict[str, Any]) -> str:
        prompt = request["messages"][0]["content"]
        if not prompt.endswith("Thought:"):
            assert "## Today\nMonday, 9 February 2026\n" in prompt
            return "Next Friday, so the 13th."
        if "the 13th" in prompt:
            return answer("Thanks.")
        return action("getDetails", {"Question": "When?"}) if "2026-02-09 09:30" in prompt else \
            action("getCurrentDateTime", {})

    api_file.write_text(json.dumps([{**RECORD, "Instructions": ["How warm will it be?"], "external_tools": ["datetime"],
                                     "Instruction_Day": "2026-02-09"}]))
    with serve_chat(asks) as chat, serve_api(weather) as api:
        result, records = generate(api_file, chat, api, name="api_data_0_1.json")
        opened = [request for request in api.requests if b"now" in request.body]
    assert result.returncode == 0, result.stderr
    assert [step[1] for step in records[0]["Instances"][0]["intermediate_steps"]] == [
        "2026-02-09 09:30:00, Monday", "Next Friday, so the 13th."]
    assert [json.loads(request.body)["now"] for request in opened] == ["2026-02-09T09:30:00"]
