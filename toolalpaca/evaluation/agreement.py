"""How far two judges of the same cases agree: the share of equal verdicts and Cohen's kappa."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from toolalpaca.evaluation.rates import Rate, wilson


class Agreement(TypedDict):
    """`kappa` is None where one of the two always says the same, so that chance explains everything."""

    agreement: Rate
    kappa: float | None


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Of verdicts on the same cases in the same order; kappa after Cohen (1960)."""
    pairs = list(zip(first, second, strict=True))
    same = sum(one == other for one, other in pairs)
    return Agreement(agreement=wilson(same, len(pairs)), kappa=_kappa(pairs, same))


def _kappa(pairs: list[tuple[str, str]], same: int) -> float | None:
    number = len(pairs)
    firsts, seconds = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(firsts[verdict] * seconds[verdict] for verdict in firsts)
    if number * number == by_chance:
        return None
    return round((same * number - by_chance) / (number * number - by_chance), 4)


def vote_agreement(votes: Sequence[Sequence[str]]) -> Rate:
    """Of all pairs of votes on the same case, the share that say the same."""
    same = total = 0
    for verdicts in votes:
        counts = Counter(verdicts)
        total += len(verdicts) * (len(verdicts) - 1) // 2
        same += sum(count * (count - 1) // 2 for count in counts.values())
    return wilson(same, total)
