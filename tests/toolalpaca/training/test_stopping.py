"""Stopping when asked: the run ends after the update, with a checkpoint from which it goes on."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from toolalpaca.training import training_run
from toolalpaca.training.resume import checkpoints, damage


class SignalAt(TrainerCallback):
    """Sends this process a signal in the middle of the run."""

    def __init__(self, update: int, number: int) -> None:
        self.update, self.number = update, number

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == self.update:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [
    signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_saves_and_leaves_and_the_same_command_goes_on(run_train: Any, number: int,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(number)
    original = training_run.SftTrainer.__init__

    def with_signal(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs["callbacks"] = [*kwargs["callbacks"], SignalAt(2, number)]
        original(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(training_run.SftTrainer, "__init__", with_signal)
        stopped = run_train("--per_device_train_batch_size", "4", "--save_strategy", "epoch")
    assert "checkpoint saved at update 3" in stopped.error and "run the same command again" in stopped.error
    assert [folder.name for folder in checkpoints(stopped.folder)] == ["checkpoint-3"]
    assert damage(stopped.folder / "checkpoint-3") is None
    assert not (stopped.folder / "model.safetensors").exists()
    assert signal.getsignal(number) == before
    done = run_train("--per_device_train_batch_size", "4", "--save_strategy", "epoch")
    assert done.code == 0 and "resuming from" in done.err and (done.folder / "model.safetensors").exists()


def test_what_makes_a_checkpoint_complete(tmp_path: Path) -> None:
    from toolalpaca.training.resume import newest_complete, write_manifest

    for number in (9, 10, 100):
        folder = tmp_path / f"checkpoint-{number}"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"12345")
        (folder / "trainer_state.json").write_text(f'{{"global_step": {number}}}')
    (tmp_path / "checkpoint-best").mkdir()
    assert newest_complete(tmp_path)[0] is None
    write_manifest(tmp_path / "checkpoint-9")
    write_manifest(tmp_path / "checkpoint-10")
    found, passed_over = newest_complete(tmp_path)
    assert found == tmp_path / "checkpoint-10"
    assert passed_over == {tmp_path / "checkpoint-100": "not saved to its end"}
    (tmp_path / "checkpoint-10" / "model.safetensors").write_bytes(b"12346")  # as long as before
    assert newest_complete(tmp_path)[1][tmp_path / "checkpoint-10"] == "model.safetensors is damaged"
    assert newest_complete(tmp_path)[0] == tmp_path / "checkpoint-9"
    (tmp_path / "checkpoint-10" / "model.safetensors").write_bytes(b"1234")
    assert newest_complete(tmp_path)[0] == tmp_path / "checkpoint-9"
    (tmp_path / "checkpoint-9" / "checkpoint_files.json").write_text('{"model.safetensors": 5}')  # of an older version
    assert newest_complete(tmp_path)[0] == tmp_path / "checkpoint-9"
    (tmp_path / "checkpoint-9" / "model.safetensors").unlink()
    assert newest_complete(tmp_path)[0] is None


def test_a_second_signal_is_the_systems_again() -> None:
    from toolalpaca.training.training_run import StopWhenAsked

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background is started without
    stop = StopWhenAsked()
    stop.on_train_begin(None, None, None)  # type: ignore[arg-type]
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(1)
    finally:
        stop.on_train_end(None, None, None)  # type: ignore[arg-type]
        signal.signal(signal.SIGINT, before)
