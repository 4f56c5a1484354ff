"""The label mask: every trained character and the end of sequence in the loss, and nothing else."""

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from training_tokenizers import made

from toolalpaca.training.encoders import SegmentEncoder
from toolalpaca.training.masks import IGNORED, Tokenised, character_mask, within_limit

WORDS = ["ASSISTANT Thought:", " I need it.", "\nASSISTANT Action:", " getTime", "\n", "\n\n", " ", "  ", "\t", ":\n",
         '{"zone": "Rome"}', "Größe", "日本", "💡", "e\u0301", "ﬁ", "</s>", "<|im_end|>", "a", "Status Code: 200."]
PIECE = st.one_of(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map("".join),
                  st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
SEGMENTS = st.lists(st.tuples(PIECE, st.booleans()), min_size=1, max_size=6).filter(
    lambda pieces: any(flag for _, flag in pieces))


@functools.cache
def tokeniser(tokenizer: Any) -> SegmentEncoder:
    return SegmentEncoder(tokenizer)


def reference_mask(encoding: Any, mask: np.ndarray) -> list[bool | None]:
    """The same rule said character by character; None for a token without characters of its own."""
    return [not special and any(mask[start:end]) if start < end else None
            for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=SEGMENTS)
@example(pieces=[("Thought:", False), ("\nAction: x", True), ("\n seen", False), (" done", True)])
@example(pieces=[("asked", True), ("</s>", False)])
@example(pieces=[("USER: q\nThought:", False), ("  two blanks \n", True), (" Status", False), (" é日💡", True)])
def test_trained_characters_and_the_end_are_in_the_loss_and_nothing_else(tokenizer: Any, pieces: list) -> None:
    texts, flags = [text for text, _ in pieces], [flag for _, flag in pieces]
    [tokens] = tokeniser(tokenizer).encode([(texts, flags)])
    text, mask = "".join(texts), character_mask(texts, flags)
    assert len(mask) == len(text)

    encoding = tokeniser(tokenizer).backend.encode(text)
    assert encoding.ids == tokenizer(text, split_special_tokens=True)["input_ids"]  # the tokens a model would see
    closed = encoding.special_tokens_mask and encoding.special_tokens_mask[-1]
    added = 0 if closed and encoding.ids[-1] == tokenizer.eos_token_id else 1
    assert tokens.input_ids.tolist() == encoding.ids + [tokenizer.eos_token_id] * added

    labels = tokens.labels()
    assert labels[-1] == tokenizer.eos_token_id
    assert ((labels == tokens.input_ids) == tokens.trained).all()
    assert ((labels == IGNORED) == ~tokens.trained).all()

    expected = reference_mask(encoding, mask)
    body = tokens.trained[:len(expected) - 1 + added]
    for got, want in zip(body, expected, strict=False):
        assert want is None or got == want
    straddling = sum(not special and start < end and any(mask[start:end]) and not all(mask[start:end])
                     for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True))
    assert tokens.straddling == straddling

    held = np.zeros(len(text), dtype=bool)  # characters that some token holds
    trained = np.zeros(len(text), dtype=bool)  # characters that a trained token holds
    for (start, end), is_trained in zip(encoding.offsets, tokens.trained, strict=False):
        held[start:end] = True
        trained[start:end] |= is_trained
    assert (trained | ~mask | ~held).all()
    if not straddling:
        assert not (trained & ~mask).any()


@pytest.mark.parametrize("name", ["byte_level", "smollm2", "deepseek", "qwen", "mistral"])
def test_no_token_straddles_where_the_blank_opens_the_trained_piece(name: str) -> None:
    texts = ["USER: What time is it?\nASSISTANT Thought:", " I ask.\nASSISTANT Action: f\nASSISTANT Action Input: {}"
             "\nASSISTANT Observation:", " Status Code: 200.\nASSISTANT Thought:", " Known.\nASSISTANT Response: Noon."]
    tokenizer = made(name)
    [tokens] = tokeniser(tokenizer).encode([(texts, [False, True, False, True])])
    assert tokens.straddling == 0
    trained = tokenizer.decode(tokens.input_ids[tokens.trained][:-1])
    assert trained.split() == (texts[1] + texts[3]).split()


def tokens(pattern: str, opening: int = 1) -> Tokenised:
    """One token per character: `x` is trained, `.` is not."""
    return Tokenised(np.arange(len(pattern), dtype=np.int32), np.array([mark == "x" for mark in pattern]), opening)


def shown(example: Tokenised | None) -> str | None:
    return None if example is None else "".join("x" if mark else "." for mark in example.trained)


@pytest.mark.parametrize(("pattern", "limit", "policy", "left"), [
    ("..xx..xx", 8, "drop", "..xx..xx"),
    ("..xx..xx", 7, "drop", None),
    ("..xx..xx", 7, "error", None),
    ("..xx..xx", 7, "truncate_right", "..xx"),
    ("..xx..xx", 4, "truncate_right", "..xx"),
    ("..xx..xx", 3, "truncate_right", None),
    ("..xx..xx", 5, "truncate_left", "...xx"),  # the opening token and the last four
    ("..xx..xx", 6, "truncate_left", "....xx"),  # half of the first piece is left, and no longer trained
    ("..xx..xx", 7, "truncate_left", ".xx..xx"),
    (".xxxxxxx", 5, "truncate_left", None),
])
def test_cut(pattern: str, limit: int, policy: str, left: str | None) -> None:
    assert shown(within_limit(tokens(pattern), limit, policy)) == left


@given(st.text("x.", min_size=2, max_size=30), st.integers(2, 30), st.sampled_from(["truncate_left", "truncate_right"]))
def test_what_is_left_fits_and_trains_whole_pieces_only(pattern: str, limit: int, policy: str) -> None:
    example = tokens("." + pattern)
    left = within_limit(example, limit, policy)
    if left is None:
        return
    assert len(left.input_ids) == len(left.trained) <= limit
    assert left.input_ids[0] == 0  # the opening token stays
    whole = {tuple(run) for run in np.split(np.flatnonzero(example.trained),
                                            np.flatnonzero(np.diff(np.flatnonzero(example.trained)) > 1) + 1)}
    kept = left.input_ids[left.trained]
    for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1):
        assert tuple(run) in whole | {()}
