"""Lists of URLs as people give them: in a flag, in an environment variable, in a YAML file."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from toolalpaca.errors import UsageError


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
    """The URL as it may be shown to people."""
    scheme, mark, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


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
