"""One training run from command line to model folder, which ends with a checkpoint if it is stopped."""

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import datasets
import torch
import transformers
from safetensors import SafetensorError
from transformers import PreTrainedTokenizerBase, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from toolalpaca.conversation.golden_prompt import FILE_NAME as GOLDEN_NAME
from toolalpaca.conversation.golden_prompt import write_golden_prompt
from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.core.log import log_line, log_on_rank_0
from toolalpaca.core.run_log import Report
from toolalpaca.core.text import one_line
from toolalpaca.training import attention as grouped_rows
from toolalpaca.training.collate import FlatBatches, PaddedBatches
from toolalpaca.training.command_line import TrainingOptions
from toolalpaca.training.data import Examples, RowPlan, training_examples
from toolalpaca.training.encoders import encoder_for, example_format, golden_prompt
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
from toolalpaca.training.show_masks import show_masks
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
    """Train as the command line says, or show masks; the exit code. Raises UsageError and StageStopped."""
    _quiet()
    check_options(options)
    if options.show_masks:
        return _show(options)
    args = training_arguments(plan.training)
    if plan.changes:
        log_on_rank_0(f"not possible on this machine: {'; '.join(plan.changes)}")
    if options.logging_dir:
        os.environ["TENSORBOARD_LOGGING_DIR"] = options.logging_dir
    return _train(options, args, plan.attention)


def _quiet() -> None:
    """Bars only for a person at a terminal."""
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
        transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()


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
        attention = grouped_rows.NAME
    resume = checkpoint_to_resume(options, output_dir, args.resume_from_checkpoint)
    join_processes(args)
    model = load_model(options, args, attention, tokenizer)
    _check_disk(model, options, args, train)
    stop = StopWhenAsked()
    trainer = _trainer(options, args, model, tokenizer, train, held_out, attention, stop)
    if trainer.is_world_process_zero():
        begin_run(options, output_dir)
    _fit(trainer, resume, output_dir, stop)
    _finish(trainer, options, args, held_out, report, train, tokenizer)
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


def _trainer(options: TrainingOptions, args: TrainingArguments, model: Any, tokenizer: PreTrainedTokenizerBase,
             train: Examples, held_out: Examples | None, attention: str, stop: StopWhenAsked) -> SftTrainer:
    if args.disable_tqdm is False and not sys.stderr.isatty():
        args.disable_tqdm = True
    pad = padding_id(tokenizer)
    grouped = attention == grouped_rows.NAME
    batches: Any = FlatBatches(with_layout=grouped) if train.sampler else PaddedBatches(pad)
    meter = ThroughputMeter(cost_of(model), args.device, peak_flops(args.device, options.peak_tflops),
                            devices=args.world_size)
    trainer = SftTrainer(model=model, args=args, train_dataset=train.dataset, data_collator=batches,
                         eval_dataset=held_out.dataset if held_out else None, processing_class=tokenizer,
                         callbacks=[stop], lengths=train.lengths, sampler=train.sampler, meter=meter,
                         eval_collator=FlatBatches() if grouped else PaddedBatches(pad))
    print_lines(trainer)
    return trainer


def _check_disk(model: Any, options: TrainingOptions, args: TrainingArguments, train: Examples) -> None:
    total, trained = parameter_counts(model)
    check_space(Path(str(args.output_dir)), bytes_needed(
        trained if options.lora_r else total, trained, weight_bytes=weight_type(options, args).itemsize,
        checkpoints=checkpoints_ahead(args, len(train.lengths))))


def _fit(trainer: SftTrainer, resume: Path | None, output_dir: Path, stop: StopWhenAsked) -> None:
    """Train; raises StageStopped if asked to stop, and UsageError for what a person can repair."""
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except torch.OutOfMemoryError as error:
        raise UsageError(f"the GPU's memory is full ({one_line(error)}); lower --per_device_train_batch_size, or give "
                         "--gradient_checkpointing True") from None
    except (OSError, SafetensorError) as error:
        if "No space left" in str(error):
            raise UsageError(f"{output_dir}: the disk is full; make room and run the same command again to go on from "
                             "the newest complete checkpoint") from None
        raise
    except ValueError as error:
        if "DeepSpeed config values" in str(error):
            raise UsageError(f"--deepspeed: {one_line(error)}") from None
        raise
    if stop.asked:
        raise StageStopped(f"checkpoint saved at update {trainer.state.global_step} in {output_dir}; run the same "
                           "command again to go on")


def _finish(trainer: SftTrainer, options: TrainingOptions, args: TrainingArguments, held_out: Examples | None,
            report: Report, train: Examples, tokenizer: PreTrainedTokenizerBase) -> None:
    """Save the model, the log with its totals, the curve, and the merged model where asked."""
    rates = trainer.meter.whole_run()
    if held_out:
        rates["eval_loss"] = trainer.evaluate()["eval_loss"]
    trainer.save_model()
    entry: dict[str, Any] = {"step": trainer.state.global_step, "whole_run": rates}
    trainer.state.log_history.append(entry)
    trainer.save_state()
    if trainer.is_world_process_zero():
        output_dir = Path(str(args.output_dir))
        write_golden_prompt(output_dir, golden_prompt(options.data_path, tokenizer))
        write_loss_png(trainer.state.log_history, output_dir / "loss.png")
        if options.merge_adapter:
            merge_adapter(options.model_name_or_path, output_dir, output_dir / "merged", weight_type(options, args))
            tokenizer.save_pretrained(output_dir / "merged")
            shutil.copy(output_dir / GOLDEN_NAME, output_dir / "merged")
        report.made, report.files = train.count, [output_dir]
        report.settings |= {"updates": trainer.state.global_step, **rates}
        report.notes.append("train: " + " · ".join(_in_words(trainer, rates)))
        report.close(output_dir)


def _in_words(trainer: SftTrainer, rates: dict[str, float]) -> list[str]:
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    words = [f"{trainer.state.global_step} updates"]
    if losses:
        words.append(f"loss {losses[0]:.4f} to {losses[-1]:.4f}")
    words += [f"{name.replace('_', ' ')} {figure(value)}" for name, value in rates.items()]
    return words


def figure(value: float) -> str:
    """Four digits of a small number, all whole ones of a large: 0.00462 and 28,504, never 2.85e+04."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
