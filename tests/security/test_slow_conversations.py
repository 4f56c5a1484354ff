"""Conversations whose texts are written to be slow to compare: verified in little time, or refused in a line."""

import json
from pathlib import Path
from typing import Any

import pytest
from effort import at_most

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.evaluation.cases import read_cases
from toolalpaca.evaluation.scorers import score_all
from toolalpaca.matching.facts.evidence import LONGEST_TEXT, MOST_CALLS, MOST_NUMBERS
from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verification_stage import findings

CONTRACT = Contract({"Name": "Tasks", "Documentation": json.dumps({
    "openapi": "3.0.0", "info": {"title": "Tasks", "version": "1"}, "paths": {"/tasks": {"get": {
        "operationId": "listTasks", "parameters": [{"name": "note", "in": "query", "schema": {"type": "string"}}],
        "responses": {"200": {"description": "The tasks"}}}}}}), "Function_Description": {"listTasks": "List tasks."}})


def codes(instruction: str, answer: str, reply: str = "Yes, on 3 May.") -> list[str]:
    """What is found in a conversation about a few tasks of May."""
    steps: list[Any] = []
    for action, arguments, seen in (("getDetails", {"Question": "When?"}, reply),
                                    ("listTasks", {"note": "may"}, [{"id": "t1", "title": "Oak", "amount": 4.5}] * 5)):
        written = json.dumps(arguments)
        observation = seen if isinstance(seen, str) else f"Status Code: 200. Response: {json.dumps(seen)}"
        steps.append([[action, written, f"I look.\nAction: {action}\nAction Input: {written}"], observation])
    trace = {"input": instruction, "output": answer, "Final Thought": "I know.", "intermediate_steps": steps}
    return [reason.code for reason in findings(trace, CONTRACT).reasons]


def numbers(first: int, form: str = "{} ") -> str:
    return "".join(form.format(number) for number in range(first, first + MOST_NUMBERS - 1))


@pytest.mark.parametrize(("instruction", "answer"), [
    (numbers(10_000), numbers(70_000)), (numbers(10_000, "{} km "), numbers(70_000, "{} miles ")),
    ("-1 " * 3300 + "in May", "-1 " * 400), ("1/2/" * 2400 + " May", "May " * 2400), ("A" * 9900, "A " * 4900),
    ("Of the " * 1400, "Aa" * 4900), ("May 1, " * 400, "May " * 2400), ("1-1-" * 2400 + " May", "x"),
    ("List them." + " \n\t" * 3000, "There are 5." + "\n" * 9000), ("List them.", "1-" * 4990),
    ("List them.", "a_" * 4990), ("1-" * 4990, "x"),
], ids=range(12))
def test_texts_that_are_slow_to_compare_take_little_time(instruction: str, answer: str) -> None:
    with at_most(100):
        codes(instruction, answer)


@pytest.mark.parametrize("texts", [
    {"answer": "It is 4.5. " * 1000}, {"answer": "4.5, " * (MOST_NUMBERS + 1)},
    {"reply": "4.5, " * (MOST_NUMBERS + 1)}, {"instruction": "4 " * 300, "reply": "5 " * 300},
    {"instruction": "list " * 1500, "reply": "tasks " * 1500}])
def test_more_than_is_compared_is_refused(texts: dict[str, str]) -> None:
    assert any(len(text) > LONGEST_TEXT // 2 or text.count(",") + text.count(" ") >= 300 for text in texts.values())
    assert codes(**{"instruction": "List the tasks.", "answer": "There are 5.", **texts}) == ["malformed"]


def record_of(steps: int, turns: int = 0, golden: int = 1) -> Any:
    """A record with one conversation of so many steps, or turns of so many steps each."""
    made = [[["listTasks", "{}", "I look.\nAction: listTasks\nAction Input: {}"], "Status Code: 200. Response: []"]]
    turn = {"input": "List them.", "output": "None.", "Final Thought": "I know.", "intermediate_steps": made * steps}
    instance = {**turn, **({"Turns": [turn] * turns} if turns else {})}
    return {**CONTRACT.record, "Instructions": ["List them."], "Instances": [instance],
            "Golden_Answers": [[{"Action": "listTasks", "Action_Input": "{}"}] * golden]}


@pytest.mark.parametrize("size", [(20_000, 0), (MOST_CALLS + 1, 0), (MOST_CALLS // 2 + 1, 2), (1, 30_000)])
def test_more_calls_than_are_compared_are_no_solution(size: tuple[int, int]) -> None:
    record = record_of(*size)
    with at_most(100):
        (case,) = read_cases(Path("x.json"), [record], None)
        assert case.failure_kind is FailureKind.MALFORMED_INSTANCE and str(MOST_CALLS) in str(case.failure)
        assert score_all([case])[0]["process"] == "No"
        if not size[1]:
            assert {reason.code for reason in findings(record["Instances"][0], CONTRACT).reasons} == {"malformed"}


def test_a_golden_answer_of_more_calls_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"Golden_Answers\[0\] holds more than"):
        read_cases(Path("x.json"), [record_of(1, golden=MOST_CALLS + 1)], None)
    (case,) = read_cases(Path("x.json"), [record_of(1, golden=3)], None)
    assert case.failure is None
