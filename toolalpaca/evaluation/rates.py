"""Shares with the intervals that say how far a share can be trusted."""

from typing import TypedDict

CONFIDENCE = 0.95


class Rate(TypedDict):
    """`count` of `of` cases, and the 95 % Wilson interval of the share; None where there are no cases."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def wilson(count: int, of: int) -> Rate:
    """The share of `count` among `of` with its Wilson score interval (Wilson 1927), rounded to four places."""
    from scipy.stats import binomtest

    if of == 0:
        return Rate(count=count, of=of, share=None, low=None, high=None)
    interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Rate(count=count, of=of, share=round(count / of, 4), low=round(float(interval.low), 4),
                high=round(float(interval.high), 4))


def in_words(rate: Rate) -> str:
    """A rate for a table: share and interval in per cent."""
    if rate["share"] is None or rate["low"] is None or rate["high"] is None:
        return f"{'-':>7}"
    return f"{100 * rate['share']:5.1f} %   {100 * rate['low']:.1f} - {100 * rate['high']:.1f}"
