"""The estimate that `--dry_run` prints: calls, tokens and dollars that a stage will take, before any call is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from toolalpaca.core.run_log import cost_in_words
from toolalpaca.llm.usage import Meter, Price, price_of

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class LikelyCall:
    """One call that a record probably needs: the role, the prompt's tokens and a typical answer's tokens."""

    role: str
    tokens_in: int
    tokens_out: int


def tokens_of(text: str) -> int:
    """Return the approximate number of tokens in a text."""
    return len(text) // CHARACTERS_PER_TOKEN + 1


def cost_estimate(stage: str, expected: Iterable[tuple[Iterable[LikelyCall], int]], models: dict[str, str],
             prices: dict[str, Price]) -> str:
    """Return the estimate as one line.

    `expected` holds, for one record or several, the calls they take and how many finished ones are already stored;
    `models` names the model of each role.
    """
    meter, finished = Meter(), 0
    for calls, stored in expected:
        finished += stored
        for call in calls:
            meter.answered(call.role, {"in": call.tokens_in, "out": call.tokens_out, "cached": 0},
                           price_of(models[call.role], prices))
    total = meter.report()
    return (f"{stage}: a dry run, no call was made. Expected: about {total['calls']} calls, {total['tokens_in']:,} "
            f"tokens in, {total['tokens_out']:,} out, {cost_in_words(total)} "
            f"({', '.join(sorted(set(models.values())))}); {finished} finished calls are stored "
            "and cost nothing again")
