"""What an endpoint's response headers say about how long to wait."""

import re
import time
from email.utils import parsedate_to_datetime
from typing import Any


def retry_after(headers: Any) -> float | None:
    """Seconds to wait by `retry-after-ms`, `Retry-After` (seconds or an HTTP date) or the reset of what ran out."""
    if (value := headers.get("retry-after-ms")) and value.replace(".", "", 1).isdigit():
        return float(value) / 1000
    if value := headers.get("retry-after"):
        try:
            return max(0.0, float(value))
        except ValueError:
            pass  # not seconds: the header's other form is a date
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except (ValueError, TypeError):
            return None
    waits = [seconds_of(headers.get(f"x-ratelimit-reset-{what}", "")) for what in ("requests", "tokens")
             if headers.get(f"x-ratelimit-remaining-{what}") == "0"]
    return max((wait for wait in waits if wait), default=None)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: str) -> float | None:
    """Seconds of a duration such as `20ms`, `1s`, `6m0s` or a bare number; None when it is neither."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
