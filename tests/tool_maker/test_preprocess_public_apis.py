"""Stage 1 as its users run it: from a README, from JSON, on its own output, and on what it must refuse."""

import json
import subprocess
import sys

import pytest
from stage_command import assert_usage_error, run_stage

from toolalpaca.data.records import read_records, write_records

SCRIPT = "tool_maker/preprocess_public_apis.py"
README = "tests/fixtures/public_apis_readme.md"


def entries(*names):
    return [{"API": name, "Description": "d", "Auth": "", "HTTPS": True, "Cors": "no", "Link": "https://x.example",
             "Category": "c"} for name in names]


def test_a_readme_becomes_records_that_the_next_stage_reads(tmp_path):
    api = tmp_path / "new" / "public_apis.json"
    done = run_stage(SCRIPT, "-api", api, "--source", README)
    assert done.returncode == 0, done.stderr
    records = read_records(api, required=("Name", "Description", "Link", "Category"))
    assert [record["Name"] for record in records] == [
        "Nest Box", "Nest Box 3", "Nest Box 2", "Swifts", "Owls [beta]", "Brew|er", "Tea House", "Plain"]
    assert records[1] == {"Name": "Nest Box 3", "Description": "Photos of nests", "Link": "https://other.example/",
                          "Category": "Birds", "Auth": "apiKey", "HTTPS": False, "Cors": "unknown"}
    for part in ("8 APIs in 2 categories", "1 renamed", "2 rows without name or link", str(api)):
        assert part in done.stderr


def test_its_own_output_stays_as_it_is(tmp_path):
    api = tmp_path / "a.json"
    run_stage(SCRIPT, "-api", api, "--source", README)
    before = api.read_bytes()
    assert run_stage(SCRIPT, "-api", api).returncode == 0
    assert api.read_bytes() == before


def test_the_lists_we_ship_stay_as_they_are(root, tmp_path):
    for shipped in (root / "data" / "public_apis.json", root / "data" / "public_apis_sample.json"):
        copy = tmp_path / shipped.name
        copy.write_bytes(shipped.read_bytes())
        assert run_stage(SCRIPT, "-api", copy).returncode == 0
        assert copy.read_bytes() == shipped.read_bytes()


def test_json_entries_are_normalised_in_place(tmp_path):
    api = tmp_path / "a.json"
    api.write_text(json.dumps({"count": 3, "entries": entries("Cat Facts", "Cat Facts", "Dog")}))
    assert run_stage(SCRIPT, "-api", api, "-num", "2").returncode == 0
    assert [(record["Name"], record["Cors"]) for record in read_records(api)] == [
        ("Cat Facts", "no"), ("Cat Facts 2", "no")]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_other_forms_of_file_are_made_and_normalised(tmp_path, ending):
    api = tmp_path / f"a{ending}"
    assert run_stage(SCRIPT, "-api", api, "--source", README).returncode == 0
    made = read_records(api)
    assert len(made) == 8
    assert made[1]["HTTPS"] is False
    write_records(api, [record | {"Name": "Swift"} for record in made])
    assert run_stage(SCRIPT, "-api", api, "-num", "2").returncode == 0
    assert [record["Name"] for record in read_records(api)] == ["Swift", "Swift 2"]


def test_plain_entries_in_json_lines_are_read(tmp_path):
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, entries("Cat Facts", "Dog"))))
    assert run_stage(SCRIPT, "-api", tmp_path / "a.jsonl").returncode == 0
    assert [record["Name"] for record in read_records(tmp_path / "a.jsonl")] == ["Cat Facts", "Dog"]


def test_an_existing_file_wins_over_the_source_and_says_so(tmp_path):
    api = tmp_path / "a.json"
    api.write_text(json.dumps(entries("A")))
    done = run_stage(SCRIPT, "-api", api, "--source", README)
    assert done.returncode == 0
    assert "--source is not read" in done.stderr
    assert len(read_records(api)) == 1


@pytest.mark.parametrize(("content", "words"), [
    ("", ["empty"]), ("# Readme", ["not valid JSON"]), ("3", ["expected a JSON array"]), ("[]", ["lists no APIs"]),
    ('[{"Name": "x"}]', ["entry 0", "'Link'"]), ('{"entries": 4}', ["'entries'"]),
])
def test_a_bad_list_is_one_line_and_left_alone(tmp_path, content, words):
    api = tmp_path / "a.json"
    api.write_text(content)
    done = run_stage(SCRIPT, "-api", api)
    assert_usage_error(done, "error: ", str(api), *words)
    assert api.read_text() == content
    assert list(tmp_path.iterdir()) == [api]


@pytest.mark.parametrize(("content", "words"), [
    (None, "no such file"), (b"# No tables", "neither JSON nor a Markdown table"), (b"\xff\xfe", "not UTF-8"),
    (b"[3]", "entry 0"),
])
def test_a_bad_source_is_one_line_and_writes_nothing(tmp_path, content, words):
    api, source = tmp_path / "a.json", tmp_path / "source"
    if content is not None:
        source.write_bytes(content)
    done = run_stage(SCRIPT, "-api", api, "--source", source)
    assert_usage_error(done, words)
    assert not api.exists()


def test_folders_and_numbers_that_do_not_fit(tmp_path):
    for arguments, word in ([["-api", tmp_path], "folder"], [["-api", tmp_path / "a", "--source", tmp_path], "folder"],
                            [["-api", tmp_path / "a", "-num", "0"], "1 or more"]):
        done = run_stage(SCRIPT, *arguments)
        assert done.returncode == 2
        assert word in done.stderr
        assert "Traceback" not in done.stderr


def test_help_imports_nothing_heavy(root):
    code = ("import runpy, sys\nsys.argv = ['x', '--help']\n"
            f"try: runpy.run_path({SCRIPT!r}, run_name='__main__')\nexcept SystemExit as end: assert end.code == 0\n"
            "print(sorted({'requests', 'urllib3', 'tqdm', 'openai', 'jsonschema'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for option in ("-api", "-num", "--source", "2000", "raw.githubusercontent.com"):
        assert option in done.stdout
