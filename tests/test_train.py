"""train.py from its command line, as a process: the paper's command, its launchers, exit codes and messages."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stage_command import ROOT, TIMEOUT, assert_usage_error, run_stage, stage_environment
from training_examples import segments_example

from toolalpaca.data.example_files import write_examples

SHARED = "prompts shared by up to 4 examples"
README_FLAGS = ["--bf16", "True", "--num_train_epochs", "3", "--per_device_train_batch_size", "32",
                "--per_device_eval_batch_size", "1", "--gradient_accumulation_steps", "2", "--evaluation_strategy",
                "no", "--save_strategy", "epoch", "--save_total_limit", "10", "--learning_rate", "2e-5",
                "--weight_decay", "0.", "--warmup_ratio", "0.03", "--lr_scheduler_type", "cosine", "--logging_steps",
                "1", "--tf32", "True", "--model_max_length", "2048", "--gradient_checkpointing", "True",
                "--lazy_preprocess", "True"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data file and a tiny model made by the module's own command."""
    folder = tmp_path_factory.mktemp("train")
    write_examples(folder / "sft.json", [segments_example(number) for number in range(40)])
    made = run_stage("-m", "toolalpaca.training.tiny_model", "--data", folder / "sft.json", "--out", folder / "tiny",
                     "--vocabulary", "400", "--hidden", "64", "--layers", "2")
    assert made.returncode == 0, made.stderr
    return folder


def flags(work: Path, *more: object, out: str = "out") -> list[str]:
    return [str(word) for word in ("--model_name_or_path", work / "tiny", "--data_path", work / "sft.json",
                                   "--output_dir", work / out, "--cache_dir", work / "cache", *more)]


def test_help_describes_everything() -> None:
    result = run_stage("train.py", "--help")
    assert result.returncode == 0
    for word in ("--packing", "--overlong", "--lora_r", "--evaluation_strategy", "--warmup_ratio", "--deepspeed",
                 "Every option of transformers.TrainingArguments is accepted"):
        assert word in " ".join(result.stdout.split()), word


def test_the_papers_command_as_written(work: Path) -> None:
    result = run_stage("train.py", *flags(work, *README_FLAGS))
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("not possible on this machine: --bf16 becomes float32; --tf32 is left out") <= 1
    assert "Warning" not in result.stderr, result.stderr
    assert {"config.json", "model.safetensors", "tokenizer.json", "trainer_state.json", "loss.png",
            "checkpoint-3"} <= {path.name for path in (work / "out").iterdir()}
    assert re.search(r"update 3 of 3 · epoch 3\.00 · loss [0-9.]+ · .* examples/s · .* tokens/s · padding 0.0 %",
                     result.stdout), result.stdout


def test_sigterm_saves_and_exits_with_3(work: Path) -> None:
    command = [sys.executable, "train.py", *flags(
        work, "--per_device_train_batch_size", "1", "--num_train_epochs", "500", "--logging_steps", "1", out="stopped")]
    process = subprocess.Popen(command, cwd=ROOT, env=stage_environment(PYTHONUNBUFFERED="1"), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if "· loss " in line:
            process.send_signal(signal.SIGTERM)
            break
    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3, errors
    assert "stopped: checkpoint saved at update" in errors and "Traceback" not in errors
    [checkpoint] = (work / "stopped").glob("checkpoint-*")
    assert (checkpoint / "checkpoint_files.json").exists()


@pytest.mark.parametrize(("more", "words"), [
    (["--data_path", "none.json"], ["none.json", "no such file"]),
    (["--model_name_or_path", "no/such-model"], ["no/such-model"]),
    (["--model_name_or_path", "UNTOKENED"], ["no tokenizer"]),
    (["--model_name_or_path", "runs/no/such"], ["runs/no/such", "no such folder"]),
    (["--model_name_or_path", "tests"], ["tests", "holds no Hugging Face model"]),
    (["--output_dir", "train.py"], ["train.py", "is a file"]),
    (["--frobnicate", "1"], ["unknown option --frobnicate"]),
    (["--overlong", "shrink"], ["--overlong"]),
    (["--deepspeed", "none.json"], ["none.json", "no such file"]),
    (["--deepspeed", "CONTRADICTION", "--use_cpu", "True"],
     ["contradicts the command line", "train_micro_batch_size_per_gpu=7", "per_device_train_batch_size=8"]),
    (["--deepspeed", "EMPTY", "--use_cpu", "True"], ["--deepspeed", "empty.json", "ZeRO"]),
    (["--packing", "--lazy_preprocess"], ["--packing", "--lazy_preprocess"]),
    (["--merge_adapter", "True"], ["--merge_adapter needs --lora_r"]),
    (["--qlora", "--lora_r", "4"], ["--qlora needs"]),
    (["--model_max_length", "100000"], ["the model has 4096 positions"]),
    (["--resume_from_checkpoint", "nowhere"], ["nowhere", "not a checkpoint"]),
])
def test_bad_input_is_one_line(work: Path, more: list[str], words: list[str], capsys: pytest.CaptureFixture[str],
                               monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, through the script's own main, since a process costs seconds of imports."""
    import train
    from toolalpaca.core.cli import run_main

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (work / "contradiction.json").write_text(json.dumps({
        "zero_optimization": {"stage": 2}, "train_micro_batch_size_per_gpu": 7, "train_batch_size": "auto",
        "gradient_accumulation_steps": "auto"}))
    (work / "empty.json").write_text("{}")
    untokened = work / "untokened"
    untokened.mkdir(exist_ok=True)
    for name in ("config.json", "model.safetensors"):
        (untokened / name).write_bytes((work / "tiny" / name).read_bytes())
    places = {"CONTRADICTION": str(work / "contradiction.json"), "UNTOKENED": str(untokened),
              "EMPTY": str(work / "empty.json")}
    argv = flags(work, *(places.get(word, word) for word in more), out="bad")
    with pytest.raises(SystemExit) as left:
        run_main(lambda: train.main(argv))
    errors = capsys.readouterr().err
    assert left.value.code == 2, errors
    last = errors.strip().splitlines()[-1]
    assert "error: " in last, errors  # behind the program's name where argparse says it
    assert "Traceback" not in errors
    for word in words:
        assert word in " ".join(errors.split()), errors


def test_more_processes_than_gpus_is_one_line(work: Path) -> None:
    result = run_stage("train.py", *flags(work), LOCAL_WORLD_SIZE="2", CUDA_VISIBLE_DEVICES="")
    assert_usage_error(result, "2 processes were started, but this machine has no GPU", "--use_cpu True")


# Fast enough for the loss to fall by a fifth, so that equal losses say something.
SHARING = ["--use_cpu", "True", *README_FLAGS, "--share_group", "4", "--learning_rate", "2e-3"]


def launched(work: Path, launcher: list[str], out: str, *more: str) -> list[float]:
    """Train with two processes on the CPU, with prompts shared; gives the losses."""
    [program, *options] = launcher
    path = Path(sys.executable).parent
    result = subprocess.run(
        [path / program, *options, "train.py", *more,
         *flags(work, *SHARING, "--per_device_train_batch_size", "4", out=out)],
        cwd=ROOT, env=stage_environment(PATH=f"{path}:/usr/bin:/bin"), capture_output=True, text=True, timeout=880,
        check=False)
    shown = result.stdout + result.stderr
    assert result.returncode == 0, shown[-3000:]
    assert shown.count("tokenised while training") == 1
    assert SHARED in shown, shown[-3000:]
    return losses(work / out)


@pytest.fixture(scope="module")
def alone(work: Path) -> list[float]:
    """The losses of one process that trains as many examples in an update as two."""
    result = run_stage("train.py", *flags(work, *SHARING, "--per_device_train_batch_size", "8", out="alone"))
    assert result.returncode == 0, result.stderr
    assert SHARED in result.stdout + result.stderr
    return losses(work / "alone")


def losses(folder: Path) -> list[float]:
    state = json.loads((folder / "trainer_state.json").read_text())
    return [entry["loss"] for entry in state["log_history"] if "loss" in entry]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_torchrun_with_two_processes_trains_like_one(work: Path, alone: list[float]) -> None:
    two = launched(work, ["torchrun", "--nproc_per_node=2", "--master_port=29611"], "torchrun")
    assert two == pytest.approx(alone, rel=5e-3)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("config", ["zero1", "zero2", "zero3", "zero3_offload"])
def test_deepspeed_with_two_processes_trains_like_one(work: Path, config: str, alone: list[float]) -> None:
    from transformers import AutoModelForCausalLM

    two = launched(work, ["deepspeed", "--num_gpus=2", "--master_port=29612"], config, "--deepspeed",
                   f"configs/{config}.json")
    assert two == pytest.approx(alone, rel=5e-3)
    AutoModelForCausalLM.from_pretrained(work / config)
