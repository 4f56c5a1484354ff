"""Stage 7 over a corpus: which APIs go where, and the files of examples, written record by record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.sft_examples import COLUMNS, Rendering, Tally, examples
from toolalpaca.cli import output_folder
from toolalpaca.corpus import Job, is_sharded
from toolalpaca.errors import UsageError
from toolalpaca.name_index import NameIndex, digest_of
from toolalpaca.progress import record_bar
from toolalpaca.records import ApiRecord, placed_records, records_in
from toolalpaca.sft_files import file_kind, write_examples


def check_output(source: Path, output: Path) -> None:
    """Raise UsageError unless `output` names a file of examples or, for shards, a folder."""
    if not is_sharded(source) and output.is_dir():
        raise UsageError(f"{output}: is a folder, but -out needs a file")
    if not is_sharded(source) or (output.suffix and not output.is_dir()):
        file_kind(output)


def surveyed(source: Path) -> NameIndex:
    """The names of a corpus whose records all can be made into examples.

    Raises UsageError where a record has instances but not what their prompts are made of, or where none has any.
    """
    names, found = NameIndex(), False
    for path, place, record in placed_records(source, ("Name",), names):
        found |= "Instances" in record
        if record.get("Instances") and "Function_Description" not in record:
            raise UsageError(f"{path}: record {place} ({record['Name']!r}) has no key 'Function_Description'; "
                             "run tool_maker/natural_language_documentation.py on it first")
    if not found:
        raise UsageError(f"{source}: no record has the key 'Instances'; run instance_generation/generation.py first")
    return names


@dataclass(frozen=True)
class Side:
    """One of the two parts of a split: the APIs whose names rank below the border, or the others, `count` of them."""

    count: int
    below: bytes | None = None
    from_on: bytes | None = None

    def holds(self, record: ApiRecord) -> bool:
        """Whether the API is in this part."""
        digest = digest_of(record["Name"])
        return (self.below is None or digest < self.below) and (self.from_on is None or digest >= self.from_on)


def split_by_api(names: NameIndex, share: float) -> tuple[Side, Side]:
    """The APIs in two parts, about `share` of them in the first.

    Which part an API falls into depends on its name and the other names alone, so it stays there when its instances
    change. Neither part is empty while there are two APIs and `share` is below 1.
    """
    count = round(len(names) * share)
    if share < 1 and len(names) > 1:
        count = min(max(count, 1), len(names) - 1)
    border = names.at_rank(count) if count < len(names) else None
    return Side(count, below=border), Side(len(names) - count, from_on=border)


def write_side(jobs: Sequence[Job], side: Side, rendering: Rendering, *, stage: str, verified_only: bool) -> Tally:
    """Write the examples of one part of a split, a file per job; what became of its instances."""
    tally = Tally()
    output_folder(jobs[0].output.parent)
    with record_bar(stage, side.count) as bar:

        def chosen(inputs: list[Path]) -> Iterator[ApiRecord]:
            for record in filter(side.holds, records_in(inputs)):
                yield record
                bar.update()

        for job in jobs:
            write_examples(job.output, examples(chosen(job.inputs), rendering, tally, verified_only=verified_only),
                           COLUMNS[rendering.example_format])
    return tally
