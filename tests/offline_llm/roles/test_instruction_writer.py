"""The writer of instructions: as many as asked for, different, with values, several calls and now and then a gap."""

import json
import re
from collections import Counter

import pytest
from offline_roles import instructions_for, made_record, sample_apis, written_for

from offline_llm.language.comparisons import without_comparison
from offline_llm.language.described_functions import parse_functions
from offline_llm.language.understanding import plan
from offline_llm.roles.instruction_drafts import source_for
from offline_llm.roles.instruction_writer import kinds_in


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
    assert 0 < sum(not calls for calls in plans) <= len(plans) / 8, "a tenth asks for what no function can do"


def test_instructions_hold_the_values_and_no_identifiers_of_code(records):
    for record in records:
        for instruction, calls in zip(record["Instructions"], _plans(record), strict=True):
            assert not re.search(r"\b[a-z]+[A-Z]\w*\b|\b\w+_\w+\b", re.sub(r'"[^"]*"|https?://\S+', "", instruction))
            assert all(call.arguments or call.missing or call.references for call in calls)


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
        assert sum(bool(one) for one in calls) >= 8


def test_numbers_of_kinds_are_kept_to_and_stories_are_longer_and_still_clear():
    record = made_record(sample_apis()[0])
    texts = instructions_for(record, 10, "Instruction2")
    assert len(set(texts)) == 10
    assert sum(bool(plan(parse_functions(record["NLDocumentation"]), text)) for text in texts) >= 8
    plain = sum(len(text) for text in record["Instructions"])
    assert sum(len(text) for text in texts) > 1.5 * plain
    prompt = "- 1 of the kind single: one.\n- 2 of the kind compare: two.\n- 2 of the kind none: three.\n"
    assert kinds_in(prompt, 5) == ["single", "compare", "compare", "none", "none"]


MIX = {"single": 0.2, "multi": 0.2, "missing": 0.1, "none": 0.1, "follow_up": 0.1, "compare": 0.1, "parallel": 0.2}


@pytest.fixture(scope="module")
def mixed():
    """Records, each with ten instructions of all kinds."""
    records = [made_record(api, 1) for api in sample_apis()[1::5]]
    return [(record, written_for(record, 10, mix=MIX)) for record in records]


def test_every_kind_comes_out_at_its_fraction(mixed):
    kinds = Counter(one.kind for _, written in mixed for one in written)
    for kind, fraction in MIX.items():
        assert kinds[kind] >= 0.7 * fraction * 10 * len(mixed), kind


def test_each_kind_reads_back_as_what_it_is(mixed):
    for record, written in mixed:
        functions = parse_functions(record["NLDocumentation"])
        for one in written:
            calls = plan(functions, " ".join((one.text, *one.follow_ups)))
            first = plan(functions, one.text)
            if one.kind == "none":
                assert calls == []
            elif one.kind == "follow_up":
                assert one.follow_ups and len(calls) > len(first) > 0
            elif one.kind == "parallel":
                assert len(calls) > 1 and not any(call.references for call in calls)
            elif one.kind == "missing":
                assert any(call.missing for call in calls)
            elif one.kind == "compare":
                assert without_comparison(one.text)[1] is not None


def test_each_function_is_needed_at_least_once(mixed):
    for record, written in mixed:
        functions = parse_functions(record["NLDocumentation"])
        used = {call.function.name for one in written
                for call in plan(functions, " ".join((one.text, *one.follow_ups)))}
        assert used == {function.name for function in functions}


def test_nobody_names_things_by_an_id_that_another_function_finds(mixed):
    for record, written in mixed:
        functions = parse_functions(record["NLDocumentation"])
        for one in written:
            for call in plan(functions, " ".join((one.text, *one.follow_ups))):
                found_elsewhere = source_for(call.function, functions)
                assert not found_elsewhere or not found_elsewhere[1].keys() & call.arguments.keys(), one.text
