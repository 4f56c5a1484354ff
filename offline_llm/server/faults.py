"""Injected faults for testing clients: errors, dropped and hung connections, rate limits, and answers that violate the
format a prompt asked for, in the ways real chat models do.

The fault of a request depends on the seed, the request's content and how often it has been seen, so a run can be
repeated exactly, and a failed request succeeds if it is retried often enough.
"""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from offline_llm.seeding import seeded_fraction, seeded_random
from offline_llm.server.chat_protocol import ApiError
from toolalpaca.conversation.forms import PROMPT_FORMS, spelled

FAULT_KINDS = ("429", "500", "drop", "hang", "malformed")


def parse_faults(text: str) -> dict[str, float]:
    """Return `429=0.1,drop=0.02` as fractions by kind; raise ValueError with what is wrong."""
    shares: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        kind, _, value = part.partition("=")
        if kind not in FAULT_KINDS:
            raise ValueError(f"{kind!r} is not a fault; there are {', '.join(FAULT_KINDS)}")
        try:
            shares[kind] = float(value)
        except ValueError:
            raise ValueError(f"{part!r}: write the share as a number, such as {kind}=0.1") from None
        if not 0 <= shares[kind] <= 1:
            raise ValueError(f"{part!r}: a share lies between 0 and 1")
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError(f"the shares of {text!r} add up to more than 1")
    return shares


@dataclass
class FaultPlan:
    """Decides for each request which fault to inject. Thread-safe."""

    shares: dict[str, float]
    seed: int = 0

    def __post_init__(self) -> None:
        self._seen: Counter[int] = Counter()
        self._lock = threading.Lock()

    def decide(self, content: int) -> tuple[str | None, int]:
        """Return the fault for a request with this content hash, if any, and how often the request was seen before."""
        with self._lock:
            times = self._seen[content]
            self._seen[content] += 1
        point = seeded_fraction("fault", self.seed, content, times)
        for kind in FAULT_KINDS:
            point -= self.shares.get(kind, 0.0)
            if point < 0:
                return kind, times
        return None, times


def rate_limit_error(content: int, times: int) -> ApiError:
    """Return a 429 as endpoints send it: usually with a short Retry-After, in seconds or as an HTTP date."""
    roll = seeded_random("retry-after", content, times)
    form = roll.random()
    if form < 0.2:
        headers = {"Retry-After": formatdate(time.time() + 1, usegmt=True)}
    elif form < 0.9:
        headers = {"Retry-After": f"{roll.uniform(0.05, 0.5):.2f}"}
    else:
        headers = {}
    return ApiError(429, "Rate limit reached for requests (a fault that --fault asked for).",
                    code="rate_limit_exceeded", kind="requests", headers=headers)


def server_error(content: int, times: int) -> ApiError:
    """Return a server error, one of those that endpoints and their proxies send."""
    status = seeded_random("server-error", content, times).choice((500, 500, 502, 503))
    return ApiError(status, "The server had an error (a fault that --fault asked for).", kind="server_error")


class RequestLimit:
    """A limit of `per_minute` requests a minute, refilled continuously, with a burst of one second's worth."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._capacity = max(1.0, per_minute / 60)
        self._level, self._clock, self._last = self._capacity, clock, clock()
        self._lock = threading.Lock()

    def take(self) -> dict[str, str]:
        """Take one request from the budget and return the x-ratelimit headers; raise the 429 if it is exhausted."""
        with self._lock:
            now = self._clock()
            self._level = min(self._capacity, self._level + (now - self._last) * self.per_minute / 60)
            self._last = now
            allowed = self._level > 1 - 1e-9
            self._level -= 1 if allowed else 0
            wait = max(0.001, (1 - self._level) * 60 / self.per_minute)
            headers = {"x-ratelimit-limit-requests": str(self.per_minute),
                       "x-ratelimit-remaining-requests": str(int(self._level)),
                       "x-ratelimit-reset-requests": f"{wait:.3f}s"}
        if allowed:
            return headers
        raise ApiError(429, f"Rate limit reached: {self.per_minute} requests per minute.", code="rate_limit_exceeded",
                       kind="requests", headers={**headers, "Retry-After": f"{wait:.3f}"})


_FORMS = tuple(PROMPT_FORMS.values())
_SPEAKERS = "|".join(sorted({re.escape(form.speaker) for form in _FORMS}, reverse=True))
_WORDS = {spelled(form.labels[part].removeprefix(form.speaker))
          for form in _FORMS for part in ("action", "input", "answer")}
_WORDS |= {"Status Code", "Process Correctness", "Final Response Correctness", "Name", "Input"}
_LABELS = re.compile(rf"^(\s*(?:(?:{_SPEAKERS}) )?)({'|'.join(sorted(_WORDS, key=len, reverse=True))})\s*:",
                     re.MULTILINE)


def malform(text: str, *parts: object) -> str:
    """Return the answer `text`, malformed in one of several ways, selected by `parts`."""
    roll = seeded_random("malformed", *parts)
    return roll.choice(MALFORMATIONS)(text, roll)


def _cut_off(text: str, roll: random.Random) -> str:
    return text[:max(1, int(len(text) * roll.uniform(0.3, 0.9)))]


def _refusal(text: str, roll: random.Random) -> str:
    return roll.choice(("I'm sorry, but I can't help with that.",
                        "Sure! Could you tell me a little more about what you have in mind?",
                        "As requested, I have completed the task. Let me know if you need anything else!"))


def _nothing(text: str, roll: random.Random) -> str:
    return roll.choice(("", "   \n", "..."))


def _fenced(text: str, roll: random.Random) -> str:
    """Return the answer in a code fence with prose around it: readable for a lenient parser."""
    return f"Sure, here it is:\n\n```{roll.choice(('', 'json', 'text'))}\n{text}\n```\n\nI hope this helps!"


def _wrong_labels(text: str, roll: random.Random) -> str:
    """Return the answer with other labels, or none; without labels, a list joined into one paragraph."""
    swapped = _LABELS.sub(roll.choice((r"\1Result -", r"\1**\2**", r"\1")), text)
    return swapped if swapped != text else re.sub(r"\s*\n+\s*(?:\d+\.)?\s*", " ", text)


def _broken_json(text: str, roll: random.Random) -> str:
    """Return JSON in Python's notation, with a comment, or without its closing brace."""
    return roll.choice((
        lambda: text.replace('"', "'").replace(" true", " True").replace(" false", " False"),
        lambda: text.replace("{", "{ // as asked\n", 1),
        lambda: text[:text.rfind("}")] + text[text.rfind("}") + 1:] if "}" in text else text + "}",
    ))()


MALFORMATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    _cut_off, _refusal, _nothing, _fenced, _wrong_labels, _broken_json)
