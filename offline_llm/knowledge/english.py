"""Basic English for the rules: words of identifiers, plurals, stems and content words."""

import re
from pathlib import Path
from typing import Any

from toolalpaca.core.files import read_yaml_table
from toolalpaca.core.words import name_words, stem


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


_TABLES: dict[str, Any] = read_yaml_table(Path(__file__).resolve().parent / "english.yaml")
EMPTY_WORDS = word_set(_TABLES["empty"])  # words that do not tell which function is meant
ACRONYMS: dict[str, str] = _TABLES["acronyms"]
SENTENCES: dict[str, tuple[str, ...]] = {name: tuple(texts) for name, texts in _TABLES["sentences"].items()}
WORDINGS: dict[str, list[str]] = _TABLES["wordings"]  # of the verb that begins a summary
_VERB_OF: dict[str, set[str]] = {}
for _group, _verbs in _TABLES["verbs"].items():
    for _verb in _verbs.split():
        _VERB_OF.setdefault(_verb, set()).add(_group)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def split_identifier(name: str) -> tuple[str, ...]:
    """Return the words of an identifier: ("start", "date") for `startDate`, `start_date` and `start-date`."""
    return name_words(name) or ((name.lower(),) if name else ())


def spoken(words: tuple[str, ...] | list[str]) -> str:
    """Return the words of an identifier as people write them: "board ID" for ("board", "id")."""
    return " ".join(ACRONYMS.get(word, word) for word in words)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def content_stems(text: str) -> list[str]:
    """Return the stems of a text's content words."""
    return [stem(word) for word in words_of(text) if word not in EMPTY_WORDS and len(word) > 1]


def places_of(wanted: list[str], stems: list[str]) -> list[int]:
    """Return where stems follow each other in a text's stems."""
    return [place for place in range(len(stems) - len(wanted) + 1) if stems[place:place + len(wanted)] == wanted]


def verb_groups(word: str) -> frozenset[str]:
    """Return the groups of verbs in english.yaml that a word may belong to."""
    found = _VERB_OF.get(word) or _VERB_OF.get(stem(word)) or _VERB_OF.get(stem(word) + "e")
    return frozenset(found or ())


def plural(noun: str) -> str:
    """Return the plural of a noun; of several words only the last changes."""
    head, _, last = noun.rpartition(" ")
    if last in _TABLES["plurals"]:
        last = _TABLES["plurals"][last]
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".strip()


def enumerated(parts: list[str], last: str = "and") -> str:
    """Return the parts as `a`, `a and b` or `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def camel(words: list[str]) -> str:
    """Return words as one camelCase name."""
    parts = [part for word in words for part in re.findall(r"[^\W_]+", word)]
    return "".join(part.lower() if index == 0 else part[:1].upper() + part[1:].lower()
                   for index, part in enumerate(parts))
