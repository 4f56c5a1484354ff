"""`--real --mcp_server`: conversations whose calls are executed by an MCP server, one connection each.

The server is named on the command line and never by a record, which may come from someone else.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.interface import TIMEOUT_REPLY, RealApi, Settings, Transport
from toolalpaca.agent.environments.mcp_results import ERROR_STATUS, reply_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.log import one_line
from toolalpaca.core.mcp_client import mcp_client, mcp_problem, mcp_target, secrets_of, server_log
from toolalpaca.data.redaction import is_random
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

CALL_SECONDS = 60.0


class Connection:
    """A client of a server, running in the event loop of another thread."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._loop = target, loop
        self._calls: asyncio.Queue[tuple[str, dict[str, Any], Future[Any]] | None] = asyncio.Queue()
        self._task = asyncio.run_coroutine_threadsafe(self._serve(), loop)

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Return a tool's result; raise RecordError if the server cannot be reached, TimeoutError if it is late."""
        result: Future[Any] = Future()
        self._loop.call_soon_threadsafe(self._calls.put_nowait, (name, arguments, result))
        wait([result, self._task], CALL_SECONDS, FIRST_COMPLETED)
        if result.done():
            return result.result()
        if self._task.done():
            problem = self._task.exception() or "it has ended"
            raise RecordError(FailureKind.API_UNREACHABLE, f"the MCP server: {problem}")
        raise TimeoutError

    def close(self) -> None:
        """Disconnect from the server."""
        self._loop.call_soon_threadsafe(self._calls.put_nowait, None)

    async def _serve(self) -> None:
        with server_log() as log:
            try:
                async with mcp_client(self._target, log, read_timeout_seconds=CALL_SECONDS) as client:
                    while (call := await self._calls.get()) is not None:
                        name, arguments, result = call
                        try:
                            result.set_result(await client.call_tool(name, arguments))
                        except Exception as error:  # what the server refuses is this call's answer
                            result.set_exception(error)
            except Exception as error:  # each transport of the SDK raises its own exceptions
                raise ConnectionError(mcp_problem(error, log)) from None


@dataclass
class McpApi(RealApi):
    """A server's tools in one conversation."""

    connection: Connection = field(kw_only=True)

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the tool's answer; raise RecordError if the server cannot be reached."""
        arguments = json.loads(request.content or b"{}")
        shown = self.credentials.scrub(json.dumps(arguments, sort_keys=True))
        return self.once(lambda: self._reply(operation, arguments), kind="mcp", tool=operation.name, arguments=shown)

    def _reply(self, operation: Operation, arguments: dict[str, Any]) -> Reply:
        try:
            return reply_of(self.connection.call(operation.name, arguments))
        except TimeoutError:
            return TIMEOUT_REPLY
        except RecordError as error:
            raise RecordError(error.kind, self.credentials.scrub(error.args[0])) from None
        except Exception as error:
            return Reply(ERROR_STATUS, "text/plain; charset=utf-8", one_line(error, 500).encode())


def _secrets_of(target: Any) -> list[str]:
    """Return what a server's URL or command holds of secrets that an answer could repeat."""
    return list(filter(is_random, secrets_of(target)))


@dataclass(frozen=True)
class McpEnvironment:
    """An MCP server in place of the APIs: a URL, or a command that is started for each conversation."""

    server: str
    store: FinishedCalls
    stage: str
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)

    def __post_init__(self) -> None:
        mcp_target(self.server, "--mcp_server")
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield a new connection with the record's credentials."""
        target = mcp_target(self.server, "--mcp_server")
        credentials = replace(credentials_of(api.record, real=True), of_server=tuple(_secrets_of(target)))
        connection = Connection(target, self._loop)
        try:
            yield McpApi(credentials, self.store, self.stage, name, settings, connection=connection), credentials
        finally:
            connection.close()
