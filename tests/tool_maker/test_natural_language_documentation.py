"""Stage 3 as its users run it: what it writes, what it keeps, what it refuses, in which exit code."""

import json
import subprocess
import sys

import pytest
from stage_command import assert_usage_error, run_stage

from toolalpaca.data.records import read_records, write_records

SCRIPT = "tool_maker/natural_language_documentation.py"
LATER = {"Instructions": ["Do it."], "Golden_Answers": [[]], "Instances": [{"input": "Do it."}]}
OWN = ("NLDocumentation", "Function_Description", "Function_Projection")


def document(**summaries):
    return json.dumps({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {
        f"/{name}": {"get": {"operationId": name, "summary": text, "responses": {"200": {"description": "ok"}}}}
        for name, text in summaries.items()}})


@pytest.fixture
def api(tmp_path):
    """A file of three records, one of them without a document."""
    path = tmp_path / "api_data.json"
    write_records(path, [{"Name": "A Bíblia", "Documentation": document(one="One."), "mine": 1},
                         {"Name": "None", "Documentation": None, "mine": 2},
                         {"Name": "B", "Documentation": document(two="Two.")}])
    return path


def test_in_place_one_failure_costs_one_record(api):
    done = run_stage(SCRIPT, "-api", api)
    assert done.returncode == 0, done.stderr
    assert "2 made, 1 failed" in done.stderr
    assert "no_document 1" in done.stderr
    first, none, last = read_records(api)
    assert first["Function_Projection"] == {"one": ["/one", "get"]}
    assert first["mine"] == 1
    assert list(none) == ["Name", "Documentation", "mine", "Errors"]
    assert none["Errors"]["natural_language_documentation"].startswith("no_document: ")
    assert "Errors" not in last


def test_the_reason_goes_once_the_document_is_there(api):
    run_stage(SCRIPT, "-api", api)
    records = read_records(api)
    records[1]["Documentation"] = document(three="Three.")
    write_records(api, records)
    assert run_stage(SCRIPT, "-api", api).returncode == 0
    assert "Errors" not in read_records(api)[1]
    assert "NLDocumentation" in read_records(api)[1]


def test_exit_code_1_when_nothing_could_be_made(tmp_path):
    api = tmp_path / "a.json"
    write_records(api, [{"Name": "x", "Documentation": "{"}, {"Name": "y", "Documentation": "[]"}])
    done = run_stage(SCRIPT, "-api", api)
    assert done.returncode == 1
    assert "invalid_document 2" in done.stderr
    assert [record["Errors"]["natural_language_documentation"][:17] for record in read_records(api)] == [
        "invalid_document:"] * 2


def test_another_output_file_in_a_new_folder_and_another_key(tmp_path):
    api, out = tmp_path / "a.json", tmp_path / "new" / "folder" / "b.json"
    write_records(api, [{"Name": "x", "Documentation": None, "Corrected": document(one="One.")}])
    before = api.read_bytes()
    assert run_stage(SCRIPT, "--api_data_path", api, "--output_path", out, "-doc_key", "Corrected").returncode == 0
    assert api.read_bytes() == before
    assert read_records(out)[0]["Function_Projection"] == {"one": ["/one", "get"]}


def test_later_keys_go_only_where_the_documentation_changed(api):
    run_stage(SCRIPT, "-api", api)
    write_records(api, [record | LATER for record in read_records(api)])
    before = read_records(api)
    assert run_stage(SCRIPT, "-api", api).returncode == 0
    assert read_records(api) == before
    before[2]["Documentation"] = document(two="Two, now with a new meaning.")
    write_records(api, before)
    run_stage(SCRIPT, "-api", api)
    after = read_records(api)
    assert after[:2] == before[:2]
    assert not set(LATER) & set(after[2])
    assert "new meaning" in after[2]["NLDocumentation"]


def test_later_keys_of_a_separate_output_are_kept_in_the_same_way(api, tmp_path):
    out = tmp_path / "out.json"
    run_stage(SCRIPT, "-api", api, "-out", out)
    write_records(out, [record | LATER for record in read_records(out)])
    before = read_records(out)
    run_stage(SCRIPT, "-api", api, "-out", out)
    assert read_records(out) == before
    records = read_records(api)
    records[0]["Documentation"] = document(other="Other.")
    write_records(api, records)
    run_stage(SCRIPT, "-api", api, "-out", out)
    kept = [bool(set(LATER) & set(record)) for record in read_records(out)]
    assert kept == [False, True, True]


def test_a_failure_takes_the_stages_own_keys_only(api):
    run_stage(SCRIPT, "-api", api)
    records = [record | LATER for record in read_records(api)]
    records[0]["Documentation"] = "{"
    write_records(api, records)
    run_stage(SCRIPT, "-api", api)
    broken = read_records(api)[0]
    assert not set(OWN) & set(broken)
    assert {key: broken[key] for key in LATER} == LATER


def test_published_files_keep_their_golden_answers(reference, tmp_path):
    api = tmp_path / "eval.json"
    published = read_records(reference / "eval_simulated.json")
    write_records(api, published)
    assert run_stage(SCRIPT, "-api", api).returncode == 0
    for before, after in zip(published, read_records(api), strict=True):
        assert list(before) == list(after)
        assert all(before[key] == after[key] for key in before if key not in OWN)


def test_running_it_twice_writes_the_same_bytes(api):
    run_stage(SCRIPT, "-api", api)
    before = api.read_bytes()
    run_stage(SCRIPT, "-api", api)
    assert api.read_bytes() == before


@pytest.mark.parametrize(("content", "words"), [
    (None, ["no such file"]), ("[3]", ["record 0", "a number"]),
    ('[{"Name": "x"}]', ["record 0 ('x')", "'Documentation'"]),
    ('[{"Documentation": null}]', ["record 0", "'Name'"]), ('[{"Name": "x", "Documentation": 5}]', ["'x'", "a number"]),
    ('[{"Name": "x", "Documentation": null}, {"Name": "x", "Documentation": null}]', ["both named 'x'"]),
])
def test_bad_input_is_one_line_and_touches_nothing(tmp_path, content, words):
    api, out = tmp_path / "a.json", tmp_path / "b.json"
    if content is not None:
        api.write_text(content)
    out.write_text("precious")
    done = run_stage(SCRIPT, "-api", api, "-out", out)
    assert_usage_error(done, "error: ", *words)
    assert out.read_text() == "precious"
    assert api.exists() == (content is not None)


def test_a_folder_where_a_file_is_needed(api, tmp_path):
    for arguments in (["-api", api, "-out", tmp_path], ["-api", api, "-out", api / "b.json"]):
        assert_usage_error(run_stage(SCRIPT, *arguments), "folder")


def test_an_output_that_holds_something_else_is_left_alone(api, tmp_path):
    (tmp_path / "notes.txt").write_text("my notes")
    done = run_stage(SCRIPT, "-api", api, "-out", tmp_path / "notes.txt")
    assert done.returncode == 2
    assert (tmp_path / "notes.txt").read_text() == "my notes"


def test_help_imports_nothing_heavy(root):
    code = ("import runpy, sys\nsys.argv = ['x', '--help']\n"
            f"try: runpy.run_path({SCRIPT!r}, run_name='__main__')\nexcept SystemExit as end: assert end.code == 0\n"
            "print(sorted({'requests', 'jsonschema', 'tqdm', 'openai', 'openapi_spec_validator'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for option in ("-api", "-out", "-doc_key", "Documentation"):
        assert option in done.stdout


def test_an_operation_that_cannot_be_used_is_left_out_counted_and_named(tmp_path):
    one = json.loads(document(one="One.", two="Two.", three="Three."))
    one["paths"]["/two"]["get"]["requestBody"] = {"$ref": "#/components/requestBodies/Gone"}
    one["paths"]["/three"]["get"]["parameters"] = [{"name": "q", "in": "nowhere"}]
    api = tmp_path / "a.json"
    write_records(api, [{"Name": "Fine", "Documentation": document(one="One.")},
                        {"Name": "Partly", "Documentation": json.dumps(one)}])
    done = run_stage(SCRIPT, "-api", api)
    assert done.returncode == 0 and "2 made, 0 failed" in done.stderr
    assert "2 operations of 1 APIs cannot be used and are left out; the first, of 'Partly': GET /two: " in done.stderr
    assert list(read_records(api)[1]["Function_Projection"]) == ["one"]
