"""All that an answer says against what the observations show: of a thing by its name, of the largest, of how many."""

import re
from collections import Counter
from collections.abc import Iterator

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.answers.bindings import misattributed
from toolalpaca.matching.answers.comparisons import (
    turned_changes,
    turned_comparisons,
    turned_differences,
    turned_limits,
    turned_signs,
    wrong_shares,
)
from toolalpaca.matching.answers.extremes import asked_extremes_missed, wrong_extremes
from toolalpaca.matching.answers.named_values import other_numbers, other_words
from toolalpaca.matching.answers.other_values import other_currency, other_field, other_moment
from toolalpaca.matching.answers.own_figures import (
    forgotten_counts,
    turned_pairs,
    wrong_gaps,
    wrong_totals,
)
from toolalpaca.matching.answers.rows import mixed_rows
from toolalpaca.matching.answers.selections import mistimed, unselected
from toolalpaca.matching.answers.states import AT_TIMES, STATE_RULES, is_changed, shown_flags
from toolalpaca.matching.answers.sums import unfounded_aggregates, wrong_sums
from toolalpaca.matching.facts.counted import sizes_of
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.clauses import lists_in, sentences_of
from toolalpaca.matching.language.dates import day_of, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import denial, holds
from toolalpaca.matching.language.values import number

_NEGATED = denial(r"off(?!-)|disabled|inactive")
# What is said of all things of a list, and a part of a sentence that is said of one.
_OF_ALL = re.compile(
    r"(?<!not )\b(?:both|neither|either|all(?: of them)?(?! of\b)|none of them|each of them)\b", re.IGNORECASE)
_PAIR = 2
_OF_TWO = re.compile(r"\b(?:both|neither|either)\b", re.IGNORECASE)
_PART = re.compile(r"[;,:()]\s?|\s(?:but|while|whereas|and|though|although|so|because)\s")
# What ought to be so, will be so, or is so on a condition.
_NOT_AS_IT_IS = re.compile(
    r"\b(?:should|must|ought|would|could|can|will|needs?|(?:has|have|had|is|are|was|were) to|due|unless|if|once|when"
    r"|until|before|as soon as)\b|['’]ll\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow (?:many|often)\b|\bnumber of\b", re.IGNORECASE)
_THERE_ARE = re.compile(
    r"(?:\b(?:there are|you have|we have|I found|has|have)\s+(?:only |just )?|^\W*just )"
    r"(?P<number>\d{1,2}|(?<=just )one|two|three|four|five|six|seven|eight|nine|ten)\s+(?!of\b|more\b)[a-z]+",
    re.IGNORECASE,
)
# What makes some of a list the answer to a question, rather than all of it.
_CHOOSES = re.compile(
    r"\b(?:with|without|that|which|who|whose|where|than|before|after|until|from|by|only|under|over|above|below|between|of"
    r"|at least|at most|more|less|other|others|another|also|both|each|first|last|next|if|still|already)\b|\w{3,}est\b",
    re.IGNORECASE,
)
_TOTALS = frozenset({"total", "count", "number", "matches", "hits"})
_MOST_COUNTED = 60
_MOST_LISTED = 30  # items of a list that an answer announces
_OF_EACH = re.compile(r"\b(?:each|every|apiece|per|respectively)\b", re.IGNORECASE)  # a number of each item


def miscounted(answer: str, known: Known) -> Iterator[str]:
    """Yield the numbers of things that a line announces when the list after it has another number of items."""
    for announcing, items in lists_in(answer):
        counts = [one for one in figures_in(announcing) if _is_announced(one, announcing, known)]
        pairs = sum(" and " in item and len(known.mentions.may_be_named_in(item)) != 1 for item in items)
        inside = sum(figures[0].values[0] for item in items if (figures := figures_in(item)))
        right = (*range(len(items), len(items) + pairs + 1), inside)
        is_one = len(counts) == 1 == len(figures_in(announcing)) and len(items) > 1 and not _OF_EACH.search(announcing)
        if is_one and counts[0].values[0] not in right \
                and not _are_all_in(" ".join(items), int(counts[0].values[0]), known):
            yield f"{counts[0].text} where {len(items)} are listed"


def _is_announced(figure: Figure, text: str, known: Known) -> bool:
    """Return whether a number may be how many things a list has: it counts something, not what they are for, and is no
    value of theirs."""
    is_one_of = figure.noun == "of" and figure.values[0] == 1
    if figure.unit is not None or figure.noun in ("", "part") or is_one_of or not 1 <= figure.values[0] < _MOST_LISTED:
        return False
    values = [one for one in known.amounts if one.thing is not None and figure.values[0] == one.value]
    near = [figure.noun, *words(text[: figure.start])[-1:]]  # race 14
    is_value = any(akin(word, part) for one in values for part in name_words(one.key) for word in near)
    return figure.values[0] % 1 == 0 and not is_value and not re.search(r"\bfor (?:\w+ )?$", text[: figure.start], re.I)


def _are_all_in(text: str, size: int, known: Known) -> bool:
    """Return whether a text has each thing of a list of this size, by a value that most of the others do not have."""
    said, days = words(text), days_in(text)
    figures = {value for figure in figures_in(text) for value in figure.values}
    for group in known.mentions.groups.values():
        values = Counter(str(value) for thing in group for _, value in thing.values)
        if len(group) == size and all(
            any(
                2 * values[str(value)] <= size
                and (
                    holds(said, words(str(value)))
                    or number(value) in figures
                    or (day := day_of(value)) is not None
                    and any(mention.fits(day) for mention in days)
                )
                for _, value in thing.values
            )
            for thing in group
        ):
            return True
    return False


def counted_too_many(answer: str, known: Known) -> Iterator[str]:
    """Yield the answers to `how many` that are more than all that was shown, when it was one list."""
    results = [one for one in known.evidence.results if one.seen.succeeded and isinstance(one.seen.body, (list, dict))]
    if not _HOW_MANY.search(known.evidence.told_text) or len(results) != 1:
        return
    nouns = {singular(part) for part in name_words(results[0].call.function)} | {"time", "of"}
    lists = [size for size in sizes_of(results[0].seen.body) if size > 1]
    shown = {amount.value for amount in known.amounts if amount.unit is None and set(name_words(amount.key)) & _TOTALS}
    for figure in figures_in(answer) if len(lists) == 1 else ():
        is_value = figure.noun in ("of", "time") and any(figure.values[0] == one.value for one in known.amounts)
        is_count = not is_value and figure.unit is None and singular(figure.noun) in nouns and figure.values[0] % 1 == 0
        if is_count and lists[0] < figure.values[0] <= _MOST_COUNTED and figure.values[0] not in shown:
            yield f"{figure.text} where {lists[0]} were found"


def found_nothing(answer: str, known: Known) -> Iterator[str]:
    """Yield once when every result was empty and the answer tells of something all the same."""
    results = [one for one in known.evidence.results if one.seen.succeeded and one.seen.body is not None]
    if results and all(one.is_empty for one in results) and not admits(answer) and not answer.rstrip().endswith("?"):
        yield "nothing was found"


def counted_too_few(answer: str, known: Known) -> Iterator[str]:
    """Yield the answers that there are fewer things than the only list has which was shown, when people asked for all
    of it and the answer does not say that some were left out."""
    results = [one for one in known.evidence.results if one.seen.succeeded and isinstance(one.seen.body, list)]
    told = known.evidence.told_text
    if len(results) != 1 or _CHOOSES.search(told) or admits(answer) or _CHOOSES.search(answer):
        return
    size = len(results[0].seen.body or [])
    for match in _THERE_ARE.finditer(answer) if size > 1 else ():
        counts = figures_in(match["number"])
        if counts and counts[0].values[0] < size and counts[0].values[0] % 1 == 0:
            yield f"{match['number']} where {size} were found"


def flags_ignored(answer: str, known: Known) -> Iterator[str]:
    """Yield the fields that are false in every result and that the answer affirms, and the other way round."""
    for key, values, parts in shown_flags(known):
        about = [one for one in sentences_of(answer) if parts <= set(words(one))] if len(values) == 1 else []
        if True not in values and any(map(_NEGATED.search, about)):
            continue  # said once, and then when it will be so again
        if any(_turns(one, parts, is_so=True in values) for one in about):
            yield f"{key} is {str(next(iter(values))).lower()}"


def _turns(sentence: str, parts: set[str], *, is_so: bool) -> bool:
    """Return whether a sentence says the opposite of what a field says that is true or false."""
    said = set(words(sentence))
    denied = re.search(rf"(?:\bnot|n['’]t|\bno)\s+(?:\w+\s+)?{min(parts)}", sentence, re.IGNORECASE)
    is_told = str(is_so).lower() not in said and not sentence.endswith("?") and not _NOT_AS_IT_IS.search(sentence)
    return parts <= said and is_told and (bool(denied) if is_so else not _NEGATED.search(sentence))


def flags_of_some(answer: str, known: Known) -> Iterator[str]:
    """Yield the fields that are true of some things and not of others, and that nothing changed, when an answer says
    them of all, of none, or of one of the others: both come with a desk."""
    stated = [part for text in sentences_of(answer) for part in _PART.split(text)
              if not (part.endswith("?") or _NOT_AS_IT_IS.search(part) or AT_TIMES.search(part))]
    for key, values, parts in () if is_changed(known) else shown_flags(known):
        for part in (one for one in stated if len(values) > 1 and parts <= set(words(one))):
            of_all, named = _OF_ALL.search(part), known.mentions.named_in(part)
            things = [one for one in (known.things if of_all and not named else named) if one.of(key)]
            own = {one.of(key)[0] for one in things}
            if of_all:
                is_whole = len(things) == _PAIR or not _OF_TWO.search(part)
                is_wrong = is_whole and len(own) > 1 and not _choose(parts, part[of_all.end() :])
            else:
                is_wrong = own == {bool(_NEGATED.search(part))}
            if is_wrong:
                yield f"{key} is {'true of some only' if len(own) > 1 else str(own.pop()).lower()}"


def _choose(parts: set[str], text: str) -> bool:
    """Return whether a field's words choose what a text speaks of, before its verb: heated huts are closed."""
    verb = _SAYS.search(text)
    return parts <= set(words(text[: verb.start()] if verb else text))


_SAYS = re.compile(r"\b(?:is|are|was|were|has|have|had|does|do|comes?|with|offers?|allows?|takes?)\b", re.IGNORECASE)


def contradictions(answer: str, known: Known) -> Iterator[str]:
    """Yield each statement that the observations contradict, once."""
    rules = (
        other_numbers,
        other_words,
        misattributed,
        mixed_rows,
        other_field,
        other_currency,
        other_moment,
        wrong_extremes,
        asked_extremes_missed,
        turned_comparisons,
        turned_differences,
        turned_limits,
        turned_changes,
        found_nothing,
        counted_too_few,
        flags_ignored,
        flags_of_some,
        miscounted,
        unselected,
        mistimed,
        wrong_sums,
        unfounded_aggregates,
        counted_too_many,
        wrong_shares,
        turned_signs,
        wrong_gaps,
        wrong_totals,
        forgotten_counts,
        turned_pairs,
        *STATE_RULES,
    )
    yield from dict.fromkeys(claim for rule in rules for claim in rule(answer, known))
