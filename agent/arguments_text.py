"""The text after `Action Input:` as a JSON object, read strictly where possible and mended by a library where not."""

import json
import re
from dataclasses import dataclass
from typing import Any

LONGEST_TO_MEND = 20_000  # characters; the library's time grows faster than the text

_FENCE = re.compile(r"^\s*`{1,3}(?:json|python)?\s*|\s*`{1,3}\s*$", re.IGNORECASE)
_NOTHING = {"", "none", "null", "n/a", "no input", "empty"}


@dataclass(frozen=True)
class ArgumentsText:
    """The arguments and their JSON text, with notes on what was mended; or None and the problem."""

    arguments: dict[str, Any] | None
    text: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""


def read_arguments(text: str | None) -> ArgumentsText:
    """Read one JSON object, whatever stands around it. A missing input is `{}`, and noted."""
    bare = _FENCE.sub("", _FENCE.sub("", (text or "").strip())).strip()
    if bare.lower().rstrip(".") in _NOTHING:
        return _read({}, ("mended: no action input was given, {} was taken",))
    start = 0 if bare[0] in "[\"" else max(bare.find("{"), 0)
    try:
        value, end = _STRICT.raw_decode(bare, start)
    except (ValueError, RecursionError):
        return _mended(bare)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return read_arguments(value)
    if not isinstance(value, dict):
        return _no_object(value)
    around = (bare[:start] + bare[end:]).strip("` \n\t")
    return _read(value, ("cut: text around the action input",) if around else ())


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


_STRICT = json.JSONDecoder(parse_constant=_refuse)


def _mended(bare: str) -> ArgumentsText:
    """What the repair library makes of it, if that is an object with something in it."""
    import json_repair

    if len(bare) > LONGEST_TO_MEND:
        return ArgumentsText(None, problem=f"is no valid JSON and longer than {LONGEST_TO_MEND} characters")
    start = bare.find("{")
    if start < 0 and not re.match(r"""^["'\w ]+:""", bare):
        return _no_object(bare)
    candidate = _object_text(bare, start) if start >= 0 else "{" + bare + "}"
    try:
        value = json_repair.loads(candidate, skip_json_loads=True)
        json.dumps(value, allow_nan=False)
    except Exception as error:  # whatever the library makes of text that was never meant as JSON
        return ArgumentsText(None, problem=f"is no valid JSON ({type(error).__name__})")
    if not isinstance(value, dict) or not (value or re.fullmatch(r"\{\s*\}", candidate)):
        return ArgumentsText(None, problem="is no valid JSON object")
    return _read(value, ("mended: the action input was no valid JSON",))


def _object_text(text: str, start: int) -> str:
    """The object that opens at `start`, up to its closing brace or the end, its strings in double quotes."""
    written, depth, quote, index = [], 0, "", start
    while index < len(text):
        character = text[index]
        if quote and character == "\\":
            written.append(_escape(text[index:index + 2]))
            index += 2
            continue
        if quote and character == quote and _closes(text, index):
            character, quote = '"', ""
        elif not quote and character in "\"'" and _opens(text, index):
            character, quote = '"', character
        elif quote == "'" and character == '"':
            character = '\\"'
        elif not quote and character in "{}":
            depth += 1 if character == "{" else -1
        written.append(character)
        if not depth:
            break
        index += 1
    return "".join(written)


def _escape(pair: str) -> str:
    """A backslash and its character; JSON knows no escaped apostrophe."""
    return "'" if pair == "\\'" else pair


def _opens(text: str, index: int) -> bool:
    """A quote opens a string only behind a brace, bracket, comma or colon, so that an apostrophe does not."""
    return text[max(0, index - 99):index].rstrip()[-1:] in "{[,:("


def _closes(text: str, index: int) -> bool:
    return text[index + 1:index + 99].lstrip()[:1] in ("", ",", ":", "}", "]", "/")


def _no_object(value: object) -> ArgumentsText:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return ArgumentsText(None, problem=f"must be a JSON object such as {{\"name\": \"value\"}}, not {shown[:80]}")


def _read(value: dict[str, Any], notes: tuple[str, ...]) -> ArgumentsText:
    # A lone surrogate, which a JSON escape can hold, has no UTF-8 form and could not be sent to anyone.
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    return ArgumentsText(json.loads(text), text, notes)
