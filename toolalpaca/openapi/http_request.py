"""Building an HTTP request from bound arguments: path, query, headers, cookies and body, each in its declared style."""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote

from toolalpaca.core.jsons import text_of
from toolalpaca.openapi.arguments import TRY_AGAIN, ArgumentError, BoundArguments, Signature
from toolalpaca.openapi.media_types import FORM, JSON, MULTIPART, is_json, is_sequence, kind_of, sequence_body
from toolalpaca.openapi.operations import ITEMS, PropertyEncoding
from toolalpaca.openapi.styles import encoded, encoded_but_reserved, joined, path_value, query_pairs

_PATH_PIECE = re.compile(r"\{([^{}]*)\}|[^{}]+|[{}]")
_PATH_SAFE = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True)
class HttpRequest:
    """A request without its server: `path` and `query` are percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def url(self, base: str) -> str:
        """Return the full URL at a server."""
        return f"{base.rstrip('/')}/{self.path.lstrip('/')}" + (f"?{self.query}" if self.query else "")


def build_request(signature: Signature, bound: BoundArguments) -> HttpRequest:
    """Return the request of one call; raise ArgumentError for a value that its location cannot carry."""
    operation = signature.operation
    path_values: dict[str, str] = {}
    query: list[tuple[str, str | None]] = []
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for parameter, value in bound.parameters:
        if parameter.is_json:
            value = json.dumps(value, ensure_ascii=False)
        if parameter.location == "path":
            path_values[parameter.name] = _path_part(parameter.name, value, parameter.style, parameter.explode)
        elif parameter.location == "query":
            encode = encoded_but_reserved if parameter.raw.get("allowReserved") is True else encoded
            query += query_pairs(parameter.name, value, parameter.style, parameter.explode, encode)
        elif parameter.location == "querystring":
            query += _whole_query(value, parameter.media_type or "")
        elif parameter.location == "header":
            headers[parameter.name] = _line(parameter.name, joined(value, ",", parameter.explode, str))
        else:
            cookies |= _cookies(parameter.name, value, parameter.style, parameter.explode)
    content = None
    if bound.has_body and signature.body:
        content, headers["Content-Type"] = _body(bound.body, signature.body.media_type, signature.body.encoding)
    path_values = {variable: path_values[name] for variable, name in operation.variables.items() if name in path_values}
    path, fixed = split_path(operation.path)
    own = {key for key, _ in query}
    written = [(encoded(key), _filled(value, path_values, "")) for key, value in fixed if encoded(key) not in own]
    pairs = [key if value is None else f"{key}={value}" for key, value in [*written, *query]]
    return HttpRequest(operation.http_method, _filled(path, path_values, _PATH_SAFE), "&".join(pairs), headers, cookies,
                       content)


@lru_cache(maxsize=4096)
def split_path(template: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a path as it is sent, with one leading slash, and the query that some documents include in it.

    A fragment, which other documents use to distinguish operations with the same path, is never sent, and neither are
    the query's names of a URI template, as in `/tides{?port,day}`.
    """
    path, _, query = re.sub(r"\{[?&][^{}]*\}", "", template).partition("#")[0].partition("?")
    return "/" + path.lstrip("/"), tuple(parse_qsl(query, keep_blank_values=True))


def _filled(template: str, values: dict[str, str], safe: str) -> str:
    return "".join([text if name is None else values.get(name, text) for name, text in _pieces(template, safe)])


@lru_cache(maxsize=4096)
def _pieces(template: str, safe: str) -> list[tuple[str | None, str]]:
    """Return a template's parts as they are sent, each with the name of the value that takes its place, if any."""
    return [(piece[1], quote(piece[0], safe=safe)) for piece in _PATH_PIECE.finditer(template)]


def _path_part(name: str, value: Any, style: str, explode: bool) -> str:
    text = path_value(name, value, style, explode)
    if text in ("", ".", ".."):  # each of these would turn it into the path of another operation
        raise ArgumentError(f'Parameter type error: "{name}", expected a value that fits in a path, '
                            f"but got {json.dumps(value, ensure_ascii=False)}. {TRY_AGAIN}")
    return text


def _whole_query(value: Any, media_type: str) -> list[tuple[str, str | None]]:
    """Return the pairs of a query that is one value: those of a form, else the value as one text."""
    if kind_of(media_type) == FORM and isinstance(value, dict):
        return [pair for name, part in value.items() for pair in _form_pairs(name, part)]
    return [(encoded(text_of(value)), None)]


def _cookies(name: str, value: Any, style: str, explode: bool) -> dict[str, str]:
    """Return a cookie parameter as cookies: in `cookie` style as it is, one cookie for each property with `explode`."""
    if style != "cookie":
        return {name: joined(value, ",", False, encoded)}
    if explode and isinstance(value, dict):
        return {key: _cookie_text(key, item) for key, item in value.items()}
    return {name: _cookie_text(name, value)}


def _cookie_text(name: str, value: Any) -> str:
    text = _line(name, joined(value, ",", False, str))
    if ";" in text:
        raise ArgumentError(f'Parameter type error: "{name}", expected text without semicolons. {TRY_AGAIN}')
    return text


def _line(name: str, text: str) -> str:
    if any(character in text for character in "\r\n\0"):
        raise ArgumentError(f'Parameter type error: "{name}", expected text without line breaks. {TRY_AGAIN}')
    return text.strip()


def _body(body: Any, media_type: str, encoding: dict[str, PropertyEncoding]) -> tuple[bytes, str]:
    """Return the body's bytes and its Content-Type."""
    kind = kind_of(media_type)
    if is_json(kind):
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), JSON if kind == "*/*" else media_type
    if kind == FORM and isinstance(body, dict):
        pairs = [pair for name, value in body.items() for pair in _form_pairs(name, value, encoding.get(name))]
        return "&".join(f"{key}={value}" for key, value in pairs).encode(), media_type
    if kind == MULTIPART and isinstance(body, dict):
        return _multipart(body, encoding)
    if is_sequence(kind) and isinstance(body, list):
        places = [encoding.get(str(place), encoding.get(ITEMS)) for place in range(len(body))]
        text, content_type = sequence_body(body, media_type, [one.content_type if one else None for one in places])
        return text.encode("utf-8", "replace"), content_type
    return text_of(body).encode("utf-8", "replace"), media_type


def _form_pairs(name: str, value: Any, encoding: PropertyEncoding | None = None) -> list[tuple[str, str]]:
    """Return form pairs: lists repeat their name, objects are written as JSON, as OpenAPI specifies for forms, unless
    the property has a style."""
    if encoding and encoding.style:
        encode = encoded_but_reserved if encoding.allows_reserved else encoded
        return list(query_pairs(name, value, encoding.style, encoding.explode, encode))
    if isinstance(value, list):
        return [(encoded(name), encoded(text_of(item))) for item in value]
    return [(encoded(name), encoded(text_of(value)))]


def _multipart(body: dict[str, Any], encoding: dict[str, PropertyEncoding]) -> tuple[bytes, str]:
    from urllib3.filepost import encode_multipart_formdata

    parts: list[tuple[str, Any]] = []
    for name, value in body.items():
        stated = encoding[name].content_type if name in encoding else None
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (dict, list)):
                parts.append((name, (None, text_of(item), stated or JSON)))
            elif isinstance(item, str) and (data := _file_content(item)) is not None:
                parts.append((name, (name, data, stated or "application/octet-stream")))
            elif stated:
                parts.append((name, (None, text_of(item), stated)))
            else:
                parts.append((name, text_of(item)))
    # A boundary derived from the content, so that the same call gives the same bytes.
    boundary = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    return encode_multipart_formdata(parts, boundary=boundary)


def _file_content(text: str) -> bytes | None:
    """Return the bytes of a `data:...;base64,` URL, the only way in which an assistant can provide a file."""
    if not text.startswith("data:") or ";base64," not in text[:200]:
        return None
    try:
        return base64.b64decode(text.split(";base64,", 1)[1], validate=True)
    except (binascii.Error, ValueError):
        return None
