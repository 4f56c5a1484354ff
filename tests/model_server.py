"""Model servers that misbehave, and the chat model that calls them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

from raw_server import raw_server

from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter

HELLO = user_message("hello")
ANSWER = json.dumps({"choices": [{"message": {"content": "well"}, "finish_reason": "stop"}]}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Talk = Callable[[socket], None]


def model_at(url: str, folder: Path, **settings: Any) -> ChatModel:
    """Return a chat model of the server at the URL with its store in the folder; a failed call is not tried again."""
    values = RoleSettings("writer", settings.pop("model", "test"), url,
                          **{"timeout": 5.0, "max_retries": 0, **settings})
    return ChatModel(values, "stage", Endpoint(values, 4), CallStore(folder), Meter(), Budget(values, None))


@contextmanager
def model_server(talk: Talk) -> Iterator[str]:
    """Run a server that answers the probe and then lets `talk(connection)` do as it likes with each call; yield its
    base URL."""
    def serve(connection: socket) -> None:
        while data := connection.recv(65536):
            if data.startswith(b"GET"):
                connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            elif data.startswith(b"POST"):
                talk(connection)
                return

    with raw_server(serve) as url:
        yield f"{url}/v1"


def answering(head: bytes, body: bytes = b"") -> Talk:
    """Return what sends one answer with this head and body."""
    def talk(connection: socket) -> None:
        connection.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return talk
