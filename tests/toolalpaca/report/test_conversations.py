"""The data behind the conversations: trained turns, golden calls next to predicted ones, verdicts."""

import pytest
from report_runs import OK, small_evaluation, small_run, written

from toolalpaca.report.conversations import browser_data
from toolalpaca.report.corpus import corpus_of
from toolalpaca.report.inputs import read_inputs


@pytest.fixture
def data(tmp_path):
    records = small_run()
    inputs = read_inputs([written(tmp_path / "run.json", records)],
                         [written(tmp_path / "eval.json", small_evaluation(records))], None, None)
    return browser_data(inputs.runs, inputs.evaluations)


def test_every_instruction_is_there_in_its_order(data):
    assert [(data["apis"][one["a"]]["name"], one["i"]) for one in data["instances"]] == [
        ("Lantern", 0), ("Lantern", 1), ("Lantern", 2), ("Lamp / Light & <b>", 0), ("Lamp / Light & <b>", 1)]
    assert data["apis"][0]["functions"].keys() == {"find"}


def test_a_turn_is_a_thought_a_call_and_what_came_back(data):
    first = data["instances"][0]
    assert first["s"] == [["I should use find.", "find", '{"colour": "red"}', OK]]
    assert (first["t"], first["o"]) == ("I now know the answer.", "Here it is.")


def test_kinds_and_calls_of_one_turn_are_told(tmp_path):
    records = small_run()
    records[0] |= {"Instruction_Kinds": ["single", "parallel", "follow_up"]}
    records[0]["Instances"][1]["step_notes"] = [{"turn": 1}, {"turn": 1}]
    inputs = read_inputs([written(tmp_path / "run.json", records)], [], None, None)
    instances = browser_data(inputs.runs, [])["instances"]
    assert [one.get("k") for one in instances] == ["single", "parallel", "follow_up", None, None]
    assert [one.get("p") for one in instances] == [None, [1], None, None, None]
    assert corpus_of(inputs.runs[0], lambda record, instance: []).rows()["asked for as parallel"] == "1"


def test_trained_turns_are_those_of_the_training_example(data):
    assert [one.get("m") for one in data["instances"]] == [[1, 1], [1, 1, 1], None, [1, 1], [1, 1, 1]]
    assert data["instances"][2]["l"] == "ended in an error"


def test_an_unreadable_step_is_not_trained(tmp_path):
    records = small_run()
    records[0]["Instances"][1]["intermediate_steps"][0] = [["", "", "I mumble."], "That is no action."]
    inputs = read_inputs([written(tmp_path / "run.json", records)], [], None, None)
    assert browser_data(inputs.runs, [])["instances"][1]["m"] == [0, 1, 1]


def test_golden_calls_stand_beside_the_made_ones(data):
    second = data["instances"][1]["g"]["golden"]
    assert [(call["f"], call["a"], call["m"]) for call in second] == [
        ("find", {"colour": "blue"}, 0), ("find", {"colour": "green"}, 1)]
    assert [call["wrong"] for call in second] == [[], [["colour", "wrong_argument", "green", "grey"]]]
    assert data["instances"][2]["g"]["golden"][0]["m"] is None
    assert "g" not in data["instances"][3]


def test_verdicts_stand_at_the_solutions_that_they_are_about(data, tmp_path):
    assert [[(verdict["p"], verdict["r"]) for verdict in one.get("j", [])] for one in data["instances"]] == [
        [("Yes", "Yes")], [("No", "Yes")], [(None, None)], [], []]
    records = small_run()
    evaluation = written(tmp_path / "e.json", small_evaluation(records))
    records[0]["Instances"][0]["output"] = "Another answer."
    inputs = read_inputs([written(tmp_path / "other.json", records)], [evaluation], None, None)
    assert "j" not in browser_data(inputs.runs, inputs.evaluations)["instances"][0]


def test_a_conversation_of_several_turns_shows_what_was_said_when(tmp_path):
    records = small_run()
    first = records[0]["Instances"][0]
    later = {**first, "input": "And a blue one?", "output": "There.", "Final Thought": ""}
    records[0]["Instances"][0] = {**first, "Turns": [later]}
    inputs = read_inputs([written(tmp_path / "run.json", records)], [], None, None)
    made = browser_data(inputs.runs, [])["instances"]
    assert made[0]["u"] == [[1, first["input"], "I now know the answer.", "Here it is."],
                            [1, "And a blue one?", "", "There."]]
    assert len(made[0]["s"]) == 2 and "u" not in made[1]
