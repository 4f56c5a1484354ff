"""The functions of an API as JSON schemas, the way chat models are offered tools."""

import json
from collections.abc import Iterator
from typing import Any

from agent.tool_list import EXTERNAL_DESCRIPTIONS, function_names
from toolalpaca.openapi import Operation, operations, resolve
from toolalpaca.records import ApiRecord, document_of

_ANNOTATIONS = {"example", "examples", "xml", "externalDocs", "discriminator", "deprecated"}
_DEEPEST = 8  # levels of schemas inside schemas


def tool_schemas(record: ApiRecord, *, get_details: bool = True) -> list[dict[str, Any]]:
    """One `{"type": "function", "function": {...}}` per function that the assistant may call, in that order."""
    document = document_of(record)
    by_name = dict(_operations_by_name(document)) if document else {}
    own = record.get("Function_Description") or {}
    return [_own(document, by_name[name]) if document and name in by_name
            else _described(name, own.get(name) or EXTERNAL_DESCRIPTIONS.get(name, ""))
            for name in function_names(record, get_details=get_details)]


def _operations_by_name(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    try:
        for operation in operations(document):
            yield operation.name, operation
    except ValueError:
        return  # a published document that breaks the rules: the functions keep their description as text


def _own(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for parameter in operation.parameters:
        schema = _inlined(document, parameter.schema)
        properties[parameter.name] = {**schema, **({"description": parameter.description} if parameter.description
                                                   else {})}
        if parameter.required:
            required.append(parameter.name)
    for name, schema, is_required in _body_arguments(document, operation):
        properties.setdefault(name, schema)
        if is_required:
            required.append(name)
    parameters = {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))}
    return _tool(operation.name, operation.summary or operation.description, parameters)


def _body_arguments(document: dict[str, Any], operation: Operation) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """The properties of the request body, which the assistant gives beside the parameters."""
    if operation.request_body is None or not operation.request_body.content:
        return
    schema = _inlined(document, next(iter(operation.request_body.content.values())))
    for name, part in (schema.get("properties") or {}).items():
        yield name, part, name in (schema.get("required") or [])


def _described(name: str, text: str) -> dict[str, Any]:
    """A function known by its description alone: summary, then `Parameters: {name: "Required. type. text"}`."""
    summary, _, rest = text.partition("\nParameters: ")
    try:
        described, _ = json.JSONDecoder().raw_decode(rest) if rest else ({}, 0)
    except json.JSONDecodeError:
        described = {}
    described = described if isinstance(described, dict) else {}
    properties = {key: {"description": str(value)} for key, value in described.items()}
    required = [key for key, value in described.items() if str(value).startswith("Required.")]
    return _tool(name, summary.strip(), {"type": "object", "properties": properties, "required": required})


def _tool(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _inlined(document: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    """The schema without references and without what says nothing about values; circles end in an empty schema."""
    if isinstance(schema, list):
        return [_inlined(document, part, depth) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if depth > _DEEPEST:
        return {}
    try:
        opened = resolve(document, schema) if "$ref" in schema else schema
    except ValueError:
        return {}
    return {key: _inlined(document, value, depth + 1) for key, value in opened.items() if key not in _ANNOTATIONS}
