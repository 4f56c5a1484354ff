"""`--mcp`: each API as a server of the Model Context Protocol, at `/__mcp__/NAME?session=SESSION`.

The SDK `mcp` does the protocol; its operations are tools, which are answered like any other request to the simulator.
"""

import asyncio
import json
from typing import Any
from urllib.parse import unquote

from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.observation import answer_in_words
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.http_request import build_request
from toolalpaca.openapi.operations import operations_by_name
from toolalpaca.simulator.app import SimulatorApp
from toolalpaca.simulator.catalog import ServedApi
from toolalpaca.simulator.engine import incoming_of
from toolalpaca.simulator.request_checks import Trouble
from toolalpaca.simulator.server import AsgiApp, Receive, Send, environ_of
from toolalpaca.simulator.wsgi import HttpReply, headers_of, json_reply

PREFIX = "/__mcp__/"
_SIMULATED = "simulated"  # what the API is sent in place of a credential
_INSTRUCTIONS = ("This API is simulated. Add ?session=NAME to the URL and what you create, change and delete is "
                 "remembered under that name; without it, and without an MCP session, each call is answered alone.")


class ApiTools:
    """One API's operations as tools: what they take, and what a call is answered."""

    def __init__(self, app: SimulatorApp, api: ServedApi) -> None:
        self._app, self._api = app, api
        self._secret = set(api.record.get("Authentication") or {})
        self._bindings = {name: ArgumentBinding(signature_of(api.document, operation), api.document)
                          for name, operation in operations_by_name(api.record, api.document).items()}
        own = api.record.get("Function_Description") or {one.name: one.source.summary for one in api.operations}
        record: ApiRecord = {**api.record, "Function_Description": own, "external_tools": []}
        self.schemas = [one["function"] for one in tool_schemas(record, get_details=False)]

    def call(self, name: str, arguments: dict[str, Any], session: str | None) -> tuple[str, bool]:
        """Return the text of an answer and whether the call failed, as a client's model should see it."""
        binding = self._bindings.get(name)
        if binding is None:
            return f"{name!r} is not a tool of this API; its tools are {', '.join(sorted(self._bindings))}", True
        filled = dict.fromkeys(self._secret & set(binding.signature.names), _SIMULATED)
        try:
            request = build_request(binding.signature, binding.bind({**arguments, **filled}))
            reply = self._app.ask(self._api.name, incoming_of(request), session)
        except (ArgumentError, Trouble) as error:
            return str(error), True
        text = reply.body.decode("utf-8", "replace")
        return (answer_in_words(reply.status, text), True) if reply.status >= 400 else (text, False)


class McpGateway:
    """An ASGI application: the MCP servers under PREFIX, `inner` for everything else."""

    def __init__(self, app: SimulatorApp, inner: AsgiApp) -> None:
        self._app, self._inner = app, inner
        self._managers: dict[str, asyncio.Task[Any]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        raw = scope["raw_path"].decode("latin-1")
        if not raw.startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        refused = self._app.admission.refusal(headers_of(environ_of(scope)))
        if scope["method"] == "GET":  # asks for a stream of messages: there are none, and it would never end
            refused = refused or json_reply({"error": "there is no stream here"}, 405, {"Allow": "POST, DELETE"})
        try:
            # Some clients want every MCP server at a path that ends in /mcp.
            name = unquote(raw.removeprefix(PREFIX).strip("/").removesuffix("/mcp"))
            manager = None if refused else await self._manager(name)
        except Trouble as trouble:
            refused = json_reply({"error": str(trouble)}, trouble.status)
        if refused is not None:
            await _send(refused, send)
        elif manager is not None:
            await manager.handle_request(scope, receive, send)

    async def _manager(self, name: str) -> Any:
        """Return the session manager of an API's server, started when it is first asked for; raise Trouble for no
        API."""
        if name not in self._managers:
            tools = ApiTools(self._app, self._app.catalog.api(name))
            self._managers[name] = asyncio.create_task(self._started(_server(name, tools)))
        return await asyncio.shield(self._managers[name])

    async def _started(self, server: Any) -> Any:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        manager, ready = StreamableHTTPSessionManager(app=server, json_response=True), asyncio.Event()

        async def run() -> None:
            async with manager.run():
                ready.set()
                await asyncio.Event().wait()  # until the server's loop ends

        task = asyncio.create_task(run())
        self._running.add(task)
        await ready.wait()
        return manager


def _server(name: str, tools: ApiTools) -> Any:
    import mcp_types as types
    from mcp.server.lowlevel import Server

    listed = [types.Tool(name=schema["name"], description=schema["description"], input_schema=schema["parameters"])
              for schema in tools.schemas]

    async def list_tools(context: Any, params: Any) -> Any:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: Any, params: Any) -> Any:
        text, failed = await asyncio.to_thread(tools.call, params.name, params.arguments or {},
                                               _session(context.request))
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed,
                                    structured_content=None if failed else _object(text))

    return Server(name, instructions=_INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


def _session(request: Any) -> str | None:
    """Return the simulator's session: named in the URL, or an older client's MCP session."""
    name = request.query_params.get("session") or request.headers.get("mcp-session-id")
    return name[:200] if name else None


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


async def _send(reply: HttpReply, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status,
                "headers": [*headers, (b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": reply.body})
