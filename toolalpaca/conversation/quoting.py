"""Normalisation of JSON-like text: other quotes and punctuation become JSON's, so that the repair reads it
correctly."""

import re

_OPENING = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "「": "」"}
_MARKS = str.maketrans({"：": ":", "，": ",", "｛": "{", "｝": "}", "［": "[", "］": "]", "、": ",", "\u00a0": " ",
                        "\u3000": " "})
_NEXT_KEY = re.compile(r"\s*(?:[\"'“][^\"'“”\n]{1,60}[\"'”]|\w+)\s*[:：]")
_AFTER = re.compile(r"\s*(?:\Z|[,:}\]，：｝］、]|//|#|/\*|\+\s*[\"'])")


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
            ends = sign == closing and _closes(text, index)
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
    return text[max(0, index - 99):index].rstrip()[-1:] in tuple("{[,:(：，、\"'”")


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
