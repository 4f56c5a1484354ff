"""Training examples from instances: those worth learning from, each in the format asked for."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.conversation.function_choice import shown_to
from toolalpaca.conversation.outcome import REASONS, requested_kind, steps_without_thought, task_kind
from toolalpaca.conversation.steps import samples_of
from toolalpaca.core.cli import output_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import leaves
from toolalpaca.core.log import record_bar
from toolalpaca.data.corpus_files import Job, is_sharded
from toolalpaca.data.example_files import checked_format, write_examples
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.data.records import NameIndex, digest_of, located_records, records_in
from toolalpaca.data.redaction import redacted
from toolalpaca.sft.formats import FORMATS, ChangeTools, Rendering, is_read_inexactly
from toolalpaca.sft.mistakes import with_mistake, with_own_mistakes
from toolalpaca.sft.renaming import Renaming, is_renamed
from toolalpaca.sft.selection import Candidates, Overlap, Selection, is_verified, pair_of


def training_example(rendering: Rendering, record: ApiRecord, instance: Instance) -> Any:
    """Return the training example of an instruction's instance as a JSON value, or None if nothing of it fits the
    format."""
    shown, renaming = shown_to(record, instance), None
    if is_renamed(record, rendering.renamed_share, rendering.seed):
        renaming = Renaming.of(shown, rendering.seed)
    tools: ChangeTools = list
    chance = random.Random(f"{rendering.seed} {record['Name']} {instance['input']}")
    if tried := rendering.tried.get((record["Name"], instance["input"])):
        instance = with_own_mistakes(instance, tried)
    elif chance.random() < rendering.mistaken_share:
        instance = with_mistake(shown, instance, chance)
    if renaming is not None and renaming.fits(instance):
        shown, instance, tools = renaming.record(shown), renaming.instance(instance), renaming.tools
    return FORMATS[rendering.example_format].make(rendering, shown, instance, tools)


def conversations_by_task(path: Path) -> dict[tuple[str, str], Instance]:
    """Return a corpus file's conversations by the name of their API and their instruction; raises UsageError."""
    return {(record["Name"], instance["input"]): instance
            for _, _, record in located_records(path, ("Name", "Instances"), NameIndex())
            for instance in record["Instances"]}


@dataclass
class ExampleTally:
    """Counts of what became of the instances read so far; `kinds` and `categories` count examples and their APIs."""

    kept: int = 0
    verified: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    steps_without_thought: int = 0
    records_without_instances: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    overlaps: list[Overlap] = field(default_factory=list)
    inexact_numbers: int = 0

    def keep(self, record: ApiRecord, place: int, instance: Instance, example: Any) -> None:
        """Count an instance that became an example."""
        asked = requested_kind(record, place)
        self.kept += 1
        self.verified += is_verified(instance)
        self.kinds[asked or task_kind(instance)] += 1
        self.steps_without_thought += steps_without_thought(instance)
        if isinstance(example, dict):
            self.inexact_numbers += sum(isinstance(leaf, float) and is_read_inexactly(leaf) for leaf in leaves(example))

    def lines(self) -> list[str]:
        """Return the summary, one statement a line."""
        seen = self.kept + self.left_out.total()
        lines = [f"{seen} instances: {self.kept} kept, {self.left_out.total()} left out"]
        lines += [f"left out, {REASONS[reason]}: {count}" for reason, count in self.left_out.most_common()]
        if self.steps_without_thought:
            lines.append(f"kept steps that have no thought: {self.steps_without_thought}")
        if self.inexact_numbers:
            lines.append(f"numbers that trainers loading with datasets read a last digit off: {self.inexact_numbers}")
        if self.records_without_instances:
            lines.append(f"APIs without instances: {self.records_without_instances}")
        found = Counter(overlap.kind for overlap in self.overlaps)
        return lines + [f"{kind} that occur in a test: {count}" for kind, count in found.items()]


def examples(records: Iterable[ApiRecord], rendering: Rendering, selection: Selection,
             tally: ExampleTally) -> Iterator[Any]:
    """Yield the training examples of the records in order; `tally` counts along."""
    for record in map(redacted, records):
        kept = tally.kept
        tally.records_without_instances += "Instances" not in record
        yield from _examples_of(record, rendering, selection, tally)
        if tally.kept > kept:
            tally.categories[record.get("Category") or "(none)"] += 1


def _examples_of(record: ApiRecord, rendering: Rendering, selection: Selection, tally: ExampleTally) -> Iterator[Any]:
    found = selection.overlaps(record)
    tally.overlaps += found
    make = _pairs if FORMATS[rendering.example_format].pair else _samples
    for place, instance in enumerate(record.get("Instances") or []):
        for sample, example in make(Candidates(record, place, samples_of(instance), found), rendering, selection):
            if isinstance(example, str):
                tally.left_out[example] += 1
                continue
            tally.keep(record, place, sample, example)
            yield example


def _samples(candidates: Candidates, rendering: Rendering, selection: Selection) -> Iterator[tuple[Instance, Any]]:
    """Yield each conversation of an instruction with its example, or with why it has none."""
    chosen = selection.chosen(candidates.samples)
    for sample in candidates.samples:
        reason = (selection.why_left_out(candidates, sample)
                  or (None if any(sample is one for one in chosen) else "not_best"))
        yield sample, reason or training_example(rendering, candidates.record, sample) or "no_action"


def _pairs(candidates: Candidates, rendering: Rendering, selection: Selection) -> Iterator[tuple[Instance, Any]]:
    """Yield the pair of an instruction with its example, or with why there is none."""
    first = candidates.samples[0]
    whole = [one for one in candidates.samples if not selection.why_left_out(candidates, one)]
    pair = pair_of(whole)
    if pair is None:
        yield first, (selection.why_left_out(candidates, first) if not whole else None) or "no_pair"
        return
    chosen, rejected = (training_example(rendering, candidates.record, one) for one in pair)
    combined = FORMATS[rendering.example_format].pair
    yield pair[0], (combined(chosen, rejected) if combined and chosen and rejected else None) or "no_pair"


def check_output(source: Path, output: Path) -> None:
    """Raise UsageError unless `output` names a file of examples or, for shards, a folder."""
    if not is_sharded(source) and output.is_dir():
        raise UsageError(f"{output}: is a folder, but -out needs a file")
    if not is_sharded(source) or (output.suffix and not output.is_dir()):
        checked_format(output)


def surveyed(source: Path) -> NameIndex:
    """Return the names of a corpus whose records all can be made into examples.

    Raises UsageError if a record has instances but not what their prompts are made of, or if no record has any.
    """
    names, found = NameIndex(), False
    for path, place, record in located_records(source, ("Name",), names):
        found |= "Instances" in record
        if record.get("Instances") and "Function_Description" not in record:
            raise UsageError(f"{path}: record {place} ({record['Name']!r}) has no key 'Function_Description'; "
                             "run tool_maker/natural_language_documentation.py on it first")
    if not found:
        raise UsageError(f"{source}: no record has the key 'Instances'; run instance_generation/generation.py first")
    return names


@dataclass(frozen=True)
class SplitSide:
    """One of the two parts of a split: the APIs whose names rank below the border, or the others, `count` of them."""

    count: int
    below: bytes | None = None
    from_on: bytes | None = None

    def holds(self, record: ApiRecord) -> bool:
        """Return whether the API is in this part."""
        digest = digest_of(record["Name"])
        return (self.below is None or digest < self.below) and (self.from_on is None or digest >= self.from_on)


def split_by_api(names: NameIndex, share: float) -> tuple[SplitSide, SplitSide]:
    """Return the APIs in two parts, about `share` of them in the first.

    Which part an API falls into depends on its name and the other names alone, so it stays there when its instances
    change. Neither part is empty while there are two APIs and `share` is below 1.
    """
    count = round(len(names) * share)
    if share < 1 and len(names) > 1:
        count = min(max(count, 1), len(names) - 1)
    border = names.at_rank(count) if count < len(names) else None
    return SplitSide(count, below=border), SplitSide(len(names) - count, from_on=border)


def write_side(jobs: Sequence[Job], side: SplitSide, rendering: Rendering, selection: Selection, *,
               stage: str) -> ExampleTally:
    """Write the examples of one part of a split, a file per job; return what became of its instances."""
    tally = ExampleTally()
    output_folder(jobs[0].output.parent)
    with record_bar(stage, side.count) as bar:

        def chosen(inputs: list[Path]) -> Iterator[ApiRecord]:
            for record in filter(side.holds, records_in(inputs)):
                yield record
                bar.update()

        for job in jobs:
            write_examples(job.output, examples(chosen(job.inputs), rendering, selection, tally),
                           FORMATS[rendering.example_format].columns)
    return tally
