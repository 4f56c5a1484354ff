"""Hugging Face's Trainer with our order of examples, throughput in the log, and checkpoints that are vouched for."""

import time
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer
from transformers.trainer_utils import rotate_checkpoints

from toolalpaca.training.collate import LengthGrouped
from toolalpaca.training.resume import vouch_for
from toolalpaca.training.throughput import Meter


class SftTrainer(Trainer):
    """Trains on datasets that know their examples' `lengths`, with batches that carry `counts`."""

    def __init__(self, *args: Any, lengths: Any, meter: Meter, eval_collator: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lengths, self.meter, self.eval_collator = lengths, meter, eval_collator
        self._grouped: LengthGrouped | None = None

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        seed = self.args.seed if self.args.data_seed is None else self.args.data_seed
        self._grouped = LengthGrouped(self.lengths, self.args.train_batch_size * self.args.world_size, seed)
        return self._grouped

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
        if self._grouped is not None:
            self._grouped.set_epoch(kwargs["epoch"])  # also where a resumed run enters in the middle of an epoch
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
        """Save, vouch for what was saved, and only then delete older checkpoints."""
        began, limit = time.perf_counter(), self.args.save_total_limit
        self.args.save_total_limit = None
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self.args.save_total_limit = limit
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            vouch_for(Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}")
            rotate_checkpoints(output_dir=str(self.args.output_dir), save_total_limit=limit,
                               best_model_checkpoint=self.state.best_model_checkpoint, use_mtime=False)
        self.meter.pause(time.perf_counter() - began)
