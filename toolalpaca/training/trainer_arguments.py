"""transformers' TrainingArguments from the command line, with its complaints as one line each."""

import json
import os
from pathlib import Path
from typing import Any, NoReturn

from transformers import HfArgumentParser, TrainingArguments

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json
from toolalpaca.core.text import one_line
from toolalpaca.training.command_line import option_pairs


class _Parser(HfArgumentParser):
    """Raises instead of printing the 130 options that transformers has."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see python train.py --help")


def training_arguments(arguments: list[str]) -> TrainingArguments:
    """Return the arguments, parsed; raise UsageError for what transformers or DeepSpeed would refuse."""
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
