"""JSON values: type names, depth and leaves; strict reading and writing, and the repair of malformed JSON text, with
other quotes and punctuation turned into JSON's."""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NoReturn, SupportsIndex

JSON_NAMES = {str: "a string", dict: "an object", list: "an array", type(None): "null"}
_SCHEMA_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
                 type(None): "null"}

DEEPEST_VALUE = 40
_encode = json.JSONEncoder(ensure_ascii=False).encode


def type_name(value: object) -> str:
    """Return the JSON type of a value in words, such as "an array"."""
    if isinstance(value, bool):
        return "true or false"
    return JSON_NAMES.get(type(value), "a number")


def json_type(value: object) -> str:
    """Return the JSON Schema type of a value; a float is a "number" even if it has no fractional part."""
    return _SCHEMA_TYPES.get(type(value), "string")


def is_of_type(value: object, types: Collection[Any]) -> bool:
    """Return whether the JSON Schema type of a value is among `types`; an integer is also a number."""
    kind = json_type(value)
    return kind in types or (kind == "integer" and "number" in types)


def json_path(path: Iterable[str | int]) -> str:
    """Return a path into a JSON value as text, such as `users[0].name`; "" for the value itself."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def too_deep(value: Any) -> bool:
    """Return whether a value is nested more deeply than values are compared."""
    level = [value]
    for _ in range(DEEPEST_VALUE):
        level = [inner for one in level if isinstance(one, (dict, list))
                 for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


def leaves(value: Any) -> Iterator[Any]:
    """Yield the values at any depth that are neither objects nor arrays."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def text_of(value: Any) -> str:
    """Return a value as text: strings unchanged, everything else as JSON."""
    return value if isinstance(value, str) else _encode(value)


def to_json(value: Any, *, indent: int | None = None, compact: bool = False) -> str:
    """Return the value as JSON text with non-ASCII characters kept; NaN and infinities, which JSON lacks, become
    strings."""
    separators = (",", ":") if compact else None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except ValueError as error:
        if "JSON compliant" not in str(error):
            raise
    return json.dumps(_finite(value), ensure_ascii=False, indent=indent, separators=separators)


def _finite(value: Any) -> Any:
    """Return the value with `NaN`, `Infinity` and `-Infinity` as strings in place of such numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, dict):
        return {_finite(key): _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def _finite_number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else refuse_constant(text)


def refuse_constant(text: str) -> NoReturn:
    """Raise ValueError for NaN or an infinity, which are not JSON: the `parse_constant` of strict readers."""
    raise ValueError(f"{text} is not a JSON number")


_STRICT = json.JSONDecoder(parse_constant=refuse_constant, parse_float=_finite_number)


def parse_json_prefix(text: str, start: int = 0) -> tuple[Any, int]:
    """Return the JSON value that begins at `start` and the index where it ends; raise ValueError if there is none.

    NaN, Infinity and numbers outside the range of a float are not accepted.
    """
    try:
        return _STRICT.raw_decode(text, start)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def parse_json(text: str) -> Any:
    """Return the JSON value that makes up the whole text; raise ValueError if it is not valid JSON."""
    bare = text.strip()
    value, end = parse_json_prefix(bare)
    if end < len(bare):
        raise ValueError(f"text follows the JSON value: {bare[end:end + 40]!r}")
    return value


LONGEST_TO_REPAIR = 500_000  # characters
_READS_PER_CHARACTER = 20  # repairing ordinary mistakes takes 1 to 14


class _MeteredText(str):
    """A string that limits how often its characters can be read, since the repair library may take quadratic time."""

    reads_left = 0

    def __getitem__(self, index: SupportsIndex | slice) -> str:
        self.reads_left -= 1
        if self.reads_left < 0:
            raise ValueError("the JSON is too broken to be repaired")
        return str.__getitem__(self, index)


def repair_json(text: str) -> Any:
    """Return the value that malformed JSON was meant to be, for example with single quotes, comments or a missing end.

    Takes time linear in the length of the text. Raises ValueError if it is too long or too malformed for that.
    """
    from json_repair.json_parser import JSONParser

    if len(text) > LONGEST_TO_REPAIR:
        raise ValueError(f"the JSON is not valid and longer than {LONGEST_TO_REPAIR} characters")
    metered = _MeteredText(text)
    metered.reads_left = _READS_PER_CHARACTER * len(text) + 10_000
    try:
        value = JSONParser(metered, None, logging=False).parse()
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise
    except Exception as error:  # the library may raise anything for text that was never meant to be JSON
        raise ValueError(f"the JSON cannot be repaired ({type(error).__name__})") from None
    return value


def parse_json_object(text: str) -> dict[str, Any] | None:
    """Return the text as a JSON object, repaired if necessary; None if it is not one or is nested too deeply."""
    try:
        value = parse_json(text)
    except ValueError:
        try:
            value = repair_json(text) if text.lstrip().startswith("{") else None
        except ValueError:
            return None
    return value if isinstance(value, dict) and not too_deep(value) else None


_OPENING = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "「": "」", "『": "』", "«": "»", "„": "“”",
            "‚": "‘’", "‹": "›", "＂": "＂", "＇": "＇", "`": "`", "″": "″"}  # each with what closes it
_MARKS = str.maketrans("：﹕∶，｛｝［］－．＋０１２３４５６７８９、；;\u00a0\u3000", ":::,{}[]-.+0123456789,,,  ")
_NEXT_KEY = re.compile(r"\s*(?:[\"'“][^\"'“”\n]{1,60}[\"'”]|\w+)\s*[:：]")
_AFTER = re.compile(r"\s*(?:\Z|[,:;}\]，：；｝］、]|//|#|/\*|\+\s*[\"'])")


def normalised(text: str) -> str:
    """Return the object or list that begins a text, up to its closing bracket or the end, its strings in double quotes.

    Quotes inside a string are escaped, full-width punctuation outside strings becomes ASCII, and escapes that JSON does
    not have lose their backslash.
    """
    written: list[str] = []
    depth, closing, index = 0, "", 0
    while index < len(text):
        sign = text[index]
        if closing and sign == "\\":
            written.append(_escape(text[index:index + 2]))
            index += 2
            continue
        if closing:
            ends = sign in closing and _closes(text, index)
            closing = "" if ends else closing
            written.append('"' if ends else _inside(sign))
        elif sign in _OPENING and _opens(text, index):
            closing = _OPENING[sign]
            written.append('"')
        else:
            sign = sign.translate(_MARKS)
            written.append(sign)
            depth += (sign in "{[") - (sign in "}]")
            if depth <= 0:
                break
        index += 1
    return "".join(written)


def _inside(sign: str) -> str:
    return {'"': '\\"', "\n": "\\n", "\t": "\\t"}.get(sign, sign)


def _escape(pair: str) -> str:
    """Return a backslash and its character, or the character alone if JSON has no such escape."""
    return pair if pair[1:] in tuple('"\\/bfnrtu') and pair[1:] else pair[1:]


def _opens(text: str, index: int) -> bool:
    """Return whether a quote opens a string: only after a bracket, comma, colon or string."""
    return text[max(0, index - 99):index].rstrip()[-1:] in tuple("{[,:;(｛［：，；、\"'”")


def _closes(text: str, index: int) -> bool:
    after = text[index + 1:index + 99]
    return _AFTER.match(after) is not None or _NEXT_KEY.match(after) is not None


def balanced(text: str) -> tuple[str, str]:
    """Return the text outside the strings of a normalised text, and how it was cut off ("" if it was not)."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    outside = re.sub(r"(?://|#)[^\n]*|/\*.*?\*/", "", outside, flags=re.DOTALL)
    if outside.replace('""', "").count('"'):
        return outside, "was cut off inside a text"
    lists = outside.count("[") - outside.count("]")
    last = outside.rstrip()[-1:]
    if outside.count("{") > outside.count("}") and (last.isalnum() or last == "."):
        return outside, "was cut off"  # a number or word without its end
    if lists > 0 or last in tuple(":,{[(=") or re.search(r"[{,]\s*\"\"\s*\Z", outside):
        return outside, "was cut off"
    return outside, ""
