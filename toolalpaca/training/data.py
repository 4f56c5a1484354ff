"""What the trainer takes its examples from: tokenised rows, packs of them, or texts tokenised on the way."""

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_on_rank_0
from toolalpaca.training.collate import best_fit
from toolalpaca.training.encoders import encoder_for
from toolalpaca.training.encoders.base import Encoder
from toolalpaca.training.masks import IGNORED
from toolalpaca.training.tokenised_cache import (
    Limits,
    Summary,
    cache_folder,
    stored_examples,
    summary_of,
    tokenised_examples,
)
from toolalpaca.training.truncation import fitted

_NAMED = 5  # records that a message names


@dataclass(frozen=True)
class Examples:
    """A dataset for the trainer, and how long each of its items is (in characters where tokens are not known yet)."""

    dataset: torch.utils.data.Dataset
    lengths: Any
    count: int


class Rows(torch.utils.data.Dataset):
    """Tokenised examples, without those left out."""

    def __init__(self, rows: datasets.Dataset, kept: np.ndarray) -> None:
        self.rows, self.kept = rows.select_columns(["input_ids", "labels"]).with_format("numpy"), kept

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[int(self.kept[index])]


class Packs(torch.utils.data.Dataset):
    """Packs of examples. The first token of each is not in the loss: nothing before it could predict it."""

    def __init__(self, examples: Rows, packs: list[list[int]]) -> None:
        self.examples, self.packs = examples, packs

    def __len__(self) -> int:
        return len(self.packs)

    def __getitem__(self, index: int) -> dict[str, Any]:
        examples = [self.examples[number] for number in self.packs[index]]
        labels = [np.concatenate(([IGNORED], example["labels"][1:])) for example in examples]
        return {"input_ids": np.concatenate([example["input_ids"] for example in examples]),
                "labels": np.concatenate(labels), "lengths": [len(example["input_ids"]) for example in examples]}


class LazyRows(torch.utils.data.Dataset):
    """Examples tokenised when they are asked for. One that is left out becomes a single token outside the loss."""

    def __init__(self, texts: datasets.Dataset, encoder: Encoder, limits: Limits, filler: int) -> None:
        self.texts, self.encoder, self.limits, self.filler = texts, encoder, limits, filler

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> dict[str, Any]:
        [tokens] = self.encoder.encode([json.loads(self.texts[index]["example"])])
        kept = fitted(tokens, self.limits.max_length, self.limits.overlong)
        if kept is not None:
            return {"input_ids": kept.input_ids, "labels": kept.labels()}
        if self.limits.overlong == "error":
            raise UsageError(f"record {index}: {len(tokens.input_ids)} tokens, but --model_max_length is "
                             f"{self.limits.max_length}")
        return {"input_ids": np.array([self.filler]), "labels": np.array([IGNORED]), "left_out": True}


def training_examples(options: Namespace, tokenizer: PreTrainedTokenizerBase, path: Path, *, packing: bool) -> Examples:
    """The examples of a data file, as the options want them; says what was found. Raises UsageError."""
    encoder, limits = encoder_for(path, tokenizer), Limits(options.model_max_length, options.overlong)
    cache = cache_folder(options.cache_dir)
    if options.lazy_preprocess:
        texts = stored_examples(path, encoder, cache)
        log_on_rank_0(f"{path}: {len(texts)} examples, tokenised while training")
        return Examples(LazyRows(texts, encoder, limits, tokenizer.eos_token_id),
                        np.asarray(texts.data.column("characters")), len(texts))
    rows = tokenised_examples(path, encoder, limits, cache, options.preprocessing_num_workers)
    summary = summary_of(rows, limits)
    _report(path, summary, limits)
    if summary.long_prompts:
        texts = stored_examples(path, encoder, cache)
        _report_long_prompts(path, {index: encoder.title(json.loads(texts[index]["example"]))
                                    for index in summary.long_prompts[:_NAMED]}, len(summary.long_prompts))
    lengths = _lengths(rows)
    kept = np.flatnonzero(lengths)
    if not len(kept):
        raise UsageError(f"{path}: no example is left: all {len(rows)} are longer than --model_max_length "
                         f"{limits.max_length}")
    examples = Rows(rows, kept)
    if not packing:
        return Examples(examples, lengths[kept], len(kept))
    packs = best_fit(lengths[kept].tolist(), limits.max_length)
    filled = [int(sum(lengths[kept[index]] for index in pack)) for pack in packs]
    empty = 1 - sum(filled) / (len(packs) * limits.max_length)
    log_on_rank_0(f"{path}: packed into {len(packs)} rows, {empty:.1%} of them empty")
    return Examples(Packs(examples, packs), filled, len(kept))


def _lengths(rows: datasets.Dataset) -> np.ndarray:
    sizes = [np.diff(chunk.offsets.to_numpy()) for chunk in rows.data.column("input_ids").chunks]
    return np.concatenate(sizes) if sizes else np.zeros(0, dtype=np.int64)


def _report(path: Path, summary: Summary, limits: Limits) -> None:
    """Say what preparation found; raises UsageError where `--overlong error` forbids it."""
    log_on_rank_0(f"{path}: {summary.kept} examples, {summary.tokens:,} tokens, {summary.trained_tokens:,} of them "
                  f"trained; the longest has {summary.longest:,}")
    over = summary.left_out + summary.cut
    if over and limits.overlong == "error":
        raise UsageError(f"{path}: {over} examples have more than --model_max_length {limits.max_length} tokens, and "
                         "--overlong is error")
    if over:
        log_on_rank_0(f"{path}: {over} examples have more than {limits.max_length} tokens: {summary.left_out} left "
                      f"out, {summary.cut} cut (--overlong {limits.overlong})")
    if summary.straddling:
        log_on_rank_0(f"{path}: {summary.straddling} trained tokens reach over the border of a trained piece")


def _report_long_prompts(path: Path, titles: dict[int, str], count: int) -> None:
    """Name examples that cannot be trained on at this limit, since their list of functions fills it."""
    named = "; ".join(f"{index} ({title!r})" for index, title in titles.items())
    more = f" and {count - len(titles)} more" if count > len(titles) else ""
    log_on_rank_0(f"{path}: the prompt with its list of functions alone is over the limit in records {named}{more}; "
                  "raise --model_max_length or shorten those APIs")
