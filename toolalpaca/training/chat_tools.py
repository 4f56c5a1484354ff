"""Tools for chat templates that know none: the same information as text in ordinary messages.

The wording follows the form that open models with tools have in common: the tools as JSON in the system message, a
call as JSON inside `<tool_call>`, an answer inside `<tool_response>` in a message of the user.
"""

import json
from typing import Any

from transformers import PreTrainedTokenizerBase

_PROBE = "zx81probe"
_INTRODUCTION = ("You can call these functions. To call one, write a JSON object with its name and arguments between "
                 "<tool_call> and </tool_call>.\n<tools>\n")


def knows_tools(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the chat template shows tools, calls and answers, found by trying."""
    call = {"id": "call_1", "type": "function", "function": {"name": f"{_PROBE}call", "arguments": {"x": 1}}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "name": "f", "content": f"{_PROBE}answer"},
        {"role": "assistant", "content": "a"}]
    tool = {"type": "function", "function": {"name": f"{_PROBE}tool", "description": "",
                                             "parameters": {"type": "object", "properties": {}}}}
    try:
        text = str(tokenizer.apply_chat_template(messages, tools=[tool], tokenize=False))
    except Exception:  # noqa: BLE001 - a template that raises at tools does not know them, whatever it raises
        return False
    return all(f"{_PROBE}{part}" in text for part in ("call", "answer", "tool"))


def without_tools(example: dict[str, Any]) -> dict[str, Any]:
    """The example with its tools, calls and answers written out as text."""
    messages = [_as_text(message) for message in example["messages"]]
    if example.get("tools"):
        listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in example["tools"])
        text = f"{_INTRODUCTION}{listed}\n</tools>"
        if messages[0]["role"] == "system":
            text = f"{messages.pop(0)['content']}\n\n{text}".lstrip()
        messages.insert(0, {"role": "system", "content": text})
    return {"messages": messages, "tools": []}


def _as_text(message: dict[str, Any]) -> dict[str, str]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    calls = [json.dumps({"name": call["function"]["name"], "arguments": call["function"]["arguments"]},
                        ensure_ascii=False) for call in message.get("tool_calls") or []]
    parts = [message["content"], *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)]
    return {"role": message["role"], "content": "\n".join(part for part in parts if part)}
