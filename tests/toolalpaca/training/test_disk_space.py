"""Room for what training writes, asked for before the first step."""

from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.training import hardware as space
from toolalpaca.training.hardware import bytes_needed, check_space, check_writable, checkpoints_ahead

Usage = namedtuple("Usage", "total used free")


def arguments(strategy: str, **changes: object) -> SimpleNamespace:
    return SimpleNamespace(**{
        "train_batch_size": 4, "world_size": 2, "gradient_accumulation_steps": 2, "max_steps": -1, "save_steps": 3,
        "num_train_epochs": 3.0, "save_total_limit": None, "save_strategy": SimpleNamespace(value=strategy), **changes})


@pytest.mark.parametrize(("strategy", "changes", "expected"), [
    ("no", {}, 0), ("epoch", {}, 3), ("epoch", {"save_total_limit": 1}, 2), ("epoch", {"save_total_limit": 10}, 3),
    ("steps", {}, 7), ("steps", {"save_steps": 0.5}, 2), ("steps", {"max_steps": 4}, 2)])
def test_checkpoints_on_disk_at_the_same_time(strategy: str, changes: dict, expected: int) -> None:
    assert checkpoints_ahead(arguments(strategy, **changes), items=100) == expected  # 7 updates an epoch


def test_bytes_of_weights_and_moments() -> None:
    assert bytes_needed(100, 100, weight_bytes=4, checkpoints=2) == 3 * 400 + 2 * 800
    assert bytes_needed(10, 10, weight_bytes=2, checkpoints=0) == 20


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda folder: Usage(10, 9, 2 << 30))
    check_space(tmp_path, 1 << 30)
    with pytest.raises(UsageError, match=r"about 3.0 GB, but the disk has 2.0 GB left"):
        check_space(tmp_path, 3 << 30)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="file"):
            check_writable(folder)
    check_writable(tmp_path / "new" / "folder")
    assert not list((tmp_path / "new" / "folder").iterdir())


def test_training_does_not_begin_on_a_full_disk(run_train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda folder: Usage(10, 9, 1000))
    done = run_train("--save_strategy", "epoch")
    assert done.code == 2 and "the disk has 0.0 GB left" in done.error
    assert not (done.folder / "trainer_state.json").exists()
