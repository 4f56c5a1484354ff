"""The forms in which chat templates want a conversation: with or without a system's message, tools and texts beside
calls, one call a turn, ids of a kind. Each is a function of a conversation, for `chat_template.py`, which finds out
what a template takes."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from toolalpaca.conversation.steps import call_id

ChatConversation = dict[str, Any]  # messages, and tools that may be empty
_INTRODUCTION = ("You can call these functions. To call one, write a JSON object with its name and arguments between "
                 "<tool_call> and </tool_call>.\n<tools>\n")


def unchanged(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation as it is."""
    return conversation


def with_texts(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with arguments as JSON text."""
    messages = [{**message, "tool_calls": [{**call, "function": {
        **call["function"], "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False)}}
        for call in message["tool_calls"]]} if message.get("tool_calls") else message
        for message in conversation["messages"]]
    return {**conversation, "messages": messages}


def calls_alone(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with calls that no text goes with."""
    return {**conversation, "messages": [{**message, "content": ""} if message.get("tool_calls") else message
                                         for message in conversation["messages"]]}


def text_in_reasoning(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with a text beside a call at the end of the reasoning, if the call has some."""
    return {**conversation, "messages": [
        {**message, "content": "",
         "reasoning_content": f"{message['reasoning_content']}\n\n{message['content']}".strip()}
        if message.get("tool_calls") and message.get("reasoning_content") else message
        for message in conversation["messages"]]}


def reasoning_in_text(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with reasoning in `<think>` at the beginning of texts."""
    return {**conversation, "messages": [
        {**message, "content": f"<think>\n{message['reasoning_content']}\n</think>\n\n{message['content']}"}
        if message.get("reasoning_content") else message for message in conversation["messages"]]}


def one_call_a_turn(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with parallel calls one after the other, each with its answer."""
    return {**conversation, "messages": list(_spread(conversation["messages"]))}


def _spread(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    answers = {message.get("tool_call_id"): message for message in messages if message["role"] == "tool"}
    moved = set[str]()
    for message in messages:
        calls = message.get("tool_calls") or []
        if len(calls) > 1 and all(call.get("id") in answers for call in calls):
            for place, call in enumerate(calls):
                yield {**({"role": "assistant", "content": ""} if place else message), "tool_calls": [call]}
                yield answers[call["id"]]
                moved.add(call["id"])
        elif message["role"] != "tool" or message.get("tool_call_id") not in moved:
            yield message


def with_short_ids(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with ids of calls of nine letters and digits."""
    return _with_ids(conversation, lambda name, number: call_id(number + 1))


def with_named_ids(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with ids of calls as Kimi's templates want them, which write them as functions' names."""
    return _with_ids(conversation, lambda name, number: f"functions.{name}:{number}")


def _with_ids(conversation: ChatConversation, made: Callable[[str, int], str]) -> ChatConversation:
    """Return the conversation with ids made from each call's function and number."""
    names = {call["id"]: call["function"]["name"] for message in conversation["messages"]
             for call in message.get("tool_calls") or []}
    ids = {id_: made(name, number) for number, (id_, name) in enumerate(names.items())}
    messages = [{**message, **({"tool_calls": [{**call, "id": ids[call["id"]]} for call in message["tool_calls"]]}
                               if message.get("tool_calls") else {}),
                 **({"tool_call_id": ids.get(message["tool_call_id"], message["tool_call_id"])}
                    if "tool_call_id" in message else {})} for message in conversation["messages"]]
    return {**conversation, "messages": messages}


def tools_as_text(conversation: ChatConversation) -> ChatConversation:
    """Return the conversation with tools, calls and answers written out, and with joined answers."""
    messages = [_as_text(message) for message in conversation["messages"]]
    if conversation.get("tools"):
        listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in conversation["tools"])
        text = f"{_INTRODUCTION}{listed}\n</tools>"
        if messages[0]["role"] == "system":
            text = f"{messages.pop(0)['content']}\n\n{text}".lstrip()
        messages.insert(0, {"role": "system", "content": text})
    return {**conversation, "messages": list(_joined(messages)), "tools": []}


def _as_text(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    calls = [json.dumps({"name": call["function"]["name"], "arguments": call["function"]["arguments"]},
                        ensure_ascii=False) for call in message.get("tool_calls") or []]
    parts = [message["content"], *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)]
    kept = {key: value for key, value in message.items() if key not in ("tool_calls", "tool_call_id", "name")}
    return {**kept, "content": "\n".join(part for part in parts if part)}


def _joined(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the messages with neighbours of the user joined, since many templates want the roles to alternate."""
    for role, group in groupby(messages, key=lambda message: message["role"]):
        same = list(group)
        if role == "user" and len(same) > 1:
            yield {"role": "user", "content": "\n".join(message["content"] for message in same)}
        else:
            yield from same


def content_in_parts(conversation: ChatConversation) -> ChatConversation:
    """Return each content as a list of parts, as templates of models for pictures and text want it."""
    return {**conversation, "messages": [{**message, "content": [{"type": "text", "text": message["content"]}]}
                                         for message in conversation["messages"]]}


def system_in_first_message(conversation: ChatConversation) -> ChatConversation:
    """Return the system's message at the beginning of the user's first one."""
    first, *rest = conversation["messages"]
    if first["role"] != "system" or not rest or rest[0]["role"] != "user":
        return conversation
    content = f"{first['content']}\n\n{rest[0]['content']}".strip()
    return {**conversation, "messages": [{"role": "user", "content": content}, *rest[1:]]}
