"""transformers' TrainingArguments from the command line, with its complaints as one line each."""

from typing import NoReturn

from transformers import HfArgumentParser, TrainingArguments

from toolalpaca.core.errors import UsageError
from toolalpaca.training.command_line import check_deepspeed_agrees, check_deepspeed_file, option_pairs


class _Parser(HfArgumentParser):
    """Raises instead of printing the 130 options that transformers has."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see python train.py --help")


def training_arguments(arguments: list[str]) -> TrainingArguments:
    """The arguments, parsed; raises UsageError for what transformers or DeepSpeed would refuse."""
    given = dict(option_pairs(arguments))
    if "output_dir" not in given:
        raise UsageError("--output_dir is missing; see python train.py --help")
    if given.get("deepspeed"):
        check_deepspeed_file(given["deepspeed"][0])
    try:
        parser = _Parser(TrainingArguments, allow_abbrev=False)  # type: ignore[arg-type]
        parsed, unknown = parser.parse_args_into_dataclasses(arguments, return_remaining_strings=True,
                                                             look_for_args_file=False)
    except (ValueError, ImportError, OSError) as error:
        about = f"--deepspeed {given['deepspeed'][0]}: " if "DeepSpeed" in str(error) and given.get("deepspeed") else ""
        raise UsageError(about + one_line(error)) from None
    if unknown:
        raise UsageError(f"unknown option {unknown[0]}; see python train.py --help, and transformers.TrainingArguments "
                         "for the options passed on")
    check_deepspeed_agrees(parsed)
    return parsed


def one_line(error: Exception) -> str:
    """An exception's message on one line, at most 300 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:297]}..."
