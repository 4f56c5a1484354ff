"""Who may talk to the simulator: only this machine, unless a token is asked for on every route."""

import base64
import hmac
import ipaddress

from toolalpaca.errors import UsageError
from toolalpaca.simulator.headers import TOKEN_HEADER


def check_binding(host: str, token: str | None) -> None:
    """Raise UsageError for an address that other machines reach, unless there is a token."""
    if not is_loopback(host) and not token:
        raise UsageError(f"--host {host} lets other machines reach the simulator: add --token SECRET, "
                         "or bind 127.0.0.1")


def is_loopback(host: str) -> bool:
    """Whether an address to bind is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Checks a request's token: `Authorization: Bearer TOKEN`, HTTP Basic with the token as the password (what a
    browser asks for and a URL such as http://any:TOKEN@host carries), or `X-Simulator-Token: TOKEN`."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode("utf-8", "surrogateescape") if token else None

    def admits(self, headers: dict[str, str]) -> bool:
        """Whether the request may pass; takes the same time wherever a wrong token differs."""
        if self._token is None:
            return True
        admitted = False
        for given in (_from_authorization(headers.get("authorization", "")),
                      headers.get(TOKEN_HEADER.lower(), "").encode("latin-1", "replace")):
            admitted |= hmac.compare_digest(given, self._token)
        return admitted


def _from_authorization(value: str) -> bytes:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip().encode("latin-1", "replace")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return b""
    return b""
