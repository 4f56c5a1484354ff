"""How a request is shown to the model and to people: as a curl command or as Python code."""

import json
import shlex
from urllib.parse import quote, urlencode

from toolalpaca.simulator.call import Call


def shown_request(call: Call, base_url: str, form: str) -> str:
    """The request in `form`, the same text for the same request: sorted, and without transport headers."""
    url = base_url.rstrip("/") + quote(call.path, safe="/:@!$&'()*+,;=~-._")
    headers = dict(sorted(call.headers.items()))
    if call.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sorted(call.cookies.items()))
    if call.has_body:
        headers = {"Content-Type": call.media_type or "application/json", **headers}
    return _as_python(call, url, headers) if form == "python" else _as_curl(call, url, headers)


def _as_curl(call: Call, url: str, headers: dict[str, str]) -> str:
    if call.query:
        url += "?" + urlencode(sorted(call.query))
    parts = [f"curl -X {call.method} {shlex.quote(url)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if call.has_body:
        parts.append(f"-d {shlex.quote(_body_text(call))}")
    return " ".join(parts)


def _as_python(call: Call, url: str, headers: dict[str, str]) -> str:
    arguments = [repr(call.method), repr(url)]
    if call.query:
        arguments.append(f"params={sorted(call.query)!r}")
    if headers:
        arguments.append(f"headers={headers!r}")
    if call.has_body:
        arguments.append(f"data={_body_text(call)!r}")
    return f"requests.request({', '.join(arguments)})"


def _body_text(call: Call) -> str:
    return call.body if isinstance(call.body, str) else json.dumps(call.body, ensure_ascii=False, sort_keys=True)
