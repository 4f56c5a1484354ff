"""What instructions ask for, as pairs of a verb and the noun it acts on (the chart of Wang et al. 2022)."""

from collections import Counter
from collections.abc import Iterable, Sequence

_AUXILIARIES = {
    "be", "is", "are", "am", "was", "were", "do", "does", "did", "have", "has", "had", "can", "could", "would", "will",
    "should", "may", "want", "need", "like", "please", "let", "help", "hi", "hey", "hello", "wondering", "know", "try",
    "thank", "thanks", "looking", "trying", "planning",
}
_MODIFIERS = ("DT", "JJ", "PRP$", "CD", "POS", "RB", "PRP")
_WORDS_TO_NOUN = 6  # how far behind its verb a noun may stand
Tagged = tuple[str, str]


def verb_noun(instructions: Iterable[str]) -> Counter[tuple[str, str]]:
    """How many instructions have each pair as their first; an instruction without one counts nowhere."""
    return Counter(pair for text in instructions if (pair := first_pair(text)))


def first_pair(text: str) -> tuple[str, str] | None:
    """The first verb of an instruction that has a noun behind it, in lower case, the noun in the singular."""
    from textblob.en import tag

    words = [(word, kind) for word, kind in tag(text, tokenize=True) if word]
    for place, (word, _) in enumerate(words):
        if _is_verb(words, place):
            noun = _noun_after(words, place)
            if noun:
                return word.lower(), noun
    return None


def _is_verb(words: Sequence[Tagged], place: int) -> bool:
    """A verb that asks for something. The tagger takes many imperatives for nouns: what follows "to" or "please" or
    opens a sentence before an article is a verb as well."""
    word, kind = words[place]
    if word.lower() in _AUXILIARIES or not word.isalpha():
        return False
    before = words[place - 1] if place else (".", ".")
    after = words[place + 1][1] if place + 1 < len(words) else "."
    if kind in ("VB", "VBP"):
        return True
    opens = before[0].lower() == "please" or before[1] in (".", ":")
    return kind.startswith("NN") and kind != "NNP" and (
        before[1] == "TO" or (opens and after in ("DT", "PRP$", "JJ", "PRP")))


def _noun_after(words: Sequence[Tagged], verb: int) -> str | None:
    """The last noun of the noun phrase that follows the verb."""
    noun = None
    for word, kind in words[verb + 1:verb + 1 + _WORDS_TO_NOUN]:
        if kind in ("NN", "NNS") and word.isalpha():
            noun = _noun_form(word) if kind == "NNS" else word.lower()
        elif noun or kind not in _MODIFIERS:
            break
    return noun


def _noun_form(word: str) -> str:
    from textblob.en.inflect import singularize

    return str(singularize(word.lower()))
