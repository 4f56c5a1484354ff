"""Says what `datasets` reads of a file of examples: the same values, values that differ, or an error.

Run by run.py in an environment of its own: FILE FORMAT MODEL. The measure is its .jsonl twin, read as plain JSON.
"""

import json
import sys
from pathlib import Path

import datasets


def main(path: Path) -> str:
    """Return the outcome in words."""
    kind = "parquet" if path.suffix == ".parquet" else "json"
    try:
        data = datasets.load_dataset(kind, data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))
    except Exception as error:  # whatever it is, it is the outcome of the cell
        return f"refused: {type(error).__name__}: {' '.join(str(error).split())[:90]}"
    rows = list(data)
    written = [json.loads(line) for line in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    if rows == written:
        return "the same values"
    if without_nulls(rows) == written:
        return "wrong: objects filled with nulls"
    return "wrong: " + difference(rows, written)


def without_nulls(value: object) -> object:
    """Return the value without keys that hold nothing."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def difference(rows: list, written: list) -> str:
    """Return where the first row differs."""
    for row, other in zip(rows, written, strict=False):
        for key in other:
            if row.get(key) != other[key]:
                return f"{key} is {json.dumps(row.get(key), default=str)[:60]} instead of {json.dumps(other[key])[:60]}"
    return f"{len(rows)} rows instead of {len(written)}"


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
