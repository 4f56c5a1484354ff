"""One training run from command line to model folder, which ends with a checkpoint if it is stopped."""

import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from types import FrameType
from typing import Any

import datasets
import torch
from safetensors import SafetensorError
from transformers import PreTrainedTokenizerBase, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from toolalpaca.conversation.golden_prompt import FILE_NAME as GOLDEN_NAME
from toolalpaca.conversation.golden_prompt import write_golden_prompt
from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.core.log import log_line, log_on_rank_0, one_line, quiet_transformers
from toolalpaca.core.run_log import Report
from toolalpaca.training import attention as grouped_rows
from toolalpaca.training.collate import FlatBatches, PaddedBatches
from toolalpaca.training.command_line import TrainingOptions
from toolalpaca.training.data import Examples, RowPlan, training_examples
from toolalpaca.training.encoders import encoder_for, example_format, golden_prompt, show_masks
from toolalpaca.training.hardware import Plan, bytes_needed, check_space, check_writable, checkpoints_ahead
from toolalpaca.training.loss_curve import write_loss_png
from toolalpaca.training.model_loading import (
    check_length,
    check_options,
    check_packing,
    load_model,
    merge_adapter,
    model_config,
    parameter_counts,
    weight_type,
)
from toolalpaca.training.resume import begin_run, checkpoint_to_resume
from toolalpaca.training.throughput import ThroughputMeter, cost_of, peak_flops
from toolalpaca.training.tokenizer import load_tokenizer, padding_id, set_chat_template
from toolalpaca.training.trainer import SftTrainer, data_seed, join_processes, print_lines, training_arguments

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopWhenAsked(TrainerCallback):
    """Ends training after the update in which any process was signalled. A second signal ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(number, self._before[number])
        log_line(f"{signal.Signals(number).name}: saving a checkpoint after this update; a second signal stops at once")

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl,
                       **_: Any) -> None:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        if self.asked:
            control.should_training_stop = True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._anyone_asked(args):
            self.asked = control.should_training_stop = control.should_save = True

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _anyone_asked(self, args: TrainingArguments) -> bool:
        """Return whether any process was asked to stop: the same answer in every one, since all must leave at the same
        update."""
        if args.world_size == 1:
            return self.asked
        answer = torch.tensor([int(self.asked)], device=args.device)
        torch.distributed.all_reduce(answer, op=torch.distributed.ReduceOp.MAX)
        return bool(answer.item())


def run_training(options: TrainingOptions, plan: Plan) -> int:
    """Train as the command line says, or show masks; return the exit code. Raises UsageError and StageStopped."""
    quiet_transformers()
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    check_options(options)
    if options.show_masks:
        return _show(options)
    args = training_arguments(plan.training)
    if plan.changes:
        log_on_rank_0(f"not possible on this machine: {'; '.join(plan.changes)}")
    if options.logging_dir:
        os.environ["TENSORBOARD_LOGGING_DIR"] = options.logging_dir
    return _train(options, args, plan.attention)


def _show(options: TrainingOptions) -> int:
    tokenizer = _tokenizer(options)
    show_masks(options.data_path, encoder_for(options.data_path, tokenizer), tokenizer, options.show_masks or 0)
    return 0


def _tokenizer(options: TrainingOptions) -> PreTrainedTokenizerBase:
    tokenizer = load_tokenizer(options.model_name_or_path, options.model_max_length)
    set_chat_template(tokenizer, example_format(options.data_path), options.chat_template)
    return tokenizer


def _train(options: TrainingOptions, args: TrainingArguments, attention: str) -> int:
    report = Report("train", settings={"model": options.model_name_or_path, "data": str(options.data_path)})
    output_dir = Path(str(args.output_dir))
    check_writable(output_dir)
    tokenizer = _tokenizer(options)
    config = model_config(options.model_name_or_path)
    check_length(config, options)
    rows = _row_plan(options, args, config, attention)
    with args.main_process_first(local=True):
        train = training_examples(options, tokenizer, options.data_path, rows)
        held_out = training_examples(options, tokenizer, options.eval_data_path) if options.eval_data_path else None
    if train.sampler and grouped_rows.supports(config) and (train.is_shared or attention == "sdpa"):
        attention = grouped_rows.GROUPED_ROWS
    resume = checkpoint_to_resume(options, output_dir, args.resume_from_checkpoint)
    join_processes(args)
    run = _TrainingRun(options, args, tokenizer, train, held_out)
    trainer = run.trainer(attention)
    if trainer.is_world_process_zero():
        begin_run(options, output_dir)
    run.fit(trainer, resume)
    run.finish(trainer, report)
    if torch.distributed.is_initialized():
        torch.distributed.barrier()  # a process that leaves while another still writes would end its connections
        torch.distributed.destroy_process_group()
    return 0


def _row_plan(options: TrainingOptions, args: TrainingArguments, config: Any, attention: str) -> RowPlan:
    """Return what goes into a row, by the options and by what the model can keep apart."""
    if options.packing:
        check_packing(config)
    share = options.share_group if options.share_prompts else 1
    if share > 1 and (attention == "eager" or not grouped_rows.supports(config)):
        log_on_rank_0(f"prompts are computed for each example alone: a model of type {config.model_type} with "
                      f"attention {attention} cannot share them")
        share = 1
    tokens = args.train_batch_size * options.model_max_length if options.packing else None
    return RowPlan(args.train_batch_size, tokens, share if options.packing else min(share, args.train_batch_size),
                   args.world_size, data_seed(args))


@dataclass(frozen=True)
class _TrainingRun:
    """The settings, tokenizer and examples that every step of a run needs, and whether it was asked to stop."""

    options: TrainingOptions
    args: TrainingArguments
    tokenizer: PreTrainedTokenizerBase
    train: Examples
    held_out: Examples | None
    stop: StopWhenAsked = field(default_factory=StopWhenAsked)

    @property
    def output_dir(self) -> Path:
        return Path(str(self.args.output_dir))

    def trainer(self, attention: str) -> SftTrainer:
        """Return a trainer with the model loaded; raises UsageError if the disk cannot hold what it will write."""
        model = load_model(self.options, self.args, attention, self.tokenizer)
        self._check_disk(model)
        if self.args.disable_tqdm is False and not sys.stderr.isatty():
            self.args.disable_tqdm = True
        pad = padding_id(self.tokenizer)
        grouped = attention == grouped_rows.GROUPED_ROWS
        batches: Any = FlatBatches(with_layout=grouped) if self.train.sampler else PaddedBatches(pad)
        meter = ThroughputMeter(cost_of(model), self.args.device,
                                peak_flops(self.args.device, self.options.peak_tflops), devices=self.args.world_size)
        trainer = SftTrainer(model=model, args=self.args, train_dataset=self.train.dataset, data_collator=batches,
                             eval_dataset=self.held_out.dataset if self.held_out else None,
                             processing_class=self.tokenizer, callbacks=[self.stop], lengths=self.train.lengths,
                             sampler=self.train.sampler, meter=meter,
                             eval_collator=FlatBatches() if grouped else PaddedBatches(pad))
        print_lines(trainer)
        return trainer

    def _check_disk(self, model: Any) -> None:
        total, trained = parameter_counts(model)
        check_space(self.output_dir, bytes_needed(
            trained if self.options.lora_r else total, trained,
            weight_bytes=weight_type(self.options, self.args).itemsize,
            checkpoints=checkpoints_ahead(self.args, len(self.train.lengths))))

    def fit(self, trainer: SftTrainer, resume: Path | None) -> None:
        """Train; raises StageStopped if asked to stop, and UsageError for what a person can repair."""
        try:
            trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        except torch.OutOfMemoryError as error:
            raise UsageError(f"the GPU's memory is full ({one_line(error)}); lower --per_device_train_batch_size, or "
                             "give --gradient_checkpointing True") from None
        except UnpicklingError as error:
            raise UsageError(f"{resume}: the checkpoint holds more than weights, and is not loaded "
                             f"({one_line(error, 200)})") from None
        except (OSError, SafetensorError) as error:
            if "No space left" in str(error):
                raise UsageError(f"{self.output_dir}: the disk is full; make room and run the same command again to go "
                                 "on from the newest complete checkpoint") from None
            raise
        except ValueError as error:
            if "DeepSpeed config values" in str(error):
                raise UsageError(f"--deepspeed: {one_line(error)}") from None
            raise
        if self.stop.asked:
            raise StageStopped(f"checkpoint saved at update {trainer.state.global_step} in {self.output_dir}; run the "
                               "same command again to go on")

    def finish(self, trainer: SftTrainer, report: Report) -> None:
        """Save the model, the log with its totals, the curve, and the merged model if asked."""
        rates = trainer.meter.whole_run()
        if self.held_out:
            rates["eval_loss"] = trainer.evaluate()["eval_loss"]
        trainer.save_model()
        entry: dict[str, Any] = {"step": trainer.state.global_step, "whole_run": rates}
        trainer.state.log_history.append(entry)
        trainer.save_state()
        if trainer.is_world_process_zero():
            write_golden_prompt(self.output_dir, golden_prompt(self.options.data_path, self.tokenizer))
            write_loss_png(trainer.state.log_history, self.output_dir / "loss.png")
            self._merge()
            report.made, report.files = len(self.train.lengths), [self.output_dir]
            report.settings |= {"updates": trainer.state.global_step, **rates}
            report.notes.append("train: " + " · ".join(_in_words(trainer, rates)))
            report.close(self.output_dir)

    def _merge(self) -> None:
        """Write the base model with the adapter merged into it next to the adapter, if that was asked for."""
        if self.options.merge_adapter:
            merged = self.output_dir / "merged"
            merge_adapter(self.options.model_name_or_path, self.output_dir, merged,
                          weight_type(self.options, self.args))
            self.tokenizer.save_pretrained(merged)
            shutil.copy(self.output_dir / GOLDEN_NAME, merged)


def _in_words(trainer: SftTrainer, rates: dict[str, float]) -> list[str]:
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    words = [f"{trainer.state.global_step} updates"]
    if losses:
        words.append(f"loss {losses[0]:.4f} to {losses[-1]:.4f}")
    words += [f"{name.replace('_', ' ')} {figure(value)}" for name, value in rates.items()]
    return words


def figure(value: float) -> str:
    """Return four digits of a small number and all whole ones of a large one: 0.00462 and 28,504, never 2.85e+04."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
