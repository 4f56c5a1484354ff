"""Selection of the instances that become training examples: those that are whole, in no test, and what else is asked of
them; and preference pairs: a conversation that passed the verification, and one about the same instruction that failed.

Which instructions and functions of a corpus also occur in the tests that a model will take (contamination) is told by
two methods, both usual in the field: a common run of 13 words (Brown et al. 2020), and near-duplicates by MinHash,
which find a text with some of its words replaced. Texts of fewer than 13 words are compared whole.

What both conversations of a pair have in common from the beginning is the prompt; chosen and rejected are the messages
after it, tool calls included, in the form that TRL's DPOTrainer reads.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.conversation.functions import own_functions
from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.outcome import MAX_STEPS, exclusion_reason, requested_kind, unverified_reason
from toolalpaca.conversation.steps import merged_turns, ranked, steps_of
from toolalpaca.core.errors import Fault
from toolalpaca.core.files import REPOSITORY
from toolalpaca.data.reasons import Code, code_of
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.data.records import is_drawn, read_records

COMMON_RUN = 13  # words in a row that two unrelated texts do not have in common
_WORD = re.compile(r"\w+")
TEXT_KINDS = ("instructions", "functions")
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
        from toolalpaca.matching.language.near_duplicates import NearDuplicates

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
                return Overlap(self.kind, one.place, self._runs[run], f"{COMMON_RUN} words in a row")
        for place, similarity in self._near.similar(one.text):
            return Overlap(self.kind, one.place, self._places[place], f"near-duplicate ({similarity:.2f})")
        return None


def reference_texts(paths: Sequence[Path]) -> dict[str, ReferenceTexts]:
    """Return the texts of the tests by kind; raise UsageError for a file that holds no records."""
    records = [record for path in paths for record in read_records(path)]
    texts = [test_texts(record) for record in records]
    return {kind: ReferenceTexts(kind, [text for found in texts for text in found[kind]]) for kind in TEXT_KINDS}


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
    for start in range(max(len(words) - COMMON_RUN, 0) + 1):
        run = words[start:start + COMMON_RUN]
        if run:
            yield hash(tuple(run))


@dataclass(frozen=True)
class Candidates:
    """The conversations about one instruction, which is at `place` in the record, and the record's `overlaps`."""

    record: ApiRecord
    place: int
    samples: Sequence[Instance]
    overlaps: Sequence[Overlap] = ()


@dataclass(frozen=True)
class Selection:
    """What is asked of an instance.

    `best` takes one conversation of each instruction, `tests` are the texts of the tests that the corpus is compared
    with, and `keep` is the fraction taken of a kind.
    """

    verified_only: bool = False
    best: bool = False
    tests: dict[str, ReferenceTexts] | None = None
    max_steps: int = MAX_STEPS
    without_refused: bool = False
    keep: Mapping[str, float] = field(default_factory=dict)

    def overlaps(self, record: ApiRecord) -> list[Overlap]:
        """Return the texts of the record that occur in a test."""
        return list(overlaps(record, self.tests)) if self.tests else []

    def chosen(self, samples: Sequence[Instance]) -> Sequence[Instance]:
        """Return the conversations of one instruction that may become examples: the best one, or all."""
        return ranked(samples)[:1] if self.best else samples

    def why_left_out(self, candidates: Candidates, instance: Any) -> str | None:
        """Return the key in REASONS for one of the candidates that is left out; None for one that is taken."""
        record, place = candidates.record, candidates.place
        kind = requested_kind(record, place)
        return (exclusion_reason(instance, kind, self.max_steps)
                or (unverified_reason(instance) if self.verified_only else None)
                or ("in_test" if _is_in_test(candidates) else None)
                or ("refused_call" if self.without_refused and holds_refused_call(instance) else None)
                or (None if is_drawn(f"{record['Name']}\n{place}", self.keep.get(kind, 1.0)) else "not_drawn"))


def is_verified(instance: Any) -> bool:
    """Return whether the verification has passed the instance."""
    return unverified_reason(instance) is None


def holds_refused_call(instance: Instance) -> bool:
    """Return whether the tool executor refused one of the calls, or could not read one, before anything was sent."""
    return any(Observation(step.observation).refuses_call for step in steps_of(merged_turns(instance)))


def _is_in_test(candidates: Candidates) -> bool:
    own = instruction_place(candidates.record["Name"], candidates.place)
    return any(overlap.kind == "instructions" and overlap.corpus == own for overlap in candidates.overlaps)


def pair_of(samples: Sequence[Instance]) -> tuple[Instance, Instance] | None:
    """Return the best conversation that passed and the worst one that the assistant failed; None without both."""
    in_order = ranked(samples)
    passed = [one for one in in_order if is_verified(one)]
    failed = [one for one in in_order if is_failure(one)]
    return (passed[0], failed[-1]) if passed and failed else None


def is_failure(instance: Instance) -> bool:
    """Return whether the verification refused a whole conversation for what the assistant did."""
    verification: Any = instance.get("Verification")
    if not isinstance(verification, dict) or verification.get("passed") or instance.get("error"):
        return False
    codes = {code_of(reason) for reason in verification.get("reasons") or []}
    bad = codes - {code.value for code in Code if code.fault is not Fault.ASSISTANT}
    return bool(bad) and bool(str(instance.get("output") or "").strip())


def preference_example(chosen: dict[str, Any], rejected: dict[str, Any]) -> dict[str, Any] | None:
    """Return `{"prompt", "chosen", "rejected", "tools"}` from two examples in the format messages; None if they are
    the same conversation, or one is the beginning of the other.

    Both continuations begin with the assistant's message, even if the first difference is in what it was answered.
    """
    one, other = chosen["messages"], rejected["messages"]
    shared = next((place for place, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs),
                  min(len(one), len(other)))
    if not one[shared:] or not other[shared:]:
        return None
    while shared and not all(_is_assistants(messages, shared) for messages in (one, other)):
        shared -= 1
    return {"prompt": one[:shared], "chosen": one[shared:], "rejected": other[shared:], "tools": chosen["tools"]}


def _is_assistants(messages: Sequence[dict[str, Any]], place: int) -> bool:
    return place < len(messages) and messages[place]["role"] == "assistant"
