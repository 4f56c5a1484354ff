"""Calls in the markup of tool-calling models: tags, special tokens, JSON and call syntax."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from toolalpaca.conversation.action_input import call_in, key_of, named_arguments, pieces, read_arguments
from toolalpaca.conversation.forms import COLON
from toolalpaca.conversation.functions import meant_function, plain_name
from toolalpaca.core.jsons import balanced, normalised, parse_json_prefix, repair_json, text_of

Functions = Mapping[str, Collection[str]]  # parameter names by function; empty if unknown

_WORD = r"(?:tool|function|action|plugin|invoke|python_tag|python_start)"
MARK = re.compile(  # opens a call
    rf"<[|｜]?[^<>\n]{{0,30}}?{_WORD}[^<>\n]{{0,60}}>|\[TOOL_CALLS?\]|functools(?=\[)|✿FUNCTION✿\s*:?"
    r"|(?:<\|start\|>assistant)?(?:\s{0,9}to=[\w.]+)?\s{0,9}<\|channel\|>(?:commentary|analysis\s+to=)"
    r"|\b(?:assistant)?(?:commentary|analysis)?\s*\bto=(?:functions\.(?=\w)|[\w.]+\s*(?:code|json)?\s*(?=\{))"
    r"|```(?:tool_code|tool_call)\b", re.IGNORECASE)
_NOT_A_CALL = re.compile(r"<[/|｜]?[^<>\n]*(?:response|result|output|_input|observation)[^<>\n]*>", re.IGNORECASE)
_SPACE = r"(?:[|｜]?\w{1,20}[|｜:])?"  # the namespace of a tag, as in `<ns:invoke>` and `<｜NS｜invoke>`
_TAGGED = re.compile(
    rf"<{_SPACE}(?:function(?:_call)?|invoke|tool(?:_call|_use)?)[ =]+(?:name=)?[\"']?(?P<name>[^\"'<>\n]+)[\"']?\s*>",
    re.IGNORECASE)
_PARAMETER = re.compile(
    rf"<{_SPACE}parameter[ =]+(?:name=)?[\"']?(?P<name>[^\"'<>\n]+)[\"']?(?P<type>[^<>\n]*)>\n?(?P<value>.*?)\n?"
    rf"</{_SPACE}parameter>"
    r"|<(?:\w{1,20}_)?arg_key>(?P<key>.*?)</(?:\w{1,20}_)?arg_key>\s*"
    r"<(?:\w{1,20}_)?arg_value>(?P<given>.*?)</(?:\w{1,20}_)?arg_value>", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(r"(?P<quote><\|\"\|>|<escape>)(?P<text>.*?)(?P=quote)", re.DOTALL)  # a quote as a single token
_NAMED = re.compile(  # a name just before its arguments
    r"^[ \t>#*`-]*(?:\d{1,2}[.)][ \t*`]*)?(?P<name>\w[\w.-]*(?::\d+)?)[*`]*:?\s*(?=\{)", re.MULTILINE)
_ONE_VALUE = re.compile(r"(?P<text>\"[^\"\\]*\"|-?(?:0|[1-9]\d*)(?:\.\d+)?)|'(?P<quoted>[^'\"\\]*)'")  # of a call
_ELEMENT = re.compile(r"<(?P<tag>(?:[\w-]+[.:])?(?P<word>[\w-]+))"
                      r"(?P<attributes>(?:\s+[\w-]+=(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<ends>/?)>")
_ATTRIBUTE = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)')")
_LABELLED = re.compile(  # a name and then its arguments, each after a label in words of whatever language
    rf"^[^\n{{}}]{{1,30}}?{COLON}[*_`\"' \t]*(?P<name>\w[\w.-]*)[*_`\"'., \t]*\n+"
    rf"[^\n{{}}]{{1,30}}?{COLON}[*_ \t]*\s*(?:```\w*\s*)?(?=\{{)", re.MULTILINE)
_TAG = re.compile(r"</?[^<>\n]*>|```\w*|\[/?TOOL_CALLS?\]|✿\w+✿:?")
CALL = re.compile(r"(?P<name>[^\s(){}\[\]（）]+)\s*[(（](?P<arguments>.*)[)）]\s*;?", re.DOTALL)
_STRUCTURE = frozenset({"function", "functions", "tool", "tools", "call", "calls", "begin", "sep", "args", "json", "to",
                        "channel", "commentary", "message", "constrain", "section", "argument", "assistant", "start",
                        "action", "plugin", "python_tag", "python_start"})


@dataclass(frozen=True)
class NativeCall:
    """A call found in a text: the text before it, the name and the text of its arguments."""

    before: str
    name: str
    input_text: str
    problem: str = ""


def find_call(text: str, functions: Functions) -> NativeCall | None:
    """Return the first call in a text without the form's labels; None if there is none for certain."""
    text = _QUOTED.sub(lambda found: json.dumps(found["text"], ensure_ascii=False), text)
    mark = next((found for found in MARK.finditer(text) if not _NOT_A_CALL.match(found[0])), None)
    if mark:
        before, rest = text[:mark.start()], text[mark.start():]
        return _tagged(before, rest) or _element(text, functions) or _marked(before, rest, functions)
    brace = re.search(r"^[ \t`]*(?:json\s{0,20})?[{\[]", text, re.MULTILINE)
    if brace:
        start = re.search(r"[{\[]", text[brace.start():])
        place = brace.start() + (start.start() if start else 0)
        if found := _json_call(text[:place], text[place:], functions):
            return found
    if found := _element(text, functions):
        return found
    for name in (*_LABELLED.finditer(text), *_NAMED.finditer(text)):
        if meant_function(name["name"], functions) in functions:
            return NativeCall(text[:name.start()], name["name"], text[name.end():])
    return _bare_syntax(text, functions)


def _element(text: str, functions: Functions) -> NativeCall | None:
    """Return the call that an XML element is whose tag, or an attribute of it, names an existing function; its
    arguments are inside, or else the other attributes."""
    for element in _ELEMENT.finditer(text):
        attributes = {name: quoted or other for name, quoted, other in _ATTRIBUTE.findall(element["attributes"])}
        named = next((key for key in ("name", "function", "tool") if attributes.get(key) in functions), "")
        if named or element["word"] in functions:
            inside, closed, _ = text[element.end():].partition(f"</{element['tag']}>")
            function = attributes.pop(named) if named else element["word"]
            if element["ends"] or closed and not inside.strip():
                values = {name: _value_of(value) for name, value in attributes.items()}
                return NativeCall(text[:element.start()], function, json.dumps(values, ensure_ascii=False))
            if closed:
                return NativeCall(text[:element.start()], function, inside)
    return None


def _tagged(before: str, rest: str) -> NativeCall | None:
    """Return a call whose name and parameters are in tags."""
    values = {str(match["name"] or match["key"]).strip(): _parameter_value(match)
              for match in _PARAMETER.finditer(rest)}
    if not values:
        return None
    name = _TAGGED.search(rest)
    if name:
        return NativeCall(before, name["name"], json.dumps(values, ensure_ascii=False))
    key = _PARAMETER.search(rest)
    first = re.sub(r"<[^<>]*>", "\n", rest[:key.start()] if key and key["key"] else "").strip()
    return NativeCall(before, first, json.dumps(values, ensure_ascii=False)) if first else None


def _parameter_value(match: re.Match[str]) -> Any:
    """Return the value in a parameter's tags: text if an attribute says so, else JSON if it is some."""
    bare = (match["value"] if match["name"] else match["given"]).strip()
    return bare if re.search(r"string=[\"']?true", match["type"] or "", re.IGNORECASE) else _value_of(bare)


def _value_of(bare: str) -> Any:
    try:
        value, end = parse_json_prefix(bare)
    except ValueError:
        return bare
    return value if end == len(bare) and not isinstance(value, str) else bare


def _marked(before: str, rest: str, functions: Functions) -> NativeCall | None:
    """Return the call after a marker: a complete call as JSON, a name and its arguments, or call syntax."""
    brace = re.search(r"[{\[](?!/?\w+\])", rest[1:])
    inside = _TAG.sub("\n", rest).strip()
    first = next(filter(None, map(str.strip, _TAG.split(rest))), "")  # without what follows the call's closing tag
    if brace is None:
        return _syntax(before, inside, functions) or _syntax(before, first, functions)
    place = brace.start() + 1
    found = _json_call(before, rest[place:], functions) or (
        _syntax(before, inside, functions) or _syntax(before, first, functions) if inside[:1] == "[" else None)
    if found:
        return found
    name = _TAGGED.search(rest[:place])
    between = name["name"] if name else rest[:place]
    if "(" in between.rpartition("\n")[2] or "(" in between.rpartition(">")[2]:
        return _syntax(before, inside, functions)
    return NativeCall(before, _name_in(between, functions), rest[place:])


def _name_in(between: str, functions: Functions) -> str:
    """Return the function named between a marker and its arguments; "" if there is none."""
    words = re.findall(r"[\w.-]+", re.sub(r"[｜▁|<>]", " ", between))
    known = [name for word in words if (name := meant_function(word, functions)) in functions]
    if known or functions:
        return known[-1] if known else (plain_name(words[-1]) if words and not _is_structure(words[-1]) else "")
    others = [plain_name(word) for word in words if not _is_structure(word)]
    return others[-1] if others else ""


def _is_structure(word: str) -> bool:
    return word.lower().strip("_") in _STRUCTURE or bool(re.fullmatch(r"[\W\d_]*", word)) or any(
        part in _STRUCTURE for part in word.lower().split("_"))


def _json_call(before: str, text: str, functions: Functions) -> NativeCall | None:
    """Return the complete call in JSON at the start of the text; if it was cut off, its problem is kept."""
    try:
        value, _ = parse_json_prefix(text)
    except ValueError:
        candidate = normalised(text)
        if not re.match(r"[{\[]\s*(?:[{\[]\s*)?\"", candidate):
            return None
        _, problem = balanced(candidate)
        if problem and re.search(r'"(?:name|action|tool_name)"\s*:', candidate, re.IGNORECASE):
            return NativeCall(before, "", "", f"the call {problem}")
        try:
            value = None if problem else repair_json(candidate)
        except ValueError:
            value = None
    call = call_in(value) or _answer_in(value) or _call_by_key(value, functions)
    if call is None:
        return None
    name, given, thought = call
    input_text = text_of(given)
    return NativeCall(f"{before}\n{thought}" if thought else before, name, input_text)


def _call_by_key(value: Any, functions: Functions) -> tuple[str, Any, str] | None:
    """Return the call that an object is whose only key is an existing function and its value the arguments."""
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, dict) or len(value) != 1:
        return None
    [(name, arguments)] = value.items()
    return (name, arguments, "") if isinstance(arguments, dict) and name in functions else None


def _answer_in(value: Any) -> tuple[str, str, str] | None:
    """Return the final answer in a JSON object, as a call."""
    keys = {key_of(key): inner for key, inner in value.items()} if isinstance(value, dict) else {}
    if not set(keys) <= {"thought", "finalanswer"} or not isinstance(keys.get("finalanswer"), str):
        return None
    return "final_answer", keys["finalanswer"], str(keys.get("thought") or "")


def _bare_syntax(text: str, functions: Functions) -> NativeCall | None:
    """Return a call to an existing function that is a whole line of the text, in call syntax."""
    for match in re.finditer(r"^.+$", text, re.MULTILINE):
        line = match[0].strip().strip("`")
        found = _syntax("", line, functions)
        if found and (meant_function(found.name, functions) in functions or (not functions and line[0] == "[")):
            return NativeCall(text[:match.start()], found.name, found.input_text, found.problem)
    return None


def _syntax(before: str, inside: str, functions: Functions) -> NativeCall | None:
    inside = inside.strip()
    if inside.startswith("[") and inside.endswith("]"):
        inside = inside[1:-1].strip()
    call = _first_of_calls(unwrapped_call(inside))
    if call is None or "\n" in call["name"]:
        return None
    given = call_arguments(call["arguments"], functions.get(meant_function(call["name"], functions)))
    if given is None:
        return NativeCall(before, call["name"], "", "gives values without names; write a JSON object")
    return NativeCall(before, call["name"], given)


def unwrapped_call(text: str) -> str:
    """Return a call without `print(...)` around it, the variable that it is assigned to and a word such as `await`."""
    text = re.sub(r"\A(?:\w+\s*=\s*)?(?:(?:await|return|call|use|run)\s+)?(?=[\w.]+\()", "", text, flags=re.IGNORECASE)
    printed = re.fullmatch(r"(?:print|await)\s*\((?P<call>.*)\)", text, re.DOTALL)
    return printed["call"].strip() if printed else text


def _first_of_calls(text: str) -> re.Match[str] | None:
    """Return the call that the text is, or the first if it is several with commas or semicolons between them."""
    calls = [CALL.fullmatch(piece.strip()) for piece in pieces(text, ",;\n")]
    return calls[0] if len(calls) > 1 and all(calls) else CALL.fullmatch(text)


def call_arguments(inside: str, parameters: Collection[str] | None) -> str | None:
    """Return the JSON text of the arguments between a call's parentheses; None if a value has no name."""
    bare = inside.strip().removeprefix("**")
    if not bare:
        return "{}"
    if parameters is not None and len(parameters) == 1 and (value := _ONE_VALUE.fullmatch(bare)):
        only = value["quoted"] if value["text"] is None else json.loads(value["text"])
        return json.dumps({next(iter(parameters)): only}, ensure_ascii=False)
    if bare.startswith("{"):
        return bare if read_arguments(bare).arguments is not None else None
    named = named_arguments(bare, parameters)
    return None if named is None else json.dumps(named, ensure_ascii=False)
