"""A corpus as the stages go through it: a file at a time, each made into one file, so that memory holds one of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from toolalpaca.corpus import is_sharded, output_shards
from toolalpaca.records import ApiRecord, read_records, records_in, stream_records
from toolalpaca.value_files import kind_of


@dataclass(frozen=True)
class Part:
    """The records of one file, the file to be made of them, and which of several it is, for the progress bar."""

    records: list[ApiRecord]
    output: Path
    title: str = ""


@dataclass(frozen=True)
class Corpus:
    """The parts in their order; can be gone through once. The first is there for checks before anything begins."""

    first: Part
    rest: Iterable[Part] = ()

    def __iter__(self) -> Iterator[Part]:
        return chain([self.first], self.rest)


def parts(source: Path, output: Path, required: Sequence[str] = ("Name",)) -> Corpus:
    """A single file is made into `output`, with the ending of its own; shards into files of their own names beside it.

    Raises UsageError as `output_shards` and `read_records` do. All records are checked at once, so that a name that
    comes twice, whose calls would be taken for each other's, is found before the first call.
    """
    if not is_sharded(source):
        return Corpus(Part(read_records(source, required), output.with_suffix(f".{kind_of(source)}")))
    jobs = output_shards(source, output.parent)
    for _ in stream_records(source, required):
        pass  # it raises what is wrong

    def part(number: int) -> Part:
        job = jobs[number]
        return Part(list(records_in(job.inputs)), job.output, f"{job.output.name} ({number + 1} of {len(jobs)})")

    return Corpus(part(0), map(part, range(1, len(jobs))))


def name_of(record: ApiRecord) -> str:
    """The record's name, under which its calls are stored."""
    return record["Name"]
