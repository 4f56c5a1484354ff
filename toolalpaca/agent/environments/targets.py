"""Request targets: URLs parsed once, by the same rules by which the connection is made."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
                  r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True)
class Target:
    """A server and the resource on it; `path` is percent-encoded and includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return scheme, host and port, which are equal for URLs of the same server."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return host and port as in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_target(url: str) -> Target:
    """Return the parts of an absolute URL.

    Raises ValueError unless it is plain ASCII, http or https, without user and password: URLs on which parsers disagree
    (backslashes, control characters, an "@", empty hosts) are never used.
    """
    match = _URL.fullmatch(url)
    if _NOT_IN_A_URL.search(url) or match is None:
        raise ValueError("it is not a plain http or https URL")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError("its port is not between 1 and 65535")
    return Target(scheme, match["host"].strip("[]").lower(), port, (match["path"] or "/") + (match["query"] or ""))


def redirected(target: Target, location: str) -> Target:
    """Return the target of a response's Location header; raise ValueError as `parse_target` does."""
    if _NOT_IN_A_URL.search(location):
        raise ValueError("it holds characters that a URL does not have")
    if _SCHEME.match(location):
        return parse_target(location)
    if location.startswith("//"):
        return parse_target(f"{target.scheme}:{location}")
    found = parse_target(urljoin(str(target), location))
    if found.origin != target.origin:
        raise ValueError("it is not a path, and not a URL either")
    return found


def keeps_credentials(before: Target, after: Target) -> bool:
    """Return whether a redirect stays on the same server, or goes from its port 80 to its port 443 (HTTPS)."""
    upgrade = ("http", before.host, 80), ("https", before.host, 443)
    return before.origin == after.origin or (before.origin, after.origin) == upgrade


def document_url(url: str) -> str:
    """Return a document's server URL with blanks and non-ASCII characters encoded."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return url  # parse_target says what is wrong with it
    return f"{scheme}{mark}{host}{slash}{quote(path, safe='/%:@!$&()*+,;=~?#[]' + chr(39))}"
