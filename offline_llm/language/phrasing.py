"""Wording of function calls as requests in everyday English, with the values included.

Sentences are built from the function's own summary, so that they also fit functions not in the knowledge base.
"""

import calendar
import random
import re
from collections.abc import Callable
from typing import Any

from offline_llm.knowledge.english import WORDINGS, enumerated, spoken, word_set
from offline_llm.knowledge.facts import kind_of_name
from offline_llm.language.described_functions import DescribedFunction, DescribedParameter
from offline_llm.language.filling import is_id_like

_PLAIN_KINDS = word_set("""
    city country region place currency currency_code email url ip phone date datetime time domain address
    postcode color symbols version hash key""")
_TRAILING = ("no more than", "at most", "limited to", "just")
_PHRASE_END = (r"(?=$|[,.]| (?:for|to|from|in|on|at|with|into|about|that|by|between|and|or|since|over|under|near|as|"
               r"when|who|during)\b)")
_ARTICLE = r"(?:a|an|one|any|a given|a specific|a particular|the given|the specified|some)"


def verb_phrase(function: DescribedFunction, arguments: dict[str, Any], roll: random.Random, *, about: str = "",
                called: str = "") -> str:
    """Return a request without its opening: "search for dogs in Lisbon, no more than 5 of them".

    `about` replaces identifiers that are not among the arguments: "that" as in "that dog", "the first" as in "the first
    dog"; `called` then follows the noun: "the book called "Dune"".
    """
    phrase = _opening_verb(_summary(function), roll)
    clauses: list[str] = []
    for parameter in function.parameters:
        if parameter.name in arguments:
            value = arguments[parameter.name]
            inlined = _inlined(phrase, parameter, value, roll)
            if inlined is None:
                clauses.append(_clause(parameter, value, roll))
            else:
                phrase = inlined
    if about:
        phrase = _about(phrase, function, about, called)
    trailing = [clause for clause in clauses if clause.startswith(_TRAILING)]
    inner = [clause for clause in clauses if clause not in trailing]
    return ", ".join([" ".join([phrase, enumerated(inner)]) if inner else phrase, *trailing])


def _summary(function: DescribedFunction) -> str:
    text = re.split(r"(?<=[a-z)])\.\s|[;(]|, including| including|, such as| such as| \(e\.g", function.summary)[0]
    text = text.strip().rstrip(".") or " ".join(spoken((function.name,)).split())
    head, _, rest = text.partition(" ")
    verb = head.lower()
    if verb.endswith("s") and not verb.endswith("ss") and verb[:-1] in WORDINGS:
        verb = verb[:-1]
    return f"{verb} {rest}".strip()


def _opening_verb(phrase: str, roll: random.Random) -> str:
    verb, _, rest = phrase.partition(" ")
    options = WORDINGS.get(verb)
    if not options or roll.random() < 0.45:
        return phrase
    return f"{roll.choice(options)} {rest}"


def _names(parameter: DescribedParameter) -> list[str]:
    """Return the ways in which a summary may name a parameter: "breed name" and "breed"."""
    words = parameter.label
    tails = ("name", "title", "id", "number", "code", "key")
    forms = [words, words[:-1] if len(words) > 1 and words[-1] in tails else (),
             words[1:] if len(words) > 1 and words[0] not in ("max", "min") and words[-1] not in ("id", "name") else ()]
    also = {"date": ("day", "date"), "username": ("user", "member")}.get(kind_of_name(parameter.name), ())
    return [*(re.escape(" ".join(form)) for form in forms if form), *also]


def _inlined(phrase: str, parameter: DescribedParameter, value: Any, roll: random.Random) -> str | None:
    """Return the phrase with a value in place of the words for it: "in a city" becomes "in Lisbon"."""
    if isinstance(value, bool | list):
        return None
    for name in _names(parameter):
        pattern = rf"\b{_ARTICLE} ((?:[a-z-]+ )?{name})\b{_PHRASE_END}"
        if match := re.search(pattern, phrase, re.IGNORECASE):
            return phrase[:match.start()] + _noun_with(parameter, match[1], value, roll) + phrase[match.end():]
        by = name if len(parameter.label) == 1 else f"{name}|{re.escape(parameter.label[-1])}"
        if match := re.search(rf"\b(?:by|with) (?:its |their )?({by})\b{_PHRASE_END}", phrase, re.IGNORECASE):
            text = f"with the {match[1]} {spoken_value(parameter, value, roll)}"
            if kind_of_name(parameter.name) in ("title", "name", "person") and roll.random() < 0.4:
                text = f'called "{value}"'
            return phrase[:match.start()] + text + phrase[match.end():]
    return None


def _noun_with(parameter: DescribedParameter, noun: str, value: Any, roll: random.Random) -> str:
    kind = kind_of_name(parameter.name)
    if is_id_like(parameter):
        return f"the {noun} with the {spoken(parameter.label)} {spoken_value(parameter, value, roll)}"
    if kind in ("city", "country", "currency", "date", "email", "ip", "person", "company", "domain") and \
            " " not in noun and roll.random() < 0.6:
        return spoken_value(parameter, value, roll)
    return f"the {noun} {spoken_value(parameter, value, roll)}"


def spoken_value(parameter: DescribedParameter, value: Any, roll: random.Random) -> str:
    """Return a value as written in a sentence: names and numbers bare, other strings in quotes."""
    if isinstance(value, list):
        return enumerated([f'"{one}"' if isinstance(one, str) else str(one) for one in value])
    if not isinstance(value, str):
        return str(value)
    kind = kind_of_name(parameter.name)
    if kind == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) and roll.random() < 0.25:
        year, month, day = value.split("-")
        name = calendar.month_name[int(month)]
        return roll.choice((f"{name} {int(day)}, {year}", f"{int(day)} {name} {year}"))
    if kind in _PLAIN_KINDS and not is_id_like(parameter) and "," not in value and roll.random() < 0.8:
        return value
    if parameter.enum and roll.random() < 0.5:
        return value
    return f'"{value}"'


def _clause(parameter: DescribedParameter, value: Any, roll: random.Random) -> str:
    """Return a value that the summary has no place for, as a phrase to append."""
    label, kind, text = spoken(parameter.label), kind_of_name(parameter.name), spoken_value(parameter, value, roll)
    if isinstance(value, bool):
        words = [word for word in parameter.label if word not in ("is", "has", "with", "include")]
        return f"with {spoken(words or list(parameter.label))} turned {'on' if value else 'off'}"
    if isinstance(value, int | float):
        return _number_clause(parameter, label, kind, text, roll)
    if kind == "date":
        first, last = parameter.label[0], parameter.label[-1]
        if parameter.label == ("date",):
            return roll.choice((f"on {text}", f"with the date {text}"))
        if first in ("start", "from", "since", "after") or last in ("after", "since"):
            return roll.choice((f"since {text}", f"from {text} on", f"starting from {text}"))
        if first in ("end", "to", "until", "before"):
            return roll.choice((f"until {text}", f"with the {label} {text}"))
    if parameter.label in (("city",), ("country",)) and roll.random() < 0.6:
        return f"in {text}"
    options: list[Callable[[], str]] = [
        lambda: f"with the {label} {text}", lambda: f"with {text} as the {label}", lambda: f"using the {label} {text}"]
    if parameter.enum:
        options.append(lambda: f"with the {label} set to {text}")
    if kind in ("query", "word") and len(parameter.label) == 1:
        options.append(lambda: f"for {text}")
    return roll.choice(options)()


def _number_clause(parameter: DescribedParameter, label: str, kind: str, text: str, roll: random.Random) -> str:
    if kind in ("limit", "count") and parameter.label[-1] in ("limit", "count", "results", "max"):
        return roll.choice((f"no more than {text} of them", f"at most {text} results", f"limited to {text} results",
                            f"just {text} of them"))
    if kind == "year" and parameter.label == ("year",):
        return roll.choice((f"for the year {text}", f"from the year {text}"))
    word = parameter.label[-1]
    if word.endswith("s") and not word.endswith(("us", "ss", "is")) and word == label and not is_id_like(parameter):
        return roll.choice((f"for {text} {label}", f"with {text} {label}"))
    return roll.choice((f"with the {label} {text}", f"with {text} as the {label}", f"with a {label} of {text}"))


def _about(phrase: str, function: DescribedFunction, about: str, called: str) -> str:
    """Return the phrase about something already known: "of a dog" becomes "of that dog"."""
    for parameter in function.parameters:
        if is_id_like(parameter):
            for name in _names(parameter):
                if match := re.search(rf"\b{_ARTICLE} ((?:[a-z-]+ )?{name})\b", phrase, re.IGNORECASE):
                    return f"{phrase[:match.start()]}{about} {match[1]}{called}{phrase[match.end():]}"
    articles = list(re.finditer(rf"\b{_ARTICLE} ((?!new\b)[a-z-]+(?: [a-z-]+)?)$", phrase, re.IGNORECASE))
    if articles:
        match = articles[-1]
        return f"{phrase[:match.start()]}{about} {match[1]}{called}"
    if match := re.search(rf"\b(of|to|from|for|on|in) {_ARTICLE} ([a-z-]+)\b", phrase, re.IGNORECASE):
        return f"{phrase[:match.start()]}{match[1]} {about} {match[2]}{called}{phrase[match.end():]}"
    return phrase + called


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def detail(parameter: DescribedParameter, value: Any, roll: random.Random) -> str:
    """Return a value in a sentence of its own, to follow a request."""
    label, text = spoken(parameter.label), spoken_value(parameter, value, roll)
    return roll.choice((f"The {label} is {text}.", f"Use {text} as the {label}.", f"The {label} should be {text}."))


def thing(phrase: str) -> str | None:
    """Return what a request asks to show: "the builds of a project"; None for other requests."""
    match = re.match(r"(?:get(?: me)?|show me|give me(?: a list of)?|fetch|list|find(?: me)?|search for|look for"
                     r"|pull up|retrieve) (.+)", phrase)
    return match[1] if match and not re.match(r"out\b|whether\b", match[1]) else None


def request(phrase: str, form: str) -> str:
    """Return a verb phrase in one of the forms of requests."""
    return form.format(capitalised(phrase) if form.startswith("{}") else phrase)
