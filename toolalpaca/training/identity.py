"""Which run an output folder belongs to, so that no run goes on from the checkpoint of another."""

import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError
from toolalpaca.training.announce import announce
from toolalpaca.training.checkpoints import checkpoints, newest_complete
from toolalpaca.training.prepare import file_hash

RUN_NAME = "training_run.json"
_OPTIONS = ("model_name_or_path", "model_max_length", "overlong", "packing", "lora_r", "lora_alpha", "qlora")


def identity_of(options: Namespace) -> dict[str, Any]:
    """What must be the same for a run to go on: the model, the data by content and what is made of them."""
    return {**{name: getattr(options, name) for name in _OPTIONS}, "data": file_hash(options.data_path)}


def checkpoint_to_resume(options: Namespace, output_dir: Path, wanted: str | None) -> Path | None:
    """The checkpoint to go on from: the one named by `--resume_from_checkpoint`, else the newest whole one.

    Raises UsageError when the folder holds another run's checkpoints.
    """
    if wanted and wanted.lower() not in ("true", "false"):
        return _named(Path(wanted))
    if options.overwrite or (wanted or "").lower() == "false":
        return None
    found, passed_over = newest_complete(output_dir)
    for folder in passed_over:
        announce(f"{folder}: not saved to its end, passed over")
    if found is None:
        return None
    _check_same_run(options, output_dir)
    announce(f"going on from {found}")
    return found


def begin_run(options: Namespace, output_dir: Path) -> None:
    """Write down which run the folder now belongs to; `--overwrite` removes the checkpoints of an older one."""
    if options.overwrite:
        for folder in checkpoints(output_dir):
            shutil.rmtree(folder)
    (output_dir / RUN_NAME).write_text(json.dumps(identity_of(options), indent=1) + "\n", encoding="utf-8")


def _named(folder: Path) -> Path:
    if not (folder / "trainer_state.json").is_file():
        raise UsageError(f"--resume_from_checkpoint {folder}: holds no trainer_state.json, so it is no checkpoint")
    return folder


def _check_same_run(options: Namespace, output_dir: Path) -> None:
    try:
        before = json.loads((output_dir / RUN_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    now = json.loads(json.dumps(identity_of(options)))
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        raise UsageError(f"{output_dir}: holds checkpoints of a run with another {', '.join(changed)}; choose another "
                         "--output_dir, or start afresh with --overwrite True")
