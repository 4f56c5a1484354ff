"""How varied the instructions are: distinct texts and n-grams, self-BLEU, and near-duplicates as stage 4 knows them."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from toolalpaca.diversity import BANDS, ROWS, THRESHOLD, jaccard, shingles

_SAMPLE = 120  # instructions that self-BLEU is taken over; its cost grows with the square
_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
MOST_PAIRS = 50


@dataclass(frozen=True)
class NearDuplicate:
    """Two instructions, by their places, and the Jaccard similarity of their words and pairs of neighbouring words."""

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
    pairs = near_duplicates(instructions)
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


def near_duplicates(texts: Sequence[str]) -> list[NearDuplicate]:
    """The pairs of texts that are near-duplicates: proposed by MinHash (Broder 1997), then measured exactly."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    parts = [shingles(text) for text in texts]
    hashes = MinHash.generator([[part.encode(errors="surrogatepass") for part in one] for one in parts],
                               num_perm=BANDS * ROWS)
    pairs = []
    for place, signature in enumerate(hashes):
        for other in sorted(index.query(signature)):
            similarity = jaccard(parts[other], parts[place])
            if similarity >= THRESHOLD:
                pairs.append(NearDuplicate(other, place, round(similarity, 2)))
        index.insert(place, signature)
    return pairs
