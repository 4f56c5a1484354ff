"""Stage 4 over all APIs of a file: instructions too close to another API's are left out, and what came out is reported.

It goes by the order of the records alone, so that the same answers give the same file whatever the number of workers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.diversity import DistinctTexts
from toolalpaca.instruction_orders import Order, asked_for, in_words
from toolalpaca.instructions import Instructions
from toolalpaca.run_log import Report
from toolalpaca.workers import Result


@dataclass
class Thinned:
    """The results as the file's records get them, and counts of what was left out."""

    results: list[Result[dict[str, Any]]] = field(default_factory=list)
    within: int = 0
    across: int = 0
    short: int = 0

    def keep(self, texts: Iterable[str], most: int, distinct: DistinctTexts) -> list[str]:
        """The first `most` of the texts that are unlike those in `distinct`, to which they are added."""
        kept: list[str] = []
        for text in texts:
            if len(kept) == most:
                break
            if distinct.add(text) is None:
                kept.append(text)
            else:
                self.across += 1
        return kept


def thinned(results: Sequence[Result[Instructions]], most: int) -> Thinned:
    """At most `most` instructions for each API, without those too close to one of an API before it."""
    done, distinct = Thinned(), DistinctTexts()
    for result in results:
        if result.error is not None:
            if "Instructions" in result.error.partial:
                result.error.partial["Instructions"] = done.keep(result.error.partial["Instructions"], most, distinct)
            done.results.append(Result(result.index, error=result.error))
        elif result.value is not None:
            kept = done.keep(result.value.texts, most, distinct)
            done.within += result.value.alike
            done.short += most - len(kept)
            done.results.append(Result(result.index, value={"Instructions": kept}))
    return done


def report(to: Report, done: Thinned, orders: Iterable[Order]) -> None:
    """Say what was asked for and left out; what the instructions really take is known once stage 6 has run them."""
    kinds = asked_for(orders)
    to.notes.append(f"{to.stage}: asked for {in_words(kinds)} (how many calls they take is counted by stage 6); "
                    f"near-duplicates left out: {done.within} within an API, {done.across} of another API's; "
                    f"{done.short} fewer than asked for")
    to.counts = {"asked_for": kinds, "near_duplicates_within_apis": done.within,
                 "near_duplicates_across_apis": done.across, "fewer_than_asked_for": done.short}
