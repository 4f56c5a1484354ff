"""Fixtures of the tests of training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from training_examples import segments_example
from training_tokenizers import MAKERS, made

from toolalpaca.data.example_files import write_examples


@dataclass(frozen=True)
class Outcome:
    """What a training run in this process did."""

    code: int
    error: str
    out: str
    err: str
    folder: Path


@pytest.fixture(scope="session", params=sorted(MAKERS))
def tokenizer(request: pytest.FixtureRequest) -> Any:
    """Each of the tokenizers in turn."""
    return made(request.param)


@pytest.fixture(scope="session")
def bytes_tokenizer() -> Any:
    """One tokenizer, for tests in which any serves: byte-level, without a padding token."""
    return made("byte_level")


@pytest.fixture(scope="session")
def examples_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four short segments examples of different lengths."""
    path = tmp_path_factory.mktemp("data") / "sft.json"
    write_examples(path, [segments_example(number) for number in range(24)])
    return path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory, examples_file: Path) -> Path:
    """A model folder of some 100,000 parameters, made as the demo makes its own."""
    from toolalpaca.training.tiny_model import TinyShape, make_tiny_model

    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_model(examples_file, folder, TinyShape(vocabulary=400, hidden=64, layers=2, positions=2048))
    return folder


@pytest.fixture
def run_train(tmp_path: Path, tiny_model: Path, examples_file: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run training in this process; gives the exit code (or the exception) and what it printed."""
    import torch

    from toolalpaca.core.errors import StageStopped, UsageError
    from toolalpaca.training.command_line import parse_command_line

    def run(*flags: Any, out: str = "out", model: Path | None = None, data: Path | None = None) -> Outcome:
        from toolalpaca.training.hardware import plan_for_this_machine
        from toolalpaca.training.training_run import run_training as train

        torch.set_num_threads(1)  # several threads only get in each other's way with a model this small

        argv = ["--model_name_or_path", model or tiny_model, "--data_path", data or examples_file, "--output_dir",
                tmp_path / out, "--cache_dir", tmp_path / "cache", "--use_cpu", "True", "--save_strategy", "no",
                "--num_train_epochs", "1", "--logging_steps", "1", "--seed", "3", *flags]
        error = None
        try:
            command_line = parse_command_line("help", [str(word) for word in argv])
            code = train(command_line.options, plan_for_this_machine(command_line))
        except (UsageError, StageStopped) as raised:
            code, error = 2, raised
        printed = capfd.readouterr()
        return Outcome(code, str(error or ""), printed.out, printed.err, tmp_path / out)

    return run
