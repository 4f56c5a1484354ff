"""Golden answers are carried out: what cannot be is found, and what can be is not."""

from pathlib import Path

import pytest
from evaluation_cases import RECORD, golden

from toolalpaca.core.errors import UsageError
from toolalpaca.evaluation.golden_run import check_golden

FILE = Path("gold.json")


def findings(*calls, **record):
    whole = {**RECORD, "Instructions": ["Do it."], "Golden_Answers": [list(calls)], **record}
    return [str(finding) for finding in check_golden(FILE, [whole])[1]]


@pytest.mark.parametrize("calls", [
    [golden("findLanterns", {"query": "moon", "maxPrice": 20.5, "tags": ["round"], "litBefore": "2025-07-04"})],
    [golden("findLanterns"), golden("getWeather")],
    [golden("createLantern", {"name": "Moon", "owner": {"email": "ann@light.example"}}),
     golden("[Optional]deleteLantern", {"id": "L 7/8"})],
    [golden("getDetails", {"Question": "Which?"}), golden("getLantern", '{"id": ${id from getDetails}}')],
    [golden("findLanterns", '{"colour": ${any colour}, "tags": [${a tag}], "litBefore": ${some day}}')],
    [golden("createLantern", {"name": "Moon"}), golden("getLantern", '{"id": ${lanternId from createLantern}}')],
    [golden("createLantern"), golden("getLantern", '{"id": ${id from createLantern}}')],
    [],
])
def test_what_can_be_carried_out(calls):
    assert findings(*calls) == []


@pytest.mark.parametrize(("call", "words"), [
    (golden("findLantern"), "no such function"),
    (golden("getLantern"), "Missing required parameters"),
    (golden("findLanterns", {"color": "red"}), "Unknown parameters"),
    (golden("findLanterns", {"colour": "pink"}), "expected one of"),
    (golden("findLanterns", {"maxPrice": "20"}), "not of its type"),
    (golden("findLanterns", {"litBefore": "tomorrow"}), "date"),
    (golden("findLanterns", {"tags": {"a": 1}}), "tags"),
    (golden("findLanterns", "[1]"), "cannot be read"),
    (golden("getLantern", '{"id": ${id from findLanterns}}'), "findLanterns is not called before"),
])
def test_what_cannot(call, words):
    found = findings(call)
    assert len(found) == 1
    assert found[0].startswith("Lanterns [0] ")
    assert words in found[0]
    assert "\n" not in found[0]


def test_a_field_that_no_result_has():
    weather = {**RECORD, "Documentation": RECORD["Documentation"].replace(
        '"description": "Sun."', '"description": "Sun.", "content": {"application/json": {"schema": {"type": "object", '
        '"properties": {"sun": {"type": "boolean"}}, "required": ["sun"], "additionalProperties": false}}}')}
    found = findings(golden("getWeather"), golden("getLantern", '{"id": ${id from getWeather}}'),
                     Documentation=weather["Documentation"])
    assert "no field of that name" in found[0]


def test_an_answer_for_every_instruction():
    assert "1 golden answers for 2 instructions" in findings(Instructions=["One.", "Two."])[0]


def test_without_a_document_every_call_is_a_finding():
    assert len(findings(golden("findLanterns"), golden("getWeather"), Documentation=None)) == 2


@pytest.mark.parametrize("answers", [[], [[]], [["x"]], [[{"Action_Input": "{}"}]]])
def test_no_golden_answers_are_bad_input(answers):
    record = {**RECORD, "Instructions": ["Do it."], "Golden_Answers": answers}
    if answers == [[]]:
        assert check_golden(FILE, [record]) == (0, [])
    else:
        with pytest.raises(UsageError, match="Golden_Answers"):
            check_golden(FILE, [record])


@pytest.mark.parametrize("name", ["eval_simulated.json", "eval_real.json"])
def test_the_sets_we_ship_can_be_carried_out(root, name):
    from toolalpaca.data.records import read_records

    path = root / "data" / name
    number, found = check_golden(path, read_records(path))
    assert number > 100
    assert found == []
