"""All that an answer says against what the observations show: of a field by its name, of a thing by its name, of the
largest."""

import re
from collections.abc import Iterator

from toolalpaca.core.text import words
from toolalpaca.matching.actions import admits
from toolalpaca.matching.bindings import misattributed, other_field
from toolalpaca.matching.clauses import sentences_of
from toolalpaca.matching.extremes import wrong_extremes
from toolalpaca.matching.key_claims import contradicted
from toolalpaca.matching.known import Known
from toolalpaca.matching.numbers import figures_in
from toolalpaca.matching.states import STATE_RULES, shown_flags

_NEGATED = re.compile(r"\b(?:not|no|none|never|without|cannot|neither|nor|isn|aren)\b|n['’]t\b", re.IGNORECASE)
_COUNTED = re.compile(r"[^\n]*:\s*$")
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+|^\s*\|(?!\s*:?-)")


def miscounted(answer: str) -> Iterator[str]:
    """Yield the numbers of things that a line announces when the list after it has another number of items."""
    lines = [line for line in answer.split("\n") if line.strip()]
    for place, line in enumerate(lines):
        items = []
        for other in lines[place + 1 :]:
            if not _ITEM.match(other):
                break
            items.append(other)
        counts = [
            figure
            for figure in figures_in(line)
            if figure.unit is None
            and figure.noun
            and figure.values[0] < 30
            and figure.values[0] % 1 == 0
            and figure.noun != "part"
        ]
        announces = len(items) > 1 and _COUNTED.match(line) and not items[0].lstrip().startswith("|")
        pairs = sum(" and " in item for item in items)
        right = (1, *range(len(items), len(items) + pairs + 1))
        if announces and len(counts) == 1 and counts[0].values[0] not in right:
            yield f"{counts[0].text} where {len(items)} are listed"


def found_nothing(answer: str, known: Known) -> Iterator[str]:
    """Yield once when every result was empty and the answer tells of something all the same."""
    bodies = [one.seen.body for one in known.evidence.results if one.seen.succeeded and one.seen.body is not None]
    if bodies and all(_is_empty(body) for body in bodies) and not admits(answer) and not answer.rstrip().endswith("?"):
        yield "nothing was found"


def flags_ignored(answer: str, known: Known) -> Iterator[str]:
    """Yield the fields that are false in every result and that the answer affirms, and the other way round."""
    for key, values, parts in shown_flags(known):
        for sentence in sentences_of(answer) if len(values) == 1 else ():
            said = set(words(sentence))
            denied = re.search(rf"(?:\bnot|n['’]t|\bno)\s+(?:\w+\s+)?{min(parts)}", sentence, re.IGNORECASE)
            wrong = bool(denied) if True in values else not _NEGATED.search(sentence)
            if parts <= said and not sentence.endswith("?") and wrong:
                yield f"{key} is {str(values.pop()).lower()}"
                break


def _is_empty(body: object) -> bool:
    return body in ([], {}) or (
        isinstance(body, dict)
        and any(value == [] for value in body.values())
        and not any(isinstance(value, (list, dict)) and value for value in body.values())
    )


def contradictions(answer: str, known: Known) -> Iterator[str]:
    """Yield each statement that the observations contradict, once."""
    rules = (contradicted, misattributed, other_field, wrong_extremes, found_nothing, flags_ignored, *STATE_RULES)
    yield from dict.fromkeys((*(claim for rule in rules for claim in rule(answer, known)), *miscounted(answer)))
