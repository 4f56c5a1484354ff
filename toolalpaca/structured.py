"""Answers in JSON, for endpoints that keep to a schema: asked for only where the roles file turns it on.

The prompts ask for plain forms that any model can keep; a reader that is given JSON instead takes it as well.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Form:
    """A JSON form of an answer: its name and its JSON Schema."""

    name: str
    schema: dict[str, Any]

    def response_format(self) -> dict[str, Any]:
        """The request's `response_format`, in OpenAI's form."""
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": self.schema}}

    def read(self, answer: str) -> Any:
        """The JSON value in an answer, mended where a library can; None when the answer is no JSON at all.

        Raises ValueError with the schema's complaint when it is JSON of another form.
        """
        text = answer.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
        if not text.startswith("{"):
            return None
        import json_repair
        import jsonschema

        try:
            value = json.loads(text)
        except ValueError:
            value = json_repair.loads(text)
        try:
            jsonschema.validate(value, self.schema)
        except jsonschema.ValidationError as error:
            raise ValueError(f"{error.json_path}: {error.message}") from None
        return value


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_TEXT = {"type": "string", "minLength": 1}

INSTRUCTIONS = Form("instructions", _object(instructions={"type": "array", "items": _TEXT, "minItems": 1}))
FUNCTIONS = Form("functions", _object(functions={"type": "array", "minItems": 1, "items": _object(
    name=_TEXT, description=_TEXT, input={"type": "string"}, output={"type": "string"})}))
DOCUMENT = Form("openapi_document", {"type": "object", "properties": {"openapi": _TEXT, "paths": {"type": "object"}},
                                     "required": ["openapi", "paths"]})
