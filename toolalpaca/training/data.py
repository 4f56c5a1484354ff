"""The examples that the trainer takes: tokenised by several processes and kept on disk under the hash of all they
depend on, or tokenised on the way; alone or in groups.

What is kept is read through a memory map, so that a run needs the memory of a batch, not of the corpus.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_on_rank_0
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.training.command_line import TrainingOptions
from toolalpaca.training.encoders import Encoder, checked_examples, encoder_for
from toolalpaca.training.masks import IGNORED, Tokenised, within_limit
from toolalpaca.training.sampling import Bundle, BundleSampler, group_by_prompt, prefix_code, separate, text_code

CACHE_VERSION = 2  # of what is stored; a change makes older caches unused
_FEATURES = datasets.Features({
    "input_ids": datasets.List(datasets.Value("int32")), "labels": datasets.List(datasets.Value("int32")),
    "length": datasets.Value("int32"), "prompt_length": datasets.Value("int32"),
    "straddling": datasets.Value("int32"), "prefix": datasets.Value("binary")})
_TEXTS = datasets.Features({"example": datasets.Value("large_string"), "record": datasets.Value("int64"),
                            "characters": datasets.Value("int64"), "prefix": datasets.Value("binary")})
_NONE = np.zeros(0, dtype=np.int32)
_BATCH = 200  # examples tokenised at a time
_NAMED = 5  # records that a message names
_WORTHWHILE = 1.1  # times less to compute from which on prompts are shared


@dataclass(frozen=True)
class LengthLimits:
    """How long an example may be and what becomes of a longer one."""

    max_length: int
    overlong: str


class TokeniseBatch:
    """Turns a batch of stored examples into tokens. An example that is left out becomes an empty one."""

    def __init__(self, encoder: Encoder, limits: LengthLimits) -> None:
        self.encoder, self.limits = encoder, limits

    def __call__(self, batch: dict[str, list[str]]) -> dict[str, list[Any]]:
        rows = [self._row(tokens) for tokens in self.encoder.encode([json.loads(text) for text in batch["example"]])]
        return {key: [row[key] for row in rows] for key in _FEATURES}

    def _row(self, tokens: Tokenised) -> dict[str, Any]:
        kept = within_limit(tokens, self.limits.max_length, self.limits.overlong)
        return {"input_ids": _NONE if kept is None else kept.input_ids,
                "labels": _NONE if kept is None else kept.labels(),
                "length": len(tokens.input_ids), "prompt_length": tokens.prompt_length(),
                "straddling": tokens.straddling,
                "prefix": prefix_code(_NONE if kept is None else kept.input_ids[:max(kept.prompt_length() - 1, 0)])}


def stored_examples(path: Path, encoder: Encoder, cache: Path) -> datasets.Dataset:
    """Return the checked examples of a file as text, in a memory map.

    The columns are `example` (JSON), the `record` it comes from, its `characters` and its prompt's `prefix` code.
    """
    target = cache / f"text-{_digest(file_hash(path), encoder.fingerprint())}"
    if not target.exists():
        with _workplace(cache) as work:
            made = _from_generator(_rows_of, _TEXTS, {"path": path, "encoder": encoder}, work)
            made.save_to_disk(work / "done")
            _move(work / "done", target)
    return datasets.load_from_disk(target)


def tokenised_examples(path: Path, encoder: Encoder, limits: LengthLimits, cache: Path, workers: int | None,
                       ) -> datasets.Dataset:
    """Return the examples of a file as tokens, one row each; a row without tokens was left out."""
    target = cache / f"tokens-{_digest(file_hash(path), encoder.fingerprint(), repr(limits))}"
    if not target.exists():
        texts = stored_examples(path, encoder, cache)
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several processes, not threads in each
        with _workplace(cache) as work:
            made = texts.map(TokeniseBatch(encoder, limits), batched=True, batch_size=_BATCH, features=_FEATURES,
                             remove_columns=texts.column_names, cache_file_name=str(work / "tokens.arrow"),
                             num_proc=_processes(len(texts), workers), desc="tokenising", new_fingerprint=target.name)
            made.save_to_disk(work / "done")
            _move(work / "done", target)
    return datasets.load_from_disk(target)


def cache_folder(given: Path | None) -> Path:
    """Return where prepared data is kept."""
    folder = given if given is not None else Path(datasets.config.HF_DATASETS_CACHE) / "toolalpaca"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot make this folder for tokenised data ({error.strerror}); choose one with "
                         "--cache_dir") from None
    return folder


def _rows_of(path: Path, encoder: Encoder) -> Iterator[dict[str, Any]]:
    for record, example in checked_examples(path, encoder):
        yield {"example": json.dumps(example), "record": record, "characters": encoder.characters(example),
               "prefix": text_code(encoder.prompt(example))}


def _from_generator(generator: Any, features: datasets.Features, arguments: dict[str, Any], work: Path,
                    ) -> datasets.Dataset:
    try:
        return datasets.Dataset.from_generator(generator, features=features, cache_dir=str(work),
                                               gen_kwargs=arguments, fingerprint=work.name)
    except datasets.exceptions.DatasetGenerationError as error:
        raise (error.__cause__ or error) from None


def _processes(examples: int, wanted: int | None) -> int | None:
    number = min(wanted or os.cpu_count() or 1, max(examples // _BATCH, 1))
    return number if number > 1 else None


class _workplace:
    """A temporary folder next to the cache, gone with everything left in it at the end."""

    def __init__(self, cache: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="making-", dir=cache))

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _move(made: Path, target: Path) -> None:
    """Put what was made in its place, unless another process was faster."""
    try:
        made.rename(target)
    except OSError:
        if not target.exists():
            raise


def file_hash(source: Path) -> str:
    """Return the hash of a file's content, or of that of all shards."""
    hashes = []
    for path in shards_of(source):
        with open(path, "rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashes[0] if len(hashes) == 1 else _digest(*hashes)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join((str(CACHE_VERSION), *parts)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Summary:
    """What preparation found out about the examples."""

    kept: int
    left_out: int
    cut: int
    longest: int
    straddling: int
    tokens: int
    trained_tokens: int
    long_prompts: list[int]  # rows in which the prompt alone is over the limit


def summary_of(rows: datasets.Dataset, limits: LengthLimits) -> Summary:
    """Return counts over tokenised rows, without reading all tokens into memory at once."""
    length, prompt = (np.asarray(rows.data.column(name)) for name in ("length", "prompt_length"))
    tokens = trained = 0
    sizes = []
    for batch in rows.data.table.select(["input_ids", "labels"]).to_batches():
        sizes.append(np.diff(batch.column("input_ids").offsets.to_numpy()))
        tokens += int(sizes[-1].sum())
        trained += int((batch.column("labels").flatten().to_numpy() != IGNORED).sum())
    kept = np.concatenate(sizes) if sizes else np.zeros(0, dtype=int)
    return Summary(kept=int((kept > 0).sum()), left_out=int((kept == 0).sum()),
                   cut=int(((kept > 0) & (kept < length)).sum()), longest=int(length.max(initial=0)),
                   straddling=int(np.asarray(rows.data.column("straddling")).sum()), tokens=tokens,
                   trained_tokens=trained, long_prompts=np.flatnonzero(prompt >= limits.max_length).tolist())


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
