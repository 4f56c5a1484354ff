"""An OpenAPI document as text for readers: what stage 3 derives, and when two such texts say the same.

The form is that of the published ToolAlpaca files, in which the assistant was trained to read its functions.
"""

import json
import re
from typing import Any, TypedDict

from toolalpaca.openapi import Operation, operations
from toolalpaca.openapi.body import body_arguments, preferred_media_type, whole_body_name
from toolalpaca.schema_text import SchemaText, sentence

COMPONENTS_HEADING = "The detailed output format for the tools is outlined below:"
LONGEST_EXPANSION = 1_000_000  # characters; references within references could grow without bound


class DocumentationKeys(TypedDict):
    """The keys of a record that stage 3 makes."""

    NLDocumentation: str
    Function_Description: dict[str, str]
    Function_Projection: dict[str, list[str]]


def documentation_keys(document: dict[str, Any]) -> DocumentationKeys:
    """The document in natural language, whole and by function, and where each function is to be found.

    Raises ValueError, one line, for a document without operations or one that cannot be read.
    """
    found = operations(document)
    if not found:
        raise ValueError("paths: there are no operations")
    try:
        texts = {operation.name: function_text(document, operation) for operation in found}
        components = components_text(document)
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None
    functions = "".join(f"{name}: {text}\n" for name, text in texts.items())
    return {
        "NLDocumentation": f"{functions}\n{components}\n" if components else functions,
        "Function_Description": {**texts, "components": components},
        "Function_Projection": {operation.name: [operation.path, operation.method] for operation in found},
    }


def function_text(document: dict[str, Any], operation: Operation) -> str:
    """One function: summary, `Parameters: {...}` and `Output: ...` with format and structure."""
    summary = operation.summary.strip() or operation.description.strip()
    lines = [" ".join(summary.split()) or f"{operation.method.upper()} {operation.path}",
             f"Parameters: {json.dumps(parameter_texts(document, operation), ensure_ascii=False)}"]
    return "\n".join([*lines, *_output_lines(document, operation)])


def parameter_texts(document: dict[str, Any], operation: Operation) -> dict[str, str]:
    """Each argument's text: parameters first, then the properties of the body, which win where names are equal."""
    text = SchemaText(document)
    always = {one.name for one in operation.parameters if one.required}
    found = {one.name: _argument(one.name in always, text.describe(one.schema), sentence(one.description))
             for one in operation.parameters}
    body = body_arguments(document, operation.request_body) if operation.request_body else None
    if body is None or operation.request_body is None:
        return found
    if body.whole:
        description = sentence(operation.request_body.description)
        argument = _argument(operation.request_body.required, text.describe(body.schema), description)
        return {**found, whole_body_name(found): argument}
    in_path = {one.name for one in operation.parameters if one.location == "path"}
    return found | {name: _argument(name in body.required or name in in_path, text.describe(schema), "")
                    for name, schema in body.properties.items()}


def _argument(required: bool, schema_text: str, description: str) -> str:
    repeated = description and schema_text.endswith(description)
    return " ".join(part for part in ("Required." if required else "", schema_text, "" if repeated else description)
                    if part)


def _output_lines(document: dict[str, Any], operation: Operation) -> list[str]:
    status = _success(list(operation.responses))
    if status is None:
        return ["Output: Not documented."]
    response = operation.responses[status]
    lines = [f"Output: {sentence(response.get('description')) or f'Status {status}.'}"]
    content = response.get("content")
    if not isinstance(content, dict) or not content:
        return lines
    media_type = preferred_media_type(list(content))
    lines.append(f" - Format: {media_type}")
    if isinstance(content[media_type], dict) and "schema" in content[media_type]:
        lines.append(f" - Structure: {SchemaText(document).shape(content[media_type]['schema'])}")
    return lines


def _success(statuses: list[str]) -> str | None:
    """The status to show: 200, else another success, else what stands for the rest, else the first."""
    successes = [status for status in statuses if status.startswith("2")]
    wanted = ["200", *successes, "default", *statuses]
    return next((status for status in wanted if status in statuses), None)


def components_text(document: dict[str, Any]) -> str:
    """The shared schemas, one `#Name: shape` a line under a heading; empty where there are none."""
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict) or not schemas:
        return ""
    text = SchemaText(document)
    return "\n".join([COMPONENTS_HEADING, *(f"#{name}: {text.listing(schema)}" for name, schema in schemas.items())])


def says_the_same(one: str, other: str) -> bool:
    """Whether two documentation texts differ only in white space and in references that one of them writes out.

    The published files write some references out by hand; that makes them no other documentation.
    """
    return "".join(one.split()) == "".join(other.split()) or _written_out(one) == _written_out(other)


def _written_out(text: str) -> str:
    """The text without white space and with what `#Name` stands for in its place, as far as that ends."""
    listing = text.partition(COMPONENTS_HEADING)[2]
    shapes = dict(re.findall(r"^#(.+?): (.+)$", listing, flags=re.MULTILINE))
    if shapes:
        names = "|".join(re.escape(name) for name in sorted(shapes, key=len, reverse=True))
        for _ in shapes:
            text = re.sub(rf"#({names})(?![\w-])", lambda match: shapes[match[1]], text)
            if len(text) > LONGEST_EXPANSION:
                break
    return "".join(text.split())
