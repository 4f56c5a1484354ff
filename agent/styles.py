"""How OpenAPI writes a value into a path, a query, a header or a cookie: the styles and `explode`, percent-encoded."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

Encode = Callable[[str], str]
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def text_of(value: Any) -> str:
    """A single value as text: strings as they are, everything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def encoded(text: str) -> str:
    """Percent-encoded, with nothing left that means anything in a URL."""
    return quote(text, safe="", errors="replace")


def path_value(name: str, value: Any, style: str, explode: bool) -> str:
    """A path parameter in `simple`, `label` or `matrix` style."""
    if style == "matrix":
        if explode and isinstance(value, list):
            return "".join(f";{encoded(name)}={encoded(text_of(item))}" for item in value)
        if explode and isinstance(value, dict):
            return "".join(f";{encoded(key)}={encoded(text_of(item))}" for key, item in value.items())
        return f";{encoded(name)}={joined(value, ',', False, encoded)}"
    if style == "label":
        return "." + joined(value, "." if explode else ",", explode, encoded)
    return joined(value, ",", explode, encoded)


def query_pairs(name: str, value: Any, style: str, explode: bool) -> Iterator[tuple[str, str]]:
    """A query parameter as encoded pairs, in `form`, `spaceDelimited`, `pipeDelimited` or `deepObject` style."""
    key = encoded(name)
    if style == "deepObject" and isinstance(value, dict):
        for part, item in value.items():
            if isinstance(item, (dict, list)):  # OpenAPI leaves deeper levels open; brackets go on, as servers expect
                items = item.items() if isinstance(item, dict) else enumerate(item)
                for inner, leaf in items:
                    yield f"{key}%5B{encoded(part)}%5D%5B{encoded(str(inner))}%5D", encoded(text_of(leaf))
            else:
                yield f"{key}%5B{encoded(part)}%5D", encoded(text_of(item))
    elif explode and isinstance(value, list):
        for item in value:
            yield key, encoded(text_of(item))
    elif explode and isinstance(value, dict):
        for part, item in value.items():
            yield encoded(part), encoded(text_of(item))
    else:
        yield key, joined(value, _SEPARATORS.get(style, ","), False, encoded)


def joined(value: Any, separator: str, explode: bool, encode: Encode) -> str:
    """A list or object on one line: `a,b` and, for objects, `k,v` or with `explode` `k=v`."""
    if isinstance(value, list):
        return separator.join(encode(text_of(item)) for item in value)
    if isinstance(value, dict):
        sign = "=" if explode else separator
        return separator.join(f"{encode(key)}{sign}{encode(text_of(item))}" for key, item in value.items())
    return encode(text_of(value))
