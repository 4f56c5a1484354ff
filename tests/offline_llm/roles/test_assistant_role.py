"""The assistant: plans, asks, corrects its slips, answers from the observations, and comes to an end.

In native tool calling it makes independent calls at once.
"""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_roles import DAY, Executor, converse, made_record, prompt, sample_apis, written_for

from offline_llm.language.described_functions import parse_functions
from offline_llm.language.prompt_reading import TranscriptStep, read_conversation
from offline_llm.language.understanding import plan
from offline_llm.roles.assistant_role import assistant_turn, next_move
from offline_llm.roles.user_role import answer_question
from offline_llm.server.chat_protocol import completion, parse_request
from offline_llm.server.web_app import reply_to
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.rendering import render_prompt
from toolalpaca.conversation.steps import steps_of

FUNCTIONS = parse_functions("""
findShops: Find shops in a city
Parameters: {"city": "Required. string. City.", "limit": "integer. The most shops."}
Output: Shops.
 - Format: application/json
 - Structure: Object{shops: Array[Object{shopId, name}]}
getShopHours: Get the opening hours of a shop
Parameters: {"shopId": "Required. string. Key of the shop."}
Output: Hours.
 - Format: application/json
 - Structure: Object{shopId, opens, closes}
getDetails: Ask the user
Parameters: {"Question": "Required. string. The question."}
Output: The answer.
""")
FOUND = 'Status Code: 200. Response: {"shops": [{"shopId": "k7m2", "name": "Clay & Co"}]}'


def _move(instruction, *steps, functions=FUNCTIONS):
    return next_move(functions, instruction, [TranscriptStep(*step) for step in steps])


def _plain(instruction):
    """An instruction that gets no slip, by the hash of its text."""
    while _move(instruction).action not in [one.name for one in FUNCTIONS] or not _move(instruction).arguments:
        instruction += "!"
    return instruction


CHAIN = _plain("Find shops in Lisbon. Then get the opening hours of the first shop.")


def test_the_first_call_has_the_values_of_the_instruction():
    move = _move(CHAIN)
    assert (move.action, move.arguments) == ("findShops", {"city": "Lisbon"})


def test_the_second_call_takes_the_id_from_the_observation():
    move = _move(CHAIN, ("findShops", {"city": "Lisbon"}, FOUND))
    assert (move.action, move.arguments) == ("getShopHours", {"shopId": "k7m2"})


def test_the_answer_states_what_the_observations_say():
    move = _move(
        CHAIN,
        ("findShops", {"city": "Lisbon"}, FOUND),
        ("getShopHours", {"shopId": "k7m2"}, 'Status Code: 200. Response: {"shopId": "k7m2", "opens": "08:30"}'),
    )
    assert not move.action
    assert "Clay & Co" in move.answer and "08:30" in move.answer


def test_a_missing_value_is_asked_for_and_used():
    instruction = _plain("Please find shops in my city.")
    move = _move(instruction)
    assert move.action == "getDetails" and "city" in move.arguments["Question"]
    move = _move(instruction, ("getDetails", move.arguments, "I live in Porto, the city is Porto."))
    assert (move.action, move.arguments) == ("findShops", {"city": "Porto"})


def test_without_get_details_it_says_what_is_missing():
    move = _move("Please find shops in my city.", functions=FUNCTIONS[:2])
    assert not move.action and "sorry" in move.answer


def test_an_error_is_mended():
    move = _move(
        "Find shops in Lisbon, at most 3 results.",
        (
            "findShops",
            {"city": "Lisbon", "limit": "three"},
            'Parameter type error: "limit", expected integer, but got "three". You need to change the input',
        ),
    )
    assert (move.action, move.arguments) == ("findShops", {"city": "Lisbon", "limit": 3})


def test_turns_that_could_not_be_read_do_not_count_as_failures():
    unreadable = ("", None, "Invalid format: there is no action.")
    move = _move(CHAIN, unreadable, unreadable, unreadable, unreadable)
    assert (move.action, move.arguments) == ("findShops", {"city": "Lisbon"})


def test_a_server_error_is_tried_once_more_and_then_given_up_honestly():
    failure = ("findShops", {"city": "Lisbon"}, 'Status Code: 503. Response: {"error": "down"}')
    assert _move("Find shops in Lisbon.", failure).action == "findShops"
    move = _move("Find shops in Lisbon.", failure, failure)
    assert not move.action and "down" in move.answer


def test_what_cannot_be_done_does_not_stop_the_rest():
    instruction = "Find shops in Lisbon. Then find shops in Porto."
    move = _move(instruction, ("findShops", {"city": "Lisbon"}, "Status Code: 404. Response: {\"error\": \"no\"}"))
    assert (move.action, move.arguments) == ("findShops", {"city": "Porto"})
    move = _move(instruction, ("findShops", {"city": "Lisbon"}, "Status Code: 404. Response: {\"error\": \"no\"}"),
                 ("findShops", {"city": "Porto"}, FOUND))
    assert "sorry" in move.answer and "Clay & Co" in move.answer


def test_a_result_without_the_id_is_no_reason_to_make_one_up():
    move = _move(CHAIN, ("findShops", {"city": "Lisbon"}, 'Status Code: 200. Response: {"shops": []}'))
    assert not move.action and "sorry" in move.answer


@pytest.mark.parametrize("form", PROMPT_FORMS)
def test_all_forms_make_the_same_instance(form):
    record = made_record(sample_apis()[0])
    for instruction in record["Instructions"][:4]:
        instance, other = converse(record, instruction, form), converse(record, instruction, "train_v2")
        calls = [[step[0][:2], step[1]] for step in instance["intermediate_steps"]]
        assert calls == [[step[0][:2], step[1]] for step in other["intermediate_steps"]]
        assert instance["output"] == other["output"]


def test_a_prompt_is_read_back():
    record = made_record(sample_apis()[1])
    steps = [
        [["search", '{"a": 1}', 'Thought: x\nAction: search\nAction Input: {"a": 1}'], "Status Code: 200. Response: {}"]
    ]
    for form in PROMPT_FORMS.values():
        read = read_conversation(render_prompt(form, record, "Do it.", steps_of({"intermediate_steps": steps})))
        assert (read.instruction, read.steps) == (
            "Do it.",
            [TranscriptStep("search", {"a": 1}, "Status Code: 200. Response: {}")],
        )


def _record_and_instruction():
    """An API's record, and an instruction that its functions can do."""
    record = made_record(sample_apis()[0])
    return record, next(one.text for one in written_for(record) if one.kind == "single")


def test_the_turn_is_in_the_prompts_form():
    record, instruction = _record_and_instruction()
    turn = assistant_turn(render_prompt(PROMPT_FORMS["test_v1"], record, instruction))
    assert re.search(r"\nASSISTANT Action: \w+\nASSISTANT Action Input: \{.*\}$", turn)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["findShops", "getShopHours", "getDetails", "", "x"]),
            st.one_of(st.none(), st.dictionaries(st.sampled_from(["city", "shopId"]), st.text(max_size=5))),
            st.one_of(st.text(max_size=40), st.just(FOUND), st.just("Status Code: 404. Response: {}")),
        ),
        max_size=12,
    )
)
def test_no_history_breaks_it_and_long_ones_end(history):
    move = _move(CHAIN, *history)
    assert move.action or move.answer
    if len(history) >= 9:
        assert not move.action


def test_conversations_end_even_when_every_call_fails():
    class Broken(Executor):
        def call(self, name, arguments):
            return "Status Code: 500. Response: {}"

    record = made_record(sample_apis()[2])
    functions = parse_functions(record["NLDocumentation"])
    for instruction in record["Instructions"]:
        steps = []
        while (move := next_move(functions, instruction, steps)).action:
            steps.append(TranscriptStep(move.action, move.arguments, Broken(record).call(move.action, move.arguments)))
            assert len(steps) < 12
        assert "sorry" in move.answer


def test_arguments_are_json_objects():
    record = made_record(sample_apis()[3])
    for instruction in record["Instructions"]:
        for step in converse(record, instruction)["intermediate_steps"]:
            assert isinstance(json.loads(step[0][1]), dict)


def test_a_later_turn_rests_on_the_earlier_ones_and_tells_only_what_is_new():
    record = made_record(sample_apis()[1], 1)
    said = next(one for one in written_for(record, 4, mix={"follow_up": 1.0}) if one.kind == "follow_up")
    first = converse(record, said.text)
    text = render_prompt(PROMPT_FORMS["train_v2"], record, said.text, steps_of(first))
    text += f" {first['Final Thought']}\nFinal Answer: {first['output']}\n\nQuestion: {said.follow_ups[0]}\nThought:"
    conversation = read_conversation(text)
    assert conversation.said == (said.text, said.follow_ups[0])
    assert len(conversation.steps) == conversation.earlier == len(first["intermediate_steps"])
    thought, name, arguments = re.split(r"\nAction: |\nAction Input: ", assistant_turn(text))
    wanted = plan(parse_functions(record["NLDocumentation"]), " ".join(conversation.said))[-1]
    assert name == wanted.function.name
    seen = Executor(record).call(name, json.loads(arguments))
    text += f"{thought}\nAction: {name}\nAction Input: {arguments}\nObservation: {seen}\nThought:"
    answer = assistant_turn(text)
    assert "Final Answer: " in answer and first["output"] not in answer


def test_the_last_thought_says_what_the_results_brought_and_varies():
    bodies = [f"Find shops in {city}" for city in ("Lisbon", "Ghent", "Oslo", "Rome", "Lima", "Porto", "Paris", "Bonn")]
    moves = [_move(text, ("findShops", {"city": text.split()[-1]}, FOUND)) for text in bodies]
    assert all(not move.action and "find shops in a city" in move.thought for move in moves)
    assert len({move.thought for move in moves}) > 2
    assert moves[0] == _move(bodies[0], ("findShops", {"city": "Lisbon"}, FOUND))
    refused = ("findShops", {"city": "Lisbon"}, "Status Code: 500. Response: {}")
    assert "could not find shops in a city" in _move(bodies[0], *[refused] * 3).thought


def _converse(record, instruction, **extra):
    messages = [{"role": "system", "content": "You have tools."}, {"role": "user", "content": instruction}]
    executor, turns = Executor(record), []
    for _ in range(12):
        request = parse_request({"model": "offline", "messages": messages, "tools": tool_schemas(record), **extra})
        message = completion(request, [reply_to(request)])["choices"][0]["message"]
        turns.append(message)
        messages.append(message)
        if not message.get("tool_calls"):
            return turns
        for call in message["tool_calls"]:
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            seen = (
                answer_question(
                    prompt("User").substitute(
                        functions=record["NLDocumentation"], day=DAY,
                        instruction=instruction,
                        history="",
                        question=arguments["Question"],
                    )
                )
                if name == "getDetails"
                else executor.call(name, arguments)
            )
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": seen})
    raise AssertionError("no end")


def test_conversations_end_with_an_answer_that_succeeded():
    for api in sample_apis()[:4]:
        record = made_record(api)
        for one in written_for(record):
            turns = _converse(record, one.text)
            assert turns[-1]["content"]
            assert ("sorry" in turns[-1]["content"], len(turns) == 1) == (one.kind == "none", one.kind == "none")


def test_independent_calls_come_in_one_turn_unless_that_is_refused():
    record = made_record(sample_apis()[0])
    turns = {one.text: _converse(record, one.text) for one in written_for(record, 6, mix={"parallel": 1.0})}
    several = [instruction for instruction, messages in turns.items() if len(messages[0].get("tool_calls", ())) > 1]
    assert several
    alone = _converse(record, several[0], parallel_tool_calls=False)
    assert len(alone[0]["tool_calls"]) == 1
    assert alone[-1]["content"] == turns[several[0]][-1]["content"]


def test_a_mistake_in_one_of_several_calls_is_corrected_in_the_next_turn(monkeypatch):
    monkeypatch.setattr("offline_llm.roles.slips.MISTAKE_SHARE", 1.0)
    record = made_record(sample_apis()[0])
    corrected = 0
    for one in written_for(record, 6, mix={"parallel": 1.0}):
        first, *others = [message for message in _converse(record, one.text) if message.get("tool_calls")]
        names = [call["function"] for call in first["tool_calls"]]
        corrected += len(names) > 1 and [len(message["tool_calls"]) for message in others] == [1]
        assert all(message["tool_calls"][0]["function"] not in names for message in others)
    assert corrected


def test_an_answer_with_calls_says_so():
    record, instruction = _record_and_instruction()
    request = parse_request(
        {
            "model": "offline",
            "tools": tool_schemas(record),
            "messages": [{"role": "user", "content": instruction}],
        }
    )
    assert completion(request, [reply_to(request)])["choices"][0]["finish_reason"] == "tool_calls"
