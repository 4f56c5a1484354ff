"""The trainer's log as lines for a person; files get the same figures under their own names."""

from typing import Any

from tqdm import tqdm
from transformers import PrinterCallback, ProgressCallback, Trainer, TrainerCallback, TrainerControl, TrainerState
from transformers import TrainingArguments as Arguments

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

    def on_log(self, args: Arguments, state: TrainerState, control: TrainerControl,
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
