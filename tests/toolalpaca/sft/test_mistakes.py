"""Mistakes before right calls: refused as the executor refuses, read and not trained, and mended in the next call."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from agent_fakes import RECORD

from toolalpaca.agent.api import Api
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.steps import steps_of
from toolalpaca.sft import mistakes
from toolalpaca.sft.build import ExampleTally, examples
from toolalpaca.sft.formats import Rendering
from toolalpaca.sft.mistakes import with_mistake, with_own_mistakes
from toolalpaca.sft.selection import Selection


def weather(arguments: dict[str, Any]) -> Any:
    text = json.dumps(arguments)
    return {"input": "How warm will it be in Paris in 3 days?", "output": "21 degrees.", "Final Thought": "I know it.",
            "intermediate_steps": [[["getWeather", text, f"I look.\nAction: getWeather\nAction Input: {text}"],
                                    'Status Code: 200. Response: {"temp": 21}']]}


TALK = weather({"city": "Paris", "days": 3})


def executor(function: str, text: str) -> str:
    tools = Tools(Api(RECORD), None, None)  # type: ignore[arg-type]  # a call that is refused reaches neither
    return tools.call(function, json.loads(text))[0]


def test_every_kind_of_mistake_is_refused_as_the_executor_does_and_then_mended() -> None:
    kinds = set()
    for seed in range(40):
        wrong, right = steps_of(with_mistake(RECORD, TALK, random.Random(seed)))
        [before] = steps_of(TALK)
        assert wrong.thought == before.thought and wrong.input != before.input
        assert wrong.observation == executor(wrong.action, wrong.input)
        assert (right.action, right.input, right.observation) == (before.action, before.input, before.observation)
        assert right.thought != before.thought
        kinds.add(wrong.observation.split(":")[0])
    assert kinds == {"Unknown parameters", "Missing required parameters", "Parameter type error"}


def test_the_mistake_is_read_and_what_mends_it_is_trained() -> None:
    rendering = Rendering("segments", PROMPT_FORMS["test_v1"], learn_refused=False, mistaken_share=1.0)
    api: Any = {**RECORD, "Instances": [TALK]}
    [[texts, trained]] = list(examples([api], rendering, Selection(), ExampleTally()))
    read, learned = ("".join(text for text, flag in zip(texts, trained, strict=True) if flag is wanted)
                     for wanted in (False, True))
    assert "try again" in read and "I look." in read and "I look." not in learned
    assert '{"city": "Paris", "days": 3}' in learned


def test_mistakes_of_renamed_functions_have_the_new_names_everywhere() -> None:
    rendering = Rendering("segments", PROMPT_FORMS["test_v1"], renamed_share=1.0, mistaken_share=1.0)
    api: Any = {**RECORD, "Instances": [TALK] * 3}
    made = 0
    for seed in range(20):
        for texts, _ in examples([api], replace(rendering, seed=seed), Selection(), ExampleTally()):
            talk = "".join(texts).split("USER: ")[-1]
            made += "try again" in talk
            assert not any(name in talk for name in ("getWeather", "city", "days\"", "`days", "cityValue"))
    assert made == 60


@pytest.mark.parametrize(("share", "made"), [(0.0, 0), (0.5, 20), (1.0, 40)])
def test_the_share_of_conversations_is_the_one_asked_for(share: float, made: int) -> None:
    rendering = Rendering("text", PROMPT_FORMS["test_v1"], mistaken_share=share)
    api: Any = {**RECORD, "Instances": [{**TALK, "input": f"{TALK['input']} {number}"} for number in range(40)]}
    found = sum("try again" in example["text"] for example in examples([api], rendering, Selection(), ExampleTally()))
    assert abs(found - made) <= 10 * (0 < share < 1)


@pytest.mark.parametrize("instance", [
    weather({"town": "Paris"}),  # refused as it is
    {**TALK, "intermediate_steps": []},
])
def test_what_cannot_be_made_wrong_stays(instance: Any) -> None:
    assert with_mistake(RECORD, instance, random.Random(0)) == instance


def test_an_api_without_a_document_has_no_mistakes() -> None:
    assert with_mistake({**RECORD, "Documentation": "{}"}, TALK, random.Random(0)) == TALK


def test_an_api_is_bound_once_for_all_its_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    parse = mistakes.document_of
    monkeypatch.setattr(mistakes, "document_of", lambda record: read.append(record["Documentation"]) or parse(record))
    record: Any = {**RECORD, "Documentation": RECORD["Documentation"] + " "}
    made = [with_mistake(record, TALK, random.Random(seed)) for seed in range(5)]
    assert TALK not in made and len(read) == 1


def test_calls_of_one_turn_stay_together_and_the_right_call_follows_them() -> None:
    first, second = (weather({"city": city, "days": 3})["intermediate_steps"][0] for city in ("Paris", "Oslo"))
    last = weather({"city": "Rome", "days": 1})["intermediate_steps"][0]
    talk: Any = {**TALK, "intermediate_steps": [first, second, last],
                 "step_notes": [{"turn": 1, "reasoning": "Hm."}, {"turn": 1}, {"turn": 2}]}
    seen = set()
    for seed in range(20):
        steps = steps_of(with_mistake(RECORD, talk, random.Random(seed)))
        [place] = [place for place, step in enumerate(steps) if "Status" not in step.observation]
        seen.add(place)
        assert [step.turn for step in steps] == [1, 1, 2, 3]
        right = steps[2 if place < 2 else 3]
        assert (right.action, right.input) == tuple([first, second, last][place][0][:2])
        assert steps[0].reasoning == "Hm."
    assert seen == {0, 1, 2}


def tried(*calls: tuple[str, dict[str, Any]]) -> Any:
    """What a model did about the same task: calls, each with what the executor says to it."""
    lists = []
    for function, arguments in calls:
        text = json.dumps(arguments)
        lists.append([[function, text, f"I try.\nAction: {function}\nAction Input: {text}"], executor(function, text)])
    return {"input": TALK["input"], "output": "", "intermediate_steps": lists}


WRONG = ("getWeather", {"town": "Paris", "days": 3})


@pytest.mark.parametrize(("wrong", "thought"), [
    ([WRONG], "`town` is not a parameter here; `city` has to be Paris."),
    ([WRONG, WRONG, WRONG], "`town` is not a parameter here; `city` has to be Paris."),
    ([WRONG, ("lookUp", {"city": "Paris"})], "That call was refused. What I need is `getWeather`."),
])
def test_a_models_own_mistakes_come_before_the_right_call(wrong: list[Any], thought: str) -> None:
    *refused, right = steps_of(with_own_mistakes(TALK, tried(*wrong)))
    assert [(step.action, json.loads(step.input)) for step in refused] == wrong[:mistakes.MOST_OWN_MISTAKES]
    assert all(step.observation == executor(step.action, step.input) for step in refused)
    [before] = steps_of(TALK)
    assert right == replace(before, thought=thought, turn=len(refused) + 1)


def test_a_model_that_made_no_refused_call_in_that_place_changes_nothing() -> None:
    answered = {**TALK, "intermediate_steps": TALK["intermediate_steps"] * 2}
    for own in (TALK, answered, {**TALK, "intermediate_steps": []}):
        assert with_own_mistakes(TALK, own) is TALK


def test_mistakes_of_a_run_are_read_and_not_trained_under_new_names_too() -> None:
    key = (RECORD["Name"], TALK["input"])
    for renamed in (0.0, 1.0):
        rendering = Rendering("segments", PROMPT_FORMS["test_v1"], learn_refused=False, renamed_share=renamed,
                              tried={key: tried(WRONG)})
        [[texts, trained]] = list(examples([{**RECORD, "Instances": [TALK]}], rendering, Selection(), ExampleTally()))
        learned = "".join(text for text, flag in zip(texts, trained, strict=True) if flag)
        assert "town" not in "".join(texts) if renamed else "town" in "".join(texts)
        assert "I try." in "".join(texts) and "I try." not in learned and "has to be Paris" in learned
