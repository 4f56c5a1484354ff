"""Datasets that the trainer takes its examples from: tokenised, or tokenised on the way, alone or in groups."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_on_rank_0
from toolalpaca.training.command_line import TrainingOptions
from toolalpaca.training.encoders import encoder_for
from toolalpaca.training.encoders.encoder import Encoder
from toolalpaca.training.masks import IGNORED, within_limit
from toolalpaca.training.sampling import Bundle, BundleSampler
from toolalpaca.training.shared_prompts import group_by_prompt, separate
from toolalpaca.training.tokenised_cache import (
    LengthLimits,
    Summary,
    cache_folder,
    stored_examples,
    summary_of,
    tokenised_examples,
)

_NAMED = 5  # records that a message names
_WORTHWHILE = 1.1  # times less to compute from which on prompts are shared


@dataclass(frozen=True)
class RowPlan:
    """How many `examples` a device takes at a time, or how many `tokens` when packing, and how many examples may
    `share` a prompt."""

    examples: int = 1
    tokens: int | None = None
    share: int = 1
    devices: int = 1
    seed: int = 0


PADDED = RowPlan()


@dataclass(frozen=True)
class Examples:
    """A dataset for the trainer, how long each example is (examples,) in tokens, or in characters while tokens are not
    known yet, and the order of bundles if several examples go into a row."""

    dataset: torch.utils.data.Dataset
    lengths: np.ndarray
    sampler: BundleSampler | None = None
    is_shared: bool = False


class TokenisedRows(torch.utils.data.Dataset):
    """Tokenised examples, without those left out."""

    def __init__(self, rows: datasets.Dataset, kept: np.ndarray) -> None:
        self.rows, self.kept = rows.select_columns(["input_ids", "labels"]).with_format("numpy"), kept

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[int(self.kept[index])]


class LazyRows(torch.utils.data.Dataset):
    """Examples tokenised when they are asked for. One that is left out becomes a single token outside the loss."""

    def __init__(self, texts: datasets.Dataset, encoder: Encoder, limits: LengthLimits, filler: int) -> None:
        self.texts, self.encoder, self.limits, self.filler = texts, encoder, limits, filler

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> dict[str, Any]:
        [tokens] = self.encoder.encode([json.loads(self.texts[index]["example"])])
        kept = within_limit(tokens, self.limits.max_length, self.limits.overlong)
        if kept is not None:
            return {"input_ids": kept.input_ids, "labels": kept.labels()}
        if self.limits.overlong == "error":
            raise UsageError(f"record {self.texts[index]['record']}: {len(tokens.input_ids)} tokens, but "
                             f"--model_max_length is {self.limits.max_length}")
        return {"input_ids": np.array([self.filler]), "labels": np.array([IGNORED]), "left_out": True}


class Bundles(torch.utils.data.Dataset):
    """Examples, fetched by the bundle: the groups of those that go into one row."""

    def __init__(self, examples: TokenisedRows | LazyRows) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, bundle: Bundle) -> dict[str, Any]:
        return {"groups": [[self.examples[index] for index in group] for group in bundle]}


def training_examples(options: TrainingOptions, tokenizer: PreTrainedTokenizerBase, path: Path, rows: RowPlan = PADDED,
                      ) -> Examples:
    """Return the examples of a data file as the options ask for them, and say what was found. Raises UsageError."""
    encoder, limits = encoder_for(path, tokenizer), LengthLimits(options.model_max_length, options.overlong)
    cache = cache_folder(options.cache_dir)
    if options.lazy_preprocess:
        texts = stored_examples(path, encoder, cache)
        log_on_rank_0(f"{path}: {len(texts)} examples, tokenised while training")
        return _arranged(path, LazyRows(texts, encoder, limits, tokenizer.eos_token_id),
                         np.asarray(texts.data.column("characters")), texts.data.column("prefix"), rows)
    tokenised = tokenised_examples(path, encoder, limits, cache, options.preprocessing_num_workers)
    summary = summary_of(tokenised, limits)
    _report(path, summary, limits)
    if summary.long_prompts:
        texts = stored_examples(path, encoder, cache).select(summary.long_prompts[:_NAMED])
        _report_long_prompts(path, {text["record"]: encoder.title(json.loads(text["example"])) for text in texts},
                             len(summary.long_prompts))
    lengths = _lengths(tokenised)
    kept = np.flatnonzero(lengths)
    if not len(kept):
        raise UsageError(f"{path}: no example is left: all {len(tokenised)} are longer than --model_max_length "
                         f"{limits.max_length}")
    return _arranged(path, TokenisedRows(tokenised, kept), lengths[kept], tokenised.data.column("prefix").take(kept),
                     rows)


def _arranged(path: Path, examples: TokenisedRows | LazyRows, lengths: np.ndarray, codes: Any,
              rows: RowPlan) -> Examples:
    """Return the examples one by one, or in groups that share a prompt or a row."""
    groups = None
    if rows.share > 1:
        groups = group_by_prompt(codes.to_pylist(), lengths, rows.share, rows.tokens)
        fewer = int(lengths.sum()) / sum(groups.sizes)
        if fewer < _WORTHWHILE:
            groups = None
        else:
            log_on_rank_0(f"{path}: prompts shared by up to {rows.share} examples, {fewer:.2f} times less to compute")
    if groups is None:
        if rows.tokens is None:
            return Examples(examples, lengths)
        groups = separate(lengths)
    sampler = BundleSampler(groups, examples=rows.examples, tokens=rows.tokens, devices=rows.devices, seed=rows.seed)
    if rows.tokens is not None:
        empty = 1 - sum(groups.sizes) / (len(sampler) * rows.tokens)
        log_on_rank_0(f"{path}: packed into {len(sampler)} batches of {rows.tokens:,} tokens, {empty:.1%} of them "
                      "empty")
    return Examples(Bundles(examples), lengths, sampler,
                    is_shared=any(len(members) > 1 for members in groups.members))


def _lengths(rows: datasets.Dataset) -> np.ndarray:
    sizes = [np.diff(chunk.offsets.to_numpy()) for chunk in rows.data.column("input_ids").chunks]
    return np.concatenate(sizes) if sizes else np.zeros(0, dtype=np.int64)


def _report(path: Path, summary: Summary, limits: LengthLimits) -> None:
    """Say what preparation found; raises UsageError if `--overlong error` forbids it."""
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
