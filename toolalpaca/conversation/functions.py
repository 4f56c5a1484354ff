"""Functions that an assistant may call: the text and tool schemas that describe them to it, and which one it means by a
name.

In addition to the API's own functions there are external tools: `getDetails`, which every conversation has unless it is
turned off, and those that a record names in `external_tools`.
"""

import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from toolalpaca.data.record_types import DATE_TIME, FUNCTION_OF, GET_DETAILS, RETRIEVAL, ApiRecord
from toolalpaca.openapi.api_functions import signatures_of
from toolalpaca.openapi.arguments import Signature
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.inlining import inlined

_PARAMETERS = "\nParameters: "
EXTERNAL_DESCRIPTIONS = {
    GET_DETAILS: (
        "Ask the user for a value that the request leaves open and that no other function can find out.\n"
        'Parameters: {"Question": "Required. string. One short question to the user."}\n'
        "Output: The user's answer.\n - Format: text/plain\n - Structure: string"),
    RETRIEVAL: (
        "Look something up in a file that holds an answer too long to be shown.\n"
        'Parameters: {"file_name": "Required. string. The file that an earlier answer named.", '
        '"query": "Required. string. What to look for."}\n'
        "Output: The passages that fit the query best.\n - Format: text/plain\n - Structure: string"),
    DATE_TIME: (
        "Tell the current date and time.\nParameters: {}\n"
        "Output: Date, time and day of the week.\n - Format: text/plain\n - Structure: string"),
}


def own_functions(record: ApiRecord) -> list[str]:
    """Return the names of the API's functions, in the document's order."""
    return [name for name in record.get("Function_Description") or {} if name != "components"]


def external_tools(record: ApiRecord, *, get_details: bool = True) -> list[str]:
    """Return the external functions of a record's conversations, `getDetails` first unless it is turned off."""
    named = [FUNCTION_OF[tool] for tool in record.get("external_tools") or [] if tool in FUNCTION_OF]
    wanted = [GET_DETAILS, *named] if get_details else [name for name in named if name != GET_DETAILS]
    return list(dict.fromkeys(wanted))


def function_names(record: ApiRecord, *, get_details: bool = True) -> list[str]:
    """Return the names of all functions the assistant may call: the API's in the document's order, then the external
    ones.

    If the API has a function with the name of an external tool, the API's own is used.
    """
    return list(dict.fromkeys([*own_functions(record), *external_tools(record, get_details=get_details)]))


def describe_functions(record: ApiRecord, *, get_details: bool = True) -> str:
    """Return the description of all functions, one after the other, followed by the shared schemas they refer to."""
    own = record.get("Function_Description") or {}
    secret = set(record.get("Authentication") or {})
    lines = [f"{name}: {without_parameters(own.get(name) or EXTERNAL_DESCRIPTIONS.get(name, ''), secret).strip()}"
             for name in function_names(record, get_details=get_details)]
    shared = (own.get("components") or "").strip()
    return "\n".join([*lines, shared] if shared else lines)


def without_parameters(description: str, names: set[str]) -> str:
    """Return a function's description without the named parameters: credentials are filled in for the assistant."""
    parts = description_parts(description)
    if not names or parts.parameters is None:
        return description
    return parts.with_parameters({name: text for name, text in parts.parameters.items() if name not in names})


class DescriptionParts(NamedTuple):
    """A function's description: what is said before its parameters, their texts by name, and what follows them.

    The parameters are None if there are none that can be read.
    """

    summary: str
    parameters: dict[str, Any] | None
    rest: str = ""

    def with_parameters(self, parameters: dict[str, Any]) -> str:
        """Return the description as text with these parameters."""
        return f"{self.summary}{_PARAMETERS}{json.dumps(parameters, ensure_ascii=False)}{self.rest}"


def description_parts(description: str) -> DescriptionParts:
    """Return the parts of a function's description: summary, then `Parameters: {name: "Required. type. text"}`."""
    summary, _, rest = description.partition(_PARAMETERS)
    try:
        parameters, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return DescriptionParts(summary, None)
    return DescriptionParts(summary, parameters, rest[end:]) if isinstance(parameters, dict) else \
        DescriptionParts(summary, None)


def tool_schemas(record: ApiRecord, *, get_details: bool = True) -> list[dict[str, Any]]:
    """Return one `{"type": "function", "function": {...}}` per function that the assistant may call, in the same order,
    without the parameters for credentials, which are filled in for the assistant."""
    document = document_of(record) or {}
    signatures = signatures_of(record, document)
    own = record.get("Function_Description") or {}
    secret = set(record.get("Authentication") or {})
    tools = [_own(name, document, signatures[name]) if name in signatures
             else _described(name, own.get(name) or EXTERNAL_DESCRIPTIONS.get(name, ""))
             for name in function_names(record, get_details=get_details)]
    for parameters in (tool["function"]["parameters"] for tool in tools):
        parameters["properties"] = {name: schema for name, schema in parameters["properties"].items()
                                    if name not in secret}
        parameters["required"] = [name for name in parameters["required"] if name not in secret]
    return tools


def _own(name: str, document: dict[str, Any], signature: Signature) -> dict[str, Any]:
    described = {one.name: {"description": one.description} for one in signature.parameters if one.description}
    schemas = signature.schemas
    properties = {argument: {**inlined(document, schemas[argument]), **described.get(argument, {})}
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
    """Return a function known only by its description."""
    parts = description_parts(text)
    described = parts.parameters or {}
    properties = {key: _property(str(value)) for key, value in described.items()}
    required = [key for key, value in described.items() if str(value).startswith("Required.")]
    return _tool(name, parts.summary.strip(), {"type": "object", "properties": properties, "required": required})


EXTERNAL_PARAMETERS = {name: list(description_parts(text).parameters or ())
                       for name, text in EXTERNAL_DESCRIPTIONS.items()}


def _property(text: str) -> dict[str, str]:
    """Return the schema of a parameter described as `Required. TYPE. DESCRIPTION.`"""
    kind = re.match(r"(?:Required\.\s*)?(string|integer|number|boolean|array|object)\b", text, re.IGNORECASE)
    return {**({"type": kind[1].lower()} if kind else {}), "description": text}


def _tool(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_EDGES = "`'\"*<>[](){} \t.,;:\\"
_NAMESPACE = r"(?:functions?|default_api|tools?|api|namespace|assistant)"
_PREFIX = re.compile(rf"\A{_NAMESPACE}[./:]", re.IGNORECASE)
_JOINED = re.compile(rf"\A(?:{_NAMESPACE}_|mcp__\w+?__)(?=\w)", re.IGNORECASE)
_INDEX = re.compile(r":\d+\Z")
_NO_FUNCTION = re.compile(
    r"\W*(?:(?:there(?: is|'s) )?(?:none|no)\b|not\b|n/?a|null|nil|nothing|direct(?:ly)?[_ ](?:answer|response))\b.*"
    r"|\W*",
    re.IGNORECASE | re.DOTALL)
_IDENTIFIER = re.compile(r"[\w-]+")
_MOST_WORDS = 12  # a longer text is prose, not a name with a remark


def plain_name(text: str) -> str:
    """Return a name without the quotes, asterisks, brackets, prefixes and full stops that models put around it."""
    name = " ".join(text.replace("\\_", "_").split()).strip(_EDGES)
    return _INDEX.sub("", _PREFIX.sub("", name)).strip(_EDGES)


def meant_function(text: str, functions: Collection[str]) -> str:
    """Return the one function that a text names, or else the cleaned text; `functions` is empty if they are unknown."""
    name = plain_name(text)
    if not functions or name in functions:
        return name
    if "\n" not in text.strip():
        named = {word for word in _words(text) if word in functions}
        if len(named) == 1 and len(text.split()) <= _MOST_WORDS:
            return named.pop()
    if (bare := _JOINED.sub("", name)) in functions:
        return bare
    alike = [function for function in functions if _folded(function) == _folded(name)]
    return alike[0] if len(alike) == 1 else name


def _words(text: str) -> list[str]:
    """Return the identifiers in a text; for dotted ones also the last part."""
    return [word for piece in text.replace("\\_", "_").split() for word in _IDENTIFIER.findall(piece)]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def names_no_function(text: str, functions: Collection[str]) -> bool:
    """Return whether a text says that no function is called, such as `None` or `N/A`."""
    bare = text.strip()
    return bool(bare) and plain_name(bare) not in functions and _NO_FUNCTION.fullmatch(bare) is not None
