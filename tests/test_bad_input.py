"""Bad input, the same for every script that reads records: one clear line, exit code 2, no traceback, and outputs that
exist stay as they are."""

import json
import socket
from pathlib import Path

import pytest
from chat_server import Reply, serve_chat
from stage_command import assert_usage_error, run_stage

DOCUMENT = {"openapi": "3.0.0", "info": {"title": "Lantern", "version": "1"}, "paths": {"/lanterns": {"get": {
    "operationId": "findLanterns", "responses": {"200": {"description": "Found."}}}}}}
RECORD = {"Name": "Lantern", "Description": "Lanterns", "Link": "https://lantern.example", "Category": "Shopping",
          "Documentation": json.dumps(DOCUMENT), "NLDocumentation": "findLanterns: Find.\nParameters: {}",
          "Function_Description": {"findLanterns": "Find.\nParameters: {}", "components": ""},
          "Function_Projection": {"findLanterns": ["/lanterns", "get"]}, "Instructions": ["Find a lantern."],
          "Instances": [{"input": "Find a lantern.", "output": "Here.", "Final Thought": "", "intermediate_steps": []}]}

# What each script is given in addition to the file it reads, and which key its records cannot do without.
SCRIPTS = {
    "tool_maker/get_elements.py": (["-out", "OUT"], "Link"),
    "tool_maker/natural_language_documentation.py": ([], "Documentation"),
    "instance_generation/instruction.py": (["-out", "OUT"], "Name"),
    "instance_generation/simulator.py": (["--port", "0"], "Documentation"),
    "instance_generation/generation.py": (["-out", "OUT"], "Instructions"),
    "build_dataset.py": (["-out", "OUT/sft.json"], "Name"),
    "evaluation.py": (["-out", "OUT"], "Name"),
}
CALLING = ["tool_maker/get_elements.py", "instance_generation/instruction.py", "evaluation.py"]
NOBODY = "http://127.0.0.1:9/v1"  # an address at which nothing listens
# Contents of a file that no script can use, with what the message has to say.
CONTENTS = {"missing": (None, "no such file"), "empty": ("", "empty"), "cut off": ('[{"Name": "x"', "not valid JSON"),
            "an object": ('{"a": 1}', "JSON array"), "no record": ("[]", "no records"),
            "numbers": ("[1, 2]", "record 0")}


def run(script: str, api: Path, out: Path, **variables: str):
    flags = [flag.replace("OUT", str(out)) for flag in SCRIPTS[script][0]]
    return run_stage(script, "-api", api, *flags, **variables)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_that_is_not_what_it_should_be(tmp_path, script, content):
    path = tmp_path / "apis.json"
    text, word = CONTENTS[content]
    if text is not None:
        path.write_text(text)
    assert_usage_error(run(script, path, tmp_path / "out", url=NOBODY), str(path), word)
    assert not path.exists() or path.read_text() == text


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_record_without_a_key_it_needs(tmp_path, script):
    key = SCRIPTS[script][1]
    without = {name: value for name, value in RECORD.items() if name != key}
    (tmp_path / "apis.json").write_text(json.dumps([RECORD, without]))
    result = run(script, tmp_path / "apis.json", tmp_path / "out", url=NOBODY)
    assert_usage_error(result, "record 1", key)


@pytest.mark.parametrize("script", [script for script, (flags, _) in SCRIPTS.items() if "OUT" in flags])
def test_an_out_that_is_a_file(tmp_path, script):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    (tmp_path / "out").write_text("mine")
    assert_usage_error(run(script, tmp_path / "apis.json", tmp_path / "out", url=NOBODY), "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("script", CALLING)
@pytest.mark.parametrize(("reply", "word"), [(Reply("no", status=401), "key"), (Reply("no", status=404), "'offline'")])
def test_a_refused_key_and_an_unknown_model(tmp_path, script, reply, word):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    with serve_chat(lambda request: reply) as server:
        assert_usage_error(run(script, tmp_path / "apis.json", tmp_path / "out", url=server.url), word)


@pytest.mark.parametrize("script", CALLING)
def test_an_endpoint_that_does_not_answer_and_no_key(tmp_path, script):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    assert_usage_error(run(script, tmp_path / "apis.json", tmp_path / "out", url=NOBODY), "127.0.0.1:9")
    assert_usage_error(run(script, tmp_path / "apis.json", tmp_path / "out"), "OPENAI_API_KEY")


def test_no_simulator_where_generation_looks_for_it(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    result = run_stage("instance_generation/generation.py", "-api", tmp_path / "apis.json", "-out", tmp_path / "out",
                       "--server_url", "http://simulator.invalid", url=NOBODY)
    assert_usage_error(result, "http://simulator.invalid", "simulator")


@pytest.mark.parametrize("command", [
    ["instance_generation/simulator.py", "--mode", "schema", "-api", "APIS"], ["-m", "offline_llm"],
])
def test_a_port_already_taken(tmp_path, command):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = [word.replace("APIS", str(tmp_path / "apis.json")) for word in command]
        assert_usage_error(run_stage(*words, "--port", str(port)), str(port))


@pytest.mark.parametrize(("flags", "word"), [
    (["--data_path", "NONE"], "NONE"), (["--data_path", "DATA", "--model_name_or_path", "NONE"], "NONE"),
])
def test_training_without_data_or_model(tmp_path, flags, word):
    (tmp_path / "sft.json").write_text(json.dumps([[["Hello:", " world"], [False, True]]]))
    words = [str(tmp_path / {"NONE": "none.json", "DATA": "sft.json"}.get(flag, "")) if flag.isupper() else flag
             for flag in ["--model_name_or_path", "NONE", *flags]]
    result = run_stage("train.py", *words, "--output_dir", tmp_path / "out", "--use_cpu", "True")
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert "none.json" in result.stderr.splitlines()[-1]
