"""Evidence at a point of a conversation: what people said, and what the calls made so far have shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

from toolalpaca.conversation.observation import Leaf, Observation
from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_terms, name_words, words
from toolalpaca.data.record_types import DATE_TIME, GET_DETAILS
from toolalpaca.matching.facts.clock import moment_of, moment_said, moment_shown, without_clock
from toolalpaca.matching.language.actions import Deed
from toolalpaca.matching.language.codes import codes_in
from toolalpaca.matching.language.dates import DayMention, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.text import FUNCTION_WORDS, IN_DOUBLE_QUOTES, WINDOW_WORDS, listed
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.units import Unit

_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun|daily)", re.IGNORECASE)
_HOURS = re.compile(r"(?<![\w.,:/-])([01]?\d|2[0-4])\s?[-–]\s?([01]?\d|2[0-4])(?![\w:/-]|[.,]\d)")  # Mon-Fri 9-17
_NOT_THE = re.compile(  # which of several; what is not on the list only says where something is
    r"\bnot (?:(?<!\bis not )(?<!\bare not )(?<!\bwas not )(?<!\bwere not )(?:by|at|on|in|for|from|under) )?"
    r"(?:the|an?|that|this|my|our) (?P<what>[\w'’-]*\w(?: \w[\w'’-]*){0,2})", re.IGNORECASE,
)
_FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_CONFIRMS = re.compile(
    r"\W*(?:yes|yep|yeah|right|correct|exactly|sure|ok(?:ay)?|that['’]?s (?:it|right|the one)|please do|go ahead)\b",
    re.IGNORECASE,
)
CONTACT = re.compile(  # how people may be reached: phone 0170 555 33

    r"\b(?:(?:tele|smart|cell|mobile )?phone|mobile|cell|tel|e-?mail|mail|fax|sms|text|call|ring|whatsapp)\W{1,2}"
    r"(?:(?:is|me|us|at|on|under|number|no|address)\W{1,2}){0,3}"
    r"(?:\+?\d[\d ()/-]{6,}\d|[\w.+-]{1,64}@[\w-]+\.[\w.-]+)", re.IGNORECASE
)
# Of what an answer says, and of what people say in all, so many characters and numbers are compared with the rest.
LONGEST_TEXT = 10_000
MOST_NUMBERS = 500
MOST_CALLS = 200  # of a conversation or a golden answer, since each is held against all others
_RUN = 40  # blanks or signs, more than any ruled line or indented text has
_LONG_RUN = re.compile(rf"\s{{{_RUN},}}|([\W_])\1{{{_RUN},}}")
# Last words of the names of fields whose numbers may be seconds since 1970, and between which of them.
_MOMENTS = frozenset(listed(
    "ts timestamp time at on epoch unix date from since until to start end due ms s created updated expires expiry"
    " modified begins ends starts"
))
_EPOCH, _NEAR_MOMENT = (6e8, 4.1e9), timedelta(days=30)
_IDS = frozenset(listed("id no number ref code phone"))
_LONGEST_READ = 400  # characters of an observed text in which days and figures are looked for


@dataclass(frozen=True)
class Shown:
    """A call with what it brought."""

    call: PredictedCall
    seen: Observation

    @property
    def is_reply(self) -> bool:
        """Return whether the user spoke."""
        return self.call.function == GET_DETAILS

    @property
    def is_empty(self) -> bool:
        """Return whether the call succeeded and found nothing: an empty list, or an object with one and no values but
        those it was asked with and zeros."""
        body = self.seen.body
        if not isinstance(body, dict) or [] not in body.values():
            return self.seen.succeeded and body in ([], {})
        asked = set(map(str, leaves(self.call.given)))
        return self.seen.succeeded and not any(
            value and (isinstance(value, (list, dict)) or str(value) not in asked)
            for name, value in body.items() if WINDOW_WORDS.isdisjoint(name_words(name)) or isinstance(value, list)
        )

    @property
    def found_nothing(self) -> bool:
        """Return whether the call brought nothing: it succeeded and is empty, or the API knows no such thing."""
        return self.seen.says_not_there or self.is_empty


class ConversationEvidence:
    """A conversation read once: its instruction, and each call with its observation; and what the API's document says
    of units and of what its functions change."""

    def __init__(
        self, instruction: str, calls: Sequence[PredictedCall], units: Mapping[str, Unit] | None = None,
        deeds: Mapping[str, Deed] | None = None
    ) -> None:
        self.instruction = compared(instruction)
        self.units, self.deeds = units or {}, deeds or {}
        self.shown = [Shown(call, call.seen) for call in calls]
        self._before: dict[int, Evidence] = {}

    def before(self, place: int) -> "Evidence":
        """Return what was known before the call at a place, the same each time; the results of its own turn were
        not."""
        if place not in self._before:
            self._before[place] = self._evidence_before(place)
        return self._before[place]

    def _evidence_before(self, place: int) -> "Evidence":
        here = next((one.call for one in self.shown if one.call.place == place), None)
        function, turn = (here.function, here.turn) if here else ("", 0)
        shown = [one for one in self.shown if one.call.place < place and not (turn and one.call.turn == turn)]
        evidence = Evidence(self.instruction, shown, self.units, self.deeds)
        elsewhere = [one.call.given for one in self.shown if one.call.function != function]
        evidence.elsewhere = frozenset(leaf for leaf in leaves(elsewhere) if isinstance(leaf, str))
        return evidence

    def whole(self) -> "Evidence":
        """Return what was known in the end, the same each time."""
        return self._whole

    @cached_property
    def _whole(self) -> "Evidence":
        return Evidence(self.instruction, self.shown, self.units, self.deeds)


class Evidence:
    """What people said and what was observed; errors are observations too, since they name what is allowed.

    `deeds` are what the API's functions change, whatever they are called.
    """

    def __init__(self, instruction: str, shown: Sequence[Shown], units: Mapping[str, Unit] | None = None,
                 deeds: Mapping[str, Deed] | None = None) -> None:
        self.units, self.deeds = units or {}, deeds or {}
        self.told = _cut([instruction, *(one.seen.text for one in shown if one.is_reply)])
        # What the assistant asked and was told to be so was said too, if in the assistant's words.
        self.told += _cut([str(asked) for one in shown if one.is_reply and _CONFIRMS.match(one.seen.text)
                           for asked in one.call.given.values()])
        self.results = [one for one in shown if not one.is_reply]
        self.elsewhere: frozenset[str] = frozenset()  # the texts that the calls of other functions ask with

    def without(self, pattern: re.Pattern[str]) -> "Evidence":
        """Return the same without what chooses nothing in what people said, such as how they may be reached."""
        found = Evidence("", [], self.units)
        found.told = [pattern.sub(" ", text) for text in self.told]
        found.results, found.elsewhere = self.results, self.elsewhere
        return found

    @cached_property
    def told_words(self) -> list[list[str]]:
        """Return the words of each text that people said."""
        return [words(text.replace("%", " percent ")) for text in self.told]

    @cached_property
    def told_all(self) -> frozenset[str]:
        """Return all words that people said."""
        return frozenset(word for text in self.told_words for word in text)

    @cached_property
    def told_text(self) -> str:
        """Return all that people said."""
        return "\n".join(self.told)

    @cached_property
    def told_but_of_clock(self) -> str:
        """Return all that people said, without which day they said it is."""
        return "\n".join(map(without_clock, self.told))

    @cached_property
    def denied(self) -> frozenset[str]:
        """Return the words by which people said only which one they did not mean: `early` of `not the early one`."""
        texts = [_NOT_THE.sub(" ", text) for text in self.told]
        meant = {word for text in texts for word in words(text)}
        said = {word for text in self.told for match in _NOT_THE.finditer(text) for word in words(match["what"])}
        return frozenset(said - meant - FUNCTION_WORDS - {"one", "though", "please"})

    @cached_property
    def told_figures(self) -> list[Figure]:
        """Return the numbers that people said."""
        return [figure for text in self.told for figure in figures_in(text)][:MOST_NUMBERS]

    @cached_property
    def told_parts(self) -> frozenset[Figure]:
        """Return the numbers among them that are part of a longer one."""
        said = [(figures, set(wholes(figures))) for figures in map(figures_in, self.told)]
        return frozenset(figure for figures, whole in said for figure in figures
                         if figure.unit is not None and figure not in whole)

    @cached_property
    def told_days(self) -> list[DayMention]:
        """Return the days that people named, but for the one that they only said is today."""
        return [mention for text in self.told for mention in days_in(without_clock(text))]

    @cached_property
    def told_times(self) -> list[frozenset[int]]:
        """Return the times of day that people named, in minutes after midnight."""
        return [mention.minutes for text in self.told for mention in times_in(text)]

    @cached_property
    def told_codes(self) -> set[str]:
        """Return the codes that people used."""
        return codes_in(self.told_text)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """Return the values of all observations."""
        return [leaf for one in self.results for leaf in one.seen.leaves]

    @cached_property
    def observed_words(self) -> list[list[str]]:
        """Return the words of each observation."""
        return [one.seen.words for one in self.results]

    @cached_property
    def observed_all(self) -> frozenset[str]:
        """Return all words that were observed."""
        return frozenset(word for text in self.observed_words for word in text)

    @cached_property
    def observed_texts(self) -> list[str]:
        """Return the texts in the observations: those among their values, the names in their objects, and what is not
        JSON."""
        return list(dict.fromkeys(text[:_LONGEST_READ] for one in self.results for text in _texts(one.seen)))

    @cached_property
    def observed_days(self) -> list[DayMention]:
        """Return the days that were observed."""
        return [mention for text in self.observed_texts for mention in days_in(text)]

    @cached_property
    def observed_times(self) -> set[int]:
        """Return the times of day that were observed, in minutes after midnight."""
        found = {minute for text in self.observed_texts for minute in minutes_in(text)}
        spans = [match for text in self.observed_texts if _WEEKDAY.search(text) for match in _HOURS.finditer(text)]
        found |= {int(hour) * 60 for match in spans for hour in match.groups()}
        written = [_FOUR_DIGITS.fullmatch(leaf.value) for leaf in self.leaves if isinstance(leaf.value, str)]
        return found | {int(match[1]) * 60 + int(match[2]) for match in written if match}

    @cached_property
    def asked(self) -> list[Any]:
        """Return the single values of the calls' arguments."""
        return [leaf for one in self.results for leaf in leaves(one.call.given)]

    @cached_property
    def call_words(self) -> frozenset[str]:
        """Return the words of the names of the functions that were called and of their arguments: said by people, they
        name no thing."""
        names = (name for one in self.results for name in (one.call.function, *one.call.given))
        return frozenset(term for name in names for term in name_terms(name))

    @cached_property
    def now(self) -> datetime | None:
        """Return the moment that it is: on the clock that the assistant looked at, as people said last, or as the API
        shows; None if nothing tells."""
        looked = [moment_of(one.seen.text) for one in self.results if one.call.function == DATE_TIME]
        said = [moment_said(text) for text in self.told]
        shown = [moment_shown(one.call.function, one.call.given, one.seen.leaves) for one in self.results
                 if one.call.function != DATE_TIME and one.seen.succeeded]
        return next((moment for some in (looked, said, shown) for moment in reversed(some) if moment), None)

    @cached_property
    def today(self) -> date | None:
        """Return the day that it is, None if nothing tells."""
        return self.now.date() if self.now else None

    @cached_property
    def quoted(self) -> list[str]:
        """Return what people put in quotes."""
        return [quote for text in self.told for quote in IN_DOUBLE_QUOTES.findall(text)]


def _cut(texts: Sequence[str]) -> list[str]:
    """Return texts as they are compared, at most LONGEST_TEXT characters in all."""
    before = accumulate(map(len, texts), initial=0)
    return [compared(text[:LONGEST_TEXT - start]) for text, start in zip(texts, before, strict=False)
            if start < LONGEST_TEXT]


def compared(text: str) -> str:
    """Return a text as it is compared: at most LONGEST_TEXT characters, with long runs of blanks or of one sign cut
    short, since a pattern would start again at each place in them."""
    return _LONG_RUN.sub(lambda run: ("\n" if "\n" in run[0] else " ") if run[0].isspace() else run[0][:_RUN],
                         text[:LONGEST_TEXT])


def _texts(seen: Observation) -> Iterator[str]:
    if seen.body is None:
        yield seen.text
        return
    yield from _keys(seen.body)
    yield from (leaf.value for leaf in seen.leaves if isinstance(leaf.value, str))
    yield from (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments_since_1970(seen.leaves))


def moments_since_1970(leaves: Sequence[Leaf]) -> Iterator[datetime]:
    """Yield the moments in UTC that numbers of seconds or milliseconds since 1970 are, by their fields' names, or as
    they are near another one that is named so."""
    read = [(leaf, _since_1970(leaf.value)) for leaf in leaves if leaf.path]
    named = [moment for leaf, moment in read if moment and not _MOMENTS.isdisjoint(name_words(leaf.path[-1])[-1:])]
    for leaf, moment in read:
        if moment and named and (moment in named or abs(moment - named[0]) < _NEAR_MOMENT and not leaf.names & _IDS):
            yield moment


def _since_1970(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _EPOCH[0] < value < 1000 * _EPOCH[1]:
        return None
    seconds = value if value < _EPOCH[1] else value / 1000
    return datetime.fromtimestamp(seconds, UTC) if seconds > _EPOCH[0] else None


def _keys(value: Any) -> Iterator[str]:
    """Yield the names in an object that are data, such as the days of a series."""
    if isinstance(value, dict):
        yield from (name for name in value if name[:1].isdigit())
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def argument_values(arguments: Any) -> list[Any]:
    """Return the single values of arguments that say something."""
    return [leaf for leaf in leaves(arguments) if leaf not in (None, "") and not isinstance(leaf, bool)]
