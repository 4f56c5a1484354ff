"""Admission to the simulator: programs of this machine, or those that have its token, but never a page of another site.

A page in the user's browser can send requests to 127.0.0.1, and can read the answers if its own name is made to lead
there (DNS rebinding). Therefore, without a token, the simulator answers only under names of this machine.
"""

import base64
import hmac
import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from toolalpaca.core.errors import UsageError
from toolalpaca.simulator.protocol import ERROR_HEADER, TOKEN_HEADER
from toolalpaca.simulator.wsgi import HttpReply, json_reply

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)


def check_binding(host: str, token: str | None) -> None:
    """Raise UsageError for an address that other machines reach, unless there is a token."""
    if not is_loopback(host) and not token:
        raise UsageError(f"--host {host} lets other machines reach the simulator: add --token env:VARIABLE, "
                         "or bind 127.0.0.1")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine under a name that no other machine decides about."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Admission:
    """Decides about requests by their headers, before anything else of them is looked at.

    A token is given as `Authorization: Bearer TOKEN`, as the password of HTTP Basic (what a browser asks for and a URL
    such as http://any:TOKEN@host carries), or as `X-Simulator-Token: TOKEN`.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token.encode("utf-8", "surrogateescape") if token else None

    def refusal(self, headers: dict[str, str]) -> HttpReply | None:
        """Return the answer to a request that may not pass, None for one that may."""
        if self._token is None and not _names_this_machine(headers.get("host")):
            return _refused(403, "host", "without --token this simulator answers under names of its own machine only, "
                                         "such as 127.0.0.1 and localhost")
        if _is_cross_site(headers):
            return _refused(403, "origin", "requests from the pages of other sites are not answered")
        if self._token is not None and not self._has_token(headers, self._token):
            reply = _refused(401, "token", "this simulator asks for its token, such as Authorization: Bearer TOKEN")
            reply.headers["WWW-Authenticate"] = 'Basic realm="simulator"'
            return reply
        return None

    def _has_token(self, headers: dict[str, str], token: bytes) -> bool:
        """Return whether the request has the token, in a time that does not depend on where a wrong one differs."""
        given = (_from_authorization(headers.get("authorization", "")),
                 headers.get(TOKEN_HEADER.lower(), "").encode("latin-1", "replace"))
        matches = [hmac.compare_digest(one, token) for one in given]
        return any(matches)


def _refused(status: int, code: str, message: str) -> HttpReply:
    return json_reply({"error": message}, status, {ERROR_HEADER: code})


@lru_cache(maxsize=64)
def _names_this_machine(host: str | None) -> bool:
    """Return whether a Host header is a loopback name, or missing: every browser sends one, so a request without it
    does not come from a page."""
    if host is None:
        return True
    match = _HOST.fullmatch(host.strip())
    return match is not None and is_loopback(match["name"])


def _is_cross_site(headers: dict[str, str]) -> bool:
    """Return whether a browser says that a page of another origin sent the request."""
    if headers.get("sec-fetch-site", "none").strip().lower() not in ("none", "same-origin"):
        return True
    host = headers.get("host", "").strip().lower()
    for name in ("origin", "referer"):
        origin = headers.get(name)
        if origin is not None and _authority(origin) != host:
            return True
    return False


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin.strip()).netloc.lower().rpartition("@")[2] or None
    except ValueError:
        return None


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
