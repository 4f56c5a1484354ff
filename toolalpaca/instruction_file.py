"""Stage 4 over all APIs of a file: instructions too close to another API's are left out, and what came out is reported.

It goes by the order of the records alone, so that the same answers give the same file whatever the number of workers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.diversity import DistinctTexts
from toolalpaca.instruction_orders import in_words
from toolalpaca.instructions import Instructions
from toolalpaca.run_log import Report
from toolalpaca.workers import Result


@dataclass
class Counts:
    """Over all files of a run: what was asked for by kind, near-duplicates left out, and how many are missing."""

    asked_for: Counter[str] = field(default_factory=Counter)
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


def thinned(results: Sequence[Result[Instructions]], most: int, counts: Counts) -> list[Result[dict[str, Any]]]:
    """At most `most` instructions for each API of a file, without those too close to one of an API before it."""
    kept_results: list[Result[dict[str, Any]]] = []
    distinct = DistinctTexts()
    for result in results:
        if result.error is not None:
            if "Instructions" in result.error.partial:
                result.error.partial["Instructions"] = counts.keep(result.error.partial["Instructions"], most, distinct)
            kept_results.append(Result(result.index, error=result.error))
        elif result.value is not None:
            kept = counts.keep(result.value.texts, most, distinct)
            counts.within += result.value.alike
            counts.short += most - len(kept)
            kept_results.append(Result(result.index, value={"Instructions": kept}))
    return kept_results


def report(to: Report, counts: Counts) -> None:
    """Say what was asked for and left out; what the instructions really take is known once stage 6 has run them."""
    to.notes.append(f"{to.stage}: asked for {in_words(counts.asked_for)} (how many calls they take is counted by stage "
                    f"6); near-duplicates left out: {counts.within} within an API, {counts.across} of another API's; "
                    f"{counts.short} fewer than asked for")
    to.counts = {"asked_for": dict(counts.asked_for), "near_duplicates_within_apis": counts.within,
                 "near_duplicates_across_apis": counts.across, "fewer_than_asked_for": counts.short}
