"""The part that the programs of this folder share: each reads every cell in its environment and leaves the tokens for
run.py.

    python check_TRAINER.py FOLDER OUT [FORMAT.TYPE ...]

FOLDER has the files FORMAT.TYPE and the model `tiny`. For each cell, or those named, OUT/FORMAT.TYPE.json becomes a
list of examples, each `{"ids": [...], "trained": [0 or 1, ...]}`, or the line that says why the trainer refuses it.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false"}

FORMATS, TYPES = ("messages", "sharegpt", "text", "dpo"), ("json", "jsonl", "parquet")
IGNORED = -100  # the label of a token that is not trained
MAX_LENGTH = 8192  # longer than any of the examples

Reader = Callable[[Path, str, str], list[dict[str, Any]] | str]  # file, format and model folder to examples


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows a program's docstring as it is."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def run_cells(read: Reader) -> None:
    """Read every cell and write what became of it."""
    parser = parser_of(sys.modules[read.__module__].__doc__)
    parser.add_argument("folder", type=Path, help="the files FORMAT.TYPE and the model `tiny`, which run.py writes")
    parser.add_argument("out", type=Path, help="the folder that gets FORMAT.TYPE.json")
    parser.add_argument("cells", metavar="FORMAT.TYPE", nargs="*", help="what to read (default: all)")
    args = parser.parse_args()
    folder, out = args.folder.resolve(), args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for cell in args.cells or [f"{name}.{kind}" for name, kind in product(FORMATS, TYPES)]:
        file = folder / cell
        try:
            found: Any = read(file, file.stem, str(folder / "tiny"))
        except (Exception, SystemExit) as error:  # whatever it is, it is the outcome of the cell
            found = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        (out / f"{file.name}.json").write_text(json.dumps(found), encoding="utf-8")
        print(f"{file.name}: {found if isinstance(found, str) else f'{len(found)} examples'}", file=sys.stderr)


def example(ids: list[int], labels: list[int]) -> dict[str, Any]:
    """Return an example from its tokens and labels."""
    return {"ids": list(map(int, ids)), "trained": [int(label != IGNORED) for label in labels]}


def loader(path: Path) -> str:
    """Return the name under which `datasets` reads the file's type."""
    return "parquet" if path.suffix == ".parquet" else "json"
