"""Lists given item by item: several calls that amount to one golden call with the whole list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.evaluation.golden_answers import GoldCall
from toolalpaca.evaluation.scorers.extra_calls import written


@dataclass(frozen=True)
class Merged:
    """A call merged from several, with their indices."""

    call: PredictedCall
    places: list[int]


def merged_lists(predicted: Sequence[PredictedCall], golden: Sequence[GoldCall]) -> list[Merged]:
    """Return for each golden call with a list the calls that differ only in that list, merged into one with all
    items."""
    wanted = dict.fromkeys(
        (one.function, name)
        for one in golden
        for name, value in (one.arguments or {}).items()
        if isinstance(value, list) and len(value) > 1
    )
    return [merged for function, name in wanted for merged in _merged(predicted, function, name)]


def _merged(predicted: Sequence[PredictedCall], function: str, name: str) -> Iterator[Merged]:
    groups: dict[str, list[PredictedCall]] = {}
    for call in predicted:
        arguments = call.arguments or {}
        if call.function == function and not call.failed and isinstance(arguments.get(name), list):
            rest = {other: value for other, value in arguments.items() if other != name}
            groups.setdefault(written(function, rest), []).append(call)
    for calls in groups.values():
        if len(calls) > 1:
            items: list[Any] = []
            for call in calls:
                items += [item for item in (call.arguments or {})[name] if item not in items]
            yield Merged(
                replace(calls[-1], arguments={**(calls[-1].arguments or {}), name: items}),
                [call.place for call in calls],
            )
