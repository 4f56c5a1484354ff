"""What stage 4 asks of the writer for each API: how many instructions in which prompt form and of which kind.

Kinds are `single` (one call solves it), `multi` (several do) and `missing` (the user left out a required value).
"""

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from toolalpaca.core.cli import fraction
from toolalpaca.llm.prompts import Prompt

DEFAULT_SHARES = {"single": 0.4, "multi": 0.5, "missing": 0.1}
FORMS = ("plain", "story")


@dataclass(frozen=True)
class Order:
    """`number` instructions in one prompt form, `plain` or `story`; `kinds` adds up to the number."""

    form: str
    prompt: Prompt
    number: int
    kinds: Mapping[str, int]


def shares(text: str) -> dict[str, float]:
    """`single=0.5,multi=0.4,missing=0.1` as numbers that add up to 1; a kind that is not named has none."""
    found = dict.fromkeys(DEFAULT_SHARES, 0.0)
    named: set[str] = set()
    for part in text.split(","):
        kind, _, number = (piece.strip() for piece in part.partition("="))
        if kind not in found or kind in named:
            raise argparse.ArgumentTypeError(f"{part.strip()!r}: give each of {', '.join(found)} once at most, such as "
                                             f"{in_words(DEFAULT_SHARES)}")
        named.add(kind)
        found[kind] = fraction(number)
    if abs(sum(found.values()) - 1) > 0.001:
        raise argparse.ArgumentTypeError(f"{text!r}: the shares add up to {sum(found.values()):g}, not to 1")
    return found


def in_words(values: Mapping[str, float]) -> str:
    """Shares or counts as `--shares` takes them."""
    return ",".join(f"{kind}={value:g}" for kind, value in values.items())


def orders(api: str, number: int, prompts: Sequence[Prompt], mix: float, kinds: Mapping[str, float]) -> list[Order]:
    """The orders for one API, `number` instructions in all, the share `mix` of them from the second of the prompts."""
    forms = apportioned(number, dict(zip(FORMS, (1 - mix, mix), strict=True)), f"{api} form")
    return [Order(form, prompt, forms[form], apportioned(forms[form], kinds, f"{api} {form}"))
            for form, prompt in zip(FORMS, prompts, strict=False) if forms[form]]


def apportioned(number: int, parts: Mapping[str, float], seed: str) -> dict[str, int]:
    """Whole numbers that add up to `number`, each the share of its part rounded up or down.

    Which way is drawn from `seed` alone, so that over many APIs the shares come out, and an API's own numbers stay
    the same whatever other APIs are in the file (systematic sampling).
    """
    start = int.from_bytes(hashlib.sha256(seed.encode(errors="surrogatepass")).digest()[:6], "big") / 2**48
    counts, reached, before = {}, start, 0
    for kind, part in parts.items():
        reached += part * number
        counts[kind] = int(reached + 1e-9) - before
        before += counts[kind]
    counts[max(counts, key=lambda kind: parts[kind])] += number - before  # shares that miss 1 by a rounding error
    return counts


def asked_for(all_orders: Iterable[Order]) -> Counter[str]:
    """How many instructions of each kind the orders come to."""
    total: Counter[str] = Counter(dict.fromkeys(DEFAULT_SHARES, 0))
    for order in all_orders:
        total.update(order.kinds)
    return total
