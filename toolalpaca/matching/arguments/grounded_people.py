"""Numbers of people: those that were named one by one, those who come on top of others, and one for who is alone."""

import math
import re
from collections.abc import Sequence

from toolalpaca.core.words import singular
from toolalpaca.matching.arguments.documented import QUANTITIES
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import listed

_COMPANY = re.compile(
    r"\b(?:my|our|the) [\w-]+(?: [\w-]+)? and (?:I|me|myself)\b|\bme and (?:my|our|the) \w+|\bthe two of\b"
    r"|\bboth of us\b",
    re.IGNORECASE,
)
PARTY = frozenset(listed(
    "guest person people adult child passenger traveller traveler seat ticket pax participant party kid member head"
    " headcount helper volunteer attendee visitor player rider diner skier"
))
_FEW = r"\d{1,2}|two|three|four|five|six|seven|eight|nine|ten"
PERSON = re.compile(
    rf"\b(?P<of>{_FEW}) of (?:us|them|you)\b|\b(?:(?P<many>{_FEW})\s+)?(?:[a-z]+\s+)?"
    r"(?:(?:wife|husband|partner|spouse|fianc[eé]e?|girlfriend|boyfriend|mum|mom|mother|dad|father|gran(?:ny|dma|dpa|dad)?"
    r"|grandmother|grandfather|nan|son|daughter|kid|child(?:ren)?|baby|babies|toddler|infant|teen(?:ager)?|sister"
    r"|brother|aunt|uncle|niece|nephew|cousin|friend|mate|pal|colleague|neighbou?r|boss|guest|adult|grown[- ]up"
    r"|(?:little|wee|young) one|in-law|sibling|girl|boy|man|men|woman|women|lad|lass(?:ie)?|pensioner|senior"
    r"|other)s?)\b"
    r"|\b(?P<self>me|myself|I)\b|\b(?P<pair>parents|grandparents|twins|couple|us (?:two|both))\b"
    r"|(?-i:\b(?P<name>[A-Z][a-z]+))(?=(?:, (?-i:[A-Z][a-z]+)){0,6},? and (?:me|myself|I)\b)",
    re.IGNORECASE,
)
# A number of people and those who come on top of them.
_AND_OTHERS = re.compile(
    rf"\b(?:(?P<us>{_FEW}) of us,?|(?:me|myself|I)(?:\b[^.;!?\n]{{0,30}} (?:along|together))?) (?:plus|and|with) "
    rf"(?:(?P<more>{_FEW}) (?:others?|more|friends|guests|colleagues|mates|people|kids|children)\b"
    rf"|(?-i:[A-Z])\w+|(?:my|our) (?:(?P<ours>{_FEW}) )?\w+)", re.IGNORECASE)
_ALONE = re.compile(
    r"\b(?:just|only) (?:for )?me\b|\bfor me\b|\bmyself\b|\balone\b|\bon my own\b|\bI(?:'m| am) travelling\b",
    re.IGNORECASE,
)
_COMPANIES = PARTY | {"group", "household", "serving", "portion", "cover", "meal"}
_DOZEN = 12  # up to which a number without a noun may say how many: I'll take three
_CHILDREN = same_words("child") | frozenset(listed(
    "son daughter baby toddler infant teen teenager boy girl grandson granddaughter grandchild nephew niece minor "
    "little"))
_KINDS_OF_PEOPLE = frozenset(listed("adult child kid member head"))  # of whom others are counted apart


def counts_people(value: float, figures: Sequence[Figure], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a number may count people, or tickets for them: one if no number was said, none of a kind that was
    not spoken of, else those that were named one by one."""
    nouns = {singular(name) for name in names}
    if value == 0 and nouns & PARTY:
        return not any(same_words(noun) & evidence.told_all for noun in nouns)
    is_several = any(figure.unit is None and figure.values[0] > 1 and (figure.noun or figure.values[0] <= _DOZEN)
                     for figure in figures)
    if value == 1 and (names & QUANTITIES or nouns & PARTY) and not is_several:
        return nouns.isdisjoint(_CHILDREN) or not _CHILDREN.isdisjoint(map(singular, evidence.told_all))
    return bool((nouns - {"child"}) & _COMPANIES) and _is_size_of_party(value, evidence.told_text)


def _is_size_of_party(value: float, told: str) -> bool:
    """Return whether a number may count the people that were named one by one: me, the wife and our three boys."""
    if value in ({2.0} if _COMPANY.search(told) else set()) | ({1.0} if _ALONE.search(told) else set()):
        return True
    if not people_named(told):
        return False
    sums = {0.0}
    for size in _groups(told)[:_DOZEN]:
        sums |= {one + size for one in sums}
    return value > 0 and any(value in (one, one + _everybody(told) - people_named(told)) for one in sums)


def _everybody(told: str) -> float:
    """Return how many people were named one by one, with the speaker if he named himself."""
    return people_named(told) + any(match["self"] for match in PERSON.finditer(told))


def people_named(told: str) -> float:
    """Return how many people other than the speaker were named one by one."""
    return math.fsum(_groups(told))


def _groups(told: str) -> list[float]:
    """Return how many people each word for some of them names."""
    return [
        2.0 if match["pair"] else figures_in(many)[0].values[0]
        if (many := match["many"] or match["of"]) else 1.0
        for match in PERSON.finditer(told) if not match["self"]]


def is_part_of_party(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a number counts all people and leaves out those who come on top: four, of the four of us plus
    Grandad."""
    nouns = {singular(name) for name in names}
    if nouns.isdisjoint(_COMPANIES) or nouns & _KINDS_OF_PEOPLE:
        return False
    match = _AND_OTHERS.search(evidence.told_text)
    said = [figures_in(many)[0].values[0] for many in match.group("us", "more", "ours") if many] if match else []
    return value in said
