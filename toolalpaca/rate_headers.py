"""What an endpoint's response headers say about how long to wait."""

import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 600.0  # seconds that a call waits for a rate limit
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def retry_after(headers: Any) -> float | None:
    """Seconds to wait by `retry-after-ms`, `Retry-After` (seconds or an HTTP date) or the reset of what ran out."""
    milliseconds = _number(headers.get("retry-after-ms") or "")
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    if value := headers.get("retry-after"):
        seconds = _number(value)
        return _until(value) if seconds is None else max(0.0, seconds)
    waits = [seconds_of(headers.get(f"x-ratelimit-reset-{what}", "")) for what in ("requests", "tokens")
             if headers.get(f"x-ratelimit-remaining-{what}") == "0"]
    return max((wait for wait in waits if wait), default=None)


def _number(text: str) -> float | None:
    """The number that a header holds, else None; infinity and NaN are none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _until(date: str) -> float | None:
    """Seconds until an HTTP date."""
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def seconds_of(text: str) -> float | None:
    """Seconds of a duration such as `20ms`, `1s`, `6m0s` or a bare number; None when it is neither."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
