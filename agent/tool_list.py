"""The functions an assistant may call and the text that tells it of them.

Used by the prompt forms and by the loop. Besides the API's own functions there are external tools: `getDetails`, which
every conversation has unless it is switched off, and those that a record names in `external_tools`.
"""

import json

from toolalpaca.external_tools import DATE_TIME, FUNCTION_OF, GET_DETAILS, RETRIEVAL
from toolalpaca.records import ApiRecord

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


def external_tools(record: ApiRecord, *, get_details: bool = True) -> list[str]:
    """The external functions of a record's conversations, `getDetails` first unless it is switched off."""
    named = [FUNCTION_OF[tool] for tool in record.get("external_tools") or [] if tool in FUNCTION_OF]
    wanted = [GET_DETAILS, *named] if get_details else [name for name in named if name != GET_DETAILS]
    return list(dict.fromkeys(wanted))


def function_names(record: ApiRecord, *, get_details: bool = True) -> list[str]:
    """The names of all functions the assistant may call: the API's in the document's order, then the external ones.

    Where the API has a function of the same name as an external tool, the API's own stands.
    """
    own = [name for name in record.get("Function_Description") or {} if name != "components"]
    return list(dict.fromkeys([*own, *external_tools(record, get_details=get_details)]))


def describe_functions(record: ApiRecord, *, get_details: bool = True) -> str:
    """The text about all functions, one after the other, and the shared schemas they refer to at the end."""
    own = record.get("Function_Description") or {}
    secret = set(record.get("Authentication") or {})
    lines = [f"{name}: {without_parameters(own.get(name) or EXTERNAL_DESCRIPTIONS.get(name, ''), secret).strip()}"
             for name in function_names(record, get_details=get_details)]
    shared = (own.get("components") or "").strip()
    return "\n".join([*lines, shared] if shared else lines)


def without_parameters(description: str, names: set[str]) -> str:
    """A function's text without the named parameters: credentials are filled in for the assistant."""
    before, label, rest = description.partition("\nParameters: ")
    if not names or not label:
        return description
    try:
        parameters, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return description
    kept = {name: text for name, text in parameters.items() if name not in names}
    return f"{before}{label}{json.dumps(kept, ensure_ascii=False)}{rest[end:]}"
