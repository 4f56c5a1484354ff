"""Plain HTML pages to look at the APIs: what there is, what was asked last, and a form to try each operation.

They need no script in the browser: a form is sent to the simulator, which makes the request it describes.
"""

import json
import random
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader

from toolalpaca.openapi.describe import expectation
from toolalpaca.simulator.catalog import ServedApi, ServedOperation, address
from toolalpaca.simulator.engine import Exchange, Simulator
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw
from toolalpaca.simulator.request_checks import Trouble, header_key
from toolalpaca.simulator.requests import Incoming
from toolalpaca.simulator.responses import NOTHING

_SHOWN_EXCHANGES = 20  # of one API
_MOST_KEPT = 10_000  # of all APIs
_SHOWN = 2000  # characters of a body
_LARGEST = 50_000
_MOST_BYTES = 16 * 1024 * 1024  # of all exchanges that are kept


class Pages:
    """Renders the pages and keeps the last exchanges of each API for them."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._lock = threading.Lock()
        self._last: dict[str, deque[tuple[int, float, Exchange]]] = {}
        self._kept: OrderedDict[int, tuple[str, int]] = OrderedDict()  # API and bytes by number, the oldest first
        self._number = 0  # of the last exchange that was kept
        self.kept_bytes = 0
        self._templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)

    def note(self, exchange: Exchange, size: int) -> None:
        """Keep an exchange for its API's page unless it takes much memory; `size` is the answer's in bytes."""
        size += len(exchange.call.key) if exchange.call is not None else 0
        if size > _LARGEST:
            return
        with self._lock:
            last = self._last.setdefault(exchange.api, deque())
            if len(last) == _SHOWN_EXCHANGES:
                self._drop_oldest(exchange.api)
            self._number += 1
            last.append((self._number, time.time(), exchange))
            self._kept[self._number] = exchange.api, size
            self.kept_bytes += size
            while self.kept_bytes > _MOST_BYTES or len(self._kept) > _MOST_KEPT:
                self._drop_oldest(next(iter(self._kept.values()))[0])

    def _drop_oldest(self, api: str) -> None:
        number = self._last[api].popleft()[0]
        self.kept_bytes -= self._kept.pop(number)[1]

    def index(self) -> str:
        """Return the list of all APIs."""
        catalog = self._simulator.catalog
        apis = [{"name": name, "description": catalog.record(name).get("Description") or "", "address": address(name),
                 "page": page_address(name)} for name in catalog.names]
        return self._templates.get_template("index.html").render(apis=apis, modes=self._simulator.modes)

    def api(self, api: ServedApi, result: dict[str, Any] | None = None, form: dict[str, str] | None = None) -> str:
        """Return the page of one API: its operations, a form for each, the last exchanges."""
        form = form or {}
        return self._templates.get_template("api.html").render(
            name=api.name, description=api.description, address=address(api.name), page=page_address(api.name),
            operations=[_operation(one, form if form.get("operation") == one.name else {}) for one in api.operations],
            exchanges=[_exchange(when, exchange) for _, when, exchange in reversed(list(self._last.get(api.name, ())))],
            result=result, session=form.get("session", ""))

    def tried(self, api: ServedApi, form: dict[str, str], note: Callable[[Exchange, str | None], object]) -> str:
        """Return the same page with the answer to the request that a form describes."""
        operation = next((one for one in api.operations if one.name == form.get("operation")), None)
        if operation is None:
            raise Trouble("unknown-operation", "the form names no operation of this API", 404)
        incoming = _incoming(operation, form)
        title = f"{incoming.method} {incoming.path}"
        session = form.get("session", "").strip()[:200] or None
        try:
            exchange = self._simulator.answer(api.name, incoming, session)
        except Trouble as trouble:
            result = {"status": trouble.status, "source": "the simulator itself", "body": str(trouble)}
        else:
            note(exchange, session)
            result = {"status": exchange.answer.status, "source": exchange.answer.source,
                      "body": _pretty(exchange.answer.body)}
        return self.api(api, {**result, "title": title, "operation": operation.name}, form)


def page_address(name: str) -> str:
    """Return the path of an API's page."""
    return f"/__simulator__{address(name)}"


def _operation(operation: ServedOperation, form: dict[str, str]) -> dict[str, Any]:
    parameters = [{"name": check.name, "location": check.location, "required": check.required,
                   "expected": expectation(check.schema, check.schema),
                   "description": check.schema.get("description", "") or operation.description_of(check.name),
                   "value": form.get(f"{check.location}:{check.name}", "")} for check in operation.parameters]
    media_type, body = _example_body(operation)
    return {"name": operation.name, "method": operation.method, "path": operation.path, "parameters": parameters,
            "summary": operation.source.summary or operation.source.description, "media_type": media_type,
            "body": form.get("body", body) if media_type else None}


def _example_body(operation: ServedOperation) -> tuple[str, str]:
    """Return the media type a form sends, and a body to start from."""
    if operation.body is None or not operation.body.types:
        return "", ""
    media_type = next((name for name in operation.body.types if "json" in name), next(iter(operation.body.types)))
    made = Maker(operation.body.types[media_type].schema, operation.semantics.noun)(Draw(random.Random(0)))
    return media_type, made if isinstance(made, str) else json.dumps(made, ensure_ascii=False, indent=2)


def _incoming(operation: ServedOperation, form: dict[str, str]) -> Incoming:
    """Return the HTTP request that a filled form describes; empty inputs are left out."""
    given: dict[str, dict[str, str]] = {one: {} for one in ("path", "query", "querystring", "header", "cookie")}
    for check in operation.parameters:
        value = form.get(f"{check.location}:{check.name}") or ("-" if check.location == "path" else "")
        given[check.location] |= {check.name: value} if value else {}
    path = operation.path.split("?")[0]
    for name, value in given["path"].items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    query = quote("".join(given["querystring"].values()), safe="=&") or urlencode(given["query"])
    headers = {header_key(name): value for name, value in given["header"].items()}
    body = form.get("body", "").encode() if operation.body else b""
    if body:
        headers["content-type"] = _example_body(operation)[0]
    return Incoming(operation.method, path, query, headers, lambda: given["cookie"], len(body), lambda: body)


def _exchange(when: float, exchange: Exchange) -> dict[str, Any]:
    call, body = exchange.call, _pretty(exchange.answer.body)
    asked = "refused before it was read" if call is None else f"{call.method} {call.path}"
    if call is not None:
        asked += "".join(f"\n{name} = {value}" for name, value in call.query)
        asked += f"\n{_pretty(call.body)}" if call.has_body else ""
    return {"time": time.strftime("%H:%M:%S", time.localtime(when)), "request": asked[:_SHOWN],
            "status": exchange.answer.status, "body": body[:_SHOWN],
            "source": "the check" if call is None else exchange.answer.source}


def _pretty(value: Any) -> str:
    if value is NOTHING:
        return "(no body)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
