"""Whole checkpoints, from which training can resume: each has a manifest of its files, written last.

A run that is killed while it saves leaves a folder that looks like a checkpoint; without a manifest it is passed over.
"""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json, replacing
from toolalpaca.core.log import log_on_rank_0
from toolalpaca.training.command_line import TrainingOptions
from toolalpaca.training.data import file_hash

LIST_NAME = "checkpoint_files.json"
STATE_NAME = "trainer_state.json"
_HASHING = 4  # files hashed at the same time
_FOLDER = re.compile(r"checkpoint-(\d+)")

RUN_NAME = "training_run.json"
_OPTIONS = ("model_name_or_path", "model_max_length", "overlong", "packing", "lora_r", "lora_alpha", "qlora",
            "share_prompts", "share_group", "start_adapter")


def write_manifest(folder: Path) -> None:
    """List the files of a finished checkpoint with their sizes and hashes, in one step."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != LIST_NAME]
    with ThreadPoolExecutor(_HASHING) as pool:
        hashes = list(pool.map(file_hash, paths))
    files = {str(path.relative_to(folder)): {"size": path.stat().st_size, "sha256": digest}
             for path, digest in zip(paths, hashes, strict=True)}
    with replacing(folder / LIST_NAME) as file:
        json.dump(files, file, indent=1)


def damage(folder: Path) -> str | None:
    """Return what is wrong with a checkpoint, or None if it was saved to its end, its files are unchanged and it is of
    the update that its folder is named after.

    Manifests of before hold sizes alone.
    """
    try:
        files = read_json(folder / LIST_NAME).items() if (folder / LIST_NAME).is_file() else ()
        for name, entry in files:
            size = entry["size"] if isinstance(entry, dict) else entry
            if not (folder / name).is_file() or (folder / name).stat().st_size != size:
                return "not saved to its end"
        changed = [name for name, entry in files if isinstance(entry, dict)
                   and file_hash(folder / name) != entry["sha256"]]
        update = read_json(folder / STATE_NAME)["global_step"] if files and not changed else None
    except (OSError, ValueError, AttributeError, KeyError, TypeError, UsageError):
        return "not saved to its end"
    if not files:
        return "not saved to its end"
    if changed:
        return f"{changed[0]} is damaged"
    named = _FOLDER.fullmatch(folder.name)
    return f"holds update {update!r:.20}" if named and update != int(named[1]) else None


def checkpoints(output_dir: Path) -> list[Path]:
    """Return the checkpoint folders of a run, oldest first, whole or not."""
    found = [(int(match[1]), path) for path in output_dir.glob("checkpoint-*")
             if path.is_dir() and (match := _FOLDER.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def delete_older(newest: Path, limit: int | None, best: str | None) -> None:
    """Delete the oldest of the checkpoints before this one, so that with it and the best one at most `limit` are left.

    What is later, which a run that was killed or rot has left, takes no whole one's place.
    """
    if not limit or limit < 0:
        return
    safe, found = {newest, Path(best or newest)}, checkpoints(newest.parent)
    others = [folder for folder in found[:found.index(newest)] if folder not in safe]
    for folder in others[:max(0, len(others) - max(0, limit - len(safe)))]:
        shutil.rmtree(folder)


def newest_complete(output_dir: Path) -> tuple[Path | None, dict[Path, str]]:
    """Return the newest whole checkpoint, if any, and the newer ones that were passed over with the reason."""
    passed_over: dict[Path, str] = {}
    for folder in reversed(checkpoints(output_dir)):
        reason = damage(folder)
        if reason is None:
            return folder, passed_over
        passed_over[folder] = reason
    return None, passed_over


def run_settings(options: TrainingOptions) -> dict[str, Any]:
    """Return what must be the same for a run to continue: the model, the data by content and what is made of them."""
    return {**{name: getattr(options, name) for name in _OPTIONS}, "data": file_hash(options.data_path),
            "chat_template": file_hash(options.chat_template) if options.chat_template else None}


def checkpoint_to_resume(options: TrainingOptions, output_dir: Path, wanted: str | None) -> Path | None:
    """Return the checkpoint to continue from: the one named by `--resume_from_checkpoint`, else the newest whole one.

    Raises UsageError if the folder holds another run's checkpoints.
    """
    if wanted and wanted.lower() not in ("true", "false"):
        return _named(Path(wanted))
    if options.overwrite or (wanted or "").lower() == "false":
        return None
    found, passed_over = newest_complete(output_dir)
    for folder, reason in passed_over.items():
        log_on_rank_0(f"{folder}: {reason}, passed over")
    if found is None:
        return None
    _check_same_run(options, output_dir)
    log_on_rank_0(f"resuming from {found}")
    return found


def begin_run(options: TrainingOptions, output_dir: Path) -> None:
    """Write down which run the folder now belongs to; `--overwrite` removes the checkpoints of an older one."""
    if options.overwrite:
        for folder in checkpoints(output_dir):
            shutil.rmtree(folder)
    with replacing(output_dir / RUN_NAME) as file:
        file.write(json.dumps(run_settings(options), indent=1) + "\n")


def _named(folder: Path) -> Path:
    if not (folder / STATE_NAME).is_file():
        raise UsageError(f"--resume_from_checkpoint {folder}: holds no {STATE_NAME}, so it is not a checkpoint")
    if reason := damage(folder):
        raise UsageError(f"--resume_from_checkpoint {folder}: {reason}; name another one, or none to go on from the "
                         "newest whole one")
    return folder


def _check_same_run(options: TrainingOptions, output_dir: Path) -> None:
    try:
        before = read_json(output_dir / RUN_NAME)
    except UsageError:
        before = {}
    now = json.loads(json.dumps(run_settings(options)))
    changed = [name for name in now if not isinstance(before, dict) or before.get(name) != now[name]]
    if changed:
        raise UsageError(f"{output_dir}: holds checkpoints of a run with another {', '.join(changed)}; choose another "
                         "--output_dir, or start afresh with --overwrite True")
