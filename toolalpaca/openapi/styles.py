"""Parameter styles: how a value is written in a path, a query, a header or a cookie, and how such a text is taken apart
again."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from toolalpaca.core.jsons import text_of

Encode = Callable[[str], str]
Decode = Callable[[str], str]

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}  # of items, by style; else a comma


def encoded(text: str) -> str:
    """Return the text percent-encoded, without any character that is special in a URL."""
    return quote(text, safe="", errors="replace")


def encoded_but_reserved(text: str) -> str:
    """Return the text percent-encoded but for the characters that `allowReserved` keeps and a query can hold."""
    return quote(text, safe="/:?@!$'()*,;=[]", errors="replace")


def separator_of(style: str) -> str:
    """Return what separates the items of a list in a query or a form that is not exploded."""
    return _SEPARATORS.get(style, ",")


def affixes(name: str, style: str, explode: bool, *, is_object: bool) -> tuple[str, str]:
    """Return what a path's value begins with in `simple`, `label` or `matrix` style, and what separates its parts."""
    if style == "label":
        return ".", "." if explode else ","
    if style == "matrix" and explode and is_object:
        return ";", ";"
    if style == "matrix":
        return f";{encoded(name)}=", f";{encoded(name)}=" if explode else ","
    return "", separator_of(style)


def path_value(name: str, value: Any, style: str, explode: bool) -> str:
    """Return a path parameter in `simple`, `label` or `matrix` style; "" for a list or an object that is exploded into
    nothing."""
    if style == "matrix" and explode and value in ([], {}):
        return ""
    prefix, separator = affixes(name, style, explode, is_object=isinstance(value, dict))
    return prefix + joined(value, separator, explode, encoded)


def query_pairs(name: str, value: Any, style: str, explode: bool, encode: Encode = encoded
                ) -> Iterator[tuple[str, str]]:
    """Yield a query parameter as encoded pairs, in `form`, `deepObject` or a delimited style."""
    key = encoded(name)
    if style == "deepObject" and isinstance(value, dict):
        for part, item in value.items():
            if isinstance(item, (dict, list)):  # OpenAPI leaves deeper levels open; brackets, as servers expect
                items = item.items() if isinstance(item, dict) else enumerate(item)
                for inner, leaf in items:
                    yield f"{key}%5B{encoded(part)}%5D%5B{encoded(str(inner))}%5D", encode(text_of(leaf))
            else:
                yield f"{key}%5B{encoded(part)}%5D", encode(text_of(item))
    elif explode and isinstance(value, list):
        yield from [(key, encode(text_of(item))) for item in value] or [(key, "")]
    elif explode and isinstance(value, dict):
        for part, item in value.items():
            yield encoded(part), encode(text_of(item))
    else:
        yield key, joined(value, encoded(_SEPARATORS[style]) if style in _SEPARATORS else ",", False, encode)


def joined(value: Any, separator: str, explode: bool, encode: Encode) -> str:
    """Return a list or object on one line: `a,b` and, for objects, `k,v` or with `explode` `k=v`."""
    if isinstance(value, list):
        return separator.join(encode(text_of(item)) for item in value)
    if isinstance(value, dict):
        sign = "=" if explode else separator
        return separator.join(f"{encode(key)}{sign}{encode(text_of(item))}" for key, item in value.items())
    return encode(text_of(value))


def encoded_value(query: str, name: str) -> str:
    """Return the first value of a field as it was sent in a query or a form; "" if there is none."""
    pairs = (part.partition("=") for part in query.split("&"))
    return next((value for key, _, value in pairs if unquote_plus(key) == name), "")


def parts_of_list(text: str, separator: str, decode: Decode) -> list[str]:
    """Return the decoded parts of a text as it was sent: split at the separator, in which its items are encoded, unless
    it is encoded itself."""
    return [decode(part) for part in text.split(separator)] if separator in text else decode(text).split(separator)


def parts_of_object(text: str, separator: str, explode: bool, decode: Decode) -> Mapping[str, str] | None:
    """Return the decoded properties of an object on one line as it was sent: `k,v`, or `k=v` with `explode`; None if it
    is not one."""
    if not explode:
        parts = parts_of_list(text, separator, decode) if text else []
        return None if len(parts) % 2 else dict(zip(parts[::2], parts[1::2], strict=True))
    if "=" not in text:
        text, decode = decode(text), str
    sign = re.escape(separator)
    pairs = (part.partition("=") for part in re.split(rf"{sign}(?=[^={sign}]+=)", text))
    return {decode(key): decode(value) for key, equals, value in pairs if equals}
