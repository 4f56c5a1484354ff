"""Cases out of runs: what belongs to which golden answer, and what is no solution."""

from pathlib import Path

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.evaluation.cases import notes_on, read_cases

RUN = Path("run.json")
CALL = {"Action": "find", "Action_Input": "{}"}


def record(**more):
    return {"Name": "Lantern", "Instructions": ["One.", "Two."],
            "Instances": [{"input": "One.", "output": "Done.", "intermediate_steps": []},
                          {"input": "Two.", "error": "timeout: too slow"}], **more}


def test_one_case_per_instruction_with_its_golden_answer():
    first, second = read_cases(RUN, [record(Golden_Answers=[[CALL], []])], None)
    assert (first.name, first.instruction, first.golden, first.failure) == ("Lantern [0]", "One.", [CALL], None)
    assert (second.golden, second.failure) == ([], "timeout: too slow")


def test_golden_answers_of_another_file_go_by_name():
    golden = {"Other": {"Name": "Other"}, "Lantern": {"Name": "Lantern", "Golden_Answers": [[CALL], [CALL]]}}
    assert [case.golden for case in read_cases(RUN, [record()], golden)] == [[CALL], [CALL]]


def test_without_golden_answers_there_is_none():
    assert [case.golden for case in read_cases(RUN, [record()], None)] == [None, None]
    short = record(Golden_Answers=[[CALL]])
    assert [case.golden for case in read_cases(RUN, [short], None)] == [[CALL], None]


def test_an_instruction_without_an_instance_is_a_case_without_a_solution():
    cases = read_cases(RUN, [record(Instances=[{"input": "One.", "output": "Done."}])], None)
    assert [bool(case.failure) for case in cases] == [False, True]
    assert "not_run" in cases[1].failure


def test_an_empty_run_is_no_solution():
    cases = read_cases(RUN, [record(Instances=[{"input": "One.", "output": " ", "intermediate_steps": []}] * 2)], None)
    assert all("no_solution" in case.failure for case in cases)


def test_records_that_were_not_run_are_left_out():
    cases = read_cases(RUN, [{"Name": "Later", "Instructions": ["x"]}, record()], None)
    assert {case.api for case in cases} == {"Lantern"}


@pytest.mark.parametrize(("instance", "words"), [
    (None, "it is null"), ("x", "it is a string"), ({"input": 3}, "'input' is a number"),
    ({"input": "One.", "intermediate_steps": {}}, "'intermediate_steps' is an object"), ({"output": []}, "'output'"),
])
def test_a_malformed_instance_is_a_case_without_a_solution(instance, words):
    first, second = read_cases(RUN, [record(Instances=[instance, {"input": "Two.", "output": "Done."}])], None)
    assert first.failure.startswith("malformed_instance: ")
    assert words in first.failure
    assert (first.instruction, second.failure) == ("One.", None)


def test_notes_say_what_was_left_out():
    records = [{"Name": "Later", "Instructions": ["x"]}, record(Golden_Answers=[[CALL]])]
    notes = notes_on(records, read_cases(RUN, records, None))
    assert "1 of 2 APIs have no Instances" in notes[0]
    assert "1 of 2 cases have no golden answer" in notes[1]


@pytest.mark.parametrize(("records", "words"), [
    ([{"Name": "Lantern"}], "no record has Instances"),
    ([record(Golden_Answers=[["find"]])], r"Golden_Answers\[0\]"),
    ([record(Golden_Answers=[{"Action_Input": "{}"}])], r"Golden_Answers\[0\]"),
    ([record(Instances=[], Instructions=[])], "no instance"),
    ([record(Name="statistics")], "rename"),
])
def test_wrong_shapes_name_the_record(records, words):
    with pytest.raises(UsageError, match=words):
        read_cases(RUN, records, None)


def test_golden_answers_of_other_instructions_or_apis_are_refused():
    with pytest.raises(UsageError, match="no API of it"):
        read_cases(RUN, [record()], {"Other": {"Name": "Other"}})
    other = {"Lantern": {"Name": "Lantern", "Instructions": ["Two.", "One."], "Golden_Answers": [[], []]}}
    with pytest.raises(UsageError, match=r"Instructions\[0\]"):
        read_cases(RUN, [record()], other)
