"""The names operations go by: functions the assistant calls, so each must be there and be the only one of its name."""

import re
from urllib.parse import unquote

from toolalpaca.external_tools import GET_DETAILS

RESERVED_NAMES = frozenset({"components", GET_DETAILS})  # a key of Function_Description; the question to the user


def unique_names(given: list[str], derived: list[str]) -> list[str]:
    """For each operation its given name, or where that is empty the derived one; a name that is taken gets a number.

    Given names come first: no derived or numbered name takes one of them away.
    """
    taken = set(given) | RESERVED_NAMES
    used: set[str] = set()
    names = []
    for own, fallback in zip(given, derived, strict=True):
        free = own and own not in used and own not in RESERVED_NAMES
        used.add(name := own if free else _numbered(own or fallback, taken | used))
        names.append(name)
    return names


def _numbered(stem: str, taken: set[str]) -> str:
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}{number}", number + 1
    return name


def derived_name(method: str, path: str) -> str:
    """A camelCase name for an operation without `operationId`: get `/users/{id}/posts` is `getUsersByIdPosts`."""
    words = [method.lower()]
    for segment in unquote(path).split("/"):
        for literal, variable in re.findall(r"([^{}]+)|\{([^{}]*)\}", segment):
            parts = re.findall(r"[^\W_]+", literal or variable)
            words.extend(part[:1].upper() + part[1:] for part in (["by"] if variable else []) + parts)
    return "".join(words if len(words) > 1 else [*words, "Root"])
