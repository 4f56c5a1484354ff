"""A corpus cut into shards and put together again, record by record."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from toolalpaca.cli import output_folder
from toolalpaca.corpus import check_shard_folder, is_file_name, shards_of
from toolalpaca.errors import UsageError
from toolalpaca.masking import masked
from toolalpaca.progress import record_bar
from toolalpaca.records import ApiRecord, records_in, stream_records, write_records

DIGITS = 5  # in a shard's number, so that the order of names is the order of numbers


def split(source: Path, folder: Path, size: int, kind: str) -> list[Path]:
    """Write the records of a corpus to shards of `size` records each; the files that were made.

    Raises UsageError for what is no corpus, and where the folder already holds other shards.
    """
    count = sum(1 for _ in stream_records(source))
    shards = [folder / f"part-{number:0{DIGITS}}.{kind}" for number in range(-(-count // size))]
    if is_file_name(folder):
        raise UsageError(f"{folder}: is the name of a file, but -out needs a folder")
    check_shard_folder(folder, {shard.name for shard in shards})
    output_folder(folder)
    with record_bar("split", count) as bar:
        records = _ticking(records_in(shards_of(source)), bar)
        for shard in shards:
            write_records(shard, islice(records, size))
    return shards


def merge(source: Path, output: Path) -> int:
    """Write the records of a corpus to one file; how many there are."""
    if not is_file_name(output):
        raise UsageError(f"{output}: its ending says the format; use .json, .jsonl or .parquet")
    count = sum(1 for _ in stream_records(source))
    output_folder(output.parent)
    with record_bar("merge", count) as bar:
        write_records(output, _ticking(records_in(shards_of(source)), bar))
    return count


def _ticking(records: Iterator[ApiRecord], bar: Any) -> Iterator[ApiRecord]:
    for record in records:
        yield masked(record)
        bar.update()
