"""How the values of `Authentication` stay out of what stages write: they are redacted, names of variables are not.

A record's `Authentication` names a value per parameter of a real API, `env:VARIABLE` for one from the environment. What
a stage writes is read, shared and committed, so that no value is copied from the file where its owner put it.
"""

import json
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from toolalpaca.data.schema import ApiRecord

FROM_ENVIRONMENT = "env:"
MASK = "***"
SHORTEST = 4  # characters; masking anything shorter would garble ordinary text
SHORTEST_IN_RECORD = 8  # so that a key such as "demo" leaves a document whole


def redacted(record: "ApiRecord", held: "ApiRecord | None" = None) -> "ApiRecord":
    """The record as a stage may write it: each `Authentication` value is `***`, there and wherever else it occurs.

    `env:VARIABLE` stays as it is. `held` is this record in the file that will be replaced: a value that stands in it
    already stays, so that a stage that works in place leaves its owner the credential it was given.
    """
    stated = record.get("Authentication")
    if not stated:
        return record
    standing = json.dumps(held, ensure_ascii=False) if held else ""
    own: dict[str, Any] = (held or {}).get("Authentication") or {}
    kept = {name: value if is_variable(value) or own.get(name) == value else MASK for name, value in stated.items()}
    values = [value_of(value) for value in stated.values() if isinstance(value, str)]
    forms = written_forms((value for value in values if value not in standing), SHORTEST_IN_RECORD)
    return {**_scrubbed(record, forms), "Authentication": kept} if forms else {**record, "Authentication": kept}


def is_variable(value: object) -> bool:
    """Whether the value is a name in the environment instead of a credential."""
    return isinstance(value, str) and bool(re.fullmatch(rf"{FROM_ENVIRONMENT}\w+", value))


def value_of(stated: str) -> str:
    """The credential itself; blank where it is to come from a variable that is not set."""
    if not stated.startswith(FROM_ENVIRONMENT):
        return stated
    return os.environ.get(stated.removeprefix(FROM_ENVIRONMENT), "")


def written_forms(values: Iterable[str], shortest: int = SHORTEST) -> list[str]:
    """Each way the values may be written in a text, longest first, so that no part of one is left of another."""
    words = {part for value in values for part in (value, value.rpartition(" ")[2])}
    forms = {form for value in words if len(value) >= shortest
             for form in (value, quote(value, safe=""), quote(value), quote_plus(value))}
    return sorted(forms, key=len, reverse=True)


def scrubbed(text: str, forms: Iterable[str]) -> str:
    """The text with each of the forms redacted."""
    for form in forms:
        text = text.replace(form, MASK)
    return text


def _scrubbed(value: Any, forms: list[str]) -> Any:
    if isinstance(value, str):
        return scrubbed(value, forms)
    if isinstance(value, dict):
        return {key: _scrubbed(part, forms) for key, part in value.items()}
    return [_scrubbed(part, forms) for part in value] if isinstance(value, list) else value
