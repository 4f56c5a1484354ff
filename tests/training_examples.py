"""Small training examples for tests."""

from typing import Any


def segments_example(number: int) -> list[list[Any]]:
    """A conversation of the test form about the time in a city; higher numbers are longer, up to a point."""
    head = ("You are an assistant who uses the functions of the Clock API to help the user.\n\nFunctions:\n"
            + "getTime: Tell the time in a city, whatever the season is.\n" * (1 + number % 7))
    pieces = [(f"{head}\nUSER: What time is it in city {number}?\nASSISTANT Thought:", False)]
    for step in range(1 + number % 2):
        pieces += [(f" I ask for city {number} ({step}).\nASSISTANT Action: getTime\nASSISTANT Action Input: "
                    f'{{"zone": "{number}"}}\nASSISTANT Observation:', True),
                   (' Status Code: 200. Response: {"time": "12:00"}\nASSISTANT Thought:', False)]
    pieces.append((" I now know the final answer\nASSISTANT Response: It is noon.", True))
    return [[text for text, _ in pieces], [flag for _, flag in pieces]]


def messages_example(number: int) -> dict[str, Any]:
    """The same as chat messages with tools."""
    call = {"id": "call_1", "type": "function", "function": {"name": "getTime", "arguments": {"zone": str(number)}}}
    tool = {"type": "function", "function": {"name": "getTime", "description": "Tell the time.", "parameters": {
        "type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}}}
    return {"messages": [
        {"role": "system", "content": "You help with the Clock API."},
        {"role": "user", "content": f"What time is it in city {number}?"},
        {"role": "assistant", "content": "I ask.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "name": "getTime", "content": "12:00"},
        {"role": "assistant", "content": "It is noon."}], "tools": [tool]}
