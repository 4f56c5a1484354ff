"""The whole pipeline with a planted credential: no output, store or log of any stage holds it."""

import json
from pathlib import Path

import pytest
from servers import offline_model, simulator
from stage_command import run_stage

KEY = "planted-key-0123456789"
VALUE = "planted-variable-9876543210"
AUTHENTICATION = {"access_key": KEY, "token": "env:LANTERN_TOKEN"}
MASKED = {"access_key": "***", "token": "env:LANTERN_TOKEN"}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory, request):
    """A folder for what the stages write, the given list of APIs, and a function that runs a stage."""
    folder = tmp_path_factory.mktemp("credentials")
    given, out = folder / "given", folder / "out"
    given.mkdir()
    out.mkdir()
    sample = json.loads(Path("data/public_apis_sample.json").read_text())[:2]
    (given / "list.json").write_text(json.dumps([{**api, "Authentication": AUTHENTICATION} for api in sample]))
    with offline_model(folder / "servers") as url:
        def run(*command):
            result = run_stage(*command, url=url, LANTERN_TOKEN=VALUE)
            assert result.returncode == 0, result.stderr
            assert KEY not in result.stdout + result.stderr and VALUE not in result.stdout + result.stderr
            return result

        yield given, out, run, url


def stated(path):
    return [record.get("Authentication") for record in json.loads(path.read_text())]


def assert_nowhere(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert KEY.encode() not in content and VALUE.encode() not in content, path


def test_from_the_list_to_the_verdicts(pipeline):
    given, out, run, url = pipeline
    run("tool_maker/preprocess_public_apis.py", "-api", given / "list.json")
    assert stated(given / "list.json") == [AUTHENTICATION] * 2, "a file that is its owner's keeps what they put there"
    run("tool_maker/get_elements.py", "-api", given / "list.json", "-out", out)
    assert stated(out / "api_data.json") == [MASKED] * 2
    data = given / "api_data.json"
    records = json.loads((out / "api_data.json").read_text())
    data.write_text(json.dumps([{**record, "Authentication": AUTHENTICATION} for record in records]))
    run("tool_maker/natural_language_documentation.py", "-api", data, "-out", out / "documented.json")
    run("tool_maker/natural_language_documentation.py", "-api", data)
    assert stated(data) == [AUTHENTICATION] * 2
    run("instance_generation/instruction.py", "-api", data, "-out", out, "--per_api", "3")
    records = json.loads((out / "api_data.json").read_text())
    golden = [[{"Action": "x", "Action_Input": json.dumps({"access_key": KEY, "token": VALUE})}]] * 3
    data.write_text(json.dumps([{**record, "Authentication": AUTHENTICATION, "Golden_Answers": golden}
                                for record in records]))
    with simulator(out / "simulator", data, url) as server:
        run("instance_generation/generation.py", "-api", data, "-out", out, "--server_url", server)
    made = out / "api_data_0_2.json"
    run("instance_generation/verification.py", "-api", made, "-out", out / "verified.json")
    run("build_dataset.py", "-api", made, "-out", out / "sft.json")
    run("evaluation.py", "-api", made, "-gold", data, "-out", out / "eval.json")
    run("report.py", "-api", made, "-gold", data, "-eval", out / "eval.json", "-out", out / "report")
    run("scripts/shards.py", "split", "-api", data, "-out", out / "shards", "--format", "jsonl")
    run("scripts/shards.py", "merge", "-api", data, "-out", out / "merged.json")
    assert stated(out / "merged.json") == [MASKED] * 2
    assert stated(made) == stated(out / "verified.json") == stated(out / "documented.json") == [MASKED] * 2
    assert_nowhere(out)


def test_a_stage_in_place_leaves_the_credential_to_its_owner(pipeline):
    given, _, run, _ = pipeline
    data = given / "own" / "api_data.json"
    data.parent.mkdir()
    data.write_text((given / "api_data.json").read_text())
    run("tool_maker/get_elements.py", "-api", data, "-out", data.parent)
    run("tool_maker/natural_language_documentation.py", "-api", data)
    run("instance_generation/instruction.py", "-api", data, "-out", data.parent, "--per_api", "3")
    assert stated(data) == [AUTHENTICATION] * 2
