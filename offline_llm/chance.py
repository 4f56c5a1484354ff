"""Choices that look random and depend on nothing but what they are made from: never on order, time or process."""

import hashlib
import json
import random


def digest(*parts: object) -> int:
    """A large number that stands for `parts`, the same in every process."""
    text = json.dumps(parts, ensure_ascii=True, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def dice(*parts: object) -> random.Random:
    """A source of choices that starts from `parts`."""
    return random.Random(digest(*parts))


def share(*parts: object) -> float:
    """A number from 0 up to 1 that stands for `parts`."""
    return digest(*parts) / 2**64
