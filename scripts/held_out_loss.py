#!/usr/bin/env python3
"""Measure how well models expect conversations that none of them was trained on: the loss per trained token.

    python scripts/held_out_loss.py -api runs/natural.json runs/base runs/models/few runs/models/many

The examples are those of build_dataset.py, and every model reads the same ones; each after the first is compared with
the first, example by example. Intervals are 95 % bootstrap intervals over APIs, since the examples of one API are
alike. The loss moves long before a small model solves a task, so that runs of a few hundred examples can be told apart.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line, quiet_transformers

RESAMPLES = 9_999
LONGEST = 2048  # tokens; longer examples are left out


class Loss(NamedTuple):
    """The summed loss of an example, in nats, and over how many trained tokens."""

    api: str
    total: float
    tokens: int


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="model folders")
    parser.add_argument("-api", required=True, metavar="FILE", type=Path, dest="file",
                        help="examples, as build_dataset.py writes them")
    parser.add_argument("--limit", metavar="N", type=positive_int, help="read the first N examples")
    return parser.parse_args(argv)


def losses(name: str, file: Path, limit: int | None) -> Iterator[Loss]:
    """Yield a model's loss on each example that is short enough; raise UsageError for what cannot be loaded."""
    from itertools import islice

    import torch
    from transformers import AutoModelForCausalLM

    from toolalpaca.core.model_folders import as_it_is
    from toolalpaca.training.encoders import checked_examples, encoder_for
    from toolalpaca.training.tokenizer import load_tokenizer

    encoder = encoder_for(file, load_tokenizer(name, LONGEST))
    model: Any = AutoModelForCausalLM.from_pretrained(name, dtype=torch.bfloat16, **as_it_is(name)).eval()
    for _, example in islice(checked_examples(file, encoder), limit):
        [tokens] = encoder.encode([example])
        if len(tokens.input_ids) > LONGEST:
            continue
        ids, places = torch.from_numpy(tokens.input_ids).long(), torch.from_numpy(tokens.trained).nonzero()[:, 0]
        with torch.inference_mode():
            states = model.base_model(ids[None]).last_hidden_state[0]
            scores = model.get_output_embeddings()(states[places - 1]).float()
        total = torch.nn.functional.cross_entropy(scores, ids[places], reduction="sum")
        yield Loss(encoder.title(example), float(total), len(places))


def mean_with_interval(found: Sequence[Loss], other: Sequence[Loss] | None = None) -> tuple[float, float, float]:
    """Return the loss per token, or by how much it differs from `other`'s on the same examples, with the bounds of its
    interval, for which whole APIs are drawn."""
    import numpy

    apis = {api: place for place, api in enumerate(dict.fromkeys(loss.api for loss in found))}
    sums = numpy.zeros((len(apis), 2))
    for place, loss in enumerate(found):
        sums[apis[loss.api]] += loss.total - (other[place].total if other else 0), loss.tokens
    drawn = numpy.random.default_rng(0).multinomial(len(apis), [1 / len(apis)] * len(apis), RESAMPLES) @ sums
    low, high = numpy.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    quiet_transformers()
    first: list[Loss] = []
    print(f"{'model':<32}{'loss per trained token':<28}{'against the first':<28}")
    for name in args.models:
        found = list(losses(name, args.file, args.limit))
        cells = ["{:.3f}   {:.3f} to {:.3f}".format(*mean_with_interval(found))]
        if first:
            cells.append("{:+.3f}   {:+.3f} to {:+.3f}".format(*mean_with_interval(found, first)))
        first = first or found
        print(f"{Path(name).name:<32}" + "".join(f"{cell:<28}" for cell in cells).rstrip(), flush=True)
    log_line(f"held_out_loss: {len(first)} examples of {len({loss.api for loss in first})} APIs")
    return 0


if __name__ == "__main__":
    run_main(main)
