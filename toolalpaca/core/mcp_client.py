"""Clients of MCP servers, named by a URL or a command, through the official SDK, which is an optional requirement."""

import importlib
import logging
import shlex
import tempfile
from typing import Any, TextIO, cast

from toolalpaca.core.cli import read_secret
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line
from toolalpaca.core.urls import secrets_in


def check_installed(flag: str) -> None:
    """Raise UsageError, naming the flag or script that needs it, unless the SDK `mcp` is installed."""
    try:
        importlib.import_module("mcp")
    except ImportError:
        raise UsageError(f"{flag}: the package mcp is not installed; run pip install -r requirements-mcp.txt") from None


def mcp_target(text: str, flag: str) -> Any:
    """Return the target that the SDK's Client connects to, which `env:` or `file:` may refer to.

    Raises UsageError if it is neither a URL nor a command. What the SDK logs of a server's faults is not shown: each is
    an error of a call, too.
    """
    check_installed(flag)
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    text = read_secret(text, flag)
    if text.startswith(("http://", "https://")):
        return text
    from mcp import StdioServerParameters

    try:
        command, *arguments = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{flag}: is neither an http URL nor a command ({error})") from None
    return StdioServerParameters(command=command, args=arguments)


def mcp_client(target: Any, log: TextIO, **options: Any) -> Any:
    """Return the SDK's client of a target; what a command writes to standard error goes to the log."""
    from mcp import Client
    from mcp.client.stdio import stdio_client

    return Client(target if isinstance(target, str) else stdio_client(target, errlog=log), **options)


def server_log() -> TextIO:
    """Return a file for what a server writes to standard error, which is deleted when it is closed."""
    return cast(TextIO, tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))


def mcp_problem(error: BaseException | None, log: TextIO | None = None) -> str:
    """Return in one line what ended a connection to an MCP server: the innermost of the errors that the SDK groups, and
    the last line that the server wrote."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    lines = _lines(log) if log is not None else []
    return one_line(error or "it has ended", 200) + (f"; it wrote: {one_line(lines[-1], 200)}" if lines else "")


def _lines(log: TextIO) -> list[str]:
    log.seek(0)
    return [line for line in log.read().splitlines() if line.strip()]


def secrets_of(target: Any) -> list[str]:
    """Return what a target holds that may be a key: of a URL the password and the query's values, of a command its
    arguments and what follows an equals sign in them."""
    if isinstance(target, str):
        return secrets_in(target)
    return [part for argument in target.args for part in {argument, argument.partition("=")[2]} if part]
