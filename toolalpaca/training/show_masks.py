"""Examples printed with their trained tokens marked, so that a person can see what a model would learn."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerBase

from toolalpaca.core.log import print_text
from toolalpaca.training.encoders.encoder import Encoder, checked_examples
from toolalpaca.training.masks import Tokenised

OPENED, CLOSED = "\u27e6", "\u27e7"  # brackets that stand in no API's text


def show_masks(path: Path, encoder: Encoder, tokenizer: PreTrainedTokenizerBase, number: int) -> None:
    """Print the first examples of a file with their trained parts in brackets."""
    for record, example in islice(checked_examples(path, encoder), number):
        [tokens] = encoder.encode([example])
        print(f"--- record {record}: {len(tokens.input_ids)} tokens, {int(tokens.trained.sum())} trained in "
              f"{OPENED}brackets{CLOSED}, {tokens.straddling} over a border")
        print_text(marked(tokens, tokenizer))


def marked(tokens: Tokenised, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text that the tokens stand for, each run of trained ones in brackets."""
    borders = np.flatnonzero(np.diff(tokens.trained.astype(np.int8))) + 1
    starts = [0, *borders.tolist(), len(tokens.trained)]
    written = []
    for start, end in zip(starts, starts[1:], strict=False):
        text = _text(tokens.input_ids, start, end, tokenizer)
        written.append(f"{OPENED}{text}{CLOSED}" if tokens.trained[start] else text)
    return "".join(written)


def _text(ids: Any, start: int, end: int, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text of some tokens. The one before them is read along, since a first token loses its blank."""
    before = ids[max(start - 1, 0):start].tolist()
    settings = {"clean_up_tokenization_spaces": False}
    whole = tokenizer.decode([*before, *ids[start:end].tolist()], **settings)
    return str(whole)[len(str(tokenizer.decode(before, **settings))):]
