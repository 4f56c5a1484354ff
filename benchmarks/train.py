"""Training speed: the paper's recipe and ours, with the same model, data and tokens, in one run on one device.

    python benchmarks/train.py                                  # a small shape on the CPU, some minutes
    OMP_NUM_THREADS=1 python benchmarks/train.py --cpu_time     # the same on a CPU that has other work
    python benchmarks/train.py --shape 7b --batch 16 --paper_batch 4 --updates 12 --dtype bfloat16 --recipes paper ours
                                                                # on a GPU of 140 GB

The model is given by its shape alone, with random weights; the examples are those of data/train_data.json in the
default prompt form, the first --examples of them, with a tokenizer trained on them. `paper` fills every row up to the
limit, tokenises on the way, recomputes activations and uses plain attention and AdamW. `ours` is what train.py does by
default, with prompts shared; `unshared` is the same with --share_prompts False, `packed` with --packing True as well,
and `packed shared` with --packing True alone. Each recipe runs in a process of its own; rates leave the first update
out, in which the device warms up. Model FLOPs utilisation counts 6 N + 12 L d s operations per token that is computed
(no discount for causal attention; logits count only if they are computed), against the peak of a known GPU, or against
what a large matrix product reaches on this machine.
"""

import argparse
import functools
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import best_of
from processes import ROOT, run_stage

from toolalpaca.core.cli import positive_float, positive_int, stage_parser
from toolalpaca.training.command_line import SHARE_GROUP


@dataclass(frozen=True)
class Shape:
    """A Llama-shaped model, the limit on its examples, and the updates' batch."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    limit: int


SHAPES = {
    "small": Shape(hidden=128, layers=4, heads=2, feed_forward=352, vocabulary=4096, limit=2048),
    "135m": Shape(hidden=576, layers=30, heads=9, feed_forward=1536, vocabulary=49152, limit=2048),
    "1b": Shape(hidden=2048, layers=22, heads=32, feed_forward=5632, vocabulary=32000, limit=2048),
    "7b": Shape(hidden=4096, layers=32, heads=32, feed_forward=11008, vocabulary=32000, limit=2048),
}
# The flags of train.py that make each recipe; what is not said is train.py's own default.
RECIPES = {
    "paper": ["--lazy_preprocess", "True", "--gradient_checkpointing", "True", "--attn_implementation", "eager",
              "--optim", "adamw_torch", "--train_sampling_strategy", "random", "--use_liger_kernel", "False"],
    "ours": [],
    "unshared": ["--share_prompts", "False"],
    "packed": ["--packing", "True", "--share_prompts", "False"],
    "packed shared": ["--packing", "True"],
}
VOCABULARY = 4096  # of the tokenizer, whatever the model's


def write_examples_file(source: Path, path: Path, count: int) -> None:
    """Write the first examples that build_dataset.py makes of the records."""
    from toolalpaca.data.example_files import read_examples, write_examples

    every = path.with_name("all.jsonl")
    run_stage("build_dataset.py", "-api", source.resolve(), "-out", every)
    write_examples(path, itertools.islice(read_examples(every), count))


def make_model_folder(shape: Shape, data: Path, folder: Path) -> None:
    """Save a tokenizer trained on the data and the configuration of the shape; the weights come later, at random."""
    from transformers import AutoTokenizer, LlamaConfig

    from toolalpaca.training.tiny_model import TinyShape, make_tiny_model

    make_tiny_model(data, folder, TinyShape(VOCABULARY, hidden=64, layers=1, positions=shape.limit))
    (folder / "model.safetensors").unlink()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    LlamaConfig(vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
                num_attention_heads=shape.heads, num_key_value_heads=shape.heads,
                intermediate_size=shape.feed_forward, max_position_embeddings=shape.limit,
                architectures=["LlamaForCausalLM"], bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id).save_pretrained(folder)


def measured_peak(clock: Callable[[], float]) -> float:
    """Return operations per second of a large float32 matrix product on this CPU: what a model could reach at best."""
    import torch

    left, right = torch.randn(2048, 2048), torch.randn(2048, 2048)
    return 2 * 2048 ** 3 / best_of(8, lambda: left @ right, clock)


def run_recipe(name: str, args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run one recipe in its own process; return the rates that train.py writes down."""
    command = [sys.executable, __file__, *sys.argv[1:], "--recipe", name, "--folder", str(folder)]
    if args.peak_tflops:  # measured, or given as it was
        command += ["--peak_tflops", str(args.peak_tflops)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def train_once(args: argparse.Namespace) -> None:
    """Run as the child process train.py's own run, with a model made from its configuration instead of loaded."""
    from toolalpaca.training.command_line import parse_command_line
    from toolalpaca.training.hardware import plan_for_this_machine

    shape, out = SHAPES[args.shape], args.folder / args.recipe.replace(" ", "_")
    batch = (args.paper_batch or args.batch) if args.recipe == "paper" else args.batch
    rows = max(batch // 2, 1) if "packed" in args.recipe else batch  # about as many tokens in each update
    dtype = "bfloat16" if args.dtype == "bfloat16" and args.recipe != "paper" else "float32"
    line = parse_command_line(__doc__, [
        "--model_name_or_path", str(args.folder / "model"), "--data_path", str(args.folder / "data.json"),
        "--output_dir", str(out), "--cache_dir", str(args.folder / "cache"), "--model_max_length", str(shape.limit),
        "--num_train_epochs", "1", "--per_device_train_batch_size", str(rows), "--save_strategy", "no",
        "--logging_steps", "1", "--max_steps", str(args.updates), "--dtype", dtype,
        "--share_group", str(args.share_group), "--disable_tqdm", "True",
        "--tf32", "True", *(["--bf16", "True"] if args.dtype == "mixed" and args.recipe != "paper" else []),
        *(["--peak_tflops", str(args.peak_tflops)] if args.peak_tflops else []), *RECIPES[args.recipe]])
    plan = plan_for_this_machine(line)
    from toolalpaca.training import training_run as training

    if args.cpu_time:
        training.ThroughputMeter = functools.partial(  # type: ignore[assignment,misc]
            training.ThroughputMeter, clock=time.process_time)
    training.load_model = random_model  # type: ignore[assignment]
    training.SftTrainer.save_model = lambda self: None  # type: ignore[assignment,method-assign]
    if args.recipe == "paper":
        training.PaddedBatches = full_rows(training.PaddedBatches, shape.limit)  # type: ignore[assignment,misc]
    training.run_training(line.options, plan)
    state = json.loads((out / "trainer_state.json").read_text())
    print(json.dumps({**state["log_history"][-1]["whole_run"], "loss": state["log_history"][0]["loss"]}))


def random_model(options: Any, args: Any, attention: str, tokenizer: Any) -> Any:
    """Return the model of the folder's configuration, on the device where it is trained, with random weights."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from toolalpaca.training.model_loading import weight_type

    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(options.model_name_or_path)
    with torch.device(args.device):
        return AutoModelForCausalLM.from_config(config, attn_implementation=attention, dtype=weight_type(options, args))


def full_rows(padded: Any, limit: int) -> Any:
    """Return the collator that fills every row up to the limit and masks the padding."""
    from torch.nn.functional import pad as fill

    from toolalpaca.training.collate import BatchCounts

    class FullRows(padded):  # type: ignore[misc]
        def __call__(self, examples: Any) -> Any:
            batch, room = super().__call__(examples), limit - max(len(example["input_ids"]) for example in examples)
            ids = fill(batch["input_ids"], (0, room), value=self.pad_id)
            batch["counts"][BatchCounts._fields.index("padded_tokens")] = ids.numel()
            return {**batch, "input_ids": ids, "attention_mask": ids.ne(self.pad_id).long(),
                    "labels": fill(batch["labels"], (0, room), value=-100)}

    return FullRows


def parse_args() -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="small", help="model shape")
    parser.add_argument("--examples", metavar="N", type=positive_int, default=320, help="examples, each seen once")
    parser.add_argument("--batch", metavar="N", type=positive_int, default=8, help="examples in an update")
    parser.add_argument("--paper_batch", metavar="N", type=positive_int,
                        help="examples in an update of the paper's recipe, whose rows are full and take more memory "
                             "(default: --batch)")
    parser.add_argument("--updates", metavar="N", type=int, default=-1,
                        help="updates of each recipe (default: all examples)")
    parser.add_argument("--data", metavar="FILE", type=Path, default=ROOT / "data" / "train_data.json",
                        help="the records")
    parser.add_argument("--share_group", metavar="N", type=positive_int, default=SHARE_GROUP,
                        help="examples that share a prompt")
    parser.add_argument("--recipes", nargs="+", choices=sorted(RECIPES), default=list(RECIPES), help="what to measure")
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "mixed"), default="float32",
                        help="type that ours holds the weights in, or float32 multiplied in bfloat16; the paper's is "
                             "float32")
    parser.add_argument("--peak_tflops", metavar="T", type=positive_float,
                        help="the device's peak (default: known, or measured on a CPU)")
    parser.add_argument("--cpu_time", action="store_true",
                        help="count CPU seconds instead of seconds, for a CPU with other work; set OMP_NUM_THREADS=1")
    parser.add_argument("--recipe", choices=sorted(RECIPES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.recipe:
        train_once(args)
        return
    import torch

    on_gpu = torch.cuda.is_available()
    if not on_gpu and args.peak_tflops is None:
        args.peak_tflops = measured_peak(time.process_time if args.cpu_time else time.perf_counter) / 1e12
    device = torch.cuda.get_device_name() if on_gpu else f"CPU, {torch.get_num_threads()} threads"
    with tempfile.TemporaryDirectory() as name:
        folder, shape = Path(name), SHAPES[args.shape]
        write_examples_file(args.data, folder / "data.json", args.examples)
        make_model_folder(shape, folder / "data.json", folder / "model")
        results = {recipe: run_recipe(recipe, args, folder) for recipe in args.recipes}
    print(f"{device} · shape {args.shape}, limit {shape.limit}, batch {args.batch}, {args.examples} examples, "
          f"peak {args.peak_tflops or 'as published'} TFLOP/s")
    rates = {recipe: result["examples_per_second"] for recipe, result in results.items()}
    print(f"{'recipe':15}{'examples/s':>12}{'tokens/s':>12}{'times paper':>13}{'times packed':>14}{'MFU':>8}"
          f"{'padding':>9}{'peak GB':>9}")
    for recipe, result in results.items():
        paper, packed = (f"{rates[recipe] / rates[name]:.2f}" if name in rates else "-" for name in ("paper", "packed"))
        print(f"{recipe:15}{rates[recipe]:12.3f}{result['non_padding_tokens_per_second']:12,.0f}{paper:>13}{packed:>14}"
              f"{result.get('model_flops_utilisation', 0):8.1%}{result['padding_share']:9.1%}"
              f"{result['peak_memory_gb']:9.2f}")


if __name__ == "__main__":
    main()
