"""Masks of the tokens that are trained, from one tokenisation of the whole text and its character offsets; and the cut
of an example that is longer than the model's limit.

Tokenising piece by piece gives other tokens than a model sees later, and cutting a mask at guessed positions trains the
wrong ones. Here the text is tokenised once, as it will be read, and each token is traced back to its characters.

An example is never cut inside a trained piece: what is left of it would teach the model to stop, or to begin, in the
middle of a sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

IGNORED = -100  # the label of a token that is not in the loss


@dataclass(frozen=True, slots=True)
class Tokenised:
    """One example as tokens.

    `trained` says which are in the loss, `opening` and `closing` how many the tokenizer put before and after the text
    by itself (all of them if the text left none), and `straddling` how many of the trained ones reach over the
    border of a trained piece.
    """

    input_ids: NDArray[np.int32]
    trained: NDArray[np.bool_]
    opening: int = 0
    closing: int = 0
    straddling: int = 0

    def labels(self) -> NDArray[np.int32]:
        """Return the tokens with those outside the loss replaced by IGNORED."""
        return np.where(self.trained, self.input_ids, np.int32(IGNORED))

    def prompt_length(self) -> int:
        """Return how many tokens come before the first trained one."""
        return int(self.trained.argmax()) if self.trained.any() else len(self.trained)


def character_mask(pieces: Sequence[str], trainable: Sequence[bool]) -> NDArray[np.bool_]:
    """Return for each character of the joined pieces whether it is trained."""
    return np.repeat(np.asarray(trainable, dtype=np.bool_), [len(piece) for piece in pieces])


def span_mask(length: int, spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return for each of `length` characters whether it is in one of the spans `(start, end)`."""
    mask = np.zeros(length, dtype=np.bool_)
    for start, end in spans:
        mask[start:end] = True
    return mask


def from_encoding(encoding: Any, mask: NDArray[np.bool_]) -> Tokenised:
    """Return the tokens of a `tokenizers.Encoding`, trained where they hold a trained character.

    A token that also holds an untrained character is trained all the same and counted. A token without characters of
    its own (white space that the tokenizer normalised away) goes with the next character. What the
    tokenizer added by itself, such as a beginning of sequence, is not trained.
    """
    offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    before = np.concatenate(([0], np.cumsum(mask)))  # trained characters before each position
    held = before[ends] - before[starts]
    empty = starts == ends
    if empty.any() and len(mask):
        held[empty] = mask[np.minimum(starts[empty], len(mask) - 1)]
    added = np.asarray(encoding.special_tokens_mask, dtype=np.bool_)
    trained = (held > 0) & ~added
    straddling = int((trained & ~empty & (held < ends - starts)).sum())
    opening, closing = (len(added), len(added)) if added.all() else (int(added.argmin()), int(added[::-1].argmin()))
    return Tokenised(np.asarray(encoding.ids, dtype=np.int32), trained, opening, closing, straddling)


def with_end(tokens: Tokenised, eos: int) -> Tokenised:
    """Return the example closed by the end-of-sequence token, trained, whether or not the tokenizer had added it.

    A text may end in the very characters of that token, and some tokenizers read them as the token: that one is text.
    """
    if tokens.closing and tokens.input_ids[-1] == eos:
        return replace(tokens, trained=np.append(tokens.trained[:-1], True))
    return replace(tokens, input_ids=np.append(tokens.input_ids, np.int32(eos)),
                   trained=np.append(tokens.trained, True))


def within_limit(tokens: Tokenised, limit: int, policy: str) -> Tokenised | None:
    """Return the example within `limit` tokens, or None if nothing that could be trained is left of it.

    `drop` and `error` leave it out. `truncate_right` keeps everything up to the end of the last trained piece that
    fits. `truncate_left` keeps the end and what the tokenizer puts before every text; a trained piece that loses its
    beginning is no longer trained.
    """
    if len(tokens.input_ids) <= limit:
        return tokens
    if policy == "truncate_right":
        return _up_to_a_whole_piece(tokens, limit)
    if policy == "truncate_left":
        return _from_a_whole_piece(tokens, limit)
    return None


def _up_to_a_whole_piece(tokens: Tokenised, limit: int) -> Tokenised | None:
    piece_ends = np.flatnonzero(tokens.trained & ~np.append(tokens.trained[1:], False)) + 1
    fitting = piece_ends[piece_ends <= limit]
    if not len(fitting):
        return None
    end = int(fitting[-1])
    return replace(tokens, input_ids=tokens.input_ids[:end], trained=tokens.trained[:end])


def _from_a_whole_piece(tokens: Tokenised, limit: int) -> Tokenised | None:
    start = len(tokens.input_ids) - (limit - tokens.opening)
    trained = tokens.trained[start:].copy()
    if tokens.trained[start - 1] and trained[0]:  # the cut goes through a trained piece
        trained[:len(trained) if trained.all() else int(trained.argmin())] = False
    if not trained.any():
        return None
    return replace(tokens, input_ids=np.concatenate((tokens.input_ids[:tokens.opening], tokens.input_ids[start:])),
                   trained=np.concatenate((tokens.trained[:tokens.opening], trained)))
