"""What to do with an example that is longer than the model's limit.

An example is never cut inside a trained piece: what is left of it would teach the model to stop, or to begin, in the
middle of a sentence.
"""

from dataclasses import replace

import numpy as np

from toolalpaca.training.masks import Tokenised


def fitted(tokens: Tokenised, limit: int, policy: str) -> Tokenised | None:
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
