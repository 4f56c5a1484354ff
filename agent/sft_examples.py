"""From instances to training examples: picks those worth learning from and writes each in the format asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.prompt_forms import PromptForm, segments
from agent.sft_messages import messages_example, sharegpt_example
from toolalpaca.masking import masked
from toolalpaca.records import ApiRecord, Instance
from toolalpaca.sft import REASONS, completed, steps_without_thought, why_left_out, why_not_verified
from toolalpaca.sft_files import SEGMENT_KEYS


@dataclass(frozen=True)
class Rendering:
    """How an instance is written down: format of the example, prompt form, and whether getDetails is on offer."""

    example_format: str
    form: PromptForm
    get_details: bool = True

    def example(self, record: ApiRecord, instance: Instance) -> Any:
        """One training example as a JSON value, or None where nothing of the instance fits the format."""
        return FORMATS[self.example_format](self, record, instance)


@dataclass
class Tally:
    """What became of the instances seen so far."""

    kept: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    steps_without_thought: int = 0
    records_without_instances: int = 0

    def lines(self) -> list[str]:
        """The summary, one statement a line."""
        seen = self.kept + self.left_out.total()
        lines = [f"{seen} instances: {self.kept} kept, {self.left_out.total()} left out"]
        lines += [f"left out, {REASONS[reason]}: {count}" for reason, count in self.left_out.most_common()]
        if self.steps_without_thought:
            lines.append(f"kept steps that have no thought: {self.steps_without_thought}")
        if self.records_without_instances:
            lines.append(f"APIs without instances: {self.records_without_instances}")
        return lines


def examples(records: Iterable[ApiRecord], rendering: Rendering, tally: Tally, *,
             verified_only: bool = False) -> Iterator[Any]:
    """The training examples of the records in order, one at a time; `tally` counts along."""
    for record in map(masked, records):
        if "Instances" not in record:
            tally.records_without_instances += 1
        for instance in record.get("Instances") or []:
            reason = why_left_out(instance) or (why_not_verified(instance) if verified_only else None)
            if reason:
                tally.left_out[reason] += 1
                continue
            whole = completed(instance)
            example = rendering.example(record, whole)
            if example is None:
                tally.left_out["no_action"] += 1
                continue
            tally.kept += 1
            tally.steps_without_thought += steps_without_thought(whole)
            yield example


def _segments(rendering: Rendering, record: ApiRecord, instance: Instance) -> list[list[Any]]:
    pieces = segments(rendering.form, record, instance, get_details=rendering.get_details)
    return [[text for text, _ in pieces], [trainable for _, trainable in pieces]]


def _text(rendering: Rendering, record: ApiRecord, instance: Instance) -> dict[str, str]:
    pieces = segments(rendering.form, record, instance, get_details=rendering.get_details)
    return {"text": "".join(text for text, _ in pieces)}


def _messages(rendering: Rendering, record: ApiRecord, instance: Instance) -> dict[str, Any] | None:
    return messages_example(record, instance, get_details=rendering.get_details)


def _sharegpt(rendering: Rendering, record: ApiRecord, instance: Instance) -> dict[str, Any] | None:
    return sharegpt_example(record, instance, get_details=rendering.get_details)


FORMATS: dict[str, Callable[[Rendering, ApiRecord, Instance], Any]] = {
    "segments": _segments, "messages": _messages, "sharegpt": _sharegpt, "text": _text,
}
COLUMNS: dict[str, Sequence[str]] = {  # of a table of examples
    "segments": SEGMENT_KEYS, "messages": ("messages", "tools"), "sharegpt": ("conversations", "system", "tools"),
    "text": ("text",),
}
