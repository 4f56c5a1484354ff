"""Stage 2 from its command line: what is written, what is asked again, what a failure costs."""

import json
from pathlib import Path

import pytest
from chat_server import Reply, serve_chat
from stage_command import assert_usage_error, run_stage

from toolalpaca.core.errors import RecordError
from toolalpaca.toolset.elements import ElementPrompts, read_introduction, write_elements

INTRODUCTION = "The Lantern API tells where paper lanterns are sold, what they cost and how bright they are."
FUNCTIONS = '1. Name: findLanterns\nDescription: Find lanterns.\nInput: {}\nOutput: Lanterns.'
DOCUMENT = {
    "openapi": "3.0.0", "info": {"title": "Lantern", "version": "1"},
    "paths": {"/lanterns": {"get": {"operationId": "findLanterns", "responses": {"200": {"description": "Found."}}}}},
}


def writer(introduction=INTRODUCTION, functions=FUNCTIONS, document=None):
    def reply(request):
        prompt = request["messages"][0]["content"]
        if prompt.startswith("You introduce"):
            return introduction
        return functions if prompt.startswith("You design") else document or json.dumps(DOCUMENT)
    return reply


@pytest.fixture
def api_file(tmp_path):
    path = tmp_path / "public_apis.json"
    path.write_text(json.dumps([
        {"Name": name, "Description": "Lanterns", "Link": "https://lantern.example", "Category": "Shopping", "Extra": 1}
        for name in ("Lantern", "Lamp & Light", "Kerze")]))
    return path


def elements(api_file, tmp_path, url, *flags):
    result = run_stage("tool_maker/get_elements.py", "-api", api_file, "-out", tmp_path / "out", *flags, url=url)
    output = tmp_path / "out" / "api_data.json"
    return result, json.loads(output.read_text()) if output.exists() else None


def test_writes_the_three_elements_and_carries_other_keys(api_file, tmp_path):
    with serve_chat(writer()) as server:
        result, records = elements(api_file, tmp_path, server.url)
    assert result.returncode == 0, result.stderr
    assert [record["Name"] for record in records] == ["Lantern", "Lamp & Light", "Kerze"]
    for record in records:
        assert (record["Introduction"], record["Functions"], record["Extra"]) == (INTRODUCTION, FUNCTIONS, 1)
        assert json.loads(record["Documentation"])["servers"] == [{"url": "https://lantern.example"}]
        assert "Errors" not in record
    log = json.loads((tmp_path / "out" / "run_log.jsonl").read_text())
    assert (log["stage"], log["made"], log["failed"], log["calls"]) == ("get_elements", 3, 0, 9)


def test_running_it_again_calls_nobody_and_changes_nothing(api_file, tmp_path):
    with serve_chat(writer()) as server:
        elements(api_file, tmp_path, server.url)
        before = (tmp_path / "out" / "api_data.json").read_bytes()
        calls = len(server.requests)
        result, _ = elements(api_file, tmp_path, server.url)
        assert result.returncode == 0
        assert len(server.requests) == calls
    assert (tmp_path / "out" / "api_data.json").read_bytes() == before


def test_overwrite_starts_afresh(api_file, tmp_path):
    with serve_chat(writer()) as server:
        elements(api_file, tmp_path, server.url)
        elements(api_file, tmp_path, server.url, "--overwrite")
        assert len(server.requests) == 18


def test_other_settings_need_overwrite(api_file, tmp_path):
    with serve_chat(writer()) as server:
        elements(api_file, tmp_path, server.url)
        before = (tmp_path / "out" / "api_data.json").read_bytes()
        result, _ = elements(api_file, tmp_path, server.url, "--temperature", "0.1")
        assert_usage_error(result, "temperature", "--overwrite")
        assert (tmp_path / "out" / "api_data.json").read_bytes() == before
        assert elements(api_file, tmp_path, server.url, "--temperature", "0.1", "--overwrite")[0].returncode == 0


def test_an_invalid_document_is_asked_for_again_with_the_reason(api_file, tmp_path):
    broken = json.dumps({key: value for key, value in DOCUMENT.items() if key != "info"})

    def reply(request):
        is_first = len(request["messages"]) == 1
        return writer(document=broken if is_first else None)(request)

    with serve_chat(reply) as server:
        result, records = elements(api_file, tmp_path, server.url)
        assert result.returncode == 0
        assert all(json.loads(record["Documentation"])["info"] for record in records)
        assert any("info" in request["messages"][-1]["content"] for request in server.requests
                   if len(request["messages"]) == 3)


def test_what_never_becomes_valid_is_null_with_the_reason_and_tried_again_next_time(api_file, tmp_path):
    def reply(request):
        prompt = request["messages"][0]["content"]
        return writer(document="I am sorry." if "Name: Kerze" in prompt else None)(request)

    with serve_chat(reply) as server:
        result, records = elements(api_file, tmp_path, server.url)
        assert result.returncode == 0
        assert records[2]["Documentation"] is None
        assert records[2]["Introduction"] == INTRODUCTION
        assert "invalid_document" in records[2]["Errors"]["get_elements"]
        assert "invalid_document 1" in result.stderr
    with serve_chat(writer()) as server:
        result, records = elements(api_file, tmp_path, server.url)
        assert len(server.requests) == 3  # the failed record alone, all of it again
        assert json.loads(records[2]["Documentation"])
        assert "Errors" not in records[2]


def test_a_record_our_own_code_fails_on_has_no_document_either():
    class Broken:
        def ask(self, *_, **__):
            raise RecursionError("too deep")

    with pytest.raises(RecordError, match="unexpected_error: RecursionError: too deep") as caught:
        write_elements({"Name": "Lantern"}, Broken(), ElementPrompts(Path("prompts")))
    assert caught.value.partial == {"Documentation": None}


def test_exit_code_1_and_old_output_kept_when_nothing_can_be_made(api_file, tmp_path):
    with serve_chat(writer()) as server:
        elements(api_file, tmp_path, server.url)
    before = (tmp_path / "out" / "api_data.json").read_bytes()
    with serve_chat(lambda request: Reply("no", status=400)) as server:
        result, _ = elements(api_file, tmp_path, server.url, "--overwrite")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert (tmp_path / "out" / "api_data.json").read_bytes() == before


@pytest.mark.parametrize(("content", "words"), [
    ('[{"Name": "x"}]', ["record 0", "'x'", "Description"]),
    ('[{"Name": 5, "Description": "", "Link": "", "Category": ""}]', ["'Name'", "a number"]),
])
def test_bad_input_is_one_line(tmp_path, content, words):
    path = tmp_path / "apis.json"
    path.write_text(content)
    result = run_stage("tool_maker/get_elements.py", "-api", path, "-out", tmp_path / "out", url="http://x/v1")
    assert_usage_error(result, str(path), *words)


def test_an_endpoint_that_does_not_answer_is_one_line(api_file, tmp_path):
    result = run_stage("tool_maker/get_elements.py", "-api", api_file, "-out", tmp_path / "out",
                       url="http://127.0.0.1:9/v1")
    assert_usage_error(result, "http://127.0.0.1:9/v1")


@pytest.mark.parametrize(("status", "word"), [(401, "key"), (404, "'offline'")])
def test_a_refused_key_and_an_unknown_model_are_one_line(api_file, tmp_path, status, word):
    with serve_chat(lambda request: Reply(status=status)) as server:
        result, records = elements(api_file, tmp_path, server.url)
    assert_usage_error(result, word)
    assert records is None


def test_a_dry_run_calls_nobody_and_writes_nothing(api_file, tmp_path):
    result = run_stage("tool_maker/get_elements.py", "-api", api_file, "-out", tmp_path / "out", "--dry_run")
    assert result.returncode == 0, result.stderr
    assert "about 9 calls" in result.stderr
    assert "$" in result.stderr
    assert not (tmp_path / "out" / "api_data.json").exists()


def test_a_budget_stops_the_stage_and_a_higher_one_goes_on(api_file, tmp_path):
    flags = ("--model", "gpt-4o", "--num_workers", "1")
    price = (10 * 2.5 + 5 * 10) / 1e6  # of one call of the test's server
    with serve_chat(writer()) as server:
        result, records = elements(api_file, tmp_path, server.url, "--max_cost", str(4.5 * price), *flags)
        assert (result.returncode, records) == (3, None)
        assert "max_cost" in result.stderr
        assert len(server.requests) == 4
        result, records = elements(api_file, tmp_path, server.url, "--max_cost", str(9.5 * price), *flags)
        assert result.returncode == 0
        assert len(server.requests) == 9


def test_a_budget_in_money_needs_a_price(api_file, tmp_path):
    with serve_chat(writer()) as server:
        result, _ = elements(api_file, tmp_path, server.url, "--max_cost", "1", "--model", "my-llama")
    assert_usage_error(result, "my-llama", "configs/prices.yaml")


@pytest.mark.parametrize("written", [
    f"Sure! Here is the paragraph:\n\n{INTRODUCTION}", f"## Lantern\n\n{INTRODUCTION}",
    INTRODUCTION.replace("Lantern API", "**Lantern API**").replace("how bright", "__how bright__")])
def test_an_introduction_is_kept_without_what_surrounds_it(written):
    assert read_introduction(written) == INTRODUCTION


def test_a_colon_within_an_introduction_is_kept():
    text = f"Lantern sells light: {INTRODUCTION}"
    assert read_introduction(text) == text
