"""Processing a corpus file by file: the parts that a stage works on one after the other, and splitting and merging
shards."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from toolalpaca.core.cli import locked_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import record_bar
from toolalpaca.data.corpus_files import check_shard_folder, is_file_name, is_sharded, output_shards, shards_of
from toolalpaca.data.json_files import FORMATS_IN_WORDS, file_format
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_records, records_in, stream_records, write_records
from toolalpaca.data.redaction import redacted

DIGITS = 5  # in a shard's number, so that sorting by name sorts by number


@dataclass(frozen=True)
class CorpusPart:
    """The records of one file, the file to write for them, and its position among several, for the progress bar."""

    records: list[ApiRecord]
    output: Path
    title: str = ""


@dataclass(frozen=True)
class Corpus:
    """The parts in order; can be iterated once. `first` is available for checks before any work begins."""

    first: CorpusPart
    rest: Iterable[CorpusPart] = ()

    def __iter__(self) -> Iterator[CorpusPart]:
        return chain([self.first], self.rest)


def corpus_parts(source: Path, output: Path, required: Sequence[str] = ("Name",)) -> Corpus:
    """Return the parts of a corpus: a single file is written to `output`, with its own extension, shards to files of
    the same names next to it.

    Raises UsageError as `output_shards` and `read_records` do. All records are checked up front, so that a duplicate
    name, whose calls would be confused, is found before the first call.
    """
    if not is_sharded(source):
        return Corpus(CorpusPart(read_records(source, required), output.with_suffix(f".{file_format(source)}")))
    jobs = output_shards(source, output.parent)
    for _ in stream_records(source, required):
        pass  # it raises the error

    def part(number: int) -> CorpusPart:
        job = jobs[number]
        return CorpusPart(list(records_in(job.inputs)), job.output, f"{job.output.name} ({number + 1} of {len(jobs)})")

    return Corpus(part(0), map(part, range(1, len(jobs))))


def record_name(record: ApiRecord) -> str:
    """Return the record's name, under which its calls are stored."""
    return record["Name"]


def split(source: Path, folder: Path, size: int, kind: str) -> list[Path]:
    """Write the records of a corpus to shards of `size` records each; return the files written.

    Raises UsageError if the source is not a corpus or if the folder already holds other shards.
    """
    count = sum(1 for _ in stream_records(source))
    shards = [folder / f"part-{number:0{DIGITS}}.{kind}" for number in range(-(-count // size))]
    if is_file_name(folder):
        raise UsageError(f"{folder}: is the name of a file, but -out needs a folder")
    check_shard_folder(folder, {shard.name for shard in shards})
    locked_folder(folder)
    with record_bar("split", count) as bar:
        records = _ticking(records_in(shards_of(source)), bar)
        for shard in shards:
            write_records(shard, islice(records, size))
    return shards


def merge(source: Path, output: Path) -> int:
    """Write the records of a corpus to one file; return their number."""
    if not is_file_name(output):
        raise UsageError(f"{output}: the file extension sets the format; use {FORMATS_IN_WORDS}")
    count = sum(1 for _ in stream_records(source))
    locked_folder(output.parent)
    with record_bar("merge", count) as bar:
        write_records(output, _ticking(records_in(shards_of(source)), bar))
    return count


def _ticking(records: Iterator[ApiRecord], bar: Any) -> Iterator[ApiRecord]:
    for record in records:
        yield redacted(record)
        bar.update()
