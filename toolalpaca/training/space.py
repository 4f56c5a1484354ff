"""Whether the output folder can take what training will write, asked before the first step."""

import math
import shutil
import uuid
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError

_GIGABYTE = 1 << 30


def check_writable(folder: Path) -> None:
    """Make the folder and write a file into it; raises UsageError when either fails."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file, but --output_dir needs a folder")
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written to ({error.strerror})") from None


def bytes_needed(weights: int, trained: int, *, weight_bytes: int, checkpoints: int) -> int:
    """What `checkpoints` checkpoints and the final model take: saved weights, and two moments of 4 bytes for each
    trained one."""
    return (checkpoints + 1) * weights * weight_bytes + checkpoints * trained * 8


def checkpoints_ahead(args: Any, items: int) -> int:
    """How many checkpoints will lie on the disk at the same time; `args` are transformers' TrainingArguments."""
    group = args.train_batch_size * args.world_size * args.gradient_accumulation_steps
    updates = args.max_steps if args.max_steps > 0 else math.ceil(math.ceil(items / group) * args.num_train_epochs)
    every = max(args.save_steps if args.save_steps >= 1 else args.save_steps * updates, 1)
    made = {"no": 0, "epoch": math.ceil(args.num_train_epochs), "steps": math.ceil(updates / every)}
    saves = made.get(args.save_strategy.value, 2)
    return min(saves, args.save_total_limit + 1) if args.save_total_limit else saves


def check_space(folder: Path, needed: int) -> None:
    """Raise UsageError when the disk of `folder` has less than `needed` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UsageError(f"{folder}: training will write about {needed / _GIGABYTE:.1f} GB, but the disk has "
                         f"{free / _GIGABYTE:.1f} GB left; lower --save_total_limit or choose another --output_dir")
