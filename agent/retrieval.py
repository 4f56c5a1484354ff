"""`retrievalDataFromFile`: finding what a query asks for in a text that is too long for the conversation."""

import math
import re
from collections import Counter

PASSAGE = 600  # characters
BEST = 3  # passages that are shown


def best_passages(text: str, query: str) -> str:
    """The passages that share most with the query, rare words counting more, in the order they stand in the text."""
    passages = _passages(text)
    words = [Counter(_words(passage)) for passage in passages]
    found_in = Counter(word for counts in words for word in counts)
    scores = [sum(math.log(1 + len(passages) / found_in[word]) for word in set(_words(query)) if word in counts)
              for counts in words]
    ranked = sorted(range(len(passages)), key=lambda index: (-scores[index], index))[:BEST]
    shown = [passages[index] for index in sorted(ranked) if scores[index] > 0]
    return " ... ".join(shown) if shown else f"Nothing in the file matches {query!r}."


def _passages(text: str) -> list[str]:
    """Pieces of about PASSAGE characters, cut behind a comma or blank where there is one, so that values stay whole."""
    pieces, start = [], 0
    while start < len(text):
        end = min(len(text), start + PASSAGE)
        if end < len(text):
            cut = max(text.rfind(sign, start + PASSAGE // 2, end) for sign in ("},", ", ", " "))
            end = cut + 1 if cut > 0 else end
        pieces.append(text[start:end].strip())
        start = end
    return pieces


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
