"""Rates with their Wilson intervals, and the agreement of two raters."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

CONFIDENCE = 0.95


class Rate(TypedDict):
    """`count` of `of` cases, and the rate's 95 % Wilson interval; None if there are no cases."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def wilson(count: int, of: int) -> Rate:
    """Return the rate of `count` among `of` with its Wilson score interval (Wilson 1927), rounded to four places."""
    from scipy.stats import binomtest

    if of == 0:
        return Rate(count=count, of=of, share=None, low=None, high=None)
    interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Rate(count=count, of=of, share=round(count / of, 4), low=round(float(interval.low), 4),
                high=round(float(interval.high), 4))


def rate_in_words(rate: Rate) -> str:
    """Return a rate for a table: rate and interval in per cent."""
    if rate["share"] is None or rate["low"] is None or rate["high"] is None:
        return f"{'-':>7}"
    return f"{100 * rate['share']:5.1f} %   {100 * rate['low']:.1f} - {100 * rate['high']:.1f}"


class Agreement(TypedDict):
    """`kappa` is None if one rater always gives the same verdict, so that chance explains all agreement."""

    agreement: Rate
    kappa: float | None


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Return the agreement of verdicts on the same cases in the same order, with Cohen's kappa (1960)."""
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
    """Return the rate of agreement among all pairs of votes on the same case."""
    same = total = 0
    for verdicts in votes:
        counts = Counter(verdicts)
        total += len(verdicts) * (len(verdicts) - 1) // 2
        same += sum(count * (count - 1) // 2 for count in counts.values())
    return wilson(same, total)
