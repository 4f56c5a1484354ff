"""Documents and lists are found in whatever a model wraps around them."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.llm.response_parsing import document_in, numbered_items
from toolalpaca.toolset.instructions import Instruction, clean_instructions

DOCUMENT = {"openapi": "3.0.0", "info": {"title": "Día", "version": "1", "x-day": "2024-01-02"},
            "paths": {"/a": {"get": {"responses": {"200": {"description": "}{ \" ok"}}}}}}
TEXT = json.dumps(DOCUMENT, indent=1)
YAML = yaml.safe_dump(DOCUMENT, sort_keys=False)
ITEM = st.text(alphabet="abc xyz'?", min_size=1).filter(lambda text: text.strip(" '?"))


@pytest.mark.parametrize("answer", [
    TEXT, f"Here it is:\n{TEXT}\nAnything else? {{no}}", f"```json\n{TEXT}\n```", f"Sure!\n```\n{TEXT}\n```\nDone.",
    f"```json\n{TEXT}", YAML, f"```yaml\n{YAML}```", "Of course:\n\n" + YAML, TEXT.replace("\n }", ",\n }"),
    TEXT.replace('"openapi"', '// the version\n "openapi"'),
])
def test_a_document_is_found_whatever_surrounds_it(answer):
    assert document_in(answer)["paths"] == DOCUMENT["paths"]


def test_unquoted_status_and_date_of_yaml_become_text():
    document = document_in("openapi: 3.0.0\ninfo: {date: 2024-01-02}\npaths: {/a: {get: {responses: {200: {}}}}}")
    assert document["paths"]["/a"]["get"]["responses"] == {"200": {}}
    assert document["info"]["date"] == "2024-01-02"


@pytest.mark.parametrize("answer", ["", "I am sorry.", "{}", "[1]", '{"a": 1}', TEXT[:-40], f"```json\n{TEXT[:60]}"])
def test_no_document_or_a_cut_off_one_is_an_error(answer):
    with pytest.raises(ValueError, match="cut off|no OpenAPI document"):
        document_in(answer)


@given(st.text())
def test_nothing_raises_anything_else(text):
    numbered_items(text)
    clean_instructions("1. " + text)
    for answer in (text, "{" + text, '{"openapi"' + text, "openapi: " + text):
        try:
            assert "openapi" in document_in(answer)
        except ValueError as error:
            assert str(error)


@given(st.lists(ITEM, min_size=1, max_size=20))
def test_every_item_of_a_numbered_list_is_found(items):
    text = "Here you go:\n" + "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    assert [" ".join(item.split()) for item in numbered_items(text)] == [" ".join(item.split()) for item in items]


@pytest.mark.parametrize(("answer", "instructions"), [
    ('1. "Do this."\n2) Do that.', ["Do this.", "Do that."]),
    ("1. **Do this.**\n2. **Instruction:** Do that.", ["Do this.", "Do that."]),
    ("1. Do\n   this.\n\n2. Do that.", ["Do this.", "Do that."]),
    ("1. Do this.\n2. do this!\n3. Do that.", ["Do this.", "Do that."]),
    ("- 1. Do this.\n- 2. Do that.", ["Do this.", "Do that."]),
    ("1. \n2. Do that.", ["Do that."]),
    ("I cannot.", []),
    ('1. Play "Yesterday" and "Help"', ['Play "Yesterday" and "Help"']),
])
def test_instructions_are_cleaned(answer, instructions):
    assert clean_instructions(answer) == [Instruction(text) for text in instructions]
