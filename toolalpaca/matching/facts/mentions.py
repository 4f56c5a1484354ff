"""Where an answer names the things that observations speak of, and which of a group it means."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.language.codes import meanings, names_of
from toolalpaca.matching.language.dates import DayMention, bare_days_in, days_in, weekdays_in
from toolalpaca.matching.language.spoken_numbers import NUMBER_WORDS
from toolalpaca.matching.language.text import ADDRESS, FUNCTION_WORDS, holds

_CAPITAL = re.compile(r"\b[A-Z][\w'’-]*")
_TOKEN = re.compile(r"[\w@.-]*\w")
# A number in words, with the word before it: episode seven is one of several, the other seven are not.
_SPELT = re.compile(rf"(?:\b(?P<noun>[^\W\d_]+)\s+)?\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # what parts a number, whose parts name nothing
_GLUED = re.compile(r"[A-Za-z]+\d+|\d+[A-Za-z]+")
_WEEK = 7  # days
_FEW_DIGITS = 2  # of a number within a label that may be of anything
_FEW = 8  # things of a list whose labels are looked for in other forms
_TIME_WORDS = frozenset(words("minute minutes hour hours day days night nights week weeks month months year years"))
_MOST_OWN_DAYS = 3  # of a thing that a day of the month names


class Mentions:
    """Where an answer names a thing: by what tells it from the others of its group, or by its day."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        groups: dict[str, list[Thing]] = {}
        for thing in things:
            groups.setdefault(thing.group, []).append(thing)
        self.groups = groups
        self._keys = {part for thing in things for key, _ in thing.values for part in name_words(key)}
        labels = {label for thing in things for label in thing.labels}
        self._keys |= {value for thing in things for _, value in thing.values if isinstance(value, str)
                       and value.isalpha() and value.islower() and value not in labels}  # sorts of things
        self._nouns = self._keys | {singular(part) for name in groups for part in name_words(name)}
        self._first: dict[int, Thing] = {}
        self._words: dict[int, list[frozenset[str]]] = {}
        self._phrases: dict[int, list[list[str]]] = {}
        self._days: dict[int, list[date]] = {}
        self._months: dict[int, list[DayMention]] = {}
        self._several: list[tuple[frozenset[str], list[Thing]]] = []
        self._weekdays: dict[int, set[int]] = {}
        self._numbers: dict[int, set[int]] = {}
        self._whole_labels = [(thing, [words(label) for label in (*thing.labels, *thing.ids[:1])]) for thing in things]
        called = {id(thing): set(map(tuple, labels)) for thing, labels in self._whole_labels}
        self._common = {name: set.intersection(*(called[id(thing)] for thing in group)) if len(group) > 1 else set()
                        for name, group in groups.items()}
        self._may_be_named: dict[str, list[Thing]] = {}
        self._named: dict[str, list[Thing]] = {}
        for group in groups.values():
            if 1 < len(group) <= 60:
                self._learn(group)

    def _learn(self, group: Sequence[Thing]) -> None:
        """Keep of each label the words that no other thing of the group has."""
        labels = {id(thing): [*thing.labels, *thing.ids, *self._own_questions(thing, group)] for thing in group}
        self._first |= _shown_again(group)
        owners: dict[str, set[int]] = {}
        for thing in group:
            for label in labels[id(thing)]:
                for word in (*_label_words(label), *(words(label) if " " in label else ())):
                    owners.setdefault(word, set()).add(id(self._first[id(thing)]))
        for thing in group:
            mine = {id(self._first[id(thing)])}
            for label, parts in ((one, parts) for one in labels[id(thing)] for parts in _ways_to_say(one)):
                own = frozenset(word for word in parts if owners[word] == mine and word not in self._keys)
                found = self._words.setdefault(id(thing), [])
                if own and own <= _TIME_WORDS:  # the year loan is not named by `a year`
                    self._phrases.setdefault(id(thing), []).append(words(label))
                    continue
                found += [own] if own else []
                if len(own) > 2 and parts[0] in own and len(parts[0]) > 3 and " " in label:
                    found.append(frozenset({parts[0]}))  # Così of Così fan tutte
                for mention in days_in(label):
                    self._days.setdefault(id(thing), []).extend(mention.days())
                    self._months.setdefault(id(thing), []).extend([mention] if not mention.days() else [])
        for place in dict.fromkeys(thing.place for thing in group):
            own_things = [thing for thing in group if thing.place == place]
            mine = {id(self._first[id(thing)]) for thing in own_things}
            for label in labels[id(own_things[0])] if len(own_things) > 1 else ():
                own = frozenset(word for word in _label_words(label) if owners.get(word) == mine)
                self._several += [(own, own_things)] if own else []
        self._learn_parts_of_days(group)

    def _learn_parts_of_days(self, group: Sequence[Thing]) -> None:
        """Keep the day of the month of each thing that is about a day, its weekday if all lie within a week, and the
        month of each whose days are in a month that no other has: the 1st and the 31st of August."""
        days = {id(thing): self._days[id(thing)] for thing in group if self._days.get(id(thing))}
        every = [day for own in days.values() for day in own]
        for thing_id, own in days.items():
            others = [day for other, theirs in days.items() if other != thing_id for day in theirs]
            if others and len(own) < _MOST_OWN_DAYS:
                self._numbers[thing_id] = {day.day for day in own} - {day.day for day in others}
            if others and (max(every) - min(every)).days < _WEEK:
                self._weekdays[thing_id] = {day.weekday() for day in own} - {day.weekday() for day in others}
            months = {(day.year, day.month) for day in own}
            is_month = len(own) > 1 or all(day.day == 1 for day in every)
            if others and len(months) == 1 and is_month and not months & {(day.year, day.month) for day in others}:
                year, month = months.pop()
                self._months.setdefault(thing_id, []).append(DayMention(0, 0, ((year, month, None),)))

    @staticmethod
    def _own_questions(thing: Thing, group: Sequence[Thing]) -> list[str]:
        """Return what a thing's call was asked with and the calls of the others were not."""
        others = [other for other in group if other.place != thing.place]
        asked = {value for other in others for value in other.asked}
        return [value for value in thing.asked if others and value not in asked and len(value) <= 60]

    def named_in(self, text: str) -> list[Thing]:
        """Return the things that a text names."""
        if text not in self._named:
            days = days_in(text)
            said = self._said_in(text, days)
            weekdays = weekdays_in(text) if self._weekdays else set()
            numbers = bare_days_in(text) if self._numbers else set()
            self._named[text] = [
                thing for thing in self.things
                if self._weekdays.get(id(thing), set()) & weekdays
                or self._numbers.get(id(thing), set()) & numbers
                or self._is_named(thing, said, days)
                or any(holds(words(text), phrase) for phrase in self._phrases.get(id(thing), ()))
            ]
        return self._named[text]

    def _said_in(self, text: str, days: Sequence[DayMention]) -> frozenset[str]:
        """Return the words by which a text may name things; the numbers of a date and of how many are not among
        them."""
        apart = text
        for mention in days:
            apart = apart[: mention.start] + " " * (mention.end - mention.start) + apart[mention.end :]
        of_days = [word for word in words(text) if not word.isdigit()] if days else []
        tokens = _TOKEN.findall(_THOUSANDS.sub("", apart).casefold())
        apart = ADDRESS.sub(" ", apart)  # an address is one word: a name in it names nobody
        plain = _SPELT.sub(self._named_by_number, apart).replace("%", " percent ")
        return frozenset((*of_days, *words(plain), *tokens))

    def _named_by_number(self, spelt: re.Match[str]) -> str:
        """Return a number in words if the noun before it is what things are called by it, else the noun alone."""
        noun = spelt["noun"] or ""
        return spelt[0] if singular(noun.lower()) in self._nouns else noun

    def asked_about_in(self, text: str) -> list[Thing]:
        """Return the things of one call if a text names what only this call was asked with, or what all of them and no
        others are called: all visits of H-12."""
        said = self._said_in(text, days_in(text)) if self._several else frozenset()
        found = [things for own, things in self._several if own & said]
        return found[0] if found and all(things is found[0] for things in found) else []

    def _is_named(self, thing: Thing, said: frozenset[str], days: Sequence[Any]) -> bool:
        labels = self._words.get(id(thing), ())
        return (
            any(own & said and (len(own) < 3 or 2 * len(own & said) >= len(own)) for own in labels)
            or any(mention.fits(day) and mention.readings[0][2]
                   for day in self._days.get(id(thing), ()) for mention in days)
            or any(_is_month(month, mention) for month in self._months.get(id(thing), ()) for mention in days)
        )

    def may_be_named_in(self, text: str) -> list[Thing]:
        """Return the things of which a text has a whole label, even one that several of a group have."""
        if text not in self._may_be_named:
            said = words(text)
            self._may_be_named[text] = [
                thing for thing, labels in self._whole_labels if any(holds(said, label) for label in labels)
            ]
        return self._may_be_named[text]

    def may_be_meant_in(self, text: str) -> list[Thing]:
        """Return the same without those that a text names only by what all of their group are called: the language of
        all courses."""
        said = words(text)
        return [
            thing for thing, labels in self._whole_labels
            if any(tuple(label) not in self._common[thing.group] and holds(said, label) for label in labels)
        ]

    def meant_in(self, text: str, thing: Thing) -> list[Thing]:
        """Return the other things of a thing's group of whose labels a text has another form: warnings for warn."""
        said = frozenset(words(text)) if len(self.groups[thing.group]) <= _FEW else ()
        return [
            other for other in self.siblings(thing) for own in self._words.get(id(other), ())
            if len(own) == 1 and any(akin(word, one) for word in own for one in said)
        ]

    def is_well_named(self, thing: Thing, said: frozenset[str]) -> bool:
        """Return whether at least half of the words that are a label's own were said."""
        return any(2 * len(own & said) >= len(own) for own in self._words.get(id(thing), ()))

    def apart(self, things: Sequence[Thing]) -> list[Thing]:
        """Return things without those that are another one, shown again."""
        return [*{id(first): first for thing in things for first in [self._first.get(id(thing), thing)]}.values()]

    def are_one(self, things: Sequence[Thing]) -> bool:
        """Return whether things are one, or what several functions show of one: all have a name in common."""
        groups = {thing.group for thing in things}
        names = [{*thing.labels, *thing.ids[:1]} for thing in things]
        return bool(things) and len(self.apart(things)) == len(groups) and (
            len(groups) == 1 or bool(set.intersection(*names)))

    def siblings(self, thing: Thing) -> list[Thing]:
        """Return the other things of its group."""
        return [other for other in self.groups[thing.group] if other is not thing]


def _shown_again(group: Sequence[Thing]) -> dict[int, Thing]:
    """Return for each thing the first one that is the same, as two calls may show one thing."""
    first: dict[str, Thing] = {}
    return {id(thing): first.setdefault(repr((thing.labels, thing.ids, thing.values)), thing) for thing in group}


def _is_month(month: DayMention, mention: DayMention) -> bool:
    """Return whether a text names the month that a thing is about, with its year or without."""
    (year, number, _), (said_year, said, _) = month.readings[0], mention.readings[0]
    return number == said and said_year in (None, year)


def _ways_to_say(label: str) -> list[list[str]]:
    """Return the words of a label, for a code those of each of its names."""
    if len(label) <= 3 and meanings(label):
        names = [[word for word in words(name) if word not in FUNCTION_WORDS] for name in names_of(label)]
        return [*names, [label.casefold()]]
    return [_label_words(label)]


def _label_words(label: str) -> list[str]:
    """Return the words by which a label can be told; an identifier is one word, and a code is told by its names."""
    if days_in(label):
        return []
    if len(label) <= 3 and meanings(label):
        return [word for parts in _ways_to_say(label) for word in parts]
    if " " not in label and ("@" in label or any(map(str.isdigit, label))):
        return [label.casefold()]
    names = [word for part in _CAPITAL.findall(label) for word in words(part)] if not label[:1].isupper() else []
    years = [word for word in words(label) if word.isdigit() and len(word) > _FEW_DIGITS] if names else []
    return [word for word in [*names, *years] or _words_and_codes(label)
            if (len(word) > 2 or word.isdigit()) and word not in FUNCTION_WORDS]


def _words_and_codes(label: str) -> list[str]:
    """Return the words of a label, letters with digits right before or after them being one: ex4 of EX4 4QJ."""
    return [word for part in label.split() for word in ([part.casefold()] if _GLUED.fullmatch(part) else words(part))]
