"""Near-duplicates among texts, found with MinHash (Broder 1997) and locality-sensitive hashing.

Two texts are near-duplicates if they share at least THRESHOLD of all their words and pairs of neighbouring words
(Jaccard similarity): a sentence of twelve words with one of them replaced is one. MinHash proposes pairs and each is
measured exactly. Hashes and permutations are fixed: the same texts in the same order give the same result.
"""

import re
from collections.abc import Iterator

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.7
# 20 bands of 4 values: two texts at the threshold share a band in 99.6 % of cases, closer ones nearly always.
BANDS, ROWS = 20, 4
# Scripts without blanks between words: Thai and Lao, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


class NearDuplicates:
    """An index of texts that finds, for a new text, the earlier ones that are near-duplicates of it."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self.texts: list[str] = []
        self._sizes: list[int] = []
        self._empty_sketch = MinHash(num_perm=BANDS * ROWS, seed=1)
        self._index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))

    def add(self, text: str) -> list[tuple[int, float]]:
        """Add a text; return the places and Jaccard similarities of the near-duplicates before it, earliest first."""
        parts, sketch = self._sketched(text)
        similar = list(self._similar(parts, sketch))
        self._insert(text, parts, sketch)
        return similar

    def add_if_distinct(self, text: str) -> str | None:
        """Add a text and return None, or leave it out and return the earliest text that it is too close to."""
        parts, sketch = self._sketched(text)
        for place, _ in self._similar(parts, sketch):
            return self.texts[place]
        self._insert(text, parts, sketch)
        return None

    def similar(self, text: str) -> Iterator[tuple[int, float]]:
        """Yield the places and Jaccard similarities of the near-duplicates of a text, which is not added."""
        yield from self._similar(*self._sketched(text))

    def _sketched(self, text: str) -> tuple[set[str], MinHash]:
        parts, sketch = shingles(text), self._empty_sketch.copy()
        sketch.update_batch([part.encode(errors="surrogatepass") for part in parts])
        return parts, sketch

    def _insert(self, text: str, parts: set[str], sketch: MinHash) -> None:
        self._index.insert(len(self.texts), sketch, check_duplication=False)
        self.texts.append(text)
        self._sizes.append(len(parts))

    def _similar(self, parts: set[str], sketch: MinHash) -> Iterator[tuple[int, float]]:
        for place in sorted(self._index.query(sketch)):
            sizes = self._sizes[place], len(parts)
            if min(sizes) >= self.threshold * max(sizes):
                similarity = jaccard(shingles(self.texts[place]), parts)
                if similarity >= self.threshold:
                    yield place, similarity


def shingles(text: str) -> set[str]:
    """Return the words of a text and its pairs of neighbouring words, whatever their case and punctuation.

    In scripts without blanks between words each character counts as one.
    """
    words = _WORD.findall(text.casefold())
    return {*words, *(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))}


def jaccard(one: set[str], other: set[str]) -> float:
    """Return the size of the intersection of two sets over that of their union; 1 for two empty sets."""
    together = len(one | other)
    return len(one & other) / together if together else 1.0
