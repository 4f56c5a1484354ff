"""The machine's processors, GPUs and disk space, and the nearest setting that works on it."""

import importlib.util
import math
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_on_rank_0
from toolalpaca.training.command_line import CommandLine, is_on, option_pairs

_GIGABYTE = 1 << 30


def check_writable(folder: Path) -> None:
    """Make the folder and write a file into it; raises UsageError if either fails."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file, but --output_dir needs a folder")
    probe = folder / f".probe-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written to ({error.strerror})") from None


def bytes_needed(weights: int, trained: int, *, weight_bytes: int, checkpoints: int) -> int:
    """Return what `checkpoints` checkpoints and the final model take: saved weights, and two moments of 4 bytes for
    each trained one."""
    return (checkpoints + 1) * weights * weight_bytes + checkpoints * trained * 8


def checkpoints_ahead(args: Any, items: int) -> int:
    """Return how many checkpoints will lie on the disk at the same time; `args` are transformers' TrainingArguments."""
    group = args.train_batch_size * args.world_size * args.gradient_accumulation_steps
    updates = args.max_steps if args.max_steps > 0 else math.ceil(math.ceil(items / group) * args.num_train_epochs)
    every = max(args.save_steps if args.save_steps >= 1 else args.save_steps * updates, 1)
    made = {"no": 0, "epoch": math.ceil(args.num_train_epochs), "steps": math.ceil(updates / every)}
    saves = made.get(args.save_strategy.value, 2)
    return min(saves, args.save_total_limit + 1) if args.save_total_limit else saves


def check_space(folder: Path, needed: int) -> None:
    """Raise UsageError if the disk of `folder` has less than `needed` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UsageError(f"{folder}: training will write about {needed / _GIGABYTE:.1f} GB, but the disk has "
                         f"{free / _GIGABYTE:.1f} GB left; lower --save_total_limit or choose another --output_dir")


@dataclass(frozen=True)
class Machine:
    """GPUs of this machine and what they support, and whether its CPU has instructions for bfloat16."""

    gpus: int = 0
    bf16: bool = False
    cpu_bf16: bool = False
    tf32: bool = False
    flash_attention: bool = False
    liger: bool = False


@dataclass(frozen=True)
class Plan:
    """Arguments for transformers, the attention kernel, and what had to be changed, in words."""

    training: list[str]
    attention: str
    changes: list[str]


def plan_for_this_machine(command_line: CommandLine) -> Plan:
    """Return the plan for the machine this runs on; to be made before transformers is imported. Raises UsageError."""
    name_accelerator()
    machine = this_machine()
    note = one_gpu_for_plain_python(machine)
    if note:
        log_on_rank_0(note)
    return fitting_plan(command_line.training, command_line.options.attn_implementation, machine)


def name_accelerator() -> None:
    """Tell DeepSpeed that there is no GPU, which it would otherwise find out with a warning; before it is imported."""
    import torch

    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")


def this_machine() -> Machine:
    """Look at the machine; takes no memory on a GPU."""
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    ampere = bool(gpus) and torch.cuda.get_device_capability(0)[0] >= 8
    cpu_bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return Machine(gpus=gpus, bf16=ampere, cpu_bf16=cpu_bf16, tf32=ampere,
                   flash_attention=ampere and importlib.util.find_spec("flash_attn") is not None,
                   liger=bool(gpus) and importlib.util.find_spec("liger_kernel") is not None)


def fitting_plan(training: list[str], attention: str, machine: Machine, environment: Mapping[str, str] = os.environ,
                 ) -> Plan:
    """Return the arguments as this machine can carry them out, with defaults that suit it put before them.

    Raises UsageError for a switch that is neither True nor False, or if there are more processes than GPUs.
    """
    wanted = dict(option_pairs(training))

    def is_wanted(name: str) -> bool:
        return name in wanted and is_on(name, wanted[name])

    on_cpu = is_wanted("use_cpu")
    _check_processes(machine, on_cpu, environment)
    on_gpu = machine.gpus > 0 and not on_cpu
    changes = []
    defaults = ["--remove_unused_columns", "False", "--train_sampling_strategy", "group_by_length",
                "--logging_steps", "10", "--ddp_find_unused_parameters", "False"]
    overrides = []
    if not on_gpu:
        defaults += ["--dataloader_pin_memory", "False"]
    if on_gpu and machine.bf16 and not {"bf16", "fp16"} & set(wanted):
        defaults += ["--bf16", "True"]
    if machine.liger and on_gpu:
        defaults += ["--use_liger_kernel", "True"]
    if is_wanted("bf16") and not (machine.bf16 if on_gpu else on_cpu and machine.cpu_bf16):
        overrides += ["--bf16", "False", *(["--fp16", "True"] if on_gpu else [])]
        changes.append(f"--bf16 becomes {'--fp16' if on_gpu else 'float32'}")
    if is_wanted("fp16") and not on_gpu:
        overrides += ["--fp16", "False"]
        changes.append("--fp16 becomes float32")
    if is_wanted("tf32") and not (on_gpu and machine.tf32):
        overrides += ["--tf32", "False"]
        changes.append("--tf32 is left out")
    has_flash = on_gpu and machine.flash_attention
    if attention == "flash_attention_2" and not has_flash:
        changes.append("--attn_implementation flash_attention_2 becomes sdpa")
    kernel = ("flash_attention_2" if has_flash else "sdpa") if attention in ("auto", "flash_attention_2") else attention
    return Plan([*defaults, *training, *overrides], kernel, changes)


def _check_processes(machine: Machine, on_cpu: bool, environment: Mapping[str, str]) -> None:
    started = int(environment.get("LOCAL_WORLD_SIZE") or environment.get("LOCAL_SIZE") or 1)
    if on_cpu or started <= max(machine.gpus, 1):
        return
    there = f"{machine.gpus} GPU{'s' if machine.gpus != 1 else ''}" if machine.gpus else "no GPU"
    raise UsageError(f"{started} processes were started, but this machine has {there}; start as many as there are, or "
                     "give --use_cpu True to train on the CPU")


def one_gpu_for_plain_python(machine: Machine, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return what a plain `python train.py` should say and see on a machine with several GPUs: the first one.

    transformers would copy the model to each of them for every step, which is slower than one GPU alone.
    """
    if machine.gpus < 2 or "WORLD_SIZE" in environment:
        return None
    os.environ["CUDA_VISIBLE_DEVICES"] = environment.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    return f"training on one of {machine.gpus} GPUs; start with torchrun or deepspeed to use all of them"
