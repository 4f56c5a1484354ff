"""Answers of model servers as they are found, read through the client and the dialogue of native tool calling."""

import json
from typing import Any

import pytest
from agent_fakes import RECORD

from toolalpaca.agent.api import Api
from toolalpaca.agent.dialogue import ToolDialogue
from toolalpaca.conversation.parsing import Action, FinalAnswer, Turn, Unreadable
from toolalpaca.core.errors import FailureKind
from toolalpaca.llm.completion import Completion, Refused, Transient, completion_of

PARIS = {"city": "Paris"}
TAGGED = '<tool_call>\n{"name": "getWeather", "arguments": {"city": "Paris"}}\n</tool_call>'


class OneAnswer:
    """A model whose only answer is a body, read as the endpoint's client reads it."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def chat(self, messages: list[Any], *, record: str, **extra: Any) -> Completion:
        return completion_of(self.body)


def body(finish: str | None = "stop", content: Any = None, calls: Any = None, **message: Any) -> dict[str, Any]:
    """Return a chat completion; None and no calls are left in as servers give them."""
    return {"object": "chat.completion", "choices": [{"index": 0, "finish_reason": finish, "message": {
        "role": "assistant", "content": content, "tool_calls": calls, **message}}]}


def called(arguments: Any, name: str | None = "getWeather", **call: Any) -> list[dict[str, Any]]:
    """Return tool calls of one function."""
    return [{"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}, **call}]


def turns_of(answer: Any) -> tuple[ToolDialogue, list[Turn]]:
    dialogue = ToolDialogue.begin(OneAnswer(answer), Api(RECORD), "r", "How warm is it in Paris?")
    return dialogue, list(dialogue.next_turn())


@pytest.mark.parametrize("answer", [
    body("tool_calls", calls=called('{"city": "Paris"}')),
    body("tool_calls", calls=called(PARIS)),
    body("tool_calls", calls=called('"{\\"city\\": \\"Paris\\"}"')),
    body("tool_calls", calls=called('{"city": "Paris"}</tool_call>')),
    body("tool_calls", calls=called('{"city": "Paris"}<|im_end|>')),
    body("tool_calls", calls=called('{"city": "Paris"}{}')),
    body("stop", "", called('{"city": "Paris"}'), reasoning_content="Paris is meant."),
    body("function_call", function_call={"name": "getWeather", "arguments": '{"city": "Paris"}'}),
    body("tool_use", calls=called('{"city": "Paris"}', "functions.getWeather")),
    body("tool_calls", calls=called('{"city": "Paris"}', "getWeather<|channel|>commentary")),
    body("tool_calls", calls=called('{"city": "Paris"}', "default_api:getWeather")),
    body("tool_calls", calls=called('{"city": "Paris"}', "getWeather\n")),
    body("tool_calls", calls=called('{"city": "Paris"}')[0]),
    body("tool_calls", calls=[{"name": "getWeather", "arguments": PARIS}]),
    body("tool_calls", TAGGED, []),
    body("stop", '[{"name": "getWeather", "parameters": {"city": "Paris"}}]'),
    body("stop", '[getWeather(city="Paris")]<|eot|>'),
    body("stop", 'functions.getWeather:0{"city": "Paris"}'),
    body("stop", "<|tool_call_start|>[getWeather(city='Paris')]<|tool_call_end|>"),
    body("stop", [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                  {"type": "text", "text": TAGGED}]),
    body("stop", "<getWeather>\n<city>Paris</city>\n</getWeather>"),
    body("stop", 'to=getWeather code{"city": "Paris"}'),
    body("stop", "<cat_tool_call>getWeather\n<cat_arg_key>city</cat_arg_key>\n<cat_arg_value>Paris</cat_arg_value>"
                 "\n</cat_tool_call>"),
    body("stop", 'I look it up.\nAction: getWeather\nAction Input: {"city": "Paris"}'),
    body("stop", 'Paris is meant.\nASSISTANT Action: getWeather\nASSISTANT Action Input: {"city": "Paris"}'),
])
def test_a_call_in_any_shape_is_that_call(answer: dict[str, Any]) -> None:
    _, [turn] = turns_of(answer)
    assert isinstance(turn, Action) and (turn.name, turn.arguments) == ("getWeather", PARIS)


@pytest.mark.parametrize(("answer", "text", "reasoning"), [
    (body("stop", "20 degrees.", reasoning_content="Hm."), "20 degrees.", "Hm."),
    (body("stop", "20 degrees.", reasoning="Hm."), "20 degrees.", "Hm."),
    (body("stop", "<think>Hm.</think><answer>20 degrees.</answer>"), "20 degrees.", "Hm."),
    (body("stop", "20 degrees.", thinking="Hm."), "20 degrees.", "Hm."),
    (body("stop", "20 degrees.", reasoning=None, reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]),
     "20 degrees.", "Hm."),
    (body("stop", [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                   {"type": "text", "text": "20 degrees."}]), "20 degrees.", "Hm."),
    (body("stop", [{"type": "text", "text": "20 "}, {"type": "output_text", "text": "degrees."}]), "20 degrees.", ""),
    (body("stop", ["20 ", "degrees."]), "20 degrees.", ""),
    (body("end_turn", "<think>Hm.</think>\n\n20 degrees.<|im_end|>\n", []), "20 degrees.", "Hm."),
    (body("COMPLETE", "<|START_RESPONSE|>20 degrees.<|END_RESPONSE|>"), "20 degrees.", ""),
    (body("STOP", "20 degrees.\n<end_of_turn>"), "20 degrees.", ""),
    (body(None, "20 degrees.</s>"), "20 degrees.", ""),
    (body("eos_token", "20 degrees.[|endofturn|]"), "20 degrees.", ""),
    (body("stop_sequence", "Hm.</think>20 degrees.", []), "20 degrees.", "Hm."),
    (body("stop", "Thought: the result says it.\nFinal Answer: 20 degrees."), "20 degrees.", ""),
])
def test_an_answer_in_any_shape_is_that_answer(answer: dict[str, Any], text: str, reasoning: str) -> None:
    _, [turn] = turns_of(answer)
    assert isinstance(turn, FinalAnswer) and (turn.text, turn.reasoning) == (text, reasoning)


@pytest.mark.parametrize(("answer", "kind"), [
    (body("length", calls=called('{"city": "Par')), FailureKind.TRUNCATED),
    (body("MAX_TOKENS", "It is"), FailureKind.TRUNCATED),
    (body("model_length", "It is"), FailureKind.TRUNCATED),
    (body("model_context_window_exceeded", "It is"), FailureKind.TRUNCATED),
    (body("MALFORMED_FUNCTION_CALL", ""), FailureKind.UNFINISHED),
    (body("insufficient_system_resource", "It is"), FailureKind.UNFINISHED),
    (body("network_error", "It is"), FailureKind.UNFINISHED),
    (body("repetition_detected", "It is is is"), FailureKind.UNFINISHED),
    (body("stop", "", reasoning_content='<tool_call>{"name": "getWeather", "arguments": {}}</tool_call>'),
     FailureKind.EMPTY),
    ({"choices": []}, FailureKind.UNREADABLE_BODY),
    ({"error": {"message": "Provider returned error", "code": 502}}, FailureKind.UNREADABLE_BODY),
    ({"choices": [{"error": {"code": 502, "message": "overloaded"}, "finish_reason": "error",
                   "message": {"role": "assistant", "content": "It is"}}]}, FailureKind.UNFINISHED),
])
def test_what_is_not_whole_is_not_kept(answer: dict[str, Any], kind: FailureKind) -> None:
    with pytest.raises(Transient) as failure:
        turns_of(answer)
    assert failure.value.kind is kind


@pytest.mark.parametrize("answer", [body("SAFETY", "It"), body("stop", None, refusal="I can't help with that.")])
def test_what_a_filter_withholds_is_not_asked_for_again(answer: dict[str, Any]) -> None:
    with pytest.raises(Refused) as failure:
        turns_of(answer)
    assert failure.value.kind is FailureKind.CONTENT_FILTER


@pytest.mark.parametrize("answer", [
    body("tool_calls", calls=called('{"city": Paris')), body("tool_calls", calls=called("Paris, please", "setAlert")),
    body("stop", '<tool_call>{"name": "getWeather", "arguments": {"city": "Par'),
    body("stop", "Action: getWeather\nAction Input: the city of Paris"),
])
def test_a_call_without_arguments_that_can_be_read_is_made_again(answer: dict[str, Any]) -> None:
    dialogue, [turn] = turns_of(answer)
    assert isinstance(turn, Unreadable)
    assert all(json.loads(call["function"]["arguments"]) == {} for message in dialogue.messages
               for call in message.get("tool_calls", []))


def test_calls_without_arguments_or_with_one_id_go_back_whole() -> None:
    calls = called(None, "listCities") + called("") + called("null") + [{"function": {"name": "getWeather"}}]
    dialogue, turns = turns_of(body("tool_calls", calls=calls))
    assert [turn.arguments for turn in turns if isinstance(turn, Action)] == [{}, {}, {}, {}]
    sent = dialogue.messages[-1]["tool_calls"]
    assert len({call["id"] for call in sent}) == 4
    assert [call["function"]["arguments"] for call in sent] == ["{}"] * 4
