"""Lists of URLs as people give them: in a flag, in an environment variable, in a YAML file."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from toolalpaca.core.errors import UsageError

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces of the answer
TRIES = 3  # after the first
RETRIED = (429, 500, 502, 503, 504)


def url_list(given: str | Iterable[str], where: str, example: str) -> tuple[str, ...]:
    """The URLs in texts that hold one or several, separated by commas or blanks; without a slash at their end.

    Raises UsageError, which names `where` they were given and shows an `example`, for none at all, for what is no
    HTTP URL and for one that is named twice. A password in a URL is not shown.
    """
    texts = [given] if isinstance(given, str) else given
    urls = [url.rstrip("/") for text in texts for url in text.replace(",", " ").split()]
    if not urls:
        raise UsageError(f"{where}: names no URL; expected one such as {example}, or several with commas between them")
    places = set()
    for url in urls:
        place = _place(_split(url, where, example))
        if place in places:
            raise UsageError(f"{where}: {without_credentials(url)!r} is named twice")
        places.add(place)
    return tuple(urls)


def without_credentials(url: str) -> str:
    """Return the URL as it may be shown to people: without user, password, query and fragment."""
    scheme, rest = _scheme_and_rest(url)
    return scheme + server_base(rest.rpartition("@")[2])


def secrets_in(url: str) -> list[str]:
    """Return the password, or a user without one, and the query's values, which may be keys."""
    user, at, place = _scheme_and_rest(url)[1].rpartition("@")
    password = user.partition(":")[2] or user
    values = [value for _, value in parse_qsl(urlsplit(place).query)]
    return [unquote(secret) for secret in ([password] if at else []) + values]


def _scheme_and_rest(url: str) -> tuple[str, str]:
    scheme, mark, rest = url.partition("://")
    return (scheme + mark, rest) if mark else ("", url)


def _split(url: str, where: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # falls through to the message below, which serves both cases
    raise UsageError(f"{where}: {without_credentials(url)!r} is no URL such as {example}")


def _place(parts: SplitResult) -> tuple[str, str | None, int | None, str]:
    """What makes two URLs the same, whoever logs in there."""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return parts.scheme, parts.hostname, port, parts.path


def server_base(url: str) -> str:
    """The URL without query and fragment, which links to documentation often have: what came after them would be part
    of them and no path."""
    return re.split(r"[?#]", url, maxsplit=1)[0]


def fetch_text(url: str, *, backoff: float = 0.5) -> str:
    """The text at `url`; UsageError, one line with the way round it, when it cannot be had.

    `backoff` is the factor, in seconds, of the waits that double from try to try.
    """
    import requests  # a tenth of a second to import
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    retry = Retry(total=TRIES, backoff_factor=backoff, status_forcelist=RETRIED, raise_on_status=False,
                  respect_retry_after_header=False)  # nobody waits an hour for a list
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            response = session.get(url, timeout=TIMEOUT)
        if response.status_code != 200:
            raise _unavailable(url, f"the server answers {response.status_code} {response.reason}")
        return response.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unavailable(url, "the answer is not UTF-8 text") from None
    except requests.RequestException as error:
        raise _unavailable(url, _in_words(error)) from None


def _unavailable(url: str, reason: str) -> UsageError:
    return UsageError(f"{url}: cannot be fetched ({reason}); download it some other way and pass --source FILE")


def _in_words(error: Exception) -> str:
    import requests

    kinds = ((requests.Timeout, "no answer in time"), (requests.exceptions.SSLError, "no secure connection"),
             (requests.ConnectionError, "no connection"), (requests.TooManyRedirects, "too many redirects"))
    return next((text for kind, text in kinds if isinstance(error, kind)), type(error).__name__)
