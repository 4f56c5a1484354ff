"""Hugging Face's Trainer with our order of examples, throughput in the log and checkpoints with a manifest; its
arguments from the command line, and its log as lines for a person."""

import json
import os
import time
from pathlib import Path
from typing import Any, NoReturn

import torch
from tqdm import tqdm
from transformers import (
    HfArgumentParser,
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json
from toolalpaca.core.log import one_line
from toolalpaca.training.command_line import option_pairs
from toolalpaca.training.resume import delete_older, write_manifest
from toolalpaca.training.sampling import BundleSampler, LengthGrouped
from toolalpaca.training.throughput import ThroughputMeter


class PassedOn(HfArgumentParser):
    """Parses options that are passed on to a library's class of arguments, of which there are 130 or more.

    Raises UsageError, with where they are explained, instead of printing them.
    """

    def __init__(self, kind: Any, explained: str) -> None:
        super().__init__(kind, allow_abbrev=False)
        self._explained = explained

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self._explained}")


def training_arguments(arguments: list[str]) -> TrainingArguments:
    """Return the arguments, parsed; raise UsageError for what transformers or DeepSpeed would refuse."""
    given = dict(option_pairs(arguments))
    if "output_dir" not in given:
        raise UsageError("--output_dir is missing; see python train.py --help")
    if given.get("deepspeed"):
        check_deepspeed_file(given["deepspeed"][0])
    try:
        parser = PassedOn(TrainingArguments, "python train.py --help")
        parsed, unknown = parser.parse_args_into_dataclasses(arguments, return_remaining_strings=True,
                                                             look_for_args_file=False)
    except (ValueError, ImportError, OSError) as error:
        about = f"--deepspeed {given['deepspeed'][0]}: " if "DeepSpeed" in str(error) and given.get("deepspeed") else ""
        raise UsageError(about + one_line(error)) from None
    if unknown:
        raise UsageError(f"unknown option {unknown[0]}; see python train.py --help, and transformers.TrainingArguments "
                         "for the options passed on")
    check_deepspeed_agrees(parsed)
    if parsed.hub_token:  # it would be saved with the arguments in every checkpoint
        os.environ["HF_TOKEN"], parsed.hub_token = parsed.hub_token, None
    return parsed


def check_deepspeed_file(text: str) -> None:
    """Raise UsageError unless `--deepspeed` names a JSON object, or is one."""
    if text.lstrip().startswith("{"):
        try:
            value: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"--deepspeed: not valid JSON ({error})") from None
    else:
        value = read_json(Path(text))
    if not isinstance(value, dict):
        raise UsageError(f"--deepspeed {text}: expected a JSON object of DeepSpeed settings")


def check_deepspeed_agrees(parsed: TrainingArguments) -> None:
    """Raise UsageError if the DeepSpeed file says something else than the command line."""
    config = getattr(parsed, "hf_deepspeed_config", None)
    if config is not None and config.mismatches:
        found = "; ".join(line.removeprefix("- ds ").replace(" vs hf ", " against --") for line in config.mismatches)
        raise UsageError(f"--deepspeed {parsed.deepspeed}: contradicts the command line: {found}; write \"auto\" there "
                         "to follow the command line")


def join_processes(args: TrainingArguments) -> None:
    """Let DeepSpeed know of the other processes before a model is spread over them.

    On a CPU the processes are joined without DeepSpeed, which would then take itself to be alone.
    """
    if args.deepspeed:
        import deepspeed

        deepspeed.init_distributed(auto_mpi_discovery=False, verbose=False)


# What is shown of an entry: its key, how the figure is written, and a factor.
_SHOWN = (("loss", "loss {:.4g}", 1), ("eval_loss", "held-out loss {:.4g}", 1), ("grad_norm", "gradient {:.3g}", 1),
          ("learning_rate", "learning rate {:.2e}", 1), ("examples_per_second", "{:,.3g} examples/s", 1),
          ("non_padding_tokens_per_second", "{:,.0f} tokens/s", 1), ("padding_share", "padding {:.1f} %", 100),
          ("model_flops_utilisation", "MFU {:.1f} %", 100), ("peak_memory_gb", "{:.2f} GB", 1))


def log_words(entry: dict[str, Any], step: int, steps: int) -> str:
    """Return an entry of the trainer's log in words, or "" if there is nothing for a person in it."""
    words = [text.format(float(entry[key]) * factor) for key, text, factor in _SHOWN if key in entry]
    if not {"loss", "eval_loss"} & set(entry):
        return ""
    return " · ".join([f"update {step} of {steps}", f"epoch {float(entry.get('epoch', 0)):.2f}", *words])


class LogLines(TrainerCallback):
    """Prints each entry of the log as a line on standard output."""

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl,
               logs: dict[str, Any] | None = None, **_: Any) -> None:
        line = log_words(logs or {}, state.global_step, state.max_steps)
        if line and state.is_world_process_zero:
            tqdm.write(line)


class _Bar(ProgressCallback):
    """transformers' progress bar, without the dictionaries that it prints."""

    def on_log(self, *_: Any, **__: Any) -> None:
        """Leave the log to LogLines."""


def print_lines(trainer: Trainer) -> None:
    """Let a trainer print lines instead of dictionaries."""
    if trainer.pop_callback(ProgressCallback) is not None:
        trainer.add_callback(_Bar)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(LogLines)


def data_seed(args: TrainingArguments) -> int:
    """Return the seed of the order of examples."""
    return args.seed if args.data_seed is None else args.data_seed


class SftTrainer(Trainer):
    """Trains on batches that carry `counts`, in the order of `sampler`, or of the examples' `lengths` without one."""

    def __init__(self, *args: Any, lengths: Any, sampler: BundleSampler | None, meter: ThroughputMeter,
                 eval_collator: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lengths, self.meter, self.eval_collator = lengths, meter, eval_collator
        self._bundles = sampler
        self._ordered: BundleSampler | LengthGrouped | None = sampler

    def get_train_dataloader(self) -> Any:
        """Return the batches; each holds everything that a device processes at a time."""
        examples = self._train_batch_size
        self._train_batch_size = examples if self._bundles is None else 1
        try:
            return super().get_train_dataloader()
        finally:
            self._train_batch_size = examples

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        if self._bundles is not None:
            return self._bundles
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        self._ordered = LengthGrouped(self.lengths, self.args.train_batch_size * self.args.world_size,
                                      data_seed(self.args))
        return self._ordered

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Return the batches of held-out examples, which are padded and not packed."""
        collator, self.data_collator = self.data_collator, self.eval_collator
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.data_collator = collator

    def _get_eval_sampler(self, eval_dataset: Any) -> Any:
        return None if self.args.world_size > 1 else torch.utils.data.SequentialSampler(eval_dataset)

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:
        if self._ordered is not None:
            self._ordered.set_epoch(kwargs["epoch"])  # also if a resumed run enters in the middle of an epoch
        super()._run_epoch(*args, **kwargs)

    def _prepare_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        counts = inputs.pop("counts", None)
        prepared = super()._prepare_inputs(inputs)
        if counts is not None and self.model is not None and self.model.training:
            self.meter.add(counts.to(self.args.device))
        return prepared

    def _get_num_items_in_batch(self, batch_samples: list, device: torch.device) -> Any:
        """Return at least 1, since a batch may hold nothing but an example that is left out."""
        number = super()._get_num_items_in_batch(batch_samples, device)
        return number.clamp(min=1) if torch.is_tensor(number) else number

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if "loss" in logs:
            logs.update(self.meter.read(self._summed))
        super().log(logs, start_time)

    def _summed(self, counts: torch.Tensor) -> torch.Tensor:
        return self.accelerator.reduce(counts, reduction="sum")

    def train(self, *args: Any, **kwargs: Any) -> Any:
        self.meter.start()
        return super().train(*args, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        began = time.perf_counter()
        metrics = super().evaluate(*args, **kwargs)
        self.meter.pause(time.perf_counter() - began)
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save, write the manifest of what was saved, and only then delete older checkpoints."""
        began, limit = time.perf_counter(), self.args.save_total_limit
        self.args.save_total_limit = None
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self.args.save_total_limit = limit
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            saved = Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}"
            write_manifest(saved)
            delete_older(saved, limit, self.state.best_model_checkpoint)
        self.meter.pause(time.perf_counter() - began)
