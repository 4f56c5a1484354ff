"""The functions of an API as JSON schemas, the way chat models are offered tools."""

import json
from typing import Any

from agent.tool_list import EXTERNAL_DESCRIPTIONS, function_names
from toolalpaca.call_signature import Signature, signature_of
from toolalpaca.named_operations import operations_by_name
from toolalpaca.openapi import resolve
from toolalpaca.records import ApiRecord, document_of

_ANNOTATIONS = {"example", "examples", "xml", "externalDocs", "discriminator", "deprecated"}
_DEEPEST = 8  # levels of schemas inside schemas


def tool_schemas(record: ApiRecord, *, get_details: bool = True) -> list[dict[str, Any]]:
    """One `{"type": "function", "function": {...}}` per function that the assistant may call, in that order."""
    document = document_of(record) or {}
    signatures = _signatures(record, document)
    own = record.get("Function_Description") or {}
    return [_own(name, document, signatures[name]) if name in signatures
            else _described(name, own.get(name) or EXTERNAL_DESCRIPTIONS.get(name, ""))
            for name in function_names(record, get_details=get_details)]


def _signatures(record: ApiRecord, document: dict[str, Any]) -> dict[str, Signature]:
    """What each function takes, which the executor goes by too; nothing where the document breaks the rules, as some
    published ones do: the functions keep their description as text."""
    try:
        return {name: signature_of(document, operation)
                for name, operation in operations_by_name(record, document).items()}
    except ValueError:
        return {}


def _own(name: str, document: dict[str, Any], signature: Signature) -> dict[str, Any]:
    described = {one.name: {"description": one.description} for one in signature.parameters if one.description}
    schemas = signature.schemas
    properties = {argument: {**_inlined(document, schemas[argument]), **described.get(argument, {})}
                  for argument in signature.names}
    required = [one.name for one in signature.parameters if one.required]
    operation = signature.operation
    if signature.whole_body and operation.request_body and operation.request_body.required:
        required.append(signature.whole_body)
    elif signature.body:
        required += signature.body.required
    return _tool(name, operation.summary or operation.description,
                 {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))})


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
    return {key: _inlined_properties(document, value, depth + 1) if key == "properties" else
            _inlined(document, value, depth + 1) for key, value in opened.items() if key not in _ANNOTATIONS}


def _inlined_properties(document: dict[str, Any], properties: Any, depth: int) -> Any:
    """Each property inlined, whatever its name: one called `example` is no annotation."""
    if not isinstance(properties, dict):
        return properties
    return {name: _inlined(document, part, depth + 1) for name, part in properties.items()}
