"""Media types: compared without case and parameters, which of them are JSON, and which of several to use."""

from collections.abc import Sequence
from functools import lru_cache

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@lru_cache(maxsize=256)
def kind_of(content_type: str) -> str:
    """Return a content type in lower case and without its parameters."""
    return content_type.split(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Return whether a content type is JSON, is built on it or, as `*/*`, leaves it open."""
    kind = kind_of(content_type)
    return kind in (JSON, "*/*") or kind.endswith("+json")


def preferred_media_type(offered: Sequence[str]) -> str:
    """Return the JSON type if there is one, else a form type, else the first."""
    return min(offered, key=lambda name: 0 if is_json(name) else {FORM: 1, MULTIPART: 2}.get(kind_of(name), 3))
