"""Read a file of examples as `datasets` does: the same values, values that differ, or an error.

The measure is the file's .jsonl twin, read as plain JSON.
"""

import json
from pathlib import Path

from cell import loader, run_cells


def read(path: Path, _: str, __: str) -> str:
    """Return the outcome in words."""
    import datasets

    data = datasets.load_dataset(loader(path), data_files=str(path), split="train",
                                 cache_dir=str(path.parent / f"cache-{datasets.__version__}"))
    rows = list(data)
    written = [json.loads(line) for line in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    if rows == written:
        return "the same values"
    if without_nulls(rows) == without_nulls(written):
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
    run_cells(read)
