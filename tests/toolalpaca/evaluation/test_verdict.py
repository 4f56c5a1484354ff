"""Verdicts are read whatever form the judge gives them, and never guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.evaluation.judge import Verdicts, read_verdicts
from toolalpaca.evaluation.results import VERDICTS

PROCESS, RESPONSE = "Process Correctness", "Final Response Correctness"


@pytest.mark.parametrize("answer", [
    "Process Correctness: Yes\nFinal Response Correctness: No",
    "The calls fit.\n\n**Process Correctness:** Yes\n**Final Response Correctness:** No\n",
    "**Process Correctness: Yes**\n**Final Response Correctness: No**",
    "Final Response Correctness: No\nProcess Correctness: Yes",
    "process correctness: yes\nfinal response correctness: no",
    "Process Correctness - yes\nFinal Response Correctness - no",
    "PROCESS CORRECTNESS = YES.\nFINAL RESPONSE CORRECTNESS = NO.",
    "- _Process Correctness_ is `Yes`\n- _Final Response Correctness_ is `No`",
    "| Process Correctness | Yes |\n| Final Response Correctness | No |",
    "### Process Correctness\n\nYes\n\n### Final Response Correctness\n\nNo",
    '{"process_correctness": "Yes", "final_response_correctness": "No"}',
    '{"reasoning": "Process Correctness: No?", "process_correctness": "Yes", "final_response_correctness": "No"}',
    "Process Correctness\uff1aYes\nFinal Response Correctness\uff1aNo",
    "Process Correctness: Yes, no call is missing.\nFinal Response Correctness: No, because the id is made up.",
    "Process Correctness (calls): Yes\nFinal Response Correctness (answer): No",
    "Process Correctness: Yes Final Response Correctness: No",
    "Process Correctness: Yes, No or Uncertain\nFinal Response Correctness: Yes, No or Uncertain\n\n"
    "Process Correctness: Yes\nFinal Response Correctness: No",
    "<think>Process Correctness: No? Process Correctness: Yes?</think>"
    "Process Correctness: Yes\nResponse Correctness: No",
    "The process correctness hangs on the id.\nProcess Correctness: Yes\nFinal Response Correctness: No",
])
def test_reads_many_forms(answer):
    assert read_verdicts(answer) == Verdicts("Yes", "No")


@pytest.mark.parametrize("answer", [
    "", "I cannot judge this.", "Yes", "Yes\nNo",
    "Process Correctness: Yes", "Final Response Correctness: Yes",
    "Process Correctness: Yes and No\nFinal Response Correctness: Yes",
    "Process Correctness: Yes/No\nFinal Response Correctness: Yes",
    "Process Correctness: Yes, or rather: No.\nFinal Response Correctness: Yes",
    "Process Correctness: No. On second thoughts: Yes!\nFinal Response Correctness: Yes",
    "Process Correctness: Yes or Uncertain\nFinal Response Correctness: Yes",
    "Process Correctness: Yes\nFinal Response Correctness: Yes\nProcess Correctness: No",
    "Process Correctness: Yes, No or Uncertain\nFinal Response Correctness: Yes, No or Uncertain",
    "Process Correctness: not Yes\nFinal Response Correctness: Yes",
    "Process Correctness: No needed call is missing\nFinal Response Correctness: Yes",
    "Process Correctness and Final Response Correctness: Yes",
    "Process Correctness: Yesterday\nFinal Response Correctness: Yes",
    "| Process Correctness | Final Response Correctness |\n|---|---|\n| Yes | No |",
    '{"process_correctness": true, "final_response_correctness": true}',
])
def test_refuses_what_is_not_certain(answer):
    with pytest.raises(ValueError, match="Correctness"):
        read_verdicts(answer)


verdict = st.sampled_from(VERDICTS)
case = st.sampled_from([str, str.lower, str.upper])
around = st.sampled_from(["", "**", "*", "_", "`", '"', "__"])
between = st.sampled_from([": ", " - ", ":", " = ", ":\n", " is ", " | "])
prose = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60).filter(
    lambda text: "orrectness" not in text.lower())


@st.composite
def written(draw):
    """Two verdicts and a text that states them in some form."""
    given = Verdicts(draw(verdict), draw(verdict))
    lines = [draw(case)(f"{draw(around)}{label}{draw(around)}") + draw(between) + draw(around) + draw(case)(word)
             for label, word in ((PROCESS, given.process), (RESPONSE, given.response))]
    return given, "\n".join(draw(st.permutations(lines))), draw(prose)


@given(written())
def test_any_form_of_two_lines_is_read(drawn):
    verdicts, lines, reasoning = drawn
    assert read_verdicts(f"Reasoning {json.dumps(reasoning)}\n\n{lines}") == verdicts


@given(verdict, verdict, verdict)
def test_contradictions_are_refused(first, second, response):
    text = f"{PROCESS}: {first}\n{RESPONSE}: {response}\n{PROCESS}: {second}"
    if first == second:
        assert read_verdicts(text) == Verdicts(first, response)
    else:
        with pytest.raises(ValueError, match=f"both .* {PROCESS}"):
            read_verdicts(text)


@given(st.text())
def test_whatever_the_text_nothing_but_value_error(text):
    try:
        verdicts = read_verdicts(text)
    except ValueError:
        return
    assert {verdicts.process, verdicts.response} <= set(VERDICTS)


@given(st.lists(st.sampled_from(
    [PROCESS, RESPONSE, "Yes", "No", "yes", "Uncertain", ":", "\n", " ", "**", "|", "or", "and", "{", "}", '"', "-"])))
def test_pieces_in_any_order_raise_nothing_else(pieces):
    try:
        read_verdicts(" ".join(pieces))
    except ValueError as error:
        assert "\n" not in str(error)
