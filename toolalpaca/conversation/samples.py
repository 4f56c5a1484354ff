"""Several conversations about one instruction: the first is the instance itself, the others are in its `Samples`.

Tools that do not know samples read the first. The verification ranks them, the best first.
"""

from collections.abc import Sequence
from typing import Any, cast

from toolalpaca.data.record_types import Instance


def samples_of(instance: Instance) -> list[Instance]:
    """Return all conversations about an instruction, the instance itself first, each without the others."""
    others: Any = instance.get("Samples") if isinstance(instance, dict) else None
    if not isinstance(others, list):
        return [instance]
    first = {key: value for key, value in instance.items() if key != "Samples"}
    return cast(list[Instance], [first, *(other for other in others if isinstance(other, dict))])


def with_samples(samples: Sequence[Instance]) -> Instance:
    """Return the conversations about one instruction as one instance: the first that did not fail, then the others."""
    first = next((place for place, one in enumerate(samples) if "error" not in one), 0)
    others = [*samples[:first], *samples[first + 1:]]
    return {**samples[first], "Samples": others} if others else samples[first]


def ranked(samples: Sequence[Instance]) -> list[Instance]:
    """Return the conversations as the verification ranked them, in their own order as far as it did not."""
    return sorted(samples, key=_rank)


def _rank(instance: Instance) -> int:
    verification = instance.get("Verification") if isinstance(instance, dict) else None
    rank = verification.get("rank") if isinstance(verification, dict) else None
    return rank if isinstance(rank, int) else 1
