"""What `--dry_run` prints: about how many calls, tokens and dollars a stage will take, before any call is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from toolalpaca.core.run_log import cost_in_words
from toolalpaca.llm.usage import Meter, Price, price_of

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class LikelyCall:
    """One call that a record is likely to need: who makes it, its prompt in tokens and a typical answer in tokens."""

    role: str
    tokens_in: int
    tokens_out: int


def tokens_of(text: str) -> int:
    """Return about how many tokens a text has."""
    return len(text) // CHARACTERS_PER_TOKEN + 1


def cost_estimate(stage: str, expected: Iterable[tuple[Iterable[LikelyCall], int]], models: dict[str, str],
             prices: dict[str, Price]) -> str:
    """One line for people. `expected` holds, for one record or several, the calls they take in all and how many
    finished ones are in the store already; `models` names the model of each role."""
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
