"""Hugging Face's Trainer with our order of examples, throughput in the log, and checkpoints with a manifest."""

import time
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainingArguments
from transformers.trainer_utils import rotate_checkpoints

from toolalpaca.training.resume import write_manifest
from toolalpaca.training.sampling import BundleSampler, LengthGrouped
from toolalpaca.training.throughput import ThroughputMeter


def data_seed(args: TrainingArguments) -> int:
    """Return the seed of the order of examples."""
    return args.seed if args.data_seed is None else args.data_seed


class SftTrainer(Trainer):
    """Trains on batches that carry `counts`, in the order of `sampler`, or of the examples' `lengths` without one."""

    def __init__(self, *args: Any, lengths: Any, sampler: BundleSampler | None, meter: ThroughputMeter,
                 eval_collator: Any,
                 **kwargs: Any) -> None:
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
        """Held-out examples are padded, not packed."""
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
        """At least one, since a batch may hold nothing but an example that is left out."""
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
            write_manifest(Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}")
            rotate_checkpoints(output_dir=str(self.args.output_dir), save_total_limit=limit,
                               best_model_checkpoint=self.state.best_model_checkpoint, use_mtime=False)
        self.meter.pause(time.perf_counter() - began)
