"""What was looked for and not found, and what was taken in its place without a word."""

import re
from collections.abc import Iterator
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.actions import admits
from toolalpaca.matching.dates import days_in
from toolalpaca.matching.evidence import Shown
from toolalpaca.matching.known import Known

_SAYS_SO = re.compile(
    r"\b(?:only|just one|the one|sole|closest|nearest match|instead|rather|other than|apart from"
    r"|listed as"
    r"|spelled|spelt|under the name|assum\w+|presumably|mean)\b",
    re.IGNORECASE,
)


def passed_over(answer: str, known: Known) -> Iterator[str]:
    """Yield the names and days that people gave, that a search did not find, and that no result after it shows, when
    the answer neither says so nor names what was found in their place."""
    results = known.evidence.results
    if admits(answer) or _SAYS_SO.search(answer):
        return
    for place, one in enumerate(results):
        if not _is_empty(one):
            continue
        later = [
            other
            for other in results
            if other is not one
            and other.seen.succeeded
            and not _is_empty(other)
            and (other.call.place > one.call.place or other.call.function == one.call.function)
        ]
        if not any(other.call.place > one.call.place for other in results[place + 1 :]) or not later:
            continue
        for value in _told_names(one, known):
            if not any(_shows(other, value) for other in later) and not _names_another(answer, later, known):
                yield value


def _is_empty(one: Shown) -> bool:
    return one.seen.status in (404, 410) or one.is_empty


def _told_names(one: Shown, known: Known) -> Iterator[str]:
    """Yield the names and days among a call's arguments that people gave."""
    for value in (one.call.arguments or {}).values():
        if not isinstance(value, str) or not 2 < len(value) <= 60:
            continue
        if any(mention.days() for mention in days_in(value)):
            if any(
                said.fits(day)
                for mention in days_in(value)
                for day in mention.days()
                for said in known.evidence.told_days
            ):
                yield value
        elif _is_told_name(value, known.evidence.told_text):
            yield value


def _is_told_name(value: str, told: str) -> bool:
    return any(match[0][0].isupper() for match in re.finditer(rf"\b{re.escape(value)}\b", told, re.IGNORECASE))


def _shows(one: Shown, value: str) -> bool:
    """Return whether a result has all words of a name, or was asked for with the same day."""
    wanted, days = set(words(value)), [day for mention in days_in(value) for day in mention.days()]
    texts: list[Any] = [leaf.value for leaf in one.seen.leaves] + list((one.call.arguments or {}).values())
    if days:
        return any(
            mention.fits(day)
            for text in texts
            if isinstance(text, str)
            for mention in days_in(text[:40])
            for day in days
        )
    return wanted <= set(one.seen.words)


def _names_another(answer: str, later: list[Shown], known: Known) -> bool:
    """Return whether the answer names what was found by words of its own, which people had not said."""
    said, told = set(words(answer)), known.evidence.told_all
    places = {one.call.place for one in later}
    labels = [set(words(label)) - told for thing in known.things if thing.place in places for label in thing.labels]
    if any(own and own <= said for own in labels):
        return True
    new = [
        mention
        for mention in days_in(answer)
        if not any(said_day.fits(day) for day in mention.days() for said_day in known.evidence.told_days)
    ]
    return any(mention.days() for mention in new)
