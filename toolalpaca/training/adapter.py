"""A trained adapter made small enough to publish, and put together with its base model again.

    python -m toolalpaca.training.adapter publish --adapter runs/lora --name NAME --out data/student
    python -m toolalpaca.training.adapter merge --adapter data/student --base runs/smollm2 --out runs/student

`train.py --lora_r N` writes adapters in float32, with the path of the base model on that machine. The published one is
in bfloat16, half as large, and names its base by `--name`.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from toolalpaca.conversation.golden_prompt import FILE_NAME as GOLDEN_NAME
from toolalpaca.core.cli import output_folder, run_main, stage_parser
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import log_line, one_line, quiet_transformers
from toolalpaca.core.model_folders import ADAPTER_CONFIG as CONFIG_FILE
from toolalpaca.core.model_folders import as_it_is, check_adapter

WEIGHTS_FILE = "adapter_model.safetensors"
SERVED = (GOLDEN_NAME, "chat_template.jinja")  # with what prompt the student is asked


def publish(adapters: Sequence[Path], out: Path, base: str) -> int:
    """Write the mean of the adapters, checkpoints of one run, to `out` in bfloat16; return the size in bytes.

    `base` is written as the name of their base model. The mean of the last checkpoints stands in for a learning rate
    that falls to zero (Izmailov et al., 2018). Raises UsageError for adapters that cannot be read or differ in shape.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file

    config = check_adapter(adapters[-1])
    try:
        loaded = [load_file(adapter / WEIGHTS_FILE) for adapter in adapters]
    except (SafetensorError, OSError) as error:
        raise UsageError(f"{adapters[-1].parent}: weights of an adapter cannot be read ({one_line(error)})") from None
    shapes = [{name: value.shape for name, value in one.items()} for one in loaded]
    if any(one != shapes[0] for one in shapes):
        raise UsageError(f"{adapters[-1]}: its weights have other names or shapes than those of {adapters[0]}; give "
                         "checkpoints of one run")
    with replacing(out / CONFIG_FILE) as file:
        json.dump({**config, "base_model_name_or_path": base}, file, indent=1, sort_keys=True)
    weights = {name: torch.stack([one[name].float() for one in loaded]).mean(0).to(torch.bfloat16)
               for name in loaded[-1]}
    save_file(weights, out / WEIGHTS_FILE, metadata={"format": "pt"})
    _copy_served(adapters[-1], out)
    return (out / WEIGHTS_FILE).stat().st_size


def merge(adapter: Path, base: Path, out: Path) -> None:
    """Write the base model with the adapter merged into its weights, and what it is asked with, to `out`."""
    import torch
    from transformers import AutoTokenizer

    from toolalpaca.training.model_loading import merge_adapter

    quiet_transformers()
    merge_adapter(str(base), adapter, out, torch.float32)
    AutoTokenizer.from_pretrained(base, **as_it_is(base)).save_pretrained(out)
    _copy_served(adapter, out)


def _copy_served(source: Path, target: Path) -> None:
    for name in SERVED:
        if (source / name).is_file():
            shutil.copy(source / name, target / name)


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__, prog="python -m toolalpaca.training.adapter")
    commands = parser.add_subparsers(dest="command", required=True, metavar="publish|merge")
    small = commands.add_parser("publish", help="write a small copy; publish --help has its options",
                                allow_abbrev=False)
    whole = commands.add_parser("merge", help="write base and adapter as one model; merge --help has its options",
                                allow_abbrev=False)
    small.add_argument("--adapter", required=True, metavar="FOLDER", type=Path, nargs="+", dest="adapters",
                       help="the adapter; of several, checkpoints of one run, the mean is taken")
    whole.add_argument("--adapter", required=True, metavar="FOLDER", type=Path, nargs=1, dest="adapters",
                       help="the adapter")
    for command in (small, whole):
        command.add_argument("--out", required=True, metavar="FOLDER", type=Path, help="where the result is saved")
    small.add_argument("--name", required=True, metavar="NAME", help="the name of its base model")
    whole.add_argument("--base", required=True, metavar="FOLDER", type=Path, help="the base model")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    for adapter in args.adapters:
        missing = [name for name in (CONFIG_FILE, WEIGHTS_FILE) if not (adapter / name).is_file()]
        if missing:
            raise UsageError(f"{adapter}: is not an adapter, it has no {missing[0]}; train.py --lora_r N writes one")
        for path in (adapter / name for name in (CONFIG_FILE, WEIGHTS_FILE, *SERVED)):
            if path.is_symlink() and not path.resolve().is_relative_to(adapter.resolve()):
                raise UsageError(f"{path}: is a link out of this folder, whose target would be published; put the file "
                                 "itself there if it belongs to the adapter")
    out = output_folder(args.out)

    from toolalpaca.training.hardware import name_accelerator

    name_accelerator()
    if args.command == "publish":
        log_line(f"adapter of {publish(args.adapters, out, args.name):,} bytes: {out}")
    else:
        merge(args.adapters[0], args.base, out)
        log_line(f"base and adapter as one model: {out}")
    return 0


if __name__ == "__main__":
    run_main(main)
