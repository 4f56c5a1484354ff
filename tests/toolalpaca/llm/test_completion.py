"""Completions in the shapes in which servers write them."""

import json
from typing import Any

import pytest

from toolalpaca.core.errors import FailureKind
from toolalpaca.llm import completion
from toolalpaca.llm.completion import Transient, completion_of, failure_kind_of, reasoning_of

CALL = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]


def _completion(message: Any, **choice: Any) -> dict[str, Any]:
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}]}
    return completion_of(body).message


@pytest.mark.parametrize("calls", [
    {"tool_calls": {"tool_calls": CALL}}, {"tool_calls": [{"id": "1", "name": "f", "args": {"a": 1}}]},
    {"tool_calls": [{"id": "1", "type": "tool_use", "name": "f", "input": {"a": 1}}]},
    {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "parameters": {"a": 1}}}]},
    {"content": [{"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}}]},
    {"tool_calls": [], "toolCalls": [{"id": "1", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
    {"tool_calls": json.dumps(CALL)}, {"tool_calls": [{"id": "1", "function": "f", "arguments": '{"a": 1}'}]},
    {"function_call": {"id": "1", "name": "f", "arguments": '{"a": 1}'}}, {"tool_calls": CALL, "function_call": None}])
def test_calls_are_read_from_wherever_they_are(calls):
    [call] = _completion({"role": "assistant", "content": None, **calls})["tool_calls"]
    assert (call["id"], call["function"]) == ("1", {"name": "f", "arguments": '{"a": 1}'})


@pytest.mark.parametrize("message", [
    {"content": {"type": "text", "text": "Yes."}, "reasoning": "Hm."}, {"content": "Yes.", "thinking": "Hm."},
    {"content": "Yes.", "provider_specific_fields": {"reasoning_content": "Hm."}},
    {"content": "Yes.", "reasoning": {"content": "Hm."}, "thoughts": "Hm."},
    {"content": "Yes.", "reasoning_text": "Hm."},
    {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
                 {"type": "output_text", "text": "Yes."}]},
    {"content": "Yes.", "thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}]},
    {"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}], "tool_calls": None},
    {"content": [{"text": "Hm.", "thought": True}, {"text": "Yes."}]}])
def test_text_and_reasoning_are_read_from_wherever_they_are(message):
    read = _completion(message)
    assert (read["content"], reasoning_of(read)) == ("Yes.", "Hm.")


def test_the_text_of_an_old_completion_is_its_content():
    assert completion_of({"choices": [{"text": "Yes.", "finish_reason": "stop"}]}).message == {"content": "Yes."}


@pytest.mark.parametrize("body", [
    {"choices": []}, {"choices": None}, {"choices": [{"finish_reason": "stop"}]}, {"error": {"message": "overloaded"}},
    {"choices": [{"message": {"content": {"a": 1}}}]}])
def test_a_body_without_a_message_is_unreadable(body):
    with pytest.raises(Transient) as caught:
        completion_of(body)
    assert caught.value.kind is FailureKind.UNREADABLE_BODY


@pytest.mark.parametrize(("reason", "kind"), [
    ("max_output_tokens", FailureKind.TRUNCATED), ("MODEL_CONTEXT_WINDOW_EXCEEDED", FailureKind.TRUNCATED),
    ("ERROR_TOXIC", FailureKind.CONTENT_FILTER), ("refusal", FailureKind.CONTENT_FILTER), ("tool_use", None),
    ("FINISH_REASON_UNSPECIFIED", FailureKind.UNFINISHED), ("MALFORMED_FUNCTION_CALL", FailureKind.UNFINISHED),
    ("USER_CANCEL", FailureKind.UNFINISHED), ("UNEXPECTED_TOOL_CALL", FailureKind.UNFINISHED),
    ("too_many_tokens", FailureKind.TRUNCATED), ("COMPLETE", None), ("end_turn", None), ("FINISHED", None),
    ("EndTurn", None), ("turnEnd", None), ("tool-calls", None), ("<|im_end|>", None), ("stop_word", None),
    ("</s>", None),
    *((reason, FailureKind.UNFINISHED) for reason in (
        "unfinished", "not finished", "suspended", "backend_gone", "pending", "stopped_early", "stop_by_user",
        "force-stop", "EndlessLoop", "preempted"))])
def test_finish_reasons_are_told_by_their_words(reason, kind):
    assert failure_kind_of(reason) is kind


def test_a_message_is_looked_for_where_there_are_keys_only(monkeypatch):
    """An error without a message once took ten million calls of the function, seconds of CPU time for each refusal."""
    looked_at: list[Any] = []
    look = completion.message_in
    monkeypatch.setattr(completion, "message_in", lambda body, *levels: looked_at.append(body) or look(body, *levels))
    assert completion.message_in({"code": 5, "error": {"type": "limit"}}) == ""
    assert len(looked_at) == 2
