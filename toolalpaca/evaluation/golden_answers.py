"""Golden answers in the notation of the published files, which extends JSON: `${x from f}` and `[Optional]`; ours also
write `{"$any": [...]}` for a value that may be any of several."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.jsons import leaves, repair_json, too_deep
from toolalpaca.data.record_types import GoldenCall

_OPTIONAL = re.compile(r"^\s*\[\s*optional\s*\]\s*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$\{([^{}\"]*)\}|\$\{([^{}\",]*)")
_WHOLE = re.compile(r"\s*\$?\{\s*([^{}\"]*?)\s*\}\s*")
_FROM = re.compile(r"\bfrom\s+([\w.-]+)\s*$")


@dataclass(frozen=True)
class Placeholder:
    """A value known only when the calls are made; `source` is the function whose result contains it, None if any
    value will do."""

    text: str
    source: str | None


@dataclass(frozen=True)
class Alternatives:
    """A value for which a careful reader would accept any of several, the usual one first."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class GoldCall:
    """One golden call; `arguments` is None if its Action_Input cannot be parsed, so that any arguments will do."""

    function: str
    arguments: dict[str, Any] | None
    optional: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Return the arguments, none if they cannot be parsed."""
        return self.arguments or {}

    def sources(self) -> set[str]:
        """Return the functions whose results this call needs."""
        return {leaf.source for leaf in leaves(self.arguments) if isinstance(leaf, Placeholder) and leaf.source}


def gold_calls(golden: Sequence[GoldenCall]) -> list[GoldCall]:
    """Return a golden answer's calls in order; asking the user is one of them if the instruction lacks something."""
    calls = []
    for call in golden:
        name, marks = _OPTIONAL.subn("", call["Action"])
        calls.append(GoldCall(name.strip(), golden_arguments(call.get("Action_Input")), bool(marks)))
    return calls


def golden_arguments(written: Any) -> dict[str, Any] | None:
    """Return the arguments with a Placeholder for each open value and Alternatives for each of several; None if they
    are not an object."""
    value = written if written is not None else {}
    if isinstance(value, str):
        value = _loaded(value)
    return _with_placeholders(value) if isinstance(value, dict) and not too_deep(value) else None


def _loaded(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        quoted = _quoted_placeholders(text)
    try:
        return json.loads(quoted)
    except (ValueError, RecursionError):
        try:
            return repair_json(quoted)
        except ValueError:
            return None


def _quoted_placeholders(text: str) -> str:
    """Return the text with each `${...}` outside strings quoted, with or without its brace and stray quotes after
    it."""
    parts, place, in_string = [], 0, False
    while place < len(text):
        match = None if in_string else _PLACEHOLDER.match(text, place)
        if match:
            inside = match[1] if match[1] is not None else match[2]
            parts.append(json.dumps(f"${{{inside.strip()}}}"))
            place = match.end()
            place += text[place:place + 1] == '"'
            continue
        if text[place] == "\\" and in_string:
            parts.append(text[place:place + 2])
            place += 2
            continue
        in_string ^= text[place] == '"'
        parts.append(text[place])
        place += 1
    return "".join(parts)


def _with_placeholders(value: Any) -> Any:
    if isinstance(value, dict):
        if list(value) == ["$any"] and isinstance(value["$any"], list) and value["$any"]:
            return Alternatives(tuple(map(_with_placeholders, value["$any"])))
        return {name: _with_placeholders(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_placeholders(item) for item in value]
    if not isinstance(value, str):
        return value
    match = _WHOLE.fullmatch(value) or _PLACEHOLDER.search(value)
    if not match:
        return value
    inside = (match[1] if match[1] is not None else match[2]).strip()
    source = _FROM.search(inside)
    return Placeholder(inside, source[1] if source else None)
