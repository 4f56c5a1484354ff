"""Fetching one text file over HTTP: with a time limit, tries again, and an error a person can act on."""

from toolalpaca.errors import UsageError

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces of the answer
TRIES = 3  # after the first
RETRIED = (429, 500, 502, 503, 504)


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
