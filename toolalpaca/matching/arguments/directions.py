"""From and to: which of two values people named as the start and which as the goal, against how a call gives them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from toolalpaca.core.words import name_words
from toolalpaca.matching.arguments.parties import is_turned
from toolalpaca.matching.facts.entities import things_in
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language.actions import sentences
from toolalpaca.matching.language.codes import meanings, names_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import NUMBER_WORDS
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.units import unit_named
from toolalpaca.matching.language.zones import cities_of

_START_NAMES = frozenset(listed(
    "from base source src origin start departure depart pickup sender debtor seller payer giver lender out old debit"
))
_GOAL_NAMES = frozenset(listed(
    "to quote target destination dest dst end arrival arrive dropoff goal recipient creditor symbols buyer payee "
    "receiver taker borrower in new credit"
))
_START = frozenset(listed("from leaving out starting"))
_GOAL = frozenset(listed("to into towards in against for as"))
_STRAIGHT_TO = frozenset({"to", "into"})
_INTO = frozenset({"in", "into", "against"})  # before what an amount is turned into
_NUMBER = "number"
_AND_BACK = re.compile(
    r"\bback (?:again|to|from|home)\b|\band back\b|\b(?:both ways|round[- ]trip|return trip)\b", re.IGNORECASE
)
_WAY_BACK = re.compile(
    r"\b(?:way|journey|trip|leg|passage|crossing|ride|train|flight|ferry|boat|bus) (?:back|home)\b"
    r"|\breturn (?:trip|journey|leg|way)\b|\bback (?:again|on the \w+|on \w+day)\b", re.IGNORECASE
)
_NAME_BEFORE = re.compile(r"[^\W\d_a-zà-ÿ][\w'’-]*(?: [^\W\d_a-zà-ÿ][\w'’-]*)*\s*\($")
_AMOUNT_OF = re.compile(r"\d[\d.,]*\s+(?:[A-Za-z]+\s+)?$")
_TO = re.compile(
    r"\b(?:(?:to|into|onto) (?=(?:the|my|our|his|her|their|your|an?)\b|(?-i:[A-Z\d]))"
    r"|(?:belongs?|should (?:be|go)|goes?) (?:in|on|to|under|with) )"
    r"(?:(?!\b(?:from|to|into|out of|off)\b)[^\d.;!?\n]){0,60}$",
    re.IGNORECASE,
)
_HOW = frozenset({"many", "much"})
# After a language: what is written in it, which somebody needs in another.
_TEXT_IN = re.compile(
    r"\s+(?:\w+\s+)?(?:texts?|manuals?|letters?|documents?|articles?|books?|novels?|e-?mails?|notes?|pages?|leaflets?"
    r"|brochures?|scripts?|originals?|poems?|songs?|speech(?:es)?|contracts?|words?|sentences?|phrases?|idioms?"
    r"|instructions|diplomas?|certificates?|reports?|recipes?)\b(?! (?:version|translation))", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+")


def swapped(arguments: dict[str, object], evidence: Evidence, texts: Sequence[str] = ()) -> Iterator[str]:
    """Yield the pairs of arguments, such as `from` and `to`, whose values people named the other way round, or other
    texts that are given."""
    is_back = any(_AND_BACK.search(text) for text in texts or evidence.told)
    for (start_name, start), (goal_name, goal) in _ways(arguments):
        for value in goal if isinstance(goal, list) else [goal]:
            if _is_name(start) and _is_name(value) and (
                not is_back and (_is_other_way(str(start), str(value), evidence, texts)
                                 or not texts and _is_given_back(str(start), str(value), evidence))
                or not texts and _is_there(arguments, start, value, evidence)
            ):
                yield f"{start_name} {start!r}, {goal_name} {value!r}"


def _ways(arguments: Mapping[str, object]) -> Iterator[tuple[tuple[str, object], tuple[str, object]]]:
    """Yield the argument that says where something starts and the one that says where it goes, if there is one of
    each."""
    starts, goals = _named_by(arguments, _START_NAMES), _named_by(arguments, _GOAL_NAMES)
    if len(starts) == len(goals) == 1:
        yield starts[0], goals[0]


def _is_there(arguments: Mapping[str, object], start: object, goal: object, evidence: Evidence) -> bool:
    """Return whether a result shows that the thing that is to be moved is at its goal already, and not where it would
    leave from."""
    moved = {str(value) for value in arguments.values()} - {str(start), str(goal)}
    things = [thing for thing in things_in(evidence) if moved.intersection(thing.ids[:1])]
    places = {str(value) for thing in things[-1:] for _, value in thing.values}
    return str(goal) in places and str(start) not in places


def _is_given_back(start: str, goal: str, evidence: Evidence) -> bool:
    """Return whether people name the giver where the receiver has to be, unless both are countries, languages or
    currencies."""
    names = _names_in(evidence)
    return not (meanings(start) and meanings(goal)) and is_turned(
        start, goal, evidence.told, [names.get(start, []), names.get(goal, [])])


@lru_cache(maxsize=16)
def _names_in(evidence: Evidence) -> dict[str, list[str]]:
    """Return what the things of the results are called, by their ids, with what their call looked for if it found
    nothing else."""
    things = things_in(evidence)
    alone = Counter(thing.place for thing in things)
    return {name: [*thing.labels, *(thing.asked if alone[thing.place] == 1 else ())]
            for thing in things for name in thing.ids}


def not_back(calls: Sequence[Shown], evidence: Evidence) -> Iterator[str]:
    """Yield the way that was looked up or booked twice, or once more than it was before, when people asked for the way
    back and no call went there."""
    if not _WAY_BACK.search(evidence.told_text):
        return
    made = [(str(start), str(goal)) for one in calls for (_, start), (_, goal) in _ways(one.call.given)]
    asked = {one.call.place for one in calls if list(_ways(one.call.given))}
    shown = [(str(start), str(goal)) for thing in things_in(evidence) if thing.place not in asked
             for (_, start), (_, goal) in _ways(dict(thing.values))]
    for way in dict.fromkeys(made):
        if way[::-1] not in made and (way in shown or made.count(way) > 1 and len(set(made)) == 1):
            yield f"from {way[0]} to {way[1]} and not back"


def _is_name(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _named_by(arguments: Mapping[str, object], wanted: frozenset[str]) -> list[tuple[str, object]]:
    """Return the arguments whose name is one of the words; where there are none, those whose name has one."""
    named = [(name, value) for name, value in arguments.items() if set(name_words(name)) & wanted
             and not (isinstance(value, str) and (days_in(value) or times_in(value)))]
    return [one for one in named if one[0].lower() in wanted] or named


def _is_other_way(start: str, goal: str, evidence: Evidence, texts: Sequence[str]) -> bool:
    labels = _names_in(evidence)
    called = [(one, *labels.get(one, ())) for one in (start, goal)]
    are_measures = not texts and _are_measures(start, goal)
    parts = [part for text in evidence.told for part in (*sentences(text), text)] if are_measures else []
    if any(_is_turned_in(part, *called) for part in parts) and not any(
            _is_turned_in(part, *called[::-1]) for part in parts):
        return True
    for text in texts or evidence.told:
        of_start, of_goal = (_directions(names, text) - {""} for names in called)
        if of_start <= _GOAL | {_NUMBER} and of_goal <= _START | {_NUMBER} and of_start & _GOAL and of_goal & _START:
            return True
        is_alike = re.sub(r"\d+", "0", start) == re.sub(r"\d+", "0", goal)
        to_start, to_goal = (any(_is_to(name, text) for name in names) for names in called)
        is_told = to_start or bool(of_start) and of_start <= _STRAIGHT_TO and not of_goal
        is_turned = is_alike and not texts and is_told and not to_goal
        if is_turned and not _is_there_and_back(start, goal, evidence):
            return True
    return False


def _is_turned_in(text: str, start: Sequence[str], goal: Sequence[str]) -> bool:
    """Return whether a text has one currency, language or unit in another, and the start is the other: 85 zloty in
    euros, the dollar in yen."""
    said_start, said_goal = _directions(start, text), _directions(goal, text)
    of_start, of_goal = said_start - {""}, said_goal - {""}
    return bool(said_start and said_goal) and bool(
        of_start and of_start <= _INTO and of_goal <= {_NUMBER, "from"}
        or not of_start and of_goal and of_goal <= {_NUMBER, "from"})


def _are_measures(start: str, goal: str) -> bool:
    """Return whether both are currencies, languages or units, of which people say one *in* the other."""
    currencies, languages = ([(kind, code) for kind, code in meanings(start) if kind == wanted]
                             and [(kind, code) for kind, code in meanings(goal) if kind == wanted]
                             for wanted in ("currency", "language"))
    is_country = len(start) == len(goal) == 2 and (start + goal).isupper()
    return bool(currencies or languages and not is_country or unit_named(start) and unit_named(goal))


def _is_to(value: str, text: str) -> bool:
    """Return whether a text names an identifier or a name once, after a `to` from which no other one parts it: to my
    sister, she is K-1777."""
    if not any(map(str.isdigit, value)) and not value[:1].isupper():
        return False
    places = list(re.finditer(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text))
    return len(places) == 1 and _TO.search(text[: places[0].start()]) is not None


def _is_there_and_back(start: str, goal: str, evidence: Evidence) -> bool:
    """Return whether an earlier call went the other way."""
    asked = [[str(leaf) for leaf in (one.call.arguments or {}).values()] for one in evidence.results]
    return any(start in values and goal in values for values in asked)


def _directions(called: Sequence[str], text: str) -> set[str]:
    """Return the words that say the direction at all places where a value is named, by itself or by what it is called;
    `number` when an amount is before it, "" when nothing says it."""
    value, labels = called[0], called[1:]
    names = (value, *map(_without_plural, labels), *((*names_of(value), *cities_of(value)) if len(value) <= 3 else ()))
    found = set()
    for name in dict.fromkeys(names):
        is_word = len(name) > 3 or name.istitle() or name != value or text.islower() and len(name) == 3
        written, case = (name, re.IGNORECASE) if is_word else (name.upper(), re.NOFLAG)
        is_there = written.lower() in text.replace("-", " ").lower() or written.lower() in text.lower()  # to be quick
        pattern = re.escape(written).replace(r"\ ", "[ -]")
        for match in re.finditer(rf"(?<!\w){pattern}s?(?!\w)", text, case) if is_there else ():
            found.add(_direction(text[: match.start()], text[match.end() :]))
    return found


def _without_plural(label: str) -> str:
    return label[:-1] if len(label) > 4 and label.endswith("s") and not label.endswith("ss") else label


def _direction(before: str, after: str) -> str:
    if match := _NAME_BEFORE.search(before):  # a code after its name: Oslo (OSL)
        before, after = before[: match.start()], after.lstrip(")")
    if re.match(r"\s*to (?:the|an?|one) ", after) and _AMOUNT_OF.search(before):
        return _NUMBER  # a rate: 43.1 kronor to the zloty
    if re.match(r"\s*(?:\([\w-]{2,6}\)\s*)?(?:to|into|→|->|over to)\s+\S", after):
        return "from"
    if _TEXT_IN.match(after):
        return "from"
    for word in map(str.lower, reversed(_WORD.findall(before)[-2:])):
        if word in _START | _GOAL:
            return word
        if word in _HOW:
            return "in"
        if word[0].isdigit() or word in NUMBER_WORDS | {"a", "an"}:
            return _NUMBER
        if word not in ("the", "my", "our", "your", "us"):
            return ""
    return ""
