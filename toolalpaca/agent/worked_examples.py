"""Worked examples: finished conversations of other APIs, read by the assistant before its own (few-shot prompting)."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.outcome import exclusion_reason, unverified_reason
from toolalpaca.conversation.rendering import EXAMPLES_END, conversation_pieces
from toolalpaca.conversation.steps import merged_turns, steps_of
from toolalpaca.core.errors import UsageError
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord, Instance
from toolalpaca.data.records import stream_records

_BEGINNING = "\n\nExamples, with functions of other APIs:"


@dataclass(frozen=True)
class WorkedExamples:
    """Conversations of different APIs with the APIs' names: one more than is shown, in place of the reader's own."""

    shown: int
    drawn: tuple[tuple[str, Instance], ...]

    @classmethod
    def draw(cls, source: Path, count: int, seed: int, *, get_details: bool) -> "WorkedExamples":
        """Return whole conversations of a corpus that the verification has not refused, drawn by seed.

        Without `get_details`, none of them uses a tool that is not the API's own. Raises UsageError if the corpus has
        fewer than `count` + 1 such APIs.
        """
        chance = random.Random(seed)
        found = [(record["Name"], fitting) for record in stream_records(source, ("Name", "Instances"))
                 if (fitting := list(_fitting(record, get_details)))]
        if len(found) <= count:
            raise UsageError(f"--shots {count}: needs whole conversations of {count + 1} APIs, {source} has "
                             f"{len(found)}")
        return cls(count, tuple((name, chance.choice(fitting)) for name, fitting in chance.sample(found, count + 1)))

    @property
    def fingerprint(self) -> str:
        """Return what changes with the examples, and so counts as a changed setting."""
        return hashlib.sha256(json.dumps([self.shown, self.drawn]).encode()).hexdigest()[:16]

    def text(self, form: PromptForm, reader: str) -> str:
        """Return the text between the functions and the question for the API `reader`, none of whose conversations it
        holds."""
        others = [instance for name, instance in self.drawn if name != reader][:self.shown]
        texts = (text for one in others for text, _ in conversation_pieces(form, "", one))
        return "".join((_BEGINNING, *texts, EXAMPLES_END))


def _fitting(record: ApiRecord, get_details: bool) -> Iterator[Instance]:
    for instance in record["Instances"]:
        refused = "Verification" in instance and unverified_reason(instance)
        if exclusion_reason(instance) is None and not refused and (get_details or not any(
                step.action in EXTERNAL_TOOLS for step in steps_of(merged_turns(instance)))):
            yield instance
