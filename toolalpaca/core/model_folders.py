"""Folders of models and adapters that others made: how to load them without running or fetching anything, and which
adapters are loaded at all."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json

ADAPTER_CONFIG = "adapter_config.json"
LARGEST_RANK = 4096  # of an adapter; PEFT makes room for as many rows before it looks at the weights
_MOST_NAMES = 1_000
_NAME = re.compile(r"[\w.-]{1,200}")


def as_it_is(model: str | Path) -> dict[str, bool]:
    """Return how to load a model or a tokenizer with transformers: without code that comes with it, and from a folder
    without anything that the folder names on a hub and that has not been downloaded before.

    Raises UsageError for the folder of an adapter that is not loaded.
    """
    if (Path(model) / ADAPTER_CONFIG).is_file():
        check_adapter(Path(model))
    return {"trust_remote_code": False, "local_files_only": Path(model).is_dir()}


def check_adapter(folder: Path) -> dict[str, Any]:
    """Return the settings of an adapter; raise UsageError if it is not a plain LoRA adapter.

    PEFT reads texts in place of names as patterns, however slow, makes room for any rank, and with other kinds of
    adapters compiles code or asks a hub for further models.
    """
    path = folder / ADAPTER_CONFIG
    config = read_json(path)
    if not isinstance(config, dict):
        raise UsageError(f"{path}: expected a JSON object")
    if config.get("peft_type") != "LORA":
        raise UsageError(f"{path}: 'peft_type' is not LORA; no other adapters are loaded than those that "
                         "train.py --lora_r N writes")
    for name, value in config.items():
        if not _SETTINGS.get(name, _is_unset)(value):
            raise UsageError(f"{path}: {name[:100]!r} is not a setting of a plain LoRA adapter, or its value is not "
                             "one; train.py --lora_r N writes such adapters")
    return config


def _is_unset(value: Any) -> bool:
    return not value and not isinstance(value, int | float) or value is False


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_rank(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int) and 1 <= value <= LARGEST_RANK


def _are_names(value: Any) -> bool:
    return value is None or isinstance(value, list) and len(value) <= _MOST_NAMES and all(
        isinstance(name, str) and _NAME.fullmatch(name) for name in value)


def _are_modules(value: Any) -> bool:
    return value == "all-linear" or bool(value) and _are_names(value)


def _are_layers(value: Any) -> bool:
    numbers = [value] if isinstance(value, int) else value
    return value is None or isinstance(numbers, list) and len(numbers) <= _MOST_NAMES and all(
        isinstance(number, int) and number >= 0 for number in numbers)


_SETTINGS: dict[str, Callable[[Any], bool]] = {
    "r": _is_rank, "lora_alpha": _is_number, "lora_dropout": _is_number, "target_modules": _are_modules,
    "modules_to_save": _are_names, "layers_to_transform": _are_layers,
    "qalora_group_size": _is_number,  # read with use_qalora only, as megatron_core with megatron_config
    **dict.fromkeys(("use_rslora", "use_dora", "fan_in_fan_out", "inference_mode", "lora_bias", "init_lora_weights"),
                    _is_flag),
    **dict.fromkeys(("peft_type", "task_type", "base_model_name_or_path", "revision", "bias", "megatron_core",
                     "peft_version"), _is_text)}
