"""The data file as tokens: tokenised by several processes, kept on disk under the hash of all it depends on.

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

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.training.encoders.encoder import Encoder, checked_examples
from toolalpaca.training.masks import IGNORED, Tokenised, within_limit
from toolalpaca.training.shared_prompts import prefix_code, text_code

VERSION = 2  # of what is stored; a change makes older caches unused
_FEATURES = datasets.Features({
    "input_ids": datasets.List(datasets.Value("int32")), "labels": datasets.List(datasets.Value("int32")),
    "length": datasets.Value("int32"), "prompt_length": datasets.Value("int32"),
    "straddling": datasets.Value("int32"), "prefix": datasets.Value("binary")})
_TEXTS = datasets.Features({"example": datasets.Value("large_string"), "record": datasets.Value("int64"),
                            "characters": datasets.Value("int64"), "prefix": datasets.Value("binary")})
_NONE = np.zeros(0, dtype=np.int32)
_BATCH = 200  # examples tokenised at a time


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
    return hashlib.sha256("\n".join((str(VERSION), *parts)).encode()).hexdigest()[:32]


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
