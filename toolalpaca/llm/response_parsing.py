"""Parsing of model output: lists and documents extracted from surrounding text and validated."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.jsons import repair_json
from toolalpaca.openapi.yaml_documents import read_yaml

_NUMBER = re.compile(r"^[ \t>*#_-]*(\d{1,3})[ \t]*[.):](?!\d)", re.MULTILINE)
LONGEST_YAML = 500_000  # characters of an answer; the library reads some 100,000 a second
_FENCE = re.compile(r"```[ \t]*+\w*+[ \t]*+\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_YAML_START = re.compile(r"^[\"']?(openapi|swagger)[\"']?\s*+:", re.MULTILINE)


def numbered_items(text: str) -> list[str]:
    """Return the items of a numbered list with their continuation lines; text before number 1 is ignored."""
    starts = list(_NUMBER.finditer(text))
    first = next((place for place, match in enumerate(starts) if match[1] == "1"), None)
    if first is None:
        return []
    starts = starts[first:]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return [text[match.end():end].strip() for match, end in zip(starts, ends, strict=True)]


def document_in(text: str) -> dict[str, Any]:
    """Return the OpenAPI document in an answer, as JSON or YAML, bare, fenced or within prose.

    Raises ValueError saying what is missing, such as the rest of a truncated document.
    """
    problem = "no OpenAPI document was found: the answer must be one JSON object with an \"openapi\" key"
    for candidate in _candidates(text):
        for read in (_read_json, _read_yaml):
            try:
                value = read(candidate)
            except ValueError as error:
                if read is _read_json and '"openapi"' in candidate:
                    problem = f"the JSON is broken or cut off: {error}"
                elif read is _read_yaml and _YAML_START.search(candidate):
                    problem = str(error)
                continue
            if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
                return value
    raise ValueError(problem)


def _candidates(text: str) -> Iterator[str]:
    yield from _FENCE.findall(text)
    brace = text.find("{")
    if brace >= 0:
        yield text[brace:]
    yaml_start = _YAML_START.search(text)
    if yaml_start:
        yield text[yaml_start.start():]


def _read_json(text: str) -> Any:
    """Return the JSON value at the start of the text; repairable mistakes are repaired, a missing end is not."""
    text = text.strip()
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (json.JSONDecodeError, RecursionError) as error:
        end = text.rfind("}")
        if not text.startswith("{") or end < 0 or _open_braces(text[:end + 1]) != 0:
            raise ValueError(str(error)) from None
        return repair_json(text[:end + 1])


def _open_braces(text: str) -> int:
    outside_strings = re.sub(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', "", text)
    return outside_strings.count("{") - outside_strings.count("}")


def _read_yaml(text: str) -> Any:
    if not re.search(r"^\W?(openapi|swagger)\W?\s*+:", text, re.MULTILINE):
        raise ValueError("no key openapi")
    if len(text) > LONGEST_YAML:
        raise ValueError(f"the YAML is longer than {LONGEST_YAML:,} characters; give JSON")
    return read_yaml(text)


@dataclass(frozen=True)
class Form:
    """The JSON form of an answer: its name and its JSON Schema."""

    name: str
    schema: dict[str, Any]

    def response_format(self) -> dict[str, Any]:
        """Return the request's `response_format`, in OpenAI's format."""
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": self.schema}}

    def read(self, answer: str) -> Any:
        """Return the JSON value in an answer, repaired if possible; None if the answer is not JSON.

        Raises ValueError with the validation error if it is JSON in another form.
        """
        text = answer.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
        if not text.startswith("{"):
            return None
        import jsonschema

        try:
            value = json.loads(text)
        except ValueError:
            value = repair_json(text)
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
