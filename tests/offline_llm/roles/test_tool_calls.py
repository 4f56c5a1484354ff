"""Native tool calling: the same plans, independent calls at once, and an end."""

import json

from offline_roles import Executor, made_record, prompt, sample_apis, written_for

from offline_llm.roles.user_role import answer_question
from offline_llm.server.chat_protocol import completion, parse_request
from offline_llm.server.dispatch import reply_to
from toolalpaca.conversation.functions import tool_schemas


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
                        functions=record["NLDocumentation"],
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


def test_an_answer_with_calls_says_so():
    record = made_record(sample_apis()[0])
    request = parse_request(
        {
            "model": "offline",
            "tools": tool_schemas(record),
            "messages": [{"role": "user", "content": record["Instructions"][0]}],
        }
    )
    assert completion(request, [reply_to(request)])["choices"][0]["finish_reason"] == "tool_calls"
