"""Parsing of action inputs: strictly as a JSON object if possible, otherwise in the other notations that models use.

Input that was cut off, contains an expression or gives values without names is refused; nothing is guessed.
"""

import ast
import html
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from toolalpaca.core.jsons import balanced, normalised, parse_json_prefix, repair_json, too_deep

_FENCE = re.compile(r"\A\s*(?:```|~~~|`)[ \t]*(?:(?:json|yaml|python|text)\b)?\s*|\s*(?:```|~~~|`)\s*\Z"
                    r"|\A(?:\"{3}|'{3})(?=\s*\{)|(?<=\})\s*(?:\"{3}|'{3})\Z", re.IGNORECASE)
_MOST_FENCES = 10
_LANGUAGE = re.compile(r"\A(?:json|yaml|JSON)[ \t]*:?\s*(?=\n|\{)")
_NOTHING = re.compile(r"(?:\"\"|''|none|null|nil|n/?a|empty|nothing|-|no(?:ne)? (?:action )?(?:inputs?|arguments?|args|"
                      r"param(?:eter)?s?)?(?: (?:is |are )?(?:required|needed|necessary|given))?)?\.?", re.IGNORECASE)
_FEW_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,2}\.?")  # such as `kein`, for a function without parameters
_WRAPPERS = frozenset(owner + what for owner in ("", "action", "tool", "function")
                      for what in ("input", "arguments", "args", "parameters", "params", "kwargs"))
_NAME_KEYS = frozenset({"name", "command", "method", "recipientname", *(
    f"{which}{what}{name}" for which in ("", "selected", "chosen") for name in ("", "name")
    for what in ("action", "tool", "function", "api", "operation"))})
_ABOUT_A_CALL = frozenset({"type", "id", "callid", "toolcallid", "index", "thought", "thoughts", "reasoning"})
_EXPRESSION = re.compile(r"[\d)]\s*[*+/%]+\s*[\d(]|\d\s+-\s+\d|[A-Za-z_]\w*\(|\"\"\s*\+")
_LINE = re.compile(r"\A[ \t]*(?:(?:[-*•]|\d{1,2}[.)])[ \t]+)?\**[\"'`]?(?P<name>[\w.$-]*[\w$])[\"'`]?\**[ \t]*"
                   r"(?:\((?:string|str|integer|int|number|float|boolean|bool|array|list|object)\)\**[ \t]*)?"
                   r"(?:[=-]>|→|:=|==|[:=：])[ \t]*\**[ \t]*(?P<value>.*)\Z")
_INDENTED = re.compile(  # YAML with a value in lines of its own
    r"^[^\s#-][^\n]*:[ \t]*(?:[|>][+-]?)?\n[ \t]+\S", re.MULTILINE)
_ITEM = re.compile(r"\A[ \t]*[-*•][ \t]+(?P<value>\S.*)\Z")
_PAIR = re.compile(r"\s*[\"']?(?P<name>[A-Za-z_$][\w.$-]*)[\"']?\s*(?:[=-]>|→|:=|==|[=:])\s*")
_ONLY_VALUE = re.compile(  # for a function with one parameter: a word, a text in quotes, or a question
    r"\"(?P<text>[^\"{}]+)\"|[\w.@/-]*\w|[^{}\[\]=\"\n]+[?？]")
_TAGGED = re.compile(r"<(\w+)>([^<>]*)</\1>")  # one argument, as in `<city>Paris</city>`
_ALL_TAGGED = re.compile(r"(?:\s*<(\w+)>[^<>]*</\1>)+\s*")
_PARAMETER = re.compile(r"<parameter(?: name)?[= ]+[\"']?([\w.-]+)[\"']?>([^<>]*)</parameter>")
_FLAG = re.compile(r"--([\w-]+)[= ]+(\"[^\"]*\"|'[^']*'|[^\s\"'-]\S*)")  # one argument as on a command line
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}


@dataclass(frozen=True)
class ArgumentsText:
    """Parsed arguments and their JSON text, with notes on what was fixed; or None and the problem."""

    arguments: dict[str, Any] | None
    text: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""


def read_arguments(text: str | None, function: str = "", parameters: Collection[str] | None = None) -> ArgumentsText:
    """Parse one JSON object and ignore the text around it; a missing input counts as `{}`, with a note.

    `parameters` are the names that the function takes, None if they are unknown.
    """
    bare = _unfenced(text or "")
    if function:  # whose call is written once more
        bare = re.sub(rf"\A{re.escape(function)}\s*(?=\(.*\)\Z)", "dict", bare, flags=re.DOTALL)
    if bare.startswith('"{"') and bare.endswith('}"'):  # quoted without escapes
        bare = bare[1:-1]
    if _NOTHING.fullmatch(bare) or (parameters is not None and not parameters and _FEW_WORDS.fullmatch(bare)):
        return _read({}, ("fixed: no action input was given, {} was taken",))
    if parameters is not None and len(parameters) == 1 and (only := _ONLY_VALUE.fullmatch(bare)):
        value = only["text"] or _scalar(bare)
        return _read({next(iter(parameters)): value}, ("fixed: the action input was a value without its name",))
    try:
        value, notes = _value_in(bare, parameters)
    except ValueError as error:
        return ArgumentsText(None, problem=str(error))
    return _as_object(value, notes, function, parameters)


def _unfenced(text: str) -> str:
    """Return the text without the fences around it, of which there may be several, one in the other."""
    for _ in range(_MOST_FENCES):
        before, text = text, text.strip()
        if "`" not in text.strip("`") or "```" in text:  # not `name`: `value`
            text = _LANGUAGE.sub("", _FENCE.sub("", text)).strip()
        if text == before:
            break
    if text[:1] in tuple("(（") and text[-1:] in tuple(")）"):
        text = text[1:-1].strip()
    return text


def _value_in(bare: str, parameters: Collection[str] | None) -> tuple[Any, tuple[str, ...]]:
    """Return the value in the text and notes on it; raise ValueError with the problem."""
    start = 0 if bare[0] in "[\"" else max(bare.find("{"), 0)
    try:
        value, end = parse_json_prefix(bare, start)
    except ValueError:
        value, end = None, 0
    named = isinstance(value, str) and re.match(r"\s*[:=]", bare[end:])
    if not end or named or (not isinstance(value, (dict, list, str)) and bare[end:].strip()):
        return _fixed(bare, parameters)
    if value == {} and bare[end:].lstrip().startswith("{"):  # the first object is empty, the next one is not
        start = end + bare[end:].index("{")
        value, end = parse_json_prefix(bare, start)
    if _second_object(bare[end:], value):
        raise ValueError("offers two JSON objects; write one")
    around = (bare[:start] + bare[end:]).strip("` \n\t.")
    return value, ("cut: text around the action input",) if around else ()


def _second_object(rest: str, first: Any) -> bool:
    """Return whether a second, non-empty object follows on the same line."""
    line = rest.partition("\n")[0]
    if not isinstance(first, dict) or "{" not in line:
        return False
    try:
        value, _ = parse_json_prefix(line, line.index("{"))
    except ValueError:
        return False
    return isinstance(value, dict) and value not in ({}, first)


def _fixed(bare: str, parameters: Collection[str] | None) -> tuple[Any, tuple[str, ...]]:
    """Return the value that malformed JSON was meant to be."""
    note = ("fixed: the action input was not valid JSON",)
    if "&quot;" in bare:
        bare = html.unescape(bare)
    if re.match(r"[{\[]\s*\\\"", bare):
        bare = bare.replace('\\"', '"')
    bare = bare.translate(_BRACES) if bare[:1] in "｛［" else bare
    if re.match(r"\{\s*[:\"'][\w\"']+\s*=", bare):
        bare = _outside(_outside(bare, "=>", ":"), "=", ":")
    for read in (_python_value, _named_values):
        if (found := read(bare, parameters)) is not None:
            return found, note
    start = re.search(r"[{\[]", bare)
    if start is None and not re.match(r"[\"'“][^\"'”]*[\"'”]\s*[:：]", bare):
        raise ValueError(f"must be a JSON object such as {{\"name\": \"value\"}}, not {bare[:80]!r}")
    return _repaired(normalised(bare[start.start():] if start else "{" + bare + "}")), note


def _python_value(bare: str, parameters: Collection[str] | None) -> dict[str, Any] | None:
    """Return what `dict(a=1)` or a dictionary with tuples in it is in Python; None for other text."""
    if call := re.fullmatch(r"dict\s*\((?P<arguments>.*)\)", bare, re.DOTALL):
        return named_arguments(call["arguments"], parameters)
    if bare[:1] != "{" or not re.search(r"\(|\"{3}|'{3}", bare) or "\\" in bare:
        return None
    try:
        value = json.loads(json.dumps(ast.literal_eval(bare)))  # tuples become lists
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) else None


_BRACES = str.maketrans("｛｝［］", "{}[]")


def _repaired(candidate: str) -> Any:
    if re.fullmatch(r"[{\[]\s*\.\.\.\s*[}\]]", candidate):
        raise ValueError("is a placeholder; write the values")
    outside, problem = balanced(candidate)
    if problem:
        raise ValueError(problem)
    if _EXPRESSION.search(outside):
        raise ValueError("holds an expression; write the value")
    if placeholder := re.search(r"[:,\[]\s*(\.{3}|<[\w .-]+>)\s*[,}\]]", outside):
        raise ValueError(f"holds the placeholder {placeholder[1]}; write the value")
    if unknown := re.search(r"\b(?:NaN|inf(?:inity)?|undefined)\b", outside, re.IGNORECASE):
        raise ValueError(f"holds {unknown[0]}, which is not JSON")
    try:
        value = repair_json(candidate)
    except ValueError as error:
        raise ValueError(f"is not valid JSON ({error})") from None
    if not value and not re.fullmatch(r"[{\[]\s*[}\]]", candidate):
        raise ValueError("is not a valid JSON object")
    return value


def _as_object(value: Any, notes: tuple[str, ...], function: str,
               parameters: Collection[str] | None) -> ArgumentsText:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return read_arguments(value, function, parameters)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and _may_hold(value[0], parameters):
        value = value[0]
    if isinstance(value, list) and value and parameters is not None and len(parameters) == 1:
        value = {next(iter(parameters)): value}
    if value == [] and parameters is not None and not parameters:
        value = {}
    if not isinstance(value, dict):
        shown = json.dumps(value, ensure_ascii=False, default=str)
        return ArgumentsText(None, problem=f"must be a JSON object such as {{\"name\": \"value\"}}, not {shown[:80]}")
    if too_deep(value):
        return ArgumentsText(None, problem="is nested too deeply")
    inner = _wrapped(value, function, parameters)
    return _read(value, notes) if inner is None else _as_object(inner, notes, function, parameters)


def key_of(name: str) -> str:
    """Return a key without case, blanks and underscores, as argument keys are compared."""
    return re.sub(r"[\s_-]", "", name).lower()


def _wrapped(value: dict[str, Any], function: str, parameters: Collection[str] | None) -> Any:
    """Return the arguments inside a wrapper key such as `input` or the function's name; None if there is no wrapper."""
    own = set(parameters or ())
    keys = [key for key in value if key not in own]
    if len(keys) != len(value) or not value:
        return None
    call = {key_of(key): inner for key, inner in value.items()}
    inside = [call[key] for key in call if key in _WRAPPERS]
    if function and any(call.get(key) == function for key in _NAME_KEYS) and len(inside) == 1:
        return inside[0]
    if len(value) > 1:
        return None
    [(key, inner)] = value.items()
    known = key == function or (key_of(key) in _WRAPPERS and parameters is not None)
    is_object = isinstance(inner, dict) or (isinstance(inner, str) and inner.lstrip().startswith("{"))
    return inner if known and is_object else None


def call_in(value: Any) -> tuple[str, Any, str] | None:
    """Return name, arguments and thought of a JSON value that is a complete call; None if it is not one."""
    if isinstance(value, list) and [type(part) for part in value] == [str, dict]:
        return value[0], value[1], ""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    keys = {key_of(key): inner for key, inner in value.items()}
    for wrapper in ("toolcall", "functioncall", "function", "tool", "call", "toolcalls", "tooluses"):
        if isinstance(keys.get(wrapper), (dict, list)):
            return call_in(keys[wrapper])
    for wrapper in ("action", "command"):
        if isinstance(keys.get(wrapper), dict) and (inner := call_in(keys[wrapper])):
            return inner[0], inner[1], inner[2] or _thought_in(keys)
    names = [keys[key] for key in keys if key in _NAME_KEYS and isinstance(keys[key], str)]
    inputs = [keys[key] for key in keys if key in _WRAPPERS]
    if len(names) != 1 or len(inputs) > 1:
        return None
    besides = {key: inner for key, inner in value.items() if key_of(key) not in _NAME_KEYS | _ABOUT_A_CALL}
    return names[0], inputs[0] if inputs else besides, _thought_in(keys)


def _thought_in(keys: dict[str, Any]) -> str:
    """Return the thought beside a call, as a text or as the `text` of an object."""
    thought = keys.get("thought") or keys.get("thoughts")
    thought = thought.get("text") if isinstance(thought, dict) else thought
    return thought if isinstance(thought, str) else ""


def named_arguments(inside: str, parameters: Collection[str] | None) -> dict[str, Any] | None:
    """Return the arguments in call syntax, `a=1, b="x"`; None if a value has no name."""
    return _pairs(_full_width(inside), parameters)


def _full_width(text: str) -> str:
    """Return the text with full-width punctuation outside quotes replaced by ASCII."""
    for wide, sign in zip("，＝：；", ",=:;", strict=True):
        text = _outside(text, wide, sign)
    return text


def _outside(text: str, old: str, new: str) -> str:
    """Return the text with one string replaced by another outside quotes."""
    pieces = re.split(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", text)
    return "".join(piece if place % 2 else piece.replace(old, new) for place, piece in enumerate(pieces))


def _named_values(bare: str, parameters: Collection[str] | None) -> dict[str, Any] | None:
    """Return the values in `name: value` lines, `name=value` pairs or a URL query string; None if it is none of
    these."""
    if bare[:1] in "{[":
        return None
    bare = _PARAMETER.sub(r"<\1>\2</\1>", bare)
    if wrapped := re.fullmatch(r"<(arguments|parameters|args|input)>\s*(<.*>)\s*</\1>", bare, re.DOTALL):
        bare = wrapped[2]
    if _ALL_TAGGED.fullmatch(bare) or bare.startswith("--"):
        named = {name: _scalar(value) for name, value in (_FLAG if bare[0] == "-" else _TAGGED).findall(bare)}
        return named if named and _may_be(named, parameters) else None
    if bare.startswith("?") or re.fullmatch(r"[\w.]+=[^&=\n]*(?:&[\w.]+=[^&=\n]*)+", bare):
        found = dict(parse_qsl(bare.lstrip("?"), keep_blank_values=True))
        return {name: _scalar(value) for name, value in found.items()} or None
    lines = [line for line in bare.split("\n") if line.strip()]
    if len(lines) == 1 and "=" in bare:
        return _pairs(_full_width(bare), parameters, ",;")
    if "{" in bare:
        return None
    return _nested(bare, parameters) if _INDENTED.search(bare) else _lines(lines, parameters)


def _nested(bare: str, parameters: Collection[str] | None) -> dict[str, Any] | None:
    """Return what YAML with objects, lists or blocks of text inside holds; None if it is not that."""
    from toolalpaca.openapi.yaml_text import read_yaml  # loads yaml, which `--help` does without

    try:
        value = read_yaml(bare)
    except ValueError:
        return None
    return value if isinstance(value, dict) and _may_be(value, parameters) else None


def _lines(lines: list[str], parameters: Collection[str] | None) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    name = ""
    for line in lines:
        match = _LINE.match(line)
        if match and (meant := _meant_name(match["name"], parameters)):
            if len(lines) == 1 and re.search(r"[,;|，；]\s*[\"'`]?\w+[\"'`]?\s*(?:[:：→]|->)", match["value"]):
                return _pairs(_full_width(line), parameters, ",;|")
            name, value = meant, match["value"].rstrip(",")
            if _names_another(value, name, parameters):
                return None
            values[name] = _scalar(value) if value.strip() else []
        elif name and (item := _ITEM.match(line)) and isinstance(values[name], list):
            values[name].append(_scalar(item["value"]))
        else:
            return None
    return {key: "" if value == [] else value for key, value in values.items()} or None


def _may_hold(value: dict[str, Any], parameters: Collection[str] | None) -> bool:
    """Return whether an object can be the arguments of a function, and not the item of its only argument, a list."""
    return parameters is None or len(parameters) != 1 or not value or any(
        key in parameters or key_of(key) in _WRAPPERS | _NAME_KEYS for key in value)


def _meant_name(name: str, parameters: Collection[str] | None) -> str:
    """Return the parameter that a name means, whatever its case; "" if there is none of that name."""
    if _may_be([name], parameters):
        return name
    alike = [one for one in parameters or () if key_of(one) == key_of(name)]
    return alike[0] if len(alike) == 1 else ""


def _names_another(value: str, name: str, parameters: Collection[str] | None) -> bool:
    """Return whether a value outside of quotes goes on with another parameter, as in `a=1 b=2`."""
    bare = value.strip()
    if bare[:1] in ("'", '"', "[", "{"):
        return False
    return any(re.search(rf"(?<![\w-]){re.escape(one)}\s*[:=]\s*\S", bare) for one in parameters or () if one != name)


def _may_be(names: Collection[str], parameters: Collection[str] | None) -> bool:
    return not parameters or all(name in parameters for name in names)


def _pairs(text: str, parameters: Collection[str] | None, separators: str = ",\n") -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for piece in pieces(text, separators):
        match = _PAIR.match(piece)
        name = _meant_name(match["name"], parameters) if match else ""
        if not match or not name or _names_another(piece[match.end():], name, parameters):
            return None
        values[name] = _scalar(piece[match.end():])
    return values or None


def pieces(text: str, separators: str = ",\n") -> Iterator[str]:
    """Yield the parts of a text between separators outside quotes and brackets."""
    start = depth = 0
    quote = ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote and text[place - 1] != "\\" else quote
        elif sign in "\"'" and text[max(0, place - 9):place].rstrip()[-1:] in ("", "=", ":", ",", "[", "(", "{"):
            quote = sign
        elif sign in "[({":
            depth += 1
        elif sign in "])}":
            depth -= 1
        elif sign in separators and depth == 0:
            if text[start:place].strip():
                yield text[start:place]
            start = place + 1
    if text[start:].strip():
        yield text[start:]


def _scalar(text: str) -> Any:
    """Return an unquoted number, boolean, null, list or object as such, anything else as text."""
    bare = text.strip()
    if bare in _CONSTANTS:
        return _CONSTANTS[bare]
    if bare[:1] == "`" == bare[-1:]:
        return _scalar(bare.strip("`"))
    if bare[:1] in "\"'" and bare[-1:] == bare[:1] and len(bare) > 1:
        return bare[1:-1].replace(f"\\{bare[0]}", bare[0])
    try:
        if bare[:1] in "[{":
            return repair_json(normalised(bare))
        is_number = re.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", bare)
        return parse_json_prefix(bare)[0] if is_number else bare
    except ValueError:
        return bare


def _read(value: dict[str, Any], notes: tuple[str, ...]) -> ArgumentsText:
    # A lone surrogate, which a JSON escape can produce, has no UTF-8 encoding and could not be sent.
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    return ArgumentsText(json.loads(text), text, notes)
