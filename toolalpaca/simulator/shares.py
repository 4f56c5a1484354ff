"""One process's share of what the roles file allows all processes of the simulator together."""

import math
from dataclasses import replace

from toolalpaca.budget import Spending
from toolalpaca.roles import RoleSettings


def share_of_rates(settings: RoleSettings, processes: int) -> RoleSettings:
    """The settings with an equal part of the calls and tokens a minute, at least one of each."""
    def part(limit: int | None) -> int | None:
        return None if limit is None else max(1, limit // processes)

    return replace(settings, requests_per_minute=part(settings.requests_per_minute),
                   tokens_per_minute=part(settings.tokens_per_minute))


def share_of_budget(settings: RoleSettings, spent: Spending, processes: int) -> RoleSettings:
    """The settings with limits that let one process spend an equal part of what is left; `spent` counts as its own."""
    def part(limit: float, before: float) -> float:
        return before + max(0.0, limit - before) / processes if processes > 1 else limit

    def whole_part(limit: int | None, before: int) -> int | None:
        return None if limit is None else math.ceil(part(limit, before))

    return replace(settings, max_calls=whole_part(settings.max_calls, spent.calls),
                   max_tokens=whole_part(settings.max_tokens, spent.tokens),
                   max_cost=None if settings.max_cost is None else part(settings.max_cost, spent.cost))
