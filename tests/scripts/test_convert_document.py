"""scripts/convert_document.py: YAML and Swagger 2 become OpenAPI 3 as JSON; what cannot be used is one line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stage_command import ROOT, TIMEOUT, assert_usage_error, run_stage

from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.validation import validate_document

SCRIPT = "scripts/convert_document.py"
GUIDE = ROOT / "docs" / "own-openapi-documents.md"
YAML = """\
openapi: 3.0.3
info: {title: Kites, version: "1.0", x-since: 2024-01-02}
paths:
  /kites:
    get:
      operationId: getKites
      parameters:
        - {name: country, in: query, schema: {type: string, enum: [NO, SE, on]}}
      responses:
        200: {description: Kites.}
"""
OLD = {"swagger": "2.0", "info": {"title": "Kites", "version": "1"}, "host": "kites.example", "basePath": "/v1",
       "paths": {"/kites": {"get": {"operationId": "getKites", "responses": {"200": {"description": "Kites."}}}}}}


def test_yaml_and_swagger_2_become_json_next_to_them(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(YAML)
    (tmp_path / "old.v1.yml").write_text(json.dumps(OLD))
    result = run_stage(SCRIPT, tmp_path / "new.yaml", tmp_path / "old.v1.yml")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(tmp_path / "new.json"), str(tmp_path / "old.v1.json")]
    new, old = (parse_document((tmp_path / name).read_text()) for name in ("new.json", "old.v1.json"))
    for document in (new, old):
        validate_document(document)
    assert (new["info"]["version"], new["info"]["x-since"]) == ("1.0", "2024-01-02")
    assert new["paths"]["/kites"]["get"]["parameters"][0]["schema"]["enum"] == ["NO", "SE", "on"]
    assert list(new["paths"]["/kites"]["get"]["responses"]) == ["200"]
    assert old["servers"][0]["url"].endswith("kites.example/v1")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_what_yaml_repeats_by_merge_keys_and_aliases_is_written_out(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "api.yaml"
    merged = "        <<: &failures {404: {description: &none No kites.}}\n"
    path.write_text(YAML.replace("        200:", f"{merged}        200:") + "        410: {description: *none }\n",
                    encoding=encoding)
    assert run_stage(SCRIPT, path).returncode == 0
    responses = json.loads((tmp_path / "api.json").read_text())["paths"]["/kites"]["get"]["responses"]
    assert {status: response["description"] for status, response in responses.items()} == {
        "404": "No kites.", "200": "Kites.", "410": "No kites."}


def test_openapi_3_2_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(YAML.replace("3.0.3", "3.2.0").replace("    get:", "    query:"))
    assert run_stage(SCRIPT, path).returncode == 0
    assert "query" in json.loads((tmp_path / "api.json").read_text())["paths"]["/kites"]


def test_json_that_is_openapi_3_stays_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text('{"openapi":"3.0.3",\t"info":{"title":"\\u00c9","version":"1"},"paths":{}}\n')
    before = path.read_bytes()
    assert run_stage(SCRIPT, path).returncode == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(("text", "words"), [
    ("", "neither OpenAPI nor Swagger"), ("[1]", "neither OpenAPI nor Swagger"),
    ("a: 1", "neither OpenAPI nor Swagger"),
    ("a: [", "not valid YAML: line 1"), (YAML + "x-a: &a [1, *a]\n", "line 11, .*stands inside"),
    (YAML + "x-a: {<<: [b]}\n", "line 11, .*merge key"),
    ("openapi: 4.0.0\npaths: {}", "not a supported version"),
    ("openapi: 3.0.3\npaths: {/a: {$ref: other.yaml}}", "does not point into the document"),
    ("openapi: 3.0.3\nx-a: " + "[" * 250 + "]" * 250, "nested too deeply|recursion"),
    ("[" * 100_000, "nested too deeply")])
def test_what_cannot_be_used_is_one_line_and_writes_nothing(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(text)
    result = run_stage(SCRIPT, path)
    assert_usage_error(result, "api.yaml")
    assert re.search(words, result.stderr), result.stderr
    assert [found.name for found in tmp_path.iterdir()] == ["api.yaml"]


def test_swagger_2_as_json_is_replaced_and_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(OLD))
    assert run_stage(SCRIPT, path).returncode == 0
    once = path.read_bytes()
    assert parse_document(path.read_text())["openapi"].startswith("3.")
    assert run_stage(SCRIPT, path).returncode == 0 and path.read_bytes() == once


def test_no_file_is_a_usage_error(tmp_path: Path) -> None:
    assert_usage_error(run_stage(SCRIPT, tmp_path / "none.yaml"), "none.yaml")
    assert run_stage(SCRIPT).returncode == 2


def test_the_guides_command_with_pyyaml_alone_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(YAML)
    command = re.search(r'`python -c "(import json, re, sys, yaml;[^"]*)"', GUIDE.read_text())
    assert command
    alone = subprocess.run([sys.executable, "-c", command[1]], input=YAML, capture_output=True, text=True,
                           timeout=TIMEOUT)
    assert alone.returncode == 0, alone.stderr
    assert run_stage(SCRIPT, tmp_path / "api.yaml").returncode == 0
    assert json.loads(alone.stdout) == json.loads((tmp_path / "api.json").read_text())
