"""The command line of `train.py`, without the heavy libraries that training needs.

Our own options are parsed here; everything else is handed on to transformers, under the names it has today.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.core.cli import from_options, non_negative_int, positive_float, positive_int, stage_parser
from toolalpaca.core.errors import UsageError

OVERLONG = ("drop", "truncate_left", "truncate_right", "error")
SHARE_GROUP = 5  # examples that share a prompt; docs/training.md has the loss curves that it was chosen by
ATTENTION_KERNELS = ("auto", "sdpa", "flash_attention_2", "eager")


@dataclass(frozen=True)
class TrainingOptions:
    """Our own options of `train.py`, under the names of its flags."""

    model_name_or_path: str
    data_path: Path
    eval_data_path: Path | None
    model_max_length: int
    overlong: str
    lazy_preprocess: bool
    preprocessing_num_workers: int | None
    cache_dir: Path | None
    chat_template: Path | None
    show_masks: int | None
    share_prompts: bool
    share_group: int
    packing: bool
    attn_implementation: str
    dtype: str
    lora_r: int
    lora_alpha: float | None
    lora_layers: int | None
    start_adapter: str | None
    qlora: bool
    merge_adapter: bool
    overwrite: bool
    peak_tflops: float | None
    logging_dir: str | None


@dataclass(frozen=True)
class CommandLine:
    """Our options, and the arguments that are transformers' to parse."""

    options: TrainingOptions
    training: list[str]


def parse_command_line(doc: str | None, argv: Sequence[str] | None) -> CommandLine:
    """Split the arguments; raise UsageError for values that cannot be, and exit for `--help`."""
    parser = stage_parser(doc)
    parser.usage = "%(prog)s --model_name_or_path M --data_path D --output_dir O [option ...]"
    _add_data_flags(parser.add_argument_group("model and data"))
    _add_efficiency_flags(parser.add_argument_group("memory and speed"))
    _add_run_flags(parser.add_argument_group("the run"))
    _add_passed_on(parser.add_argument_group(
        "passed on to transformers", "Every option of transformers.TrainingArguments is accepted; these are the ones "
        "of the paper's command, under their old names too."))
    parser.set_defaults(logging_dir=None)
    options, rest = parser.parse_known_args(argv)
    passed = options.__dict__.pop("passed_on", None) or []
    if not options.model_name_or_path or not options.data_path:
        missing = "--data_path" if options.model_name_or_path else "--model_name_or_path"
        raise UsageError(f"{missing} is missing; see python train.py --help")
    training = renamed([*passed, *rest], options)
    return CommandLine(from_options(TrainingOptions, options), training)


def flag(text: str) -> bool:
    """Parse `True` or `False`, as the paper's command writes them, or another word that transformers takes for one."""
    if text.lower() in ("true", "t", "yes", "y", "1"):
        return True
    if text.lower() in ("false", "f", "no", "n", "0"):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither True nor False")


def _switch(group: Any, name: str, text: str) -> None:
    group.add_argument(name, type=flag, nargs="?", const=True, default=False, metavar="BOOL", help=text)


def _add_data_flags(group: Any) -> None:
    group.add_argument("--model_name_or_path", metavar="M", help="folder or hub name of the model to start from")
    group.add_argument("--data_path", metavar="FILE", type=Path,
                       help="examples that build_dataset.py wrote, in the format segments or messages (.json, .jsonl "
                            "or .parquet), or a folder or pattern of shards")
    group.add_argument("--eval_data_path", metavar="FILE", type=Path,
                       help="examples held out; with them the loss on them is measured at the end, and during training "
                            "as --eval_strategy says")
    group.add_argument("--model_max_length", metavar="N", type=positive_int, default=2048,
                       help="tokens an example may have")
    group.add_argument("--overlong", choices=OVERLONG, default="drop",
                       help="longer examples: drop them, cut their beginning, cut after the last trained piece that "
                            "fits, or stop")
    _switch(group, "--lazy_preprocess", "tokenise while training instead of before (default: False)")
    group.add_argument("--preprocessing_num_workers", metavar="N", type=positive_int,
                       help="processes that tokenise (default: one per core, fewer for small files)")
    group.add_argument("--cache_dir", metavar="FOLDER", type=Path,
                       help="where tokenised data is kept, to be found again by content (default: the cache of "
                            "datasets)")
    group.add_argument("--chat_template", metavar="FILE", type=Path,
                       help="a Jinja chat template to train examples in the format messages with, and to save with the "
                            "model (default: the tokenizer's own)")
    group.add_argument("--show_masks", metavar="N", type=positive_int,
                       help="print the first N examples with their trained tokens marked, and do not train")


def _add_efficiency_flags(group: Any) -> None:
    group.add_argument("--share_prompts", type=flag, nargs="?", const=True, default=True, metavar="BOOL",
                       help="compute a prompt once for the examples of a batch that begin with it, if the data and the "
                            "model allow it (default: True)")
    group.add_argument("--share_group", metavar="N", type=positive_int, default=SHARE_GROUP,
                       help="how many examples may share a prompt, and so land in one update")
    _switch(group, "--packing", "fill batches up to --model_max_length tokens for each example that they would hold; a "
            "batch then counts rows (default: False)")
    group.add_argument("--attn_implementation", choices=ATTENTION_KERNELS, default="auto",
                       help="attention kernel; auto takes flash_attention_2 if it is installed, else sdpa")
    group.add_argument("--dtype", choices=("auto", "float32", "bfloat16"), default="auto",
                       help="type the weights are held in; --bf16 computes in bfloat16 whatever they are held in; auto "
                            "is bfloat16 for frozen weights under --bf16, else float32")
    group.add_argument("--lora_r", metavar="N", type=non_negative_int, default=0,
                       help="train adapters of this rank instead of all weights; 0 trains all")
    group.add_argument("--lora_alpha", metavar="A", type=positive_float,
                       help="scale of the adapters (default: twice --lora_r)")
    group.add_argument("--lora_layers", metavar="N", type=positive_int,
                       help="put the adapters into the last N layers only: the backward pass ends there, which saves "
                            "time (default: all layers)")
    group.add_argument("--start_adapter", metavar="FOLDER",
                       help="go on training the adapters of an earlier run, of the same --lora_r, instead of new ones")
    _switch(group, "--qlora", "hold the frozen weights in 4 bits, with --lora_r (default: False)")
    _switch(group, "--merge_adapter", "also save the model with the adapters merged in, to O/merged (default: False)")


def _add_run_flags(group: Any) -> None:
    _switch(group, "--overwrite", "start afresh; without it training resumes from the newest complete checkpoint in O "
            "(default: False)")
    group.add_argument("--peak_tflops", metavar="T", type=positive_float,
                       help="what the device can do at most, for the model FLOPs utilisation in the log (default: "
                            "known for common GPUs)")


class _PassOn(argparse.Action):
    """Collects an option that is transformers' to parse."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        passed = getattr(namespace, "passed_on", None) or []
        namespace.passed_on = [*passed, str(option_string), *([] if values is None else [values])]


_README_FLAGS = (
    ("--output_dir", "O", "folder for checkpoints and the trained model"),
    ("--deepspeed", "FILE", "DeepSpeed settings, such as configs/zero2.json"),
    ("--num_train_epochs", "N", "passes over the data, 3 unless given"),
    ("--per_device_train_batch_size", "N", "examples a device takes at a time, 8 unless given"),
    ("--per_device_eval_batch_size", "N", "the same for held-out examples"),
    ("--gradient_accumulation_steps", "N", "batches before each update, 1 unless given"),
    ("--evaluation_strategy", "WHEN", "no, steps or epoch; --eval_strategy is the same"),
    ("--save_strategy", "WHEN", "no, steps or epoch"),
    ("--save_total_limit", "N", "checkpoints to keep"),
    ("--learning_rate", "X", "highest learning rate"),
    ("--weight_decay", "X", "weight decay of the optimizer"),
    ("--warmup_ratio", "X", "share of the steps in which the learning rate rises"),
    ("--lr_scheduler_type", "NAME", "course of the learning rate, such as cosine"),
    ("--logging_steps", "N", "updates between two lines of the log"),
    ("--report_to", "NAME", "where the log goes too, such as tensorboard"),
    ("--bf16", "BOOL", "compute in bfloat16, if GPU or CPU can; on unless given if the GPU can"),
    ("--tf32", "BOOL", "let 32-bit products use TensorFloat-32"),
    ("--gradient_checkpointing", "BOOL", "compute activations twice instead of keeping them"),
    ("--torch_compile", "BOOL", "compile the model"),
    ("--use_cpu", "BOOL", "train on the CPU even if there is a GPU"),
)


def _add_passed_on(group: Any) -> None:
    for name, metavar, text in _README_FLAGS:
        group.add_argument(name, metavar=metavar, nargs="?", action=_PassOn, default=argparse.SUPPRESS, help=text)


# Options that transformers 5 renamed or dropped, and what says the same today.
_RENAMED = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "no_cuda": "use_cpu",
            "gradient_checkpointing": "activation_checkpointing",
            "gradient_checkpointing_kwargs": "activation_checkpointing_kwargs"}


def renamed(arguments: Sequence[str], options: argparse.Namespace) -> list[str]:
    """Return the arguments in the words of today's transformers; what became an option of ours is set in `options`.

    Of a warm-up given both as a share and in steps, the steps count, as they always did.
    """
    kept: list[str] = []
    pairs = option_pairs(arguments)
    in_steps = any(name == "warmup_steps" and _number(name, values) > 0 for name, values in pairs)
    for name, values in pairs:
        if name == "group_by_length":
            kept += ["--train_sampling_strategy", "group_by_length" if is_on(name, values) else "random"]
        elif name == "overwrite_output_dir":
            options.overwrite = options.overwrite or is_on(name, values)
        elif name == "save_safetensors":
            if not is_on(name, values):
                raise UsageError("--save_safetensors False: models are saved as safetensors only; leave the flag out")
        elif name == "logging_dir":
            options.logging_dir = " ".join(values)
        elif name == "warmup_ratio" and not 0 <= _number(name, values) < 1:
            raise UsageError(f"--warmup_ratio {values[0]}: expected a share of the steps, 0 or more and below 1")
        elif name != "warmup_ratio" or not in_steps:
            kept += [f"--{_RENAMED.get(name, name)}", *values] if name else values
    return kept


def option_pairs(arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return each option with its values; what comes before the first option has the name ''."""
    pairs: list[tuple[str, list[str]]] = []
    for text in arguments:
        if text.startswith("--"):
            name, equals, value = text[2:].partition("=")
            pairs.append((name.replace("-", "_"), [value] if equals else []))
        elif pairs:
            pairs[-1][1].append(text)
        else:
            pairs.append(("", [text]))
    return pairs


def is_on(name: str, values: Sequence[str]) -> bool:
    """Return what an option says that is True without a value; raise UsageError if it is neither True nor False."""
    try:
        return flag(values[0]) if values else True
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--{name}: {error}") from None


def _number(name: str, values: list[str]) -> float:
    try:
        return float(values[0])
    except (ValueError, IndexError):
        raise UsageError(f"--{name} {' '.join(values)}: expected a number") from None
