"""Which checkpoints are whole. A checkpoint is vouched for by a file that lists what it is made of, written last.

A run that is killed while it saves leaves a folder that looks like a checkpoint; without the list it is passed over.
"""

import json
import re
from pathlib import Path

LIST_NAME = "checkpoint_files.json"
_FOLDER = re.compile(r"checkpoint-(\d+)")


def vouch_for(folder: Path) -> None:
    """List the files of a finished checkpoint with their sizes, in one step."""
    sizes = {str(path.relative_to(folder)): path.stat().st_size
             for path in sorted(folder.rglob("*")) if path.is_file() and path.name != LIST_NAME}
    temporary = folder / f".{LIST_NAME}.tmp"
    temporary.write_text(json.dumps(sizes, indent=1), encoding="utf-8")
    temporary.replace(folder / LIST_NAME)


def is_complete(folder: Path) -> bool:
    """Whether the checkpoint was saved to its end and every file is still as long as it was."""
    try:
        sizes = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def checkpoints(output_dir: Path) -> list[Path]:
    """The checkpoint folders of a run, oldest first, whole or not."""
    found = [(int(match[1]), path) for path in output_dir.glob("checkpoint-*")
             if path.is_dir() and (match := _FOLDER.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def newest_complete(output_dir: Path) -> tuple[Path | None, list[Path]]:
    """The newest whole checkpoint, if any, and the newer ones that were passed over."""
    passed_over: list[Path] = []
    for folder in reversed(checkpoints(output_dir)):
        if is_complete(folder):
            return folder, passed_over
        passed_over.append(folder)
    return None, passed_over
