"""The largest, the cheapest, the first: what an answer singles out, and what people asked for, held against all that
was shown of the same kind."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.rankings import beaten, is_size, measured, turned
from toolalpaca.matching.language.actions import Doing, doings_of, sentences
from toolalpaca.matching.language.clauses import clauses_of, sentences_of
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.superlatives import ExtremeClaim, as_corrected, extremes_in
from toolalpaca.matching.language.text import CONTRASTS, ORDER_WORDS, denial, holds
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.values import number

_DOTTED = re.compile(r"(?<![\d.])([01]?\d|2[0-3])\.([0-5]\d)(?![\d.])")
_ASKS = re.compile(
    r"\b(?:which|whichever|what|what['’]s|whats|who|where|when|find|show|tell|give|name|list|get|pick|recommend|suggest"
    r"|know|need|want|looking for|wins?|please|book|buy|send|order|reserve|sign|take|rent|hire|play|add|move)\b"
    r"|^\W*(?:the )?\w{3,}est\b",
    re.IGNORECASE,
)
# The three newest, the first seven: not one of them.
_COUNT = r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|few|couple of|of the|of my) "
_FORM = r"\w{3,}est|first|last|best"
_NO_SUPERLATIVE = re.compile(
    r"\bat (?:the )?(?:very )?(?:most|least|latest|earliest|longest)\b|\b(?:most|best) (?:of|regards)\b"
    rf"|{_COUNT}(?:{_FORM})\b|\b(?:{_FORM}) {_COUNT}",
    re.IGNORECASE,
)
_PER_ONE = re.compile(r"\b(?:per|for each|an?) (piece|item|unit|page|copy|head|kilo|kg|litre|metre)\b", re.IGNORECASE)
_JOINED = re.compile(
    r"\b(most|least|best|worst|highest|lowest)[ -](expensive|recent|paid(?=\W*$|[,.;:!?(]|\s+(?:of|in|at|by|with|is|are"
    r"|one|job|person|and|here)))\b", re.IGNORECASE)
# What is worked out between two things, and no field of one: the biggest gap.
_BETWEEN_TWO = re.compile(
    r"\w{3,}est\s+(?:single |overall )?(?:gap|difference|change|jump|rise|drop|increase|decrease|step|swing|gain|loss"
    r"|interval|spread)\b",
    re.IGNORECASE,
)
_OF_THESE = re.compile(r"\bof (?:these|those)\b", re.IGNORECASE)
_OF_SOME = re.compile(r"\w{3,}er of (?:them|these|those|the two|both)\b", re.IGNORECASE)  # which others were named as
# How late a thing is, which is the more the earlier it was due.
_LATENESS = re.compile(r"\b(?:how late|late by|(?:days?|hours?|minutes?|weeks?) late|overdue|lateness|delays?)\b", re.I)
_LIKEST = re.compile(r"\b(?:nearest|closest) (?:thing|match|alternative|equivalent|one|fit|option)\b", re.IGNORECASE)
_PARTS = re.compile(r"(?:[^,;:(—.]|\.(?!\s)|,(?! (?:and|but|while|whereas|so|yet)\b)|:(?=\d)|\([^()]*\))+")
_IS = re.compile(
    r"\b(?:is|was|are|were|would be|will be)\b|['’]s\b(?= (?:the|by far)\b)"
    r"|\b(?P<verb>has|have|had|costs?|comes?|goes|takes?|took|lasts?|runs?)\b",
    re.IGNORECASE,
)
# What an answer says of the one of several that it settles on.
_PICKS = re.compile(
    r"\b(?:winner|wins|winning|my (?:pick|choice)|best (?:bet|choice)|recommend|suggest|go (?:for|with)"
    r"|the one(?! \w+est\b))\b",
    re.IGNORECASE,
)
_TIES = re.compile(
    r"\b(?:than|and|or|but|against|versus|to|from|with|by|for|of|is|are|was|were|costs?)\b", re.IGNORECASE
)
# What sets a thing aside, so that it is none of those that another is the most of.
_PRONOUN = re.compile(r"\W*(?:he|she|it|they|this|that) ", re.IGNORECASE)
_ASIDE = re.compile(r"\b(?:besides|except|excluding|apart from|aside from|other than|not counting|leaving out)\b", re.I)
_KNOWS_BETTER = denial(CONTRASTS, "only|would|while|whereas")
_PAIR = 2
_FEW_WORDS = 8  # of a text by which a thing may be told
_MOST = re.compile(r"\b(?:the )?(?P<which>most|fewest|least)\b", re.IGNORECASE)


def wrong_extremes(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer calls the largest, cheapest or first of its kind when something shown is more so."""
    mentions, before = known.mentions, ""
    for written in sentences_of(answer):
        sentence = _JOINED.sub(r"\1-\2", written)
        topic, before = before, clauses_of(written)[0].text if clauses_of(written) else ""
        for claim in extremes_in(sentence):
            is_late = claim.word in ("later", "latest") and _LATENESS.search(f"{known.evidence.told_text}\n{answer}")
            is_other = is_late or _LIKEST.search(sentence)
            if is_other or _is_a_field(claim, sentence, known) or _is_a_rate(claim, sentence, known):
                continue
            for thing in _singled_out(claim, sentence, topic, known):
                after = sentence.lower().rpartition(claim.word)[2]
                is_number = claim.word in ("most", "least") and not _has_one_of(after, thing)
                if is_number and not _names_a_field(sentence, thing):
                    continue  # which may be how many results there were
                clause = _clause_with(sentence, claim.word)
                group = _not_set_aside(thing, _within_its_call(thing, mentions.groups[thing.group], clause), known)
                found = _outdone(thing, group, claim, sentence, known)
                is_of_some = _OF_THESE.search(sentence) and len(_among(group, mentions.named_in(answer))) < len(group)
                if found and not is_of_some and not _names_a_double(group, sentence):
                    yield f"{claim.word}: {found}"


def _outdone(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim, sentence: str, known: Known) -> str:
    """Return which thing of a group is more so than one; a comparative is said of two if the answer names just two."""
    pair = _among(group, known.mentions.named_in(known.answer)) if claim.word.endswith("er") else []
    if len(pair) == _PAIR and thing in pair:
        return turned(thing, pair[pair[0] is thing], claim, sentence)
    return beaten(thing, group, claim, sentence, known.evidence)


def _singled_out(claim: ExtremeClaim, sentence: str, topic: str, known: Known) -> list[Thing]:
    """Return the one thing that is said to be the first or the largest: named, told by its values, or by a pronoun for
    that of `topic`, and of a list that has what the claim measures; [] if it is not clear which."""
    mentions, clause = known.mentions, _clause_with(sentence, claim.word)
    is_day = claim.fields[:1] == ("@day",)
    texts = [*_named_before(sentence, claim.word, known), *_subjects(clause, claim.word)]
    texts += [*_subjects(sentence, claim.word), clause, sentence]
    is_pronoun = _PRONOUN.match(sentence) and sentence.startswith(clause)
    for text in [topic] if is_pronoun and topic else dict.fromkeys(texts):
        named, held = mentions.named_in(text), _holders(text, known)
        for found in (held, named) if is_day else (named, held):
            fitting = [
                thing
                for thing in found
                if measured(thing, mentions.groups[thing.group], claim, sentence) and not _is_in_a_name(claim, thing)
            ]
            if len(fitting) == 1 or fitting and text in (clause, sentence):
                return fitting if len(fitting) == 1 else []
    return []


def _named_before(sentence: str, word: str, known: Known) -> list[str]:
    """Return the words that an adjective after a comma is said of, with what they are tied to the rest by taken off:
    of `less than Cedar, the dearest one (240)` Cedar; not if something is named after it."""
    pattern = rf"(?P<before>[^,;:(—]+), (?:by far |easily |clearly )?the {re.escape(word)}\b(?P<rest>[^,;:().]*)"
    match = re.search(pattern, sentence, re.IGNORECASE)
    is_of_another = match and (_IS.search(match["rest"]) or known.mentions.named_in(match["rest"]))
    return [_TIES.split(match["before"])[-1]] if match and not is_of_another else []


def _subjects(clause: str, word: str) -> list[str]:
    """Return of the part of a clause with an adjective what it is said of, and the whole part: what stands before a
    verb, or after a form of `be` that follows the adjective."""
    place = clause.lower().find(word.replace("-", " ") if word not in clause.lower() else word)
    part = next((one for one in _PARTS.finditer(clause) if one.start() <= place < one.end()), None)
    if part is None:
        return []
    forms = list(_IS.finditer(part[0]))
    if len(forms) != 1:
        return [part[0]]
    is_before = forms[0]["verb"] or part.start() + forms[0].start() < place
    return [part[0][: forms[0].start()] if is_before else part[0][forms[0].end() :], part[0]]


def _has_one_of(text: str, thing: Thing) -> bool:
    """Return whether one of the numbers of a text is a value of a thing."""
    stated = {value for figure in figures_in(text) for value in figure.values}
    return any(one.value in stated for one in amounts_of(thing))


def _names_a_field(sentence: str, thing: Thing) -> bool:
    """Return whether a sentence has a word of the name of one of a thing's numbers."""
    said = words(sentence)
    return any(akin(part, word) for one in amounts_of(thing) for part in name_terms(one.key) for word in said)


def _within_its_call(thing: Thing, group: Sequence[Thing], clause: str) -> list[Thing]:
    """Return the things among which one is the most: those of its call if a clause says what only this call was asked
    with, as the best of the first team, unless each call shows one thing and it is said of no other."""
    own = _asked_alone(thing, group, clause)
    is_apart = not thing.group.endswith("[]") and not any(
        _asked_alone(other, group, clause) for other in group if other is not thing
    )
    return [other for other in group if not own or is_apart or other.place == thing.place]


def _not_set_aside(thing: Thing, group: Sequence[Thing], known: Known) -> list[Thing]:
    """Return the things of a group among which the answer calls one the most: without those that it sets aside, or of
    which it gives a value of their own next to what speaks against them: one would be cheaper at 5, but is taken."""
    aside = _removed(group, known)
    for sentence in sentences_of(known.answer):
        if _ASIDE.search(sentence) or _KNOWS_BETTER.search(sentence):
            aside |= {id(one) for one in known.mentions.named_in(sentence)
                      if _ASIDE.search(sentence) or _has_one_of(sentence, one)}
    return [other for other in group if other is thing or id(other) not in aside]


def _removed(group: Sequence[Thing], known: Known) -> set[int]:
    """Return the things of a group that a later call removed by their ids."""
    calls = [one.call for one in known.evidence.results
             if one.seen.succeeded and Doing.DELETE in doings_of((name_words(one.call.function) or ("",))[0])]
    used = [(call.place, {str(leaf) for leaf in leaves(call.given)}) for call in calls]
    return {id(one) for one in group for place, values in used if place > one.place and values & set(one.ids[:1])}


def _asked_alone(thing: Thing, group: Sequence[Thing], clause: str) -> list[str]:
    """Return the values in a clause that only this thing's call was asked with."""
    others = {value for other in group if other.place != thing.place for value in other.asked}
    said = words(clause)
    return [value for value in thing.asked
            if value not in {*others, *thing.labels} and len(value) > 1 and holds(said, words(value))]


def _names_a_double(group: Sequence[Thing], sentence: str) -> bool:
    """Return whether a sentence has a name that several things of a list have, so that it may mean one of those."""
    said, labels = words(sentence), Counter(label for thing in group for label in set(thing.labels))
    return any(1 < count < len(group) and holds(said, words(label)) for label, count in labels.items())


def _is_a_rate(claim: ExtremeClaim, sentence: str, known: Known) -> bool:
    """Return whether a sentence compares what things are for one of something, which no field gives: the cheaper per
    piece."""
    match = _PER_ONE.search(sentence)
    keys = {part for thing in known.mentions.things for key, _ in thing.values for part in name_words(key)}
    return match is not None and "price" in claim.fields and keys.isdisjoint({"per", "each", "unit", match[1].lower()})


def _is_a_field(claim: ExtremeClaim, sentence: str, known: Known) -> bool:
    """Return whether a sentence's word is a part of a shown field's name, as in `the lowest price` for lowestPrice."""
    said = words(sentence)
    keys = {key for thing in known.mentions.things for key, _ in thing.values if len(name_words(key)) > 1}
    return any(claim.word in name_words(key) and holds(said, name_terms(key)) for key in keys)


def _is_in_a_name(claim: ExtremeClaim, thing: Thing) -> bool:
    """Return whether the word is a part of a field's name, as in `the last seen`."""
    return claim.word in ("first", "last") and any(claim.word in name_words(key) for key, _ in thing.values)


def _clause_with(sentence: str, word: str) -> str:
    parts = clauses_of(sentence)
    for place, part in enumerate(parts):
        if word in part.text.lower():
            return part.text if not place or len(parts[place - 1].text.split()) > 3 else sentence
    return sentence


def _holders(sentence: str, known: Known) -> list[Thing]:
    """Return the thing of a list whose value a sentence gives without naming it, when there is only one."""
    stated = {value for figure in figures_in(sentence) for value in figure.values if value > 12 or figure.step < 1}
    minutes = minutes_in(sentence)
    minutes |= {int(hour) * 60 + int(rest) for hour, rest in _DOTTED.findall(sentence)}
    return [
        thing
        for thing in known.things
        if thing.group.endswith("[]")
        and any(
            number(value) in stated
            or (isinstance(value, str) and len(value) < 40 and any(time.minutes & minutes for time in times_in(value)))
            for _, value in thing.values
        )
    ]


def asked_extremes_missed(answer: str, known: Known) -> Iterator[str]:
    """Yield what people asked for the most of when the answer names things of the list and not the one that has it."""
    told = as_corrected(known.evidence.told[0])
    if not known.things or not answer:
        return
    lists = _lists(known)
    for sentence in sentences(told):
        for claim in _asked(sentence):
            for group in lists[-1:] if claim.fields[:1] == ("@day",) else lists:
                found = _missed(claim, sentence, group, answer, known)
                if found:
                    yield found


def _asked(sentence: str) -> list[ExtremeClaim]:
    plain = _JOINED.sub(r"\1-\2", _NO_SUPERLATIVE.sub("", sentence))
    if not _ASKS.search(plain) or _BETWEEN_TWO.search(plain) or _OF_SOME.search(plain):
        return []
    found = list(extremes_in(plain)) or [
        ExtremeClaim(match["which"].lower(), match["which"].lower() == "most") for match in _MOST.finditer(plain)
    ]
    return [claim for claim in found if claim.large is not None]


def _lists(known: Known) -> list[list[Thing]]:
    """Return the last list of each kind that was shown, if it has several things, in their order."""
    found = [
        [thing for thing in group if thing.place == group[-1].place]
        for name, group in known.mentions.groups.items()
        if name.endswith("[]")
    ]
    return sorted((group for group in found if len(group) > 1), key=lambda group: group[0].place)


def _missed(claim: ExtremeClaim, sentence: str, group: Sequence[Thing], answer: str, known: Known) -> str:
    """Return which thing of a list has the most of what a sentence asks for, if the answer names others only."""
    named = _among(group, known.mentions.named_in(answer)) or _told_by_values(answer, group)
    picked: list[list[Thing]] = []
    if len(named) == len(group):
        picked = [_among(group, known.mentions.named_in(one)) for one in sentences_of(answer) if _PICKS.search(one)]
        named = picked[0] if len(picked) == 1 and len(picked[0]) == 1 else []
    if not named or not _is_measured(claim, sentence, group) or not picked and _names_a_double(group, answer):
        return ""
    if not claim.fields and group[0] in named and _is_in_order(group[0], known):
        return ""
    found = [beaten(thing, _rivals(thing, group, known), claim, sentence, known.evidence) for thing in named]
    if not all(found):
        return ""
    return f"{claim.word}: {found[0]}"


def _among(group: Sequence[Thing], things: Sequence[Thing]) -> list[Thing]:
    return [thing for thing in things if any(thing is other for other in group)]


def _told_by_values(answer: str, group: Sequence[Thing]) -> list[Thing]:
    """Return the one thing of a list that an answer tells by at least two of its values, more than of any other."""
    said, figures = words(answer), {value for figure in figures_in(answer) for value in figure.values}
    stated = [
        len({
            key for key, value in thing.values
            if (number(value) in figures if number(value) is not None else holds(said, words(str(value))[:_FEW_WORDS]))
            and any(other.of(key) != thing.of(key) for other in group)
        })
        for thing in group
    ]
    return [group[stated.index(max(stated))]] if max(stated) > 1 and stated.count(max(stated)) == 1 else []


def _is_in_order(first: Thing, known: Known) -> bool:
    """Return whether a list was asked for in an order, by what may not be among its fields."""
    calls = [one.call for one in known.evidence.results if one.call.place == first.place]
    return any(ORDER_WORDS & set(name_words(name)) for call in calls for name in call.given)


def _is_measured(claim: ExtremeClaim, sentence: str, group: Sequence[Thing]) -> bool:
    """Return whether what is asked for is a field of the things: by its adjective, or by a word of the sentence."""
    if claim.fields or is_size(claim.word) and measured(group[0], group, claim, sentence):
        return True
    return any(
        akin(word, part)
        for key, _ in group[0].values
        for part in name_words(key)
        for word in words(sentence)
        if len(part) > 2
    )


def _rivals(thing: Thing, group: Sequence[Thing], known: Known) -> list[Thing]:
    """Return the things that are like this one in whatever people may have chosen by, a word of theirs being a value of
    one, and that the answer does not set aside."""
    told = known.evidence.told_all
    keys = {
        key
        for other in group
        for key, value in other.values
        if isinstance(value, str) and value not in other.labels
        and {word for word in words(value) if len(word) > 2} & told
    }
    alike = [other for other in group if all(other.of(key) == thing.of(key) for key in keys)]
    return _not_set_aside(thing, alike, known)
