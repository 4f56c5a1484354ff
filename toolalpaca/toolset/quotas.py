"""Quotas of instructions per API: how many to write, with which prompt and of which kinds."""

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from toolalpaca.core.cli import fraction
from toolalpaca.llm.prompts import Prompt

SEPARATOR = "||"  # between the user's turns in a follow_up
# Each kind of instruction, as described to the writer.
INSTRUCTION_KINDS = {
    "single": "one call solves it.",
    "multi": "it takes several calls, some of them with a result of one call (such as an id) going into the next.",
    "missing": "the user forgets to give one value that is required and that no function can find, as people do.",
    "none": "the user wants something close to this API's field that none of the functions can do. It would be right "
            "to say so and to call nothing.",
    "follow_up": "two or three things that the user says one after the other, each once the one before is answered, "
                 f'separated by " {SEPARATOR} ". The later ones rest on what came before and do not repeat it, such as '
                 '"Reserve the second of them."',
    "compare": "the answer is a difference, a sum, a share, the largest or the smallest of values that calls return.",
    "parallel": "the same is wanted for several things, or several things are wanted, and no call depends on another.",
}
DEFAULT_MIX = {**dict.fromkeys(INSTRUCTION_KINDS, 0.0), "single": 0.4, "multi": 0.4, "missing": 0.1, "none": 0.1}
INSTRUCTION_FORMS = ("plain", "story")


@dataclass(frozen=True)
class Order:
    """`number` instructions from one prompt, `plain` or `story`; the counts in `kinds` add up to `number`."""

    form: str
    prompt: Prompt
    number: int
    kinds: Mapping[str, int]

    def kinds_in_words(self) -> str:
        """Return a line for each requested kind: how many, its name and what it means."""
        return "\n".join(f"- {count} of the kind {kind}: {INSTRUCTION_KINDS[kind]}"
                         for kind, count in self.kinds.items() if count)

    def divided(self, parts: int) -> list["Order"]:
        """Return at most `parts` orders, each of one instruction or more, that come to this one."""
        kinds = [kind for kind, count in self.kinds.items() for _ in range(count)]
        dealt = [kinds[start::parts] for start in range(min(parts, self.number))]
        return [replace(self, number=len(part), kinds={kind: part.count(kind) for kind in self.kinds})
                for part in dealt]


def parse_mix(text: str) -> dict[str, float]:
    """Parse `single=0.5,multi=0.4,missing=0.1`: fractions that add up to 1; kinds not named have none."""
    fractions = dict.fromkeys(INSTRUCTION_KINDS, 0.0) | parse_fractions(text)
    if abs(sum(fractions.values()) - 1) > 0.001:
        raise argparse.ArgumentTypeError(f"{text!r}: the fractions add up to {sum(fractions.values()):g}, not to 1")
    return fractions


def parse_fractions(text: str) -> dict[str, float]:
    """Parse `none=0.3,follow_up=0`: a fraction for each kind that is named."""
    fractions: dict[str, float] = {}
    for part in text.split(","):
        kind, equals, number = (piece.strip() for piece in part.partition("="))
        if not equals or kind not in INSTRUCTION_KINDS or kind in fractions:
            raise argparse.ArgumentTypeError(f"{part.strip()!r}: give each of {', '.join(INSTRUCTION_KINDS)} once at "
                                             f"most, such as {mix_in_words(DEFAULT_MIX)}")
        fractions[kind] = fraction(number)
    return fractions


def mix_in_words(values: Mapping[str, float]) -> str:
    """Return fractions or counts in the format of `--mix`, without zeros."""
    return ",".join(f"{kind}={value:g}" for kind, value in values.items() if value)


def orders(api: str, number: int, prompts: Sequence[Prompt], stories: float, kinds: Mapping[str, float]) -> list[Order]:
    """Return the orders for one API: `number` instructions, the fraction `stories` of them from the second prompt."""
    forms = apportioned(number, dict(zip(INSTRUCTION_FORMS, (1 - stories, stories), strict=True)), f"{api} form")
    return [Order(form, prompt, forms[form], apportioned(forms[form], kinds, f"{api} {form}"))
            for form, prompt in zip(INSTRUCTION_FORMS, prompts, strict=False) if forms[form]]


def apportioned(number: int, parts: Mapping[str, float], seed: str) -> dict[str, int]:
    """Return integers that add up to `number`, each its part's fraction rounded up or down.

    The rounding depends only on `seed`: over many APIs the fractions hold, and an API's own numbers do not depend on
    the other APIs in the file (systematic sampling).
    """
    start = int.from_bytes(hashlib.sha256(seed.encode(errors="surrogatepass")).digest()[:6], "big") / 2**48
    counts, reached, before = {}, start, 0
    for kind, part in parts.items():
        reached += part * number
        counts[kind] = int(reached + 1e-9) - before
        before += counts[kind]
    counts[max(counts, key=lambda kind: parts[kind])] += number - before  # rounding errors in fractions
    return counts


def ordered_kinds(all_orders: Iterable[Order]) -> Counter[str]:
    """Return how many instructions of each kind the orders request."""
    total: Counter[str] = Counter(dict.fromkeys(INSTRUCTION_KINDS, 0))
    for order in all_orders:
        total.update(order.kinds)
    return total
