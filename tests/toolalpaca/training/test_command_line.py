"""The command line of train.py: old names in today's words, values that cannot be, options without users' guesses."""

import os

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.training.command_line import parse_command_line
from toolalpaca.training.hardware import Machine, fitting_plan
from toolalpaca.training.trainer import training_arguments

BASE = ["--model_name_or_path", "M", "--data_path", "D", "--output_dir", "O"]
PAPER = [*BASE, "--bf16", "True", "--num_train_epochs", "3", "--per_device_train_batch_size", "32",
         "--per_device_eval_batch_size", "1", "--gradient_accumulation_steps", "2", "--evaluation_strategy", "no",
         "--save_strategy", "epoch", "--save_total_limit", "10", "--learning_rate", "2e-5", "--weight_decay", "0.",
         "--warmup_ratio", "0.03", "--lr_scheduler_type", "cosine", "--logging_steps", "1", "--tf32", "True",
         "--model_max_length", "2048", "--gradient_checkpointing", "True", "--lazy_preprocess", "True"]
GPU = Machine(gpus=2, bf16=True, tf32=True)
OLD_GPU = Machine(gpus=1)
NO_GPU = Machine()


def training(*flags: str) -> list[str]:
    return parse_command_line("doc", [*BASE, *flags]).training


def test_the_papers_command_means_what_it_meant() -> None:
    line = parse_command_line("doc", PAPER)
    assert (line.options.model_max_length, line.options.lazy_preprocess) == (2048, True)
    plan = fitting_plan(line.training, "auto", NO_GPU, {})
    assert plan.changes == ["--bf16 becomes float32", "--tf32 is left out"]
    args = training_arguments(plan.training)
    assert args.eval_strategy.value == "no" and args.save_strategy.value == "epoch" and args.save_total_limit == 10
    assert args.get_warmup_steps(1000) == 30
    assert (args.learning_rate, args.weight_decay, args.num_train_epochs, args.logging_steps) == (2e-5, 0.0, 3, 1)
    assert (args.per_device_train_batch_size, args.gradient_accumulation_steps) == (32, 2)
    assert args.activation_checkpointing is True and args.lr_scheduler_type.value == "cosine"
    assert args.train_sampling_strategy == "group_by_length"


@pytest.mark.parametrize(("flags", "expected"), [
    (["--evaluation_strategy", "no"], ["--eval_strategy", "no"]),
    (["--evaluation_strategy=no"], ["--eval_strategy", "no"]),
    (["--group_by_length", "True"], ["--train_sampling_strategy", "group_by_length"]),
    (["--group_by_length", "False"], ["--train_sampling_strategy", "random"]),
    (["--no_cuda", "True"], ["--use_cpu", "True"]),
    (["--warmup_ratio", "0.03", "--warmup_steps", "10"], ["--warmup_steps", "10"]),
    (["--warmup_steps", "0", "--warmup_ratio", "0.03"], ["--warmup_steps", "0", "--warmup_steps", "0.03"]),
    (["--max-steps", "-1"], ["--max_steps", "-1"]),
    (["--save_safetensors", "True"], []),
    (["--overwrite_output_dir"], []),
])
def test_old_names(flags: list[str], expected: list[str]) -> None:
    passed = training(*flags)
    for word in expected:
        assert word in passed
    assert len(passed) == 2 + len(expected)


def test_overwriting_and_the_log_folder_become_ours() -> None:
    options = parse_command_line("doc", [*BASE, "--overwrite_output_dir", "True", "--logging_dir", "L"]).options
    assert options.overwrite is True and options.logging_dir == "L"
    assert parse_command_line("doc", BASE).options.overwrite is False


@pytest.mark.parametrize(("flags", "said"), [
    (["--warmup_ratio", "3"], "--warmup_ratio 3"),
    (["--warmup_ratio", "few"], "expected a number"),
    (["--group_by_length", "maybe"], "neither True nor False"),
    (["--save_safetensors", "False"], "safetensors only"),
])
def test_values_that_cannot_be(flags: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        training(*flags)


@pytest.mark.parametrize(("missing", "left"), [("--model_name_or_path", BASE[2:]), ("--data_path", BASE[:2])])
def test_what_is_missing_is_named(missing: str, left: list[str]) -> None:
    with pytest.raises(UsageError, match=missing):
        parse_command_line("doc", left)


@pytest.mark.parametrize(("flags", "said"), [
    (["--no_such_option", "1"], "unknown option --no_such_option"),
    (["--num_train_epochs", "three"], "num_train_epochs"),
    (["--lr_scheduler_type", "zigzag"], "zigzag"),
    (["--fp16", "True", "--bf16", "True", "--use_cpu", "True"], "fp16 and bf16"),
])
def test_what_transformers_refuses_is_one_line(flags: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        training_arguments(training(*flags))
    assert said in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_without_an_output_folder() -> None:
    with pytest.raises(UsageError, match="--output_dir is missing"):
        training_arguments(parse_command_line("doc", BASE[:4]).training)


def value(plan_training: list[str], name: str) -> str | None:
    places = [index for index, word in enumerate(plan_training) if word == f"--{name}"]
    return plan_training[places[-1] + 1] if places else None


def test_a_gpu_gets_bfloat16_unless_told_otherwise() -> None:
    assert value(fitting_plan(training(), "auto", GPU, {}).training, "bf16") == "True"
    assert value(fitting_plan(training("--bf16", "False"), "auto", GPU, {}).training, "bf16") == "False"
    assert value(fitting_plan(training("--fp16", "True"), "auto", GPU, {}).training, "bf16") is None
    assert value(fitting_plan(training("--use_cpu", "True"), "auto", GPU, {}).training, "bf16") is None
    assert value(fitting_plan(training(), "auto", OLD_GPU, {}).training, "bf16") is None


def test_a_cpu_gets_bfloat16_if_it_is_asked_for_and_has_it() -> None:
    with_bfloat16 = Machine(gpus=2, cpu_bf16=True)
    asked = training("--bf16", "True", "--use_cpu", "True")
    assert value(fitting_plan(asked, "auto", with_bfloat16, {}).training, "bf16") == "True"
    assert value(fitting_plan(training("--use_cpu", "True"), "auto", with_bfloat16, {}).training, "bf16") is None
    without = fitting_plan(asked, "auto", GPU, {})
    assert value(without.training, "bf16") == "False" and without.changes == ["--bf16 becomes float32"]


def test_an_older_gpu_gets_the_nearest_thing() -> None:
    plan = fitting_plan(training("--bf16", "True", "--tf32", "True"), "flash_attention_2", OLD_GPU, {})
    assert (value(plan.training, "bf16"), value(plan.training, "fp16")) == ("False", "True")
    assert (value(plan.training, "tf32"), plan.attention) == ("False", "sdpa")
    assert len(plan.changes) == 3


def test_attention_and_kernels_follow_what_is_installed() -> None:
    full = Machine(gpus=1, bf16=True, tf32=True, flash_attention=True, liger=True)
    assert fitting_plan(training(), "auto", full, {}).attention == "flash_attention_2"
    assert value(fitting_plan(training(), "auto", full, {}).training, "use_liger_kernel") == "True"
    assert fitting_plan(training(), "eager", full, {}).attention == "eager"
    assert fitting_plan(training(), "auto", NO_GPU, {}).attention == "sdpa"


@pytest.mark.parametrize("word", ["y", "T", "yes", "1"])
def test_a_switch_means_what_transformers_takes_it_for(word: str) -> None:
    assert fitting_plan(training("--bf16", word), "auto", NO_GPU, {}).changes == ["--bf16 becomes float32"]


@pytest.mark.parametrize("name", ["use_cpu", "bf16", "tf32"])
def test_a_switch_that_is_neither_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}: 'maybe' is neither True nor False"):
        fitting_plan(training(f"--{name}", "maybe"), "auto", GPU, {})


@pytest.mark.parametrize(("machine", "started", "flags", "refused"), [
    (GPU, {"LOCAL_WORLD_SIZE": "2"}, [], False), (GPU, {"LOCAL_WORLD_SIZE": "3"}, [], True),
    (GPU, {"LOCAL_SIZE": "3"}, [], True), (NO_GPU, {"LOCAL_SIZE": "2"}, [], True), (NO_GPU, {}, [], False),
    (NO_GPU, {"LOCAL_SIZE": "2"}, ["--use_cpu", "True"], False)])
def test_more_processes_than_gpus(machine: Machine, started: dict[str, str], flags: list[str], refused: bool) -> None:
    if not refused:
        fitting_plan(training(*flags), "auto", machine, started)
        return
    with pytest.raises(UsageError, match="processes were started, but this machine has"):
        fitting_plan(training(*flags), "auto", machine, started)


def test_a_hub_token_is_not_kept_in_the_arguments_that_checkpoints_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "")
    args = training_arguments(training("--hub_token", "hf_secret"))
    assert args.hub_token is None and os.environ["HF_TOKEN"] == "hf_secret"


def test_the_log_is_a_line_for_a_person() -> None:
    from toolalpaca.training.trainer import log_words

    entry = {"loss": 6.3841, "grad_norm": "1.25", "learning_rate": 5e-5, "epoch": 0.25, "padding_share": 0.031,
             "examples_per_second": 12.3456, "non_padding_tokens_per_second": 45678.9, "peak_memory_gb": 1.5}
    assert log_words(entry, 7, 141) == (
        "update 7 of 141 · epoch 0.25 · loss 6.384 · gradient 1.25 · learning rate 5.00e-05 · 12.3 examples/s · "
        "45,679 tokens/s · padding 3.1 % · 1.50 GB")
    assert log_words({"eval_loss": 2.0, "epoch": 1.0}, 9, 9) == "update 9 of 9 · epoch 1.00 · held-out loss 2"
    assert log_words({"train_runtime": 3.0}, 9, 9) == ""
