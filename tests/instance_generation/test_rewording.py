"""Conversations in other words: calls and results stay, what was said and thought is a model's."""

import json
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import RECORD
from chat_server import ChatServer, serve_chat
from stage_command import assert_usage_error, run_stage

from toolalpaca.agent.rewording import FinishedConversation

SCRIPT = "instance_generation/rewording.py"
STEP = [["getWeather", '{"city": "Paris"}', 'I look.\nAction: getWeather\nAction Input: {"city": "Paris"}'],
        'Status Code: 200. Response: {"temp": 21}']
STIFF: Any = {"input": "Get the weather of Paris.", "output": "The temp is 21.", "Final Thought": "I can answer.",
         "intermediate_steps": [STEP], "Verification": {"passed": True}}
TURN = {"input": "Do I need a coat in Paris?", "thoughts": ["The weather of Paris will tell."], "questions": [],
        "final_thought": "It is mild.", "output": "No, it is 21 degrees there."}


def write_run(path: Path, *instances: dict[str, Any]) -> Path:
    path.write_text(json.dumps([{**RECORD, "Instructions": [one["input"] for one in instances],
                                 "Instances": list(instances)}]))
    return path


def reword(source: Path, out: Path, server: ChatServer, *flags: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the stage; return the record and the last log entry."""
    result = run_stage(SCRIPT, "-api", source, "-out", out, *flags, url=server.url)
    assert result.returncode == 0, result.stderr
    return json.loads(out.read_text())[0], json.loads((out.parent / "run_log.jsonl").read_text().splitlines()[-1])


def test_words_are_new_and_calls_stay(tmp_path: Path) -> None:
    source, out = write_run(tmp_path / "run.json", STIFF), tmp_path / "new" / "reworded.json"
    with serve_chat(lambda _: json.dumps({"turns": [TURN]})) as server:
        record, log = reword(source, out, server)
        assert (log["made"], log["failed"], len(server.requests)) == (1, 0, 1)
        reword(source, out, server)
        assert len(server.requests) == 1  # the second run takes what is stored
    [instance] = record["Instances"]
    [[[action, arguments, thought], observation]] = instance["intermediate_steps"]
    assert (action, arguments, observation) == (STEP[0][0], STEP[0][1], STEP[1])
    assert thought.startswith("The weather of Paris will tell.\nAction: getWeather")
    assert (instance["input"], instance["output"], instance["Final Thought"]) == (
        TURN["input"], TURN["output"], TURN["final_thought"])
    assert record["Instructions"] == [TURN["input"]] and "Verification" not in instance
    prompt = server.requests[0]["messages"][-1]["content"]
    assert STIFF["input"] in prompt and "getWeather" in prompt and '{"temp": 21}' in prompt


def test_a_model_without_fitting_words_leaves_the_conversation_as_it_is(tmp_path: Path) -> None:
    source = write_run(tmp_path / "run.json", STIFF, {**STIFF, "input": "And Rome?"})

    def reply(request: dict[str, Any]) -> str:
        fits = "And Rome?" in request["messages"][0]["content"]
        return json.dumps({"turns": [TURN if fits else {**TURN, "thoughts": []}]})

    with serve_chat(reply) as server:
        record, log = reword(source, tmp_path / "new.json", server)
        assert any("1 steps and 0 thoughts" in request["messages"][-1]["content"] for request in server.requests)
    assert (log["made"], log["failed"]) == (1, 1)
    assert record["Instructions"] == [STIFF["input"], TURN["input"]]
    assert record["Instances"][0] == STIFF


def test_a_share_is_drawn_the_same_way_each_time(tmp_path: Path) -> None:
    source = write_run(tmp_path / "run.json", *({**STIFF, "input": f"Weather {number}?"} for number in range(40)))
    with serve_chat(lambda _: json.dumps({"turns": [TURN]})) as server:
        first, log = reword(source, tmp_path / "a" / "new.json", server, "--share", "0.5")
        second, _ = reword(source, tmp_path / "b" / "new.json", server, "--share", "0.5")
    assert 10 <= log["made"] <= 30 and first == second
    assert sum(text == TURN["input"] for text in first["Instructions"]) == log["made"]


def test_later_turns_are_reworded_with_the_first() -> None:
    instance: Any = {**STIFF, "Turns": [{**STIFF, "input": "And at night?"}]}
    conversation = FinishedConversation(api_record(), 0, instance)
    night = {**TURN, "input": "Will it be colder after dark?"}
    made = conversation.reworded(json.dumps({"turns": [TURN, night]}))
    assert made["input"] == TURN["input"] and [turn["input"] for turn in made["Turns"]] == [night["input"]]
    assert made["Turns"][0]["intermediate_steps"][0][1] == STEP[1]


def api_record() -> Any:
    return {**RECORD, "Function_Description": {"getWeather": "The weather.", "search": "Search."}}


@pytest.mark.parametrize(("answer", "problem"), [
    ("Gladly!", "not a JSON object"),
    ("Gladly!\n```json\n{\"turns\": \"none\"}\n```", "not a JSON object"),
    (json.dumps({"turns": []}), "turns"),
    (json.dumps({"turns": [TURN, TURN]}), "1 turns of the user, the answer 2"),
    (json.dumps({"turns": [{**TURN, "output": "  "}]}), "output"),
    (json.dumps({"turns": [{**TURN, "input": "Use getWeather for Paris."}]}), "names the function getWeather"),
])
def test_what_is_wrong_with_an_answer_is_said(answer: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        FinishedConversation(api_record(), 0, STIFF).reworded(answer)


ASKS: Any = {"input": "Get the weather.", "output": "The temp is 21.", "Final Thought": "I can answer.",
             "intermediate_steps": [[["getDetails", '{"Question": "Could you tell me the city?"}', "I should ask."],
                                     "It's Paris."], STEP]}
ASKED: Any = {**TURN, "input": "Do I need a coat today?", "thoughts": ["I don't know where they are.", "Paris, so..."],
              "questions": [{"question": "Where will you be?", "reply": "paris, near the river"}]}


def test_questions_to_the_user_and_their_replies_are_reworded() -> None:
    made = FinishedConversation(api_record(), 0, ASKS).reworded(json.dumps({"turns": [ASKED]}))
    [[[action, asked, log], reply], [call, observation]] = made["intermediate_steps"]
    assert (action, json.loads(asked), reply) == ("getDetails", {"Question": "Where will you be?"},
                                                  "paris, near the river")
    assert log == f"I don't know where they are.\nAction: getDetails\nAction Input: {asked}"
    assert (call[1], observation) == (STEP[0][1], STEP[1])


@pytest.mark.parametrize(("words", "problem"), [
    ({"input": "Do I need a coat in Paris?"}, "an input tells 'Paris'"),
    ({"questions": [{"question": "Where?", "reply": "Just here."}]}, "reply .* does not tell 'Paris'"),
    ({"questions": []}, "asks the user 1 times, not 0"),
])
def test_a_detail_is_told_when_asked_for_and_not_before(words: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        FinishedConversation(api_record(), 0, ASKS).reworded(json.dumps({"turns": [{**ASKED, **words}]}))


@pytest.mark.parametrize("frame", ["Here it is:\n\n```json\n{}\n```", "```\n{}\n```\nI kept all values.", "Gladly!\n{}",
                                   "{}\n\nShall I do {{another}} one?"])
def test_an_answer_is_found_whatever_surrounds_it(frame: str) -> None:
    answer = frame.format(json.dumps({"turns": [TURN]}, indent=1))
    assert FinishedConversation(api_record(), 0, STIFF).reworded(answer)["input"] == TURN["input"]


def test_words_of_the_language_may_be_names_of_functions() -> None:
    said = {**TURN, "input": "Can you search Paris for rain?"}
    reworded = FinishedConversation(api_record(), 0, STIFF).reworded(json.dumps({"turns": [said]}))
    assert reworded["input"] == said["input"]


def test_a_corpus_without_conversations_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps([RECORD]))
    assert_usage_error(run_stage(SCRIPT, "-api", tmp_path / "run.json", "-out", tmp_path / "new.json"),
                       "no conversation to put into other words")
