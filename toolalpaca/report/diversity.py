"""How varied the instructions are: distinct texts and n-grams, self-BLEU, and near-duplicates by MinHash."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_SAMPLE = 120  # instructions that self-BLEU is taken over; its cost grows with the square
_SHINGLE, _PERMUTATIONS, _NEAR = 3, 128, 0.7
_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
MOST_PAIRS = 50


@dataclass(frozen=True)
class NearDuplicate:
    """Two instructions, by their places, and the estimated Jaccard similarity of their word 3-grams."""

    first: int
    second: int
    similarity: float


@dataclass
class Diversity:
    """The figures of one run. `distinct_ngrams` is distinct-n (Li et al. 2016) for n of 1 to 4."""

    instructions: int
    distinct: int
    distinct_ngrams: dict[int, float] = field(default_factory=dict)
    self_bleu: float | None = None
    sample: int = 0
    near: list[NearDuplicate] = field(default_factory=list)
    near_count: int = 0  # instructions with at least one near-duplicate


def diversity(instructions: Sequence[str], seed: int = 0) -> Diversity:
    """The figures over the instructions of a run; texts are compared in lower case."""
    texts = [_WORD.findall(text.lower()) for text in instructions]
    found = Diversity(len(texts), len({tuple(text) for text in texts}))
    if not texts:
        return found
    found.distinct_ngrams = {size: _distinct(texts, size) for size in (1, 2, 3, 4)}
    sample = random.Random(seed).sample(texts, min(_SAMPLE, len(texts)))
    found.self_bleu, found.sample = _self_bleu(sample), len(sample)
    pairs = near_duplicates(texts)
    found.near = sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))[:MOST_PAIRS]
    found.near_count = len({place for pair in pairs for place in (pair.first, pair.second)})
    return found


def _distinct(texts: Sequence[Sequence[str]], size: int) -> float:
    from nltk.util import ngrams

    grams = [gram for text in texts for gram in ngrams(text, size)]
    return round(len(set(grams)) / len(grams), 4) if grams else 0.0


def _self_bleu(texts: Sequence[Sequence[str]]) -> float | None:
    """The mean BLEU-4 of each text against all the others (Zhu et al. 2018); None for fewer than two texts."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    if len(texts) < 2:
        return None
    smooth = SmoothingFunction().method1
    scores = [sentence_bleu([*texts[:place], *texts[place + 1:]], text, smoothing_function=smooth)
              for place, text in enumerate(texts)]
    return round(float(sum(scores)) / len(scores), 4)


def near_duplicates(texts: Sequence[Sequence[str]]) -> list[NearDuplicate]:
    """The pairs of texts whose word 3-grams overlap by at least 0.7 by MinHash's estimate (Broder 1997)."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=_NEAR, num_perm=_PERMUTATIONS)
    hashes = list(MinHash.generator([_shingles(text) for text in texts], num_perm=_PERMUTATIONS))
    pairs = []
    for place, signature in enumerate(hashes):
        for other in index.query(signature):
            similarity = float(signature.jaccard(hashes[int(other)]))
            if similarity >= _NEAR:
                pairs.append(NearDuplicate(int(other), place, round(similarity, 2)))
        index.insert(str(place), signature)
    return pairs


def _shingles(text: Sequence[str]) -> list[bytes]:
    last = max(1, len(text) - _SHINGLE + 1)
    return [" ".join(text[start:start + _SHINGLE]).encode() for start in range(last)]
