"""HTTP requests and responses parsed from the simulator's prompt: a curl command or Python code, and the history."""

import ast
import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class ShownRequest:
    """A request: its method, its path, and the values in its query and body."""

    method: str = "GET"
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


def read_request(text: str) -> ShownRequest:
    """Return the request in a curl command or a `requests` call; parts that cannot be parsed keep their defaults."""
    text = text.strip()
    if text.startswith("curl"):
        return _from_curl(text)
    found = _from_python(text)
    return found or _from_words(text)


def _from_curl(text: str) -> ShownRequest:
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError:
        return _from_words(text)
    request, url = ShownRequest(method=""), ""
    for index, word in enumerate(words[1:], 1):
        before = words[index - 1]
        if before in ("-X", "--request"):
            request.method = word.upper()
        elif before in ("-d", "--data", "--data-raw", "--json"):
            request.body = _json_or_text(word)
        elif re.match(r"https?://", word) and before not in ("-H", "--header"):
            url = word
    request.method = request.method or ("POST" if request.body is not None else "GET")
    return _with_url(request, url)


def _from_python(text: str) -> ShownRequest | None:
    try:
        call = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        given = [ast.literal_eval(one) for one in call.args]
        named = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, StopIteration, RecursionError, MemoryError):
        return None
    function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if function != "request":
        given.insert(0, function)
    url = given[1] if len(given) > 1 else named.get("url", "")
    request = _with_url(ShownRequest(str(given[0]).upper()), str(url))
    params = named.get("params") or {}
    pairs = params.items() if isinstance(params, dict) else params if isinstance(params, list) else []
    request.query |= {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, tuple) and len(pair) == 2}
    request.body = named["json"] if "json" in named else _json_or_text(named["data"]) if "data" in named else None
    return request


def _from_words(text: str) -> ShownRequest:
    url = re.search(r"https?://[^\s'\"]+|(?<=\s)/[^\s'\"]+", text)
    method = re.search(r"\b(GET|POST|PUT|PATCH|DELETE)\b", text)
    return _with_url(ShownRequest(method[1] if method else "GET"), url[0] if url else "/")


def _with_url(request: ShownRequest, url: str) -> ShownRequest:
    try:
        parts = urlsplit(url)
    except ValueError:
        return request
    request.path = unquote(parts.path) or "/"
    request.query = dict(parse_qsl(parts.query))
    return request


def _json_or_text(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return dict(parse_qsl(text)) or text


def path_values(template: str, path: str) -> dict[str, str]:
    """Return the values of a path's `{parameters}`, wherever in `path` the template begins; {} if it does not match."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    try:
        match = re.search(f"{pattern}/?$", path)
    except re.error:
        return {}
    return match.groupdict() if match else {}


def read_history(text: str) -> list[tuple[ShownRequest, int, Any]]:
    """Return the earlier requests with the status and body of each response."""
    found = []
    for block in re.split(r"\n\n(?=Request: )", text.strip()):
        status = re.search(r"^Status Code:\s*(\d{3})", block, re.MULTILINE)
        body = re.search(r"^Response:\s*(.*)", block, re.MULTILINE)
        if status:
            request = read_request(block[:status.start()].strip().removeprefix("Request:"))
            found.append((request, int(status[1]), _json_or_text(body[1]) if body else None))
    return found
