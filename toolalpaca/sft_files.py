"""Files of training examples: JSON, JSONL and Parquet by the file's ending, written whole and read as a stream.

A segments example is `[[text, ...], [trainable, ...]]`: an array in JSON, an object with those two keys in JSONL and
Parquet, which hold objects only. Examples of the other formats are objects everywhere.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError
from toolalpaca.json_stream import json_items
from toolalpaca.records import replacing, write_records

SEGMENT_KEYS = ("segments", "trainable")


def file_kind(path: Path) -> str:
    """"json", "jsonl" or "parquet" by the ending; raises UsageError for another."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in _READERS:
        raise UsageError(f"{path}: the ending says the format; use .json, .jsonl or .parquet")
    return kind


def write_examples(path: Path, examples: Iterable[Any]) -> None:
    """Replace the file by the examples, taking them one at a time."""
    kind = file_kind(path)
    if kind == "json":
        write_records(path, examples)
    elif kind == "jsonl":
        with replacing(path) as file:
            file.writelines(json.dumps(_as_object(example), ensure_ascii=False) + "\n" for example in examples)
    else:
        from toolalpaca.sft_parquet import write_parquet

        write_parquet(path, (_as_object(example) for example in examples))


def read_examples(path: Path) -> Iterator[Any]:
    """The examples of a file in order, holding little more than one of them at a time.

    Raises UsageError when the file is missing, empty or not what its ending says.
    """
    reader = _READERS[file_kind(path)]
    if not path.is_file():
        raise UsageError(f"{path}: is a folder, but a file is needed" if path.is_dir() else f"{path}: no such file")
    if not path.stat().st_size:
        raise UsageError(f"{path}: the file is empty")
    try:
        yield from reader(path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text ({error.reason})") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from None


def _as_object(example: Any) -> dict[str, Any]:
    return example if isinstance(example, dict) else dict(zip(SEGMENT_KEYS, example, strict=True))


def _read_json(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8-sig") as file:
        yield from json_items(file)


def _read_jsonl(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    raise ValueError(f"line {number} is not valid JSON ({error})") from None


def _read_parquet(path: Path) -> Iterator[Any]:
    from toolalpaca.sft_parquet import read_parquet

    return read_parquet(path)


_READERS: dict[str, Callable[[Path], Iterator[Any]]] = {
    "json": _read_json, "jsonl": _read_jsonl, "parquet": _read_parquet,
}
