"""Finished conversations as chat messages, for models and trainers that know tools.

`messages` is what TRL, axolotl and LLaMA-Factory's "openai" formatting read; `sharegpt` is LLaMA-Factory's own. A turn
that could not be read as a call is left out together with the reply it got, since nothing happened in it.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from toolalpaca.conversation.forms import thought_of
from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.parsing import read_arguments
from toolalpaca.data.schema import ApiRecord, Instance


class Call(NamedTuple):
    """One call as the assistant made it, and what came back."""

    thought: str
    name: str
    arguments: dict[str, Any]
    observation: str


def calls(instance: Instance) -> Iterator[Call]:
    """The calls of an instance, in order."""
    for (action, action_input, log), observation in instance.get("intermediate_steps") or []:
        arguments = read_arguments(action_input).arguments
        if action.strip() and arguments is not None:
            yield Call(thought_of(log), action.strip(), arguments, observation.strip())


def system_text(record: ApiRecord) -> str:
    """What the assistant is told before the first message."""
    about = (record.get("Introduction") or record.get("Description") or "").strip()
    return f"You help the user by calling the functions of the {record['Name']} API. {about}".strip()


def messages_example(record: ApiRecord, instance: Instance, *, get_details: bool = True) -> dict[str, Any] | None:
    """`{"messages": [...], "tools": [...]}` with `tool_calls`, or None where no turn could be read as a call."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system_text(record)},
                                      {"role": "user", "content": instance["input"].strip()}]
    for number, call in enumerate(calls(instance), start=1):
        function = {"name": call.name, "arguments": call.arguments}
        messages.append({"role": "assistant", "content": call.thought,
                         "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "name": call.name,
                         "content": call.observation})
    if len(messages) == 2:
        return None
    messages.append({"role": "assistant", "content": instance["output"].strip()})
    return {"messages": messages, "tools": tool_schemas(record, get_details=get_details)}


def sharegpt_example(record: ApiRecord, instance: Instance, *, get_details: bool = True) -> dict[str, Any] | None:
    """`{"conversations": [...], "system": str, "tools": JSON text}`; thoughts stand in `<think>` before the call."""
    turns = [{"from": "human", "value": instance["input"].strip()}]
    for call in calls(instance):
        thought = f"<think>\n{call.thought}\n</think>\n\n" if call.thought else ""
        function = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
        turns += [{"from": "function_call", "value": thought + function},
                  {"from": "observation", "value": call.observation}]
    if len(turns) == 1:
        return None
    turns.append({"from": "gpt", "value": instance["output"].strip()})
    tools = [tool["function"] for tool in tool_schemas(record, get_details=get_details)]
    return {"conversations": turns, "system": system_text(record), "tools": json.dumps(tools, ensure_ascii=False)}
