"""Substitutes: things that were not found, and others that were taken in their place without a word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.arguments.picks import own_said
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Shown
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.dates import days_in, weekdays_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import ADDRESS, holds, places_of, stands_in
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.values import number

_SAYS_SO = re.compile(
    r"\b(?:only|just one|the one|sole|closest|nearest match|instead|rather|other than|apart from"
    r"|listed as"
    r"|spelled|spelt|under the name|assum\w+|presumably|mean)\b",
    re.IGNORECASE,
)


_NAME = re.compile(r"[A-Z][a-zà-ÿ'’-]+(?: [A-Z][a-zà-ÿ'’-]+)*")
_ALIKE = 0.7  # of the letters of two spellings of a name


def untold_substitutes(answer: str, known: Known) -> Iterator[str]:
    """Yield what people asked for and did not get when an answer passes off something else as it."""
    if not admits(answer) and not _SAYS_SO.search(answer):
        for rule in (_passed_over, _relaxed, _replaced, _mistaken):
            yield from rule(answer, known)


def _passed_over(answer: str, known: Known) -> Iterator[str]:
    """Yield the names and days that people gave, that a search did not find, and that no result after it shows, when
    the answer does not name what was found in their place."""
    results = known.evidence.results
    for place, one in enumerate(results):
        if not one.found_nothing:
            continue
        later = [
            other
            for other in results
            if other is not one
            and other.seen.succeeded
            and not other.found_nothing
            and (other.call.place > one.call.place or other.call.function == one.call.function)
        ]
        if not any(other.call.place > one.call.place for other in results[place + 1 :]) or not later:
            continue
        for value in _told_names(one, known):
            if (
                not any(_shows(other, value) for other in later)
                and not _names_another(answer, value, later, known)
                and not any(_was_offered(one, other, value, known) for other in later)
            ):
                yield value


def _was_offered(one: Shown, other: Shown, value: str, known: Known) -> bool:
    """Return whether people gave both the name that was not found and another form of it, which a later call has in its
    place."""
    names = [name for name, given in one.call.given.items() if given == value]
    taken = [other.call.given.get(name) for name in names if other.call.function == one.call.function]
    told = known.evidence.told_words
    return any(
        isinstance(given, str) and _is_another_form(given, value) and any(holds(said, words(given)) for said in told)
        for given in taken
    )


def _is_another_form(name: str, other: str) -> bool:
    """Return whether two names may be of one thing: they share a word and each has others, or are spelled alike."""
    one, two = set(words(name)), set(words(other))
    return bool(one - two and two - one) and (
        bool(one & two) or SequenceMatcher(None, name.casefold(), other.casefold()).ratio() > _ALIKE
    )


def _told_names(one: Shown, known: Known) -> Iterator[str]:
    """Yield the names and days among a call's arguments that people gave."""
    for value in one.call.given.values():
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
        elif _is_told_name(value, known.evidence.told_text) or _is_told_phrase(value, known):
            yield value


def _is_told_phrase(value: str, known: Known) -> bool:
    """Return whether people said several words that were looked for: blue cheese dip."""
    return len(words(value)) > 1 and any(holds(said, words(value)) for said in known.evidence.told_words)


def _is_told_name(value: str, told: str) -> bool:
    return any(told[place].isupper() for place in places_of(value.lower(), told.lower()))


def _shows(one: Shown, value: str) -> bool:
    """Return whether a result has all words of a name, or was asked for with the same day."""
    wanted, days = set(words(value)), [day for mention in days_in(value) for day in mention.days()]
    texts: list[Any] = [leaf.value for leaf in one.seen.leaves] + list(one.call.given.values())
    if days:
        return any(
            mention.fits(day)
            for text in texts
            if isinstance(text, str)
            for mention in days_in(text[:40])
            for day in days
        )
    names = [{*words(text)} for text in texts if isinstance(text, str) and " " in text.strip()]
    return wanted <= set(one.seen.words) or any(len(name) > 1 and name <= wanted for name in names)


def _names_another(answer: str, value: str, later: list[Shown], known: Known) -> bool:
    """Return whether the answer names what was found in place of a value by words of its own, which people had not
    said; in place of a day, by another day."""
    said, told = set(words(answer)), known.evidence.told_all
    places = {one.call.place for one in later}
    labels = [set(words(label)) - told for thing in known.things if thing.place in places
              for label in thing.labels if label not in thing.ids]
    if any(own and own <= said for own in labels):
        return True
    new = [
        mention
        for mention in (days_in(answer) if days_in(value) else ())
        if not any(said_day.fits(day) for day in mention.days() for said_day in known.evidence.told_days)
    ]
    return any(mention.days() for mention in new)


def _mistaken(answer: str, known: Known) -> Iterator[str]:
    """Yield a name that people gave and nothing shows when a call took a thing by its id from a list of things with
    names of that kind, of which they said none and the answer does not say which it is."""
    told = known.evidence.told[0]
    if len(known.evidence.told) > 1 or any(extremes_in(told)):
        return
    said = [match["name"] for match in _NAMED.finditer(ADDRESS.sub(" ", told))]
    unknown = [name for name in said if _is_shown_nowhere(name, known)]
    spoken = {id(one) for one in known.mentions.named_in(told)}
    for call in (one.call for one in known.evidence.results if unknown):
        given = {str(value) for value in call.given.values()}
        for thing in (one for one in known.things if one.place < call.place and given & {*one.ids[:1]}):
            group = known.mentions.groups[thing.group]
            labels = [one for one in thing.labels if one not in thing.ids and _kind(one) == _kind(unknown[0])]
            is_told = any(stands_in(word, answer.casefold()) for label in labels for word in label.casefold().split())
            is_chosen = not spoken.isdisjoint(map(id, group)) or own_said(group, thing, known.evidence)
            if labels and not is_told and len(group) > 1 and not is_chosen:
                yield unknown[0]
                return


def _is_shown_nowhere(name: str, known: Known) -> bool:
    """Return whether neither calls nor results have a name or a word of it; no day, nor a word for a code."""
    texts = [*map(str, known.evidence.asked), *(one.seen.text for one in known.evidence.results)]
    plain = "\n".join(texts).casefold()
    is_new = not any(stands_in(word, plain) for word in name.casefold().split())
    return is_new and not (meanings(name) or weekdays_in(name) or days_in(f"1 {name} 2024"))


def _kind(name: str) -> tuple[bool, bool]:
    return name[0].isupper(), name[0].isdigit()


_NAMED = re.compile(
    r"\b(?:the|to|at|of|from|for|in|on|with|does|do|is|has|called|named|my|our)\s+"
    r"(?P<name>(?:\d{1,3}[A-Z]\b|[A-Z][\w-]*[a-z\d])(?: [A-Z][\w-]+)*)"
)


def _replaced(answer: str, known: Known) -> Iterator[str]:
    """Yield what people gave and a call was refused for, when the same call went through with another value in its
    place, which the answer does not give."""
    results = known.evidence.results
    for one in results:
        later = next((other for other in results if _takes_over(one, other)), None)
        for name, value in one.call.given.items() if later else ():
            other = later.call.given.get(name)  # type: ignore[union-attr]
            is_new = other not in (None, value) and _was_said(value, known) and not _was_said(other, known)
            if is_new and not _states(other, answer):
                yield f"{name}: {value}"


def _takes_over(one: Shown, other: Shown) -> bool:
    is_refused = one.seen.status is not None and 400 <= one.seen.status < 500 and not one.seen.says_not_there
    is_later = other.call.place > one.call.place and other.call.function == one.call.function
    return is_refused and is_later and other.seen.succeeded


def _was_said(value: Any, known: Known) -> bool:
    """Return whether people gave a number, a time or a name."""
    minutes = {minute for said in known.evidence.told_times for minute in said}
    if isinstance(value, str) and (times := times_in(value)):
        return any(time.minutes & minutes for time in times)
    as_number = number(value)
    if as_number is None:
        return isinstance(value, str) and _is_told_name(value, known.evidence.told_text)
    return any(as_number in one.values for one in known.evidence.told_figures)


def _states(value: Any, answer: str) -> bool:
    if isinstance(value, str) and (times := times_in(value)):
        return any(time.minutes & minutes_in(answer) for time in times)
    as_number = number(value)
    if as_number is None:
        is_name = isinstance(value, str) and _NAME.fullmatch(value)
        return not is_name or not set(words(answer)).isdisjoint(words(str(value)))
    return any(as_number in one.values for one in figures_in(answer))


def _relaxed(answer: str, known: Known) -> Iterator[str]:
    """Yield the conditions of a search that found nothing and a later one went without, when the answer names a thing
    that does not meet them."""
    results = known.evidence.results
    named = known.mentions.named_in(answer)
    for one in results:
        if not one.is_empty:
            continue
        for other in results:
            if other.call.place > one.call.place and other.call.function == one.call.function:
                left = {name: value for name, value in one.call.given.items()
                        if other.call.given.get(name) != value}
                things = [thing for thing in named if thing.place == other.call.place]
                things = things or _only_one_of(other, answer, known)
                yield from (f"{name}: {value}" for name, value in left.items() for thing in things
                            if _does_not_meet(thing, name, value, answer))


def _only_one_of(one: Shown, answer: str, known: Known) -> list[Thing]:
    """Return the only thing that a result shows, if an answer has its whole name."""
    found = [thing for thing in known.mentions.things if thing.place == one.call.place]
    return found if len(found) == 1 and found[0] in known.mentions.may_be_named_in(answer) else []


def _does_not_meet(thing: Thing, name: str, value: Any, answer: str) -> bool:
    """Return whether a thing has another value than the one that was searched for, or one beyond the bound, and the
    answer does not give it."""
    parts = name_words(name)
    bound = {"max": 1, "min": -1}.get(parts[0], 0)
    keys = [key for key, _ in thing.values if tuple(map(singular, name_words(key))) == tuple(parts[bool(bound) :])]
    several = [one for key in keys for one in thing.of(key)]
    own = next((one for one in several if one != value), None) if value not in several else None
    if bound and (limit := number(value)) is not None and (amount := number(own)) is not None:
        return bound * (amount - limit) > 0 and not _states(own, answer)
    return (
        isinstance(own, str)
        and isinstance(value, str)
        and own.isalpha()
        and own.lower() != value.lower()
        and own.lower() not in words(answer)
    )
