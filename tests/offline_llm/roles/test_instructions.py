"""The writer of instructions: as many as asked for, different, with values, several calls and now and then a gap."""

import json
import re

import pytest
from offline_roles import instructions_for, made_record, sample_apis

from offline_llm.language.functions import parse_functions
from offline_llm.language.understanding import plan
from offline_llm.roles.instructions import _kinds


@pytest.fixture(scope="module")
def records():
    return [made_record(api) for api in sample_apis()[::3]]


def _plans(record):
    functions = parse_functions(record["NLDocumentation"])
    return [plan(functions, instruction) for instruction in record["Instructions"]]


def test_ten_different_instructions_for_each_api(records):
    for record in records:
        assert len(record["Instructions"]) == 10
        assert len({re.sub(r"\W+", " ", text.lower()) for text in record["Instructions"]}) == 10


def test_shares_of_single_multiple_and_incomplete_instructions(records):
    plans = [calls for record in records for calls in _plans(record)]
    assert sum(len(calls) > 1 for calls in plans) >= len(plans) / 3
    assert sum(any(call.missing for call in calls) for calls in plans) >= len(plans) / 10
    assert sum(any(call.references for call in calls) for calls in plans) >= len(plans) / 8
    assert all(calls for calls in plans)


def test_instructions_hold_the_values_and_no_identifiers_of_code(records):
    for record in records:
        for instruction, calls in zip(record["Instructions"], _plans(record), strict=True):
            assert not re.search(r"\b[a-z]+[A-Z]\w*\b|\b\w+_\w+\b", re.sub(r'"[^"]*"|https?://\S+', "", instruction))
            assert any(call.arguments or call.missing or call.references for call in calls)


def test_instructions_open_in_different_ways(records):
    for record in records:
        assert len({" ".join(text.split()[:2]) for text in record["Instructions"]}) >= 6


@pytest.mark.parametrize("number", [1, 3, 25])
def test_the_number_asked_for_is_honoured(number):
    record = made_record(sample_apis()[0], number)
    assert len(record["Instructions"]) == number == len(set(record["Instructions"]))


def test_the_same_prompt_gives_the_same_instructions():
    assert made_record(sample_apis()[4])["Instructions"] == made_record(sample_apis()[4])["Instructions"]


def test_published_documents_get_instructions_too(reference):
    for record in json.loads((reference / "eval_simulated.json").read_text(encoding="utf-8")):
        texts = instructions_for(record)
        assert len(set(texts)) == 10
        calls = [plan(parse_functions(record["NLDocumentation"]), text) for text in texts]
        assert sum(bool(one) for one in calls) == 10


def test_numbers_of_kinds_are_kept_to_and_stories_are_longer_and_still_clear():
    record = made_record(sample_apis()[0])
    texts = instructions_for(record, 10, "Instruction2")
    assert len(set(texts)) == 10
    assert all(plan(parse_functions(record["NLDocumentation"]), text) for text in texts)
    plain = sum(len(text) for text in record["Instructions"])
    assert sum(len(text) for text in texts) > 1.5 * plain
    assert _kinds("Of the 5 instructions, 1 need one call and 2 need several. In 2 more the user forgets", 5) == \
        ["missing", "missing", "chain", "pair", "single"]
