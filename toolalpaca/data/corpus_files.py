"""The files of a corpus: a single file, or the shards in a folder or matching a pattern, and the output file of
each."""

import glob
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.core.errors import UsageError
from toolalpaca.core.run_log import LOG_NAME
from toolalpaca.data.json_files import FORMATS_IN_WORDS, file_format, has_format


@dataclass(frozen=True)
class Job:
    """One file that a stage writes, and the files of records it is made from, in order."""

    inputs: list[Path]
    output: Path


def is_sharded(source: Path) -> bool:
    """Return whether the source is a folder or a pattern such as shards/*.parquet, not a single file."""
    return source.is_dir() or (glob.has_magic(str(source)) and not source.exists())


def shards_of(source: Path) -> list[Path]:
    """Return the files of a corpus, sorted by name; a single file is returned whether or not it exists.

    Raises UsageError if there are none, or if their formats or, for Parquet, their columns differ.
    """
    if not is_sharded(source):
        return [source]
    found = shards_in(source) if source.is_dir() else _visible(map(Path, glob.glob(str(source), recursive=True)))
    if not found:
        raise UsageError(f"{source}: this folder holds no {FORMATS_IN_WORDS} files" if source.is_dir()
                         else f"{source}: no file has such a name")
    for shard in found:
        if not has_format(shard):
            raise UsageError(f"{shard}: is not a shard; their names end in {FORMATS_IN_WORDS}")
        if file_format(shard) != file_format(found[0]):
            raise UsageError(f"{source}: holds {found[0].name} and {shard.name}; shards have one format, so name those "
                             f"that are meant, such as '{source.parent if found[0].parent != source else source}"
                             f"/*{found[0].suffix}'")
    if file_format(found[0]) == "parquet":
        _check_columns(found)
    return found


def shards_in(folder: Path) -> list[Path]:
    """Return the files of a folder that may be shards, sorted by name."""
    return _visible(path for path in folder.iterdir() if has_format(path))


def is_file_name(path: Path) -> bool:
    """Return whether the path, by its ending, is a file of records and not a folder of shards."""
    return has_format(path) and not path.is_dir()


def output_shards(source: Path, out: Path | None) -> list[Job]:
    """Return the output files of a stage for a corpus; without `out` each file is replaced in place.

    Raises UsageError if two shards would be written to one file, or if the folder holds shards of another corpus.
    Shards next to the selected ones are not another corpus: a pattern may select them in another run.
    """
    shards = shards_of(source)
    if out is None:
        return [Job([shard], shard) for shard in shards]
    if not is_sharded(source) or is_file_name(out):
        if out.is_dir():
            raise UsageError(f"{out}: is a folder, but -out needs a file")
        return [Job(shards, out)]
    for name, count in Counter(shard.name for shard in shards).items():
        if count > 1:
            raise UsageError(f"{name}: two shards have this name and would become one file in {out}; run the stage on "
                             "one folder after the other")
    siblings = {path.name for folder in {shard.parent for shard in shards} for path in shards_in(folder)}
    check_shard_folder(out, siblings)
    return [Job([shard], out / shard.name) for shard in shards]


def check_shard_folder(folder: Path, names: Collection[str]) -> None:
    """Raise UsageError if the folder holds shards with other names, so that two corpora never mix."""
    others = [path for path in shards_in(folder) if path.name not in names] if folder.is_dir() else []
    if others:
        raise UsageError(f"{others[0]}: is where shards are to be written but is not one of them; remove it or choose "
                         "another -out")


def check_not_read(output: Path, read: Iterable[Path]) -> None:
    """Raise UsageError if a stage that writes something other than records would replace a file that it reads."""
    for path in read:
        if output.exists() and path.exists() and output.samefile(path):
            raise UsageError(f"{output}: is the file that is read, which the output would replace; choose another -out")


def output_place(source: Path, out: Path | None) -> Path:
    """Return the folder of the output files, which also gets the run log."""
    if out is None:
        return source if source.is_dir() else shards_of(source)[0].parent
    return out if is_sharded(source) and not is_file_name(out) else out.parent


def made_files(jobs: Sequence[Job], folder: Path) -> list[Path]:
    """Return what a closing report names: the one file that was written, or the folder of the shards."""
    return [jobs[0].output] if len(jobs) == 1 else [folder]


def _visible(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that are neither temporary files nor run logs, sorted by name."""
    return sorted(path for path in paths
                  if not path.name.startswith(".") and path.name != LOG_NAME and path.is_file())


def _check_columns(shards: Sequence[Path]) -> None:
    from toolalpaca.data.parquet import columns_of

    first: dict[str, str] = {}
    for shard in shards:
        try:
            columns = columns_of(shard)
        except (ValueError, OSError) as error:
            raise UsageError(f"{shard}: {error}") from None
        first = first or columns
        for name in [*first, *columns]:
            if first.get(name) != columns.get(name):
                raise UsageError(f"{shard}: its column {name!r} is {columns.get(name, 'missing')}, but "
                                 f"{first.get(name, 'missing')} in {shards[0].name}; shards have the same columns")
