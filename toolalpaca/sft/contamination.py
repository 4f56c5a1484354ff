"""Contamination check: which instructions and functions of a corpus also occur in the tests that a model will take.

Two methods, both usual in the field: a common run of 13 words (Brown et al. 2020), and near-duplicates by MinHash,
which find a text with some of its words replaced. Texts of fewer than 13 words are compared whole.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.conversation.functions import own_functions
from toolalpaca.core.files import REPOSITORY
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_records
from toolalpaca.matching.language.near_duplicates import NearDuplicates

RUN = 13  # words in a row that two unrelated texts do not have in common
_WORD = re.compile(r"\w+")
KINDS = ("instructions", "functions")
OUR_TESTS = (REPOSITORY / "data" / "eval_simulated.json", REPOSITORY / "data" / "eval_real.json")


@dataclass(frozen=True)
class PlacedText:
    """An instruction or the description of a function, and its location: `API [index]` or `API.function`."""

    place: str
    text: str


@dataclass(frozen=True)
class Overlap:
    """A text of the corpus that a text of a test is, or nearly is; `method` says how it was found."""

    kind: str
    corpus: str
    test: str
    method: str


class ReferenceTexts:
    """The texts of one kind in the tests, asked whether a text of the corpus is among them."""

    def __init__(self, kind: str, texts: Iterable[PlacedText]) -> None:
        self.kind = kind
        self._runs: dict[int, str] = {}
        self._near = NearDuplicates()
        self._places: list[str] = []
        for one in texts:
            for run in _runs(one.text):
                self._runs.setdefault(run, one.place)
            self._near.add(one.text)
            self._places.append(one.place)

    def overlap(self, one: PlacedText) -> Overlap | None:
        """Return how the text overlaps with a test, or None."""
        for run in _runs(one.text):
            if run in self._runs:
                return Overlap(self.kind, one.place, self._runs[run], f"{RUN} words in a row")
        for place, similarity in self._near.similar(one.text):
            return Overlap(self.kind, one.place, self._places[place], f"near-duplicate ({similarity:.2f})")
        return None


def reference_texts(paths: Sequence[Path]) -> dict[str, ReferenceTexts]:
    """Return the texts of the tests by kind; raise UsageError for a file that holds no records."""
    records = [record for path in paths for record in read_records(path)]
    texts = [test_texts(record) for record in records]
    return {kind: ReferenceTexts(kind, [text for found in texts for text in found[kind]]) for kind in KINDS}


def instruction_place(name: str, index: int) -> str:
    """Return how an instruction is named among the texts that were found."""
    return f"{name} [{index}]"


def test_texts(record: ApiRecord) -> dict[str, list[PlacedText]]:
    """Return the instructions of a record and its functions, each a name with its description."""
    name = record["Name"]
    functions = record.get("Function_Description") or {}
    instructions = enumerate(record.get("Instructions") or [])
    return {
        "instructions": [PlacedText(instruction_place(name, index), text) for index, text in instructions],
        "functions": [PlacedText(f"{name}.{function}", f"{function} {functions[function]}")
                      for function in own_functions(record)]}


def overlaps(record: ApiRecord, tests: dict[str, ReferenceTexts]) -> Iterator[Overlap]:
    """Yield each text of the record that occurs in a test."""
    for kind, texts in test_texts(record).items():
        for one in texts:
            found = tests[kind].overlap(one)
            if found is not None:
                yield found


def _runs(text: str) -> Iterator[int]:
    words = _WORD.findall(text.casefold())
    for start in range(max(len(words) - RUN, 0) + 1):
        run = words[start:start + RUN]
        if run:
            yield hash(tuple(run))
