"""Slot filling: which of the values mentioned in a text belongs to which parameter of a function."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from offline_llm.knowledge.english import EMPTY_WORDS, places_of, split_identifier, word_set
from offline_llm.knowledge.facts import kind_of_name
from offline_llm.language.described_functions import DescribedFunction, DescribedParameter
from offline_llm.language.value_mentions import Mention, find_mentions, tokens_outside
from toolalpaca.core.words import stem

GENERIC = word_set("""
    id name date number type key code time title text value identifier""")
ID_WORDS = word_set("""
    id ids identifier uuid uid key token slug code reference number handle ref""")
PLACES = frozenset(["city", "place", "country", "region", "address", "postcode", "station"])
PEOPLE = frozenset(("person", "username"))
STARTS = word_set("from start since departure base source begin after first")  # of a range, in a parameter's name
ENDS = word_set("to end until arrival target before second")
_FORMS = frozenset({"email", "url", "ip", "phone", "date", "datetime", "time", "color", "domain", "version"})
_LIMIT_BEFORE = re.compile(r"(?:at most|no more than|up to|not more than|maximum of|max|limit(?:ed)? (?:of|to|it to)"
                           r"|only|just|first|top|the next)\s*(?:the\s+)?\W*$", re.IGNORECASE)
ENOUGH_REQUIRED, ENOUGH_OPTIONAL = 0.9, 2.2


def is_id_like(parameter: DescribedParameter) -> bool:
    """Return whether a parameter takes an identifier, which people rarely know by heart."""
    words = parameter.label
    if not words or parameter.enum or parameter.type in ("boolean", "array", "object"):
        return False
    known = kind_of_name(parameter.name)
    return words[-1] in ("id", "ids", "identifier", "uuid", "uid", "slug") or (
        words[-1] in ID_WORDS and known in ("", "key", "id"))


def fill(function: DescribedFunction, text: str, *, only: Sequence[str] | None = None,
         taken: frozenset[tuple[int, int]] = frozenset()) -> dict[str, tuple[Any, list[tuple[int, int]]]]:
    """Return the arguments for `function` found in `text`: by parameter name the value and its spans.

    `only` restricts the parameters; `taken` are spans that belong to something else.
    """
    wanted = [one for one in function.parameters if only is None or one.name in only]
    found: dict[str, tuple[Any, list[tuple[int, int]]]] = {}
    used: set[tuple[int, int]] = set(taken)
    for parameter in wanted:
        value = _from_words(parameter, text, function, used)
        if value is not None:
            found[parameter.name] = value
            used.update(value[1])
    mentions = [mention for mention in find_mentions(text) if not _overlaps((mention.start, mention.end), used)]
    open_parameters = [one for one in wanted if one.name not in found and not one.enum and one.type != "boolean"]
    for parameter, mention in _assigned(open_parameters, mentions, text):
        found[parameter.name] = _value(parameter, mention, mentions, text, used)
        used.update(found[parameter.name][1])
    return found


def _overlaps(span: tuple[int, int], used: set[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in used)


def _assigned(parameters: list[DescribedParameter], mentions: list[Mention],
              text: str) -> list[tuple[DescribedParameter, Mention]]:
    """Return the best pairs of parameter and mention, each used once."""
    scored = [(score(parameter, mention, text), -order, parameter, mention)
              for order, parameter in enumerate(parameters) for mention in mentions]
    pairs: list[tuple[DescribedParameter, Mention]] = []
    for points, _, parameter, mention in sorted(scored, key=lambda item: (-item[0], -item[1], item[3].start)):
        enough = ENOUGH_REQUIRED if parameter.required else ENOUGH_OPTIONAL
        if points >= enough and all(parameter is not one and mention is not other for one, other in pairs):
            pairs.append((parameter, mention))
    return pairs


def _value(parameter: DescribedParameter, mention: Mention, mentions: list[Mention], text: str,
           used: set[tuple[int, int]]) -> tuple[Any, list[tuple[int, int]]]:
    dated = kind_of_name(parameter.name) == "date" or "YYYY" in parameter.description
    if parameter.type == "array":
        group = enumeration(mention, [one for one in mentions if not _overlaps((one.start, one.end), used)], text)
        return [one.typed(parameter.items, date=dated) for one in group], [(one.start, one.end) for one in group]
    return mention.typed(parameter.type, date=dated), [(mention.start, mention.end)]


def enumeration(first: Mention, mentions: Sequence[Mention], text: str) -> list[Mention]:
    """Return the mention and those that follow it, separated only by commas or "and"."""
    group = [first]
    for mention in mentions:
        if mention.start > group[-1].start and re.fullmatch(r"\s*(?:,|and|or|,\s*and|&)\s*",
                                                            text[group[-1].end:mention.start]):
            group.append(mention)
    return group


def score(parameter: DescribedParameter, mention: Mention, text: str) -> float:
    """Return how well a mention matches a parameter: 0 if it cannot, about 1 for the type alone, more with context."""
    fits = fit(parameter, mention)
    if not fits:
        return 0.0
    near = max((quality * _closeness(start, end, mention, text)  # how close and how complete its name is, from 0 to 1
                for quality, start, end in label_places(parameter.label, text)), default=0.0)
    if is_id_like(parameter) and near < 0.5 and (mention.form not in ("id", "number") or parameter.type == "integer"
                                                 and near < 0.3):
        return 0.0
    return fits + 2 * near + 1.5 * _hint(parameter, mention, text)


def fit(parameter: DescribedParameter, mention: Mention) -> float:
    """Return how well a mention's form suits a parameter's type and kind, from 0 (not at all) to 1."""
    form, kind = mention.form, kind_of_name(parameter.name)
    wanted = parameter.items if parameter.type == "array" else parameter.type
    if wanted in ("integer", "number"):
        if form != "number" or (wanted == "integer" and "." in mention.text.rstrip(".")):
            return 0.0
        return 0.9 if mention.kind == "number" else 0.6
    if wanted not in ("string", ""):
        return 0.0
    if kind in _FORMS:
        same = form == kind or (kind == "domain" and form in ("url", "ip")) \
            or (kind == "url" and form == "domain") or (kind == "date" and form == "datetime")
        return 1.0 if same else 0.35 if mention.kind == "quoted" and kind not in ("date", "email", "ip") else 0.0
    if mention.kind == "quoted":
        return 1.0
    if form in ("email", "url", "date", "datetime", "ip", "time", "phone"):
        return 0.2
    return {"name": 0.8, "id": 0.6, "pair": 0.8}.get(form, 0.4)


def _hint(parameter: DescribedParameter, mention: Mention, text: str) -> float:
    """Return what the words just before and after a mention say about the parameter it is for."""
    kind, before = kind_of_name(parameter.name), text[:mention.start].lower().rstrip("\"“'‘ ")
    word = re.search(r"([\w'-]+)$", before)
    last = word[1] if word else ""
    after = text[mention.end:mention.end + 24].lower()
    if mention.form == kind and kind in _FORMS:
        return 0.9 + _range_hint(parameter, last)
    if parameter.type in ("integer", "number"):
        return _number_hint(parameter, kind, mention, before, after)
    if kind in ("currency", "currency_code", "symbols") and re.fullmatch(r"[A-Z]{3,5}", mention.text):
        return 0.6 + _range_hint(parameter, last)
    if kind in PLACES and last in ("in", "near", "at", "around", "of", "for", "from", "to"):
        return 0.6 + _range_hint(parameter, last) + (0.2 if last in ("in", "near") else 0)
    if kind in PEOPLE and last in ("by", "from", "for", "of", "named", "called", "to"):
        return 0.6
    if last in ("about", "for", "on", "called", "named", "titled", "of", "with", "saying") and \
            kind in ("query", "title", "name", "word", "text", "genre", ""):
        return 0.4
    return 0.0


def _range_hint(parameter: DescribedParameter, last: str) -> float:
    """Return whether "from" or "to" before a value agrees with a parameter that is a start or an end."""
    words = set(parameter.label)
    if last in ("from", "since", "between", "after", "starting"):
        return 0.5 if words & STARTS else -0.4 if words & ENDS else 0.0
    if last in ("to", "until", "and", "till", "into", "before"):
        return 0.5 if words & ENDS else -0.4 if words & STARTS else 0.0
    return 0.0


def _number_hint(parameter: DescribedParameter, kind: str, mention: Mention, before: str, after: str) -> float:
    if kind in ("limit", "count") and _LIMIT_BEFORE.search(before):
        return 1.2
    if kind == "year" and re.fullmatch(r"(?:18|19|20)\d\d", mention.text):
        return 0.8
    if kind in ("limit", "count") and re.fullmatch(r"(?:18|19|20)\d\d", mention.text):
        return -0.6
    if kind == "money" and re.search(r"[$€£]", mention.text + before[-1:]):
        return 0.8
    following = re.match(r"\s*-?\s*([a-z]+)", after)
    if following and stem(following[1]) in {stem(word) for word in parameter.label}:
        return 0.9
    if following and kind in ("limit", "count") and following[1] in ("results", "items", "entries", "of", "matches"):
        return 0.7
    return 0.0


@lru_cache(maxsize=16384)
def label_places(label: tuple[str, ...], text: str) -> tuple[tuple[float, int, int], ...]:
    """Return where the words of a parameter's name occur in a text, as (completeness, start, end)."""
    tokens = tokens_outside(text)
    stems = [token.stem for token in tokens]
    return tuple((quality, tokens[place].start, tokens[place + len(words) - 1].end)
                 for quality, words in _label_forms(label) for place in places_of([*map(stem, words)], stems))


@lru_cache(maxsize=4096)
def _label_forms(label: tuple[str, ...]) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Return the ways people shorten a parameter's name, with the fraction of it that remains."""
    forms: dict[tuple[str, ...], float] = {label: 1.0}
    if len(label) > 1:
        if label[-1] in GENERIC:
            forms.setdefault(label[:-1], 0.8)
        forms.setdefault(label[1:], 0.7)
        forms.setdefault(label[-1:], 0.45 if label[-1] in GENERIC else 0.6)
    return tuple((quality, words) for words, quality in forms.items())


def _closeness(start: int, end: int, mention: Mention, text: str) -> float:
    if end <= mention.start:
        between = text[end:mention.start]
        if re.search(r"[.!?;]\s", between):
            return 0.0
        gap = len(re.findall(r"[\w']+", between))
        commas = between.count(",") + len(re.findall(r"\0", between))
        if any(end <= one.start and one.end <= mention.start for one in find_mentions(text)):
            return 0.3 if gap <= 4 and commas <= 1 else 0.1
        return 1.0 if gap <= 3 and not commas else 0.6 if gap <= 5 else 0.2
    if start >= mention.end:
        between = text[mention.end:start]
        if re.search(r"[.!?;]\s", between) or any(mention.end <= one.start and one.end <= start
                                                  for one in find_mentions(text)):
            return 0.0
        if re.fullmatch(r"[\"”']?\s*(?:as|for|is|will be|should be|to be)\s+(?:the|a|an|my|its|our)?\s*", between):
            return 0.95
        return 0.8 if not between.strip(" -\"”'") else 0.15
    return 0.0


def _from_words(parameter: DescribedParameter, text: str, function: DescribedFunction,
                used: set[tuple[int, int]]) -> tuple[Any, list[tuple[int, int]]] | None:
    """Return a value given in words: a choice of an enum, or a boolean that is on or off."""
    if parameter.enum:
        return _choice(parameter, text, function, used)
    if parameter.type == "boolean":
        switch = _switch(parameter.label, text)
        return None if switch is None else (switch, [])
    return None


def _choice(parameter: DescribedParameter, text: str, function: DescribedFunction,
            used: set[tuple[int, int]]) -> tuple[Any, list[tuple[int, int]]] | None:
    """Return the choice of an enum named in the text, the one nearest to the parameter's name if there are several."""
    places = label_places(parameter.label, text)
    candidates = []
    for value in parameter.enum:
        spelled = r"[\s_-]*".join(map(re.escape, split_identifier(value) or (value,)))
        for match in re.finditer(rf"(?<![\w-]){spelled}(?:s|es)?(?![\w-])", text, re.IGNORECASE):
            span = (match.start(), match.end())
            if _overlaps(span, used):
                continue
            distance = min((abs(start - match.end()) if start >= match.end() else abs(match.start() - end)
                            for _, start, end in places), default=999)
            exact = match[0] == value
            candidates.append((distance, -len(match[0]), not exact, span, value))
    if not candidates:
        return None
    distance, _, _, span, value = min(candidates)
    quoted = text[span[0] - 1:span[0]] in "\"'“" and span[0] > 0
    if not parameter.required and distance > 14 and not quoted and _ordinary(value, function):
        return None
    typed: Any = value
    if parameter.type in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", value):
        typed = int(value) if parameter.type == "integer" else float(value)
    return ([typed] if parameter.type == "array" else typed), [span]


def _ordinary(value: str, function: DescribedFunction) -> bool:
    """Return whether a choice is a word that the sentence may use for another reason."""
    words = split_identifier(value)
    return all(word in EMPTY_WORDS or stem(word) in {stem(one) for one in split_identifier(function.name)}
               or word in ("day", "all", "any", "first", "second", "full", "open", "active", "high", "low", "normal",
                           "general", "standard", "public", "free", "popular", "best", "daily", "default")
               for word in words)


def _switch(label: tuple[str, ...], text: str) -> bool | None:
    """Return whether a text turns a boolean parameter on or off; None if it does not say."""
    words = tuple(word for word in label if word not in ("is", "has", "include", "with", "only", "enable", "show"))
    words = words or label
    tokens = tokens_outside(text)
    wanted = [stem(word) for word in words]
    for index in places_of(wanted, [token.stem for token in tokens]):
        before = " ".join(token.word for token in tokens[max(0, index - 2):index])
        after = " ".join(token.word for token in tokens[index + len(wanted):index + len(wanted) + 3])
        if re.match(r"(?:turned |switched |set to )?(?:off|no|false)\b", after) or \
                re.search(r"\b(?:without|no|not|disable|don't)\b", before):
            return False
        if re.match(r"(?:turned |switched |set to )?(?:on|yes|true)\b", after) or \
                re.search(r"\b(?:with|include|enable|including)\b", before):
            return True
    return None


