"""Requests of a conversation that fail on purpose, as those of real APIs now and then do; decided by a seed."""

import hashlib
from dataclasses import dataclass

from toolalpaca.simulator.semantics import CREATE

MISSING, CONFLICT, TIMEOUT = 404, 409, 504
MESSAGES = {MISSING: "There is no such {noun}.", CONFLICT: "There is a {noun} like this already.",
            429: "Too many requests. Try again in a moment.", 500: "Something went wrong on our side. Try again.",
            TIMEOUT: "The request took too long and was given up. Try again."}
_PASSING = (429, 500, TIMEOUT)


@dataclass(frozen=True)
class Failures:
    """Which requests fail: `fraction` of them, the same ones for the same `seed` and the same conversation."""

    fraction: float = 0.0
    seed: int = 0

    def status(self, kind: str, request: str, asked: str, *, unknown: bool) -> int | None:
        """Return the status that a request fails with, None if it does not fail.

        `kind` is what the operation does, `asked` a digest of the conversation so far, and `unknown` tells whether the
        request names a thing that the conversation has not seen yet: only such a thing can be missing.
        """
        if not self.fraction:
            return None
        text = f"{self.seed}\n{asked}\n{request}"
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest, "big") / 2**64
        if number >= self.fraction:
            return None
        lasting = [MISSING] * unknown + [CONFLICT] * (kind == CREATE)
        choices = (*lasting * len(_PASSING), *_PASSING)  # half of the failures where there is a lasting one
        return choices[int(number / self.fraction * len(choices))]


def is_passing(status: int) -> bool:
    """Return whether the same request may succeed when it is sent again."""
    return status in _PASSING
