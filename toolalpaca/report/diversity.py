"""Diversity of instructions: verb-noun pairs (Wang et al. 2022), n-grams, self-BLEU and near-duplicates."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_AUXILIARIES = {
    "be", "is", "are", "am", "was", "were", "do", "does", "did", "have", "has", "had", "can", "could", "would", "will",
    "should", "may", "want", "need", "like", "please", "let", "help", "hi", "hey", "hello", "wondering", "know", "try",
    "thank", "thanks", "looking", "trying", "planning",
}
_MODIFIERS = ("DT", "JJ", "PRP$", "CD", "POS", "RB", "PRP")
_WORDS_TO_NOUN = 6  # how far after its verb a noun may be
Tagged = tuple[str, str]

_SAMPLE = 120  # instructions in the self-BLEU sample; its cost grows quadratically
_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
MOST_PAIRS = 50


def verb_noun(instructions: Iterable[str]) -> Counter[tuple[str, str]]:
    """Return how many instructions begin with each verb-noun pair; instructions without a pair are not counted."""
    return Counter(pair for text in instructions if (pair := first_pair(text)))


def first_pair(text: str) -> tuple[str, str] | None:
    """Return the first verb of an instruction that is followed by a noun, in lower case, and the noun in the
    singular."""
    from textblob.en import tag

    words = [(word, kind) for word, kind in tag(text, tokenize=True) if word]
    for place, (word, _) in enumerate(words):
        if _is_verb(words, place):
            noun = _noun_after(words, place)
            if noun:
                return word.lower(), noun
    return None


def _is_verb(words: Sequence[Tagged], place: int) -> bool:
    """Return whether a word is a verb that asks for something.

    The tagger takes many imperatives for nouns, so a word after "to" or "please", or one that opens a sentence before
    an article, counts as a verb too.
    """
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
    """Return the last noun of the noun phrase that follows the verb."""
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


@dataclass(frozen=True)
class NearDuplicate:
    """Two instructions, by index, and the Jaccard similarity of their words and word bigrams."""

    first: int
    second: int
    similarity: float


@dataclass
class Diversity:
    """Diversity figures of one run. `distinct_ngrams` is distinct-n (Li et al. 2016) for n from 1 to 4."""

    instructions: int
    distinct: int
    distinct_ngrams: dict[int, float] = field(default_factory=dict)
    self_bleu: float | None = None
    sample: int = 0
    near: list[NearDuplicate] = field(default_factory=list)
    near_count: int = 0  # instructions with at least one near-duplicate


def diversity(instructions: Sequence[str], seed: int = 0) -> Diversity:
    """Return the diversity of a run's instructions; texts are compared in lower case."""
    texts = [_WORD.findall(text.lower()) for text in instructions]
    found = Diversity(len(texts), len({tuple(text) for text in texts}))
    if not texts:
        return found
    found.distinct_ngrams = {size: _distinct(texts, size) for size in (1, 2, 3, 4)}
    sample = random.Random(seed).sample(texts, min(_SAMPLE, len(texts)))
    found.self_bleu, found.sample = _self_bleu(sample), len(sample)
    pairs = near_duplicates(instructions)
    found.near = sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))[:MOST_PAIRS]
    found.near_count = len({place for pair in pairs for place in (pair.first, pair.second)})
    return found


def _distinct(texts: Sequence[Sequence[str]], size: int) -> float:
    from nltk.util import ngrams

    grams = [gram for text in texts for gram in ngrams(text, size)]
    return round(len(set(grams)) / len(grams), 4) if grams else 0.0


def _self_bleu(texts: Sequence[Sequence[str]]) -> float | None:
    """Return the mean BLEU-4 of each text against all others (Zhu et al. 2018); None for fewer than two texts."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    if len(texts) < 2:
        return None
    smooth = SmoothingFunction().method1
    scores = [sentence_bleu([*texts[:place], *texts[place + 1:]], text, smoothing_function=smooth)
              for place, text in enumerate(texts)]
    return round(float(sum(scores)) / len(scores), 4)


def near_duplicates(texts: Sequence[str]) -> list[NearDuplicate]:
    """Return the pairs of texts that are near-duplicates."""
    from toolalpaca.matching.language.near_duplicates import NearDuplicates

    index = NearDuplicates()
    return [NearDuplicate(first, place, round(similarity, 2))
            for place, text in enumerate(texts) for first, similarity in index.add(text)]
