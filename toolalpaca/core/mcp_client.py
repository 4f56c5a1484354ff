"""Connection targets of MCP servers: an HTTP URL, or a command to start and talk to over standard input and output."""

import shlex
from typing import Any

from toolalpaca.core.errors import UsageError


def check_installed(flag: str) -> None:
    """Raise UsageError, naming the flag or script that needs it, unless the SDK `mcp` is installed."""
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise UsageError(f"{flag}: the package mcp is not installed; run pip install -r requirements-mcp.txt") from None


def mcp_target(text: str, flag: str) -> Any:
    """Return the target that the SDK's Client connects to; raise UsageError if it is neither a URL nor a command."""
    check_installed(flag)
    if text.startswith(("http://", "https://")):
        return text
    from mcp import StdioServerParameters

    try:
        command, *arguments = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{flag} {text!r}: is neither an http URL nor a command ({error})") from None
    return StdioServerParameters(command=command, args=arguments)
