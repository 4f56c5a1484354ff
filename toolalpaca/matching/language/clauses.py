"""An answer in the pieces in which a value is next to what it is about: clauses of sentences, items of lists, cells of
tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

_TABLE_ROW = re.compile(r"^\s*\|(?P<cells>.+)\|\s*$")
_RULE = re.compile(r"^[\s|:-]+$")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<![\s(][A-Z]\.)\s+(?=[A-Z\"“*_(\[€$£])|(?<=\d\.)\s+(?=\w)|(?:(?<=[a-z]{4}[.!?])(?<!prox\.)|(?<=\)\.))\s+(?=\d)|\n"
)
_CLAUSE_END = re.compile(
    r"[;()]|:(?!\d\d)|,\s+(?!(?:1[5-9]|20)\d\d\b)(?!(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    r"|\d{1,2}\b(?! [A-Z][a-z]+:)))"
    r"|\s+[-–—]\s+"
    r"|\s+(?:and(?!\s+an?\s+(?:half|quarter)\b)|but|while|whereas|"
    r"although|compared (?:to|with)|against|versus|vs\.?|(?:rather )?than|instead of|as opposed to|unlike|plus"
    r"|followed by|until (?=it\b|they\b|the\b))\s*(?<=\s)",
    re.IGNORECASE,
)
_ITEM_NUMBER = re.compile(r"^[ \t]*\d{1,2}[.)][ \t]+", re.MULTILINE)
_MARKUP = re.compile(r"[*_`#>]+")
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+")


_COMPARING = frozenset({"against", "than", "rather", "versus", "vs", "vs.", "compared", "instead", "as", "unlike"})


@dataclass(frozen=True)
class Clause:
    """A piece of an answer. `sentence` is the whole it is in, `joint` what ties it to the piece before it."""

    text: str
    sentence: str
    in_table: bool = False
    joint: str = ""

    @property
    def is_compared(self) -> bool:
        """Return whether it is what the piece before it is compared with."""
        return self.joint.split(" ")[0] in _COMPARING


@lru_cache(maxsize=64)
def clauses_of(answer: str) -> tuple[Clause, ...]:
    """Return the clauses of an answer, and for each cell of a table one clause with the names of its row and column."""
    found: list[Clause] = []
    header: list[str] | None = None
    plain: list[str] = []
    for line in answer.split("\n"):
        row = _TABLE_ROW.match(line)
        if row is None:
            header = None
            plain.append(line)
            continue
        if _RULE.match(line):
            continue
        cells = [_MARKUP.sub("", cell).strip() for cell in row["cells"].split("|")]
        if header is None:
            header = cells
        else:
            found += _cells(header, cells)
    found[:0] = [clause for sentence in sentences_of("\n".join(plain)) for clause in _clauses(sentence)]
    return tuple(found)


@lru_cache(maxsize=256)
def sentences_of(text: str) -> tuple[str, ...]:
    """Return the sentences and lines of a text without its markup."""
    plain = _ITEM_NUMBER.sub("", text)
    return tuple(_MARKUP.sub("", part).strip() for part in _SENTENCE_END.split(plain) if part.strip())


def sentence_at(text: str, place: int) -> str:
    """Return the sentence or line of a text that has the sign at a place."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= place), default=0)
    return text[start : min((end for end in ends if end > place), default=len(text))]


def lists_in(answer: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the last sentence of each line that ends in a colon and has a list after it, with the items of the list."""
    lines = [line for line in answer.split("\n") if line.strip()]
    for place, line in enumerate(lines):
        if line.rstrip().endswith(":"):
            items = [_ITEM.sub("", item) for item in takewhile(_ITEM.match, lines[place + 1 :])]
            if items:
                yield sentences_of(line)[-1], items


def _cells(header: list[str], cells: list[str]) -> Iterator[Clause]:
    row = " | ".join(cells)
    for name, cell in list(zip(header, cells, strict=False))[1:]:
        yield Clause(f"{cells[0]} | {name} | {cell}", row, in_table=True)


def _clauses(sentence: str) -> Iterator[Clause]:
    start, joint = 0, ""
    for match in [*_CLAUSE_END.finditer(sentence), None]:
        text = sentence[start : match.start() if match else None].strip()
        if text:
            yield Clause(text, sentence, joint=joint)
        if match:
            closed = joint[:1] == ")" and not text  # `) and` closes what the parenthesis was about
            start, joint = match.end(), joint * closed + match[0].strip().lower()
