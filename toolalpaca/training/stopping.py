"""Stopping when asked: SIGTERM or Ctrl-C lets the update in progress end, saves a checkpoint and leaves."""

import signal
from types import FrameType
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from toolalpaca.cli import say

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopWhenAsked(TrainerCallback):
    """Ends training after the update in which any process was signalled. A second signal ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(number, self._before[number])
        say(f"{signal.Signals(number).name}: saving a checkpoint after this update; a second signal stops at once")

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
        """The same answer in every process, since all must leave at the same update."""
        if args.world_size == 1:
            return self.asked
        answer = torch.tensor([int(self.asked)], device=args.device)
        torch.distributed.all_reduce(answer, op=torch.distributed.ReduceOp.MAX)
        return bool(answer.item())
