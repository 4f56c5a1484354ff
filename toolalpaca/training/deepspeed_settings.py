"""DeepSpeed's settings file: read and compared with the command line before anything starts."""

import json
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from toolalpaca.errors import UsageError
from toolalpaca.records import read_json


def check_deepspeed_file(text: str) -> None:
    """Raise UsageError unless `--deepspeed` names a JSON object, or is one."""
    if text.lstrip().startswith("{"):
        try:
            value: Any = json.loads(text)
        except json.JSONDecodeError as error:
            raise UsageError(f"--deepspeed: not valid JSON ({error})") from None
    else:
        value = read_json(Path(text))
    if not isinstance(value, dict):
        raise UsageError(f"--deepspeed {text}: expected a JSON object of DeepSpeed settings")


def check_deepspeed_agrees(parsed: TrainingArguments) -> None:
    """Raise UsageError where the DeepSpeed file says something else than the command line."""
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
