"""A model with a queue of answers and a small API, for tests of the assistant."""

import json
from collections.abc import Callable
from typing import Any

DOCUMENT = {
    "openapi": "3.0.3", "info": {"title": "Weather", "version": "1"},
    "paths": {
        "/weather/{city}": {"get": {"operationId": "getWeather", "parameters": [
            {"name": "city", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "days", "in": "query", "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "OK."}}}},
        "/alerts": {"post": {"operationId": "setAlert", "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"type": "object", "required": ["city"], "properties": {
                "city": {"type": "string"}, "above": {"type": "number"}}}}}},
            "responses": {"201": {"description": "Made."}}}},
    },
}
RECORD: dict[str, Any] = {
    "Name": "Weather / Now?", "Description": "Weather.", "Link": "https://weather.example", "Category": "Weather",
    "Introduction": "Tells the weather.", "Documentation": json.dumps(DOCUMENT),
    "Function_Description": {
        "getWeather": 'Weather.\nParameters: {"city": "Required. string.", "days": "integer."}\nOutput: OK.',
        "setAlert": 'Alert.\nParameters: {"city": "Required. string.", "above": "number."}\nOutput: Made.',
        "components": ""},
    "Function_Projection": {"getWeather": ["/weather/{city}", "get"], "setAlert": ["/alerts", "post"]},
    "Instructions": ["How warm is it in Paris?", "Warn me in Oslo."],
}


def action(name: str, arguments: dict[str, Any], thought: str = "I look it up.") -> str:
    """An assistant's turn in the forms without a speaker."""
    return f" {thought}\nAction: {name}\nAction Input: {json.dumps(arguments)}\n"


def answer(text: str, thought: str = "I now know the final answer") -> str:
    """An assistant's last turn."""
    return f" {thought}\nFinal Answer: {text}"


class QueueModel:
    """Gives its answers one after the other and keeps what it was sent."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.stops: list[list[str] | None] = []

    def complete(self, messages: list[Any], *, record: str, stop: list[str] | None = None) -> str:
        self.prompts.append(messages[-1]["content"])
        self.stops.append(stop)
        return self.answers.pop(0)

    def ask(self, messages: list[Any], parse: Callable[[str], Any], *, record: str) -> Any:
        while True:
            try:
                return parse(self.complete(messages, record=record))
            except ValueError:
                continue
