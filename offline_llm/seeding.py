"""Seeded choices that depend only on the values they are derived from: not on order, time or process."""

import hashlib
import json
import random


def digest(*parts: object) -> int:
    """Return a large number derived from `parts`, the same in every process."""
    text = json.dumps(parts, ensure_ascii=True, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def seeded_random(*parts: object) -> random.Random:
    """Return a random generator seeded with `parts`."""
    return random.Random(digest(*parts))


def seeded_fraction(*parts: object) -> float:
    """Return a number from 0 (inclusive) to 1 (exclusive) derived from `parts`."""
    return digest(*parts) / 2**64
