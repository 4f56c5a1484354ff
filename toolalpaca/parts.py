"""A corpus as the stages go through it: a file at a time, each made into one file, so that memory holds one of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from toolalpaca.corpus import is_sharded, output_shard, shards_of
from toolalpaca.records import ApiRecord, read_records


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

    Raises UsageError as `shards_of` and `read_records` do, for the first file at once.
    """
    if not is_sharded(source):
        return Corpus(Part(read_records(source, required), output.with_suffix(source.suffix)))
    shards = shards_of(source)

    def part(number: int) -> Part:
        shard = shards[number]
        return Part(read_records(shard, required), output_shard(shard, source, output.parent),
                    f"{shard.name} ({number + 1} of {len(shards)})")

    return Corpus(part(0), map(part, range(1, len(shards))))


def name_of(record: ApiRecord) -> str:
    """The record's name, under which its calls are stored."""
    return record["Name"]
