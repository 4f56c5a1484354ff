"""Failures of calls to an endpoint, in a few kinds: told by the status, by the error or by the finish reason.

`Limited` (wait, then retry), `Transient` (retry a limited number of times), `Refused` (this call will never succeed) or
UsageError (no call will ever succeed: wrong key, unknown model, unreachable server). Servers use about thirty values of
`finish_reason`, most of which mean an incomplete answer.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.llm.rate_limit import LONGEST_WAIT, retry_after

DEEPEST_MESSAGE = 10  # levels of a body at which its message is looked for; real ones have up to four
MESSAGE_KEYS = ("message", "error", "errors", "detail", "msg")  # of an error's body, as servers call them
SERVER_FAILED = (FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.UNREADABLE_BODY, FailureKind.HTTP_5XX)


class Limited(Exception):
    """The endpoint's rate limit was exceeded; `retry_after` is in seconds, if the response says so."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("rate limit")
        self.retry_after = retry_after


class Transient(Exception):
    """A failure that a retry may fix; `kind` is what it is counted as.

    `elsewhere` means that the retry goes to another server, so that there is no need to wait.
    """

    elsewhere = False

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Refused(Exception):
    """The endpoint will never answer this request, however often it is sent."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def message_of(error: Any) -> str:
    """Return the message in an SDK error's body, else the error's own text."""
    return message_in(error.body) or str(error)


def message_in(body: Any, levels: int = DEEPEST_MESSAGE) -> str:
    """Return the message in an error's body, under whichever of the usual keys and in up to `levels` objects and lists;
    "" if there is none. A validation error begins with the place that it is about."""
    if not levels:
        return ""
    if isinstance(body, str):
        return body.strip()
    if isinstance(body, list):
        return "; ".join(text for part in body if (text := message_in(part, levels - 1)))
    texts = [message_in(body.get(key), levels - 1) for key in MESSAGE_KEYS] if isinstance(body, dict) else []
    text = next(filter(None, texts), "")
    place = body.get("loc") if text else None
    return f"{'.'.join(map(str, place))}: {text}" if isinstance(place, list) else text


def failure_of_error(error: Any, message: str, model: str, url: str, key_name: str) -> Exception:
    """Return the exception for an SDK error with an HTTP status; `message` is its text with secrets redacted."""
    if error.status_code != 429:
        return failure_of_status(error.status_code, message, model, url, key_name)
    if "insufficient_quota" in str(getattr(error, "code", "")):
        return UsageError(f"{url}: the account has no quota left ({message})")
    wait = retry_after(error.response.headers)
    if wait is not None and wait > LONGEST_WAIT:
        return Refused(FailureKind.RATE_LIMIT, f"the endpoint asks for {wait:,.0f} s of patience, and a call "
                       f"waits for at most {LONGEST_WAIT:.0f} s; run again later")
    return Limited(wait)


def failure_of_status(status: int, message: str, model: str, url: str, key_name: str) -> Exception:
    """Return the exception for an HTTP status other than 200."""
    if status == 401:
        return UsageError(f"{url}: the API key was refused ({message}); check {key_name}")
    if status == 404:
        return UsageError(_not_found(url, model, message))
    kind = FailureKind.HTTP_5XX if status >= 500 else FailureKind.HTTP_4XX
    failure = Transient if status in (408, 409, 429) or status >= 500 else Refused
    return failure(kind, f"HTTP {status}: {message}")


def _not_found(url: str, model: str, message: str) -> str:
    """Return the message for a 404: an unknown model, or a wrong URL."""
    if not urlsplit(url).path.strip("/"):
        return (f"{url}: no model {model!r} was found there ({message}); the URL may lack its last part, which is /v1 "
                "for most servers")
    folder = ", nor is there a folder of this name" if "/" in model else ""
    return (f"{url}: model {model!r} was not found ({message}){folder}; "
            "set --model (of generation.py: -llm) or OPENAI_DEFAULT_MODEL to one it serves")


# By the words of a reason, the first that fits: `MAX_TOKENS`, `model_length`, `guardrail_intervened`, `eos_token` ...
_KINDS: tuple[tuple[re.Pattern[str], FailureKind | None], ...] = (
    (re.compile(r"length|max|limit|truncat|budget|incomplete|window"), FailureKind.TRUNCATED),
    (re.compile(r"filter|safe|block|prohibit|recit|sensitiv|refus|polic|moderat|censor|spii|guard|risk|pii|violat|toxic|harm"),
     FailureKind.CONTENT_FILTER),
    (re.compile(r"err|abort|cancel|fail|time|overload|malform|interrupt|unavail|insufficient|kill|disconnect|pause|unspecified|unknown"),
     FailureKind.UNFINISHED),
    (re.compile(r"stop|eos|eot|end|complet|finish|tool|function|done|success|natural"), None),
)


def failure_of(finish_reason: str) -> FailureKind | None:
    """Return the kind of failure for a finish reason; None if the answer is complete.

    A missing reason, as from old servers, counts as complete; an unknown one does not.
    """
    reason = finish_reason.strip().lower()
    if reason in ("", "none", "null"):
        return None
    return next((kind for words, kind in _KINDS if words.search(reason)), FailureKind.UNFINISHED)
