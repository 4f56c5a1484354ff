"""What the judge is shown and how votes are counted."""

import pytest

from toolalpaca.conversation.steps import describe_solution, steps_of
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.judge import PLACEHOLDERS, describe_golden, filled, majority
from toolalpaca.llm.prompts import Prompt
from toolalpaca.verification.verification_stage import cases_of


@pytest.mark.parametrize(("votes", "verdict"), [
    (["Yes"], "Yes"), (["Yes", "No", "Yes"], "Yes"), (["Yes", "No"], "Uncertain"),
    (["No", "Yes", "Uncertain"], "Uncertain"), (["Uncertain", "Yes", "Uncertain"], "Uncertain"),
    (["No", "No", "Yes", "Yes", "Uncertain"], "Uncertain"),
])
def test_the_majority_counts_and_a_tie_is_uncertain(votes, verdict):
    assert majority(votes) == verdict


def test_the_judge_sees_everything(root):
    case = Case({"Name": "Lantern", "NLDocumentation": "find: Find a lantern."}, 0, "A red one, please.",
                {"output": "It costs 3 euros.", "intermediate_steps": [
                    [["find", '{"colour": "red"}', "ASSISTANT Thought: Red.\nASSISTANT Action: find\n"],
                     "Status Code: 200."],
                    [["", "", "I am lost"], "Invalid format"]]},
                [{"Action": "find", "Action_Input": '{"color": "red"}'}])
    text = filled(Prompt(root / "prompts/Evaluation.txt", PLACEHOLDERS), case)
    for part in ("find: Find a lantern.", "A red one, please.", 'Action Input: {"color": "red"}', "It costs 3 euros.",
                 'Thought: Red.\nAction: find\nAction Input: {"colour": "red"}\nObservation: Status Code: 200.',
                 "Thought: I am lost\nObservation: Invalid format"):
        assert part in text


def test_no_golden_answer_and_no_golden_call_are_told_apart():
    without = Case({"Name": "L"}, 0, "", {}, None)
    assert describe_golden(without) == "(none given)"
    assert describe_golden(Case({"Name": "L"}, 0, "", {}, [])) == "(no call is needed)"


@pytest.mark.parametrize("step", [None, 3, "x", [], [[]], [["f"]], [["f", "{}", "log"]], [[None, "{}", ""], "o"]])
def test_a_step_that_is_no_step_has_no_action(step):
    steps = steps_of({"intermediate_steps": [step]})
    assert [found.action for found in steps] == [""]
    assert "Final Response: (none)" in describe_solution({"intermediate_steps": [step]})


def test_arguments_that_are_no_text_are_shown_as_json():
    assert steps_of({"intermediate_steps": [[["f", {"a": 1}, None], {"b": 2}]]})[0].input == '{"a": 1}'


def test_the_judge_reads_several_turns_one_after_the_other(root):
    [case] = cases_of({"Name": "Clock", "Instructions": ["What time is it?"], "Instances": [
        {"input": "What time is it?", "output": "Noon.", "intermediate_steps": [],
         "Turns": [{"input": "Thanks.", "output": "Bye.", "intermediate_steps": []}]}]})
    text = filled(Prompt(root / "prompts/Evaluation.txt", PLACEHOLDERS), case)
    first, second = text.index("User: What time is it?\n"), text.index("User: Thanks.\n")
    assert first < text.index("Final Response: Noon.\n") < second < text.index("Final Response: Bye.\n")
