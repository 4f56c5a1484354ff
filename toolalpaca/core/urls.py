"""URLs from flags, environment variables and YAML files: parsing lists of them, hiding credentials, and looking up
the addresses of their hosts within a time limit."""

import re
import socket
import threading
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from toolalpaca.core.errors import UsageError

HIDDEN = "***"
SHORTEST_KEY = 12  # letters and digits of a key in a path, without words and numbers
LONG_WORD = 20  # letters and digits: in so many, a single turn from one to the other is taken for a key
_KEEPS_SECRETS = re.compile("[@?#%＠﹫]")
_WORD = re.compile(r"[^\W_]+")
_TURN = re.compile(r"\d(?=[^\W\d])|[^\W\d](?=\d)")
_NO_HOST = re.compile(r"(?!\[)[^/:%＠﹫]*(?::(?!\d{0,5}(?:/|$))|[%＠﹫])")  # a port that is none, an escaped "@"


def parse_urls(given: str | Iterable[str], where: str, example: str) -> tuple[str, ...]:
    """Return the URLs in texts that hold one or more, separated by commas or blanks, without trailing slashes.

    Raises UsageError, which names the option (`where`) and shows an `example`, if there are none, if one is not an HTTP
    URL or if one is repeated. Passwords in URLs are not shown.
    """
    texts = [given] if isinstance(given, str) else given
    found = [(url.rstrip("/"), number == 0 or "://" in url or not _KEEPS_SECRETS.search(text))
             for text in texts for number, url in enumerate(text.replace(",", " ").split())]
    if not found:
        raise UsageError(f"{where}: holds no URL; expected one such as {example}, or several separated by commas")
    places, urls = set(), [url for url, _ in found]
    for url, is_whole in found:  # others may be the rest of a password or key that holds a comma or a blank
        place = _place(_split(url, where, example, without_credentials(url) if is_whole else HIDDEN))
        if place in places:
            raise UsageError(f"{where}: {without_credentials(url)!r} is named twice")
        places.add(place)
    return tuple(urls)


def without_credentials(url: str) -> str:
    """Return the URL without user, password, query, fragment and parts of the path that may be keys, as it may be shown
    in messages; what is not plainly a host and a port becomes HIDDEN."""
    scheme, user, place, _ = _parts(url)
    host, *path = place.split("/")
    if _NO_HOST.match(place) or "/" in user and _may_be_key(host):  # or what looks like a user is the host and a path
        return scheme + HIDDEN
    return scheme + "/".join([host, *(HIDDEN if _may_be_key(part) else part for part in path)])


def secrets_in(url: str) -> list[str]:
    """Return the password (or the user if there is no password) and what may be a key: the query's values and parts of
    the path."""
    _, user, place, query = _parts(url)
    values = [value for _, value in parse_qsl(query)] or [query]
    keys = filter(_may_be_key, place.split("/")[1:])
    return [unquote(secret) for secret in (user.partition(":")[2] or user, *values, *keys) if secret]


def proxy_secrets() -> list[str]:
    """Return the secrets in the addresses of the environment's proxies, which may repeat them in what they answer."""
    from urllib.request import getproxies  # takes a third of a second to import

    return [secret for url in getproxies().values() for secret in secrets_in(url)]


def _may_be_key(part: str) -> bool:
    """Return whether letters and digits are mixed in a part of a path, as in no version, date or model's name."""
    mixed = [word for word in _WORD.findall(unquote(part)) if len(_TURN.findall(word)) > (len(word) < LONG_WORD)]
    return sum(map(len, mixed)) >= SHORTEST_KEY


def _parts(url: str) -> tuple[str, str, str, str]:
    """Return scheme, user with password, host with path, and query.

    A password may hold any delimiter, and a query an "@": where both readings are possible, what comes before the "?"
    is a host if it has a path or if a value is named after it.
    """
    scheme, mark, rest = url.partition("://") if "://" in url else ("", "", url)
    head, query = _before_query(rest)
    user, _, place = head.rpartition("@")
    is_host = not _NO_HOST.match(place) and ("/" in place or "=" in query.partition("@")[0])
    if "@" in query and not is_host:
        user, _, place = rest.rpartition("@")
        place, query = _before_query(place)
    return scheme + mark, user, place, query


def _before_query(text: str) -> tuple[str, str]:
    head, *query = re.split(r"[?#]", text, maxsplit=1)
    return head, "".join(query)


def _split(url: str, where: str, example: str, shown: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # falls through to the message below, which serves both cases
    raise UsageError(f"{where}: {shown!r} is not a URL such as {example}")


def _place(parts: SplitResult) -> tuple[str, str | None, int | None, str]:
    """Return the parts that make two URLs the same, whatever their credentials."""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return parts.scheme, parts.hostname, port, parts.path


def server_base(url: str) -> str:
    """Return the URL without query and fragment, which links to documentation often have, so that paths can be
    appended."""
    return _before_query(url)[0]


class NameTimeout(OSError):
    """No answer came from the name servers in time."""


def addresses_of(host: str, port: int, seconds: float | None) -> list[str]:
    """Return the addresses of a host in the order to try them.

    Raises socket.gaierror if there is none, NameTimeout if none is known within `seconds`; the thread that asks is
    then left behind, since the system's look-up cannot be interrupted.
    """
    answer: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append(list(dict.fromkeys(str(address[0]) for *_, address in entries)))
        except UnicodeError:
            answer.append(socket.gaierror("the name is too long or has an empty part"))
        except OSError as error:
            answer.append(error)

    thread = threading.Thread(target=ask, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise NameTimeout(f"the address of {host} was not known in time")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]
