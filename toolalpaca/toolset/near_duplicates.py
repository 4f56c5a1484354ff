"""Near-duplicates among texts, found with MinHash and locality-sensitive hashing; stage 4 keeps instructions apart.

Two texts are near-duplicates when of all the words and pairs of neighbouring words that they hold together, they share
at least THRESHOLD (Jaccard similarity): a sentence of twelve words with one of them replaced is one. MinHash proposes
pairs and each is measured exactly. Hashes and permutations are fixed: same texts in the same order, same result.
"""

import re

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.7
# 20 bands of 4 values: two texts at the threshold share a band in 99.6 % of cases, closer ones nearly always.
BANDS, ROWS = 20, 4
# Scripts that set no blanks between words: Thai and Lao, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


class DistinctTexts:
    """Texts taken in one after the other, each unlike all those before it."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self.texts: list[str] = []
        self._sizes: list[int] = []
        self._empty_sketch = MinHash(num_perm=BANDS * ROWS, seed=1)
        self._index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))

    def add(self, text: str) -> str | None:
        """Take a text in and return None, or leave it out and return the earliest text that it is too close to."""
        parts = shingles(text)
        sketch = self._empty_sketch.copy()
        sketch.update_batch([part.encode(errors="surrogatepass") for part in parts])
        for place in sorted(self._index.query(sketch)):
            if self._may_be_close(self._sizes[place], len(parts)) and \
                    jaccard(shingles(self.texts[place]), parts) >= self.threshold:
                return self.texts[place]
        self._index.insert(len(self.texts), sketch, check_duplication=False)
        self.texts.append(text)
        self._sizes.append(len(parts))
        return None

    def _may_be_close(self, one: int, other: int) -> bool:
        return min(one, other) >= self.threshold * max(one, other)


def shingles(text: str) -> set[str]:
    """The words of a text and its pairs of neighbouring words, whatever their case and punctuation.

    In scripts without blanks between words each character counts as one.
    """
    words = _WORD.findall(text.casefold())
    return {*words, *(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))}


def jaccard(one: set[str], other: set[str]) -> float:
    """The size of what two sets share over the size of what they hold together; 1 for two empty sets."""
    together = len(one | other)
    return len(one & other) / together if together else 1.0
