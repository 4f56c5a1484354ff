"""The transformers engine: a Hugging Face model that generates the turns of several conversations at once.

The states of a turn are kept for the next one: only the new part of a conversation is read, and an API's functions only
once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, StoppingCriteria, StoppingCriteriaList
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from toolalpaca.agent.local.batching import OutOfMemory, PendingTurn, Sampling
from toolalpaca.agent.local.kv_cache import (
    KeptStates,
    States,
    can_be_kept,
    filled_cache,
    padded_left,
    preallocated_cache,
    states_of,
)
from toolalpaca.core.errors import FailureKind, RecordError

SLICE = 16
TAIL = 24  # tokens that are read back when looking for a stop string
ATTENTION = "grouped_decoding"
PATIENCE = 4  # a batch is broken off when that many times as many turns wait as it still has rows


def grouped_decoding(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                     attention_mask: torch.Tensor | None, scaling: float | None = None,
                     **more: Any) -> tuple[torch.Tensor, None]:
    """Return torch's attention of (rows, heads, tokens, width) as (rows, tokens, heads, width).

    While each row gets one new token, the query heads that share a key head are passed as its tokens, so that a CPU
    reads the cache once and not once for each of them.
    """
    rows, heads, tokens, width = query.shape
    if tokens > 1 or heads == key.shape[1]:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **more)
    together = query.reshape(rows, key.shape[1], -1, width)
    output = torch.nn.functional.scaled_dot_product_attention(together, key, value, attn_mask=attention_mask,
                                                              scale=scaling)
    return output.reshape(rows, heads, 1, width).transpose(1, 2), None


AttentionInterface.register(ATTENTION, grouped_decoding)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)


@dataclass
class _Rows:
    """The rows in progress: token ids and mask of equal width, and the cache of all but each row's last token."""

    turns: list[PendingTurn]
    ids: torch.Tensor
    mask: torch.Tensor
    cache: Any

    def ended(self) -> list[int]:
        """Return the indices of the rows that have ended."""
        return [place for place, turn in enumerate(self.turns) if turn.done.is_set()]

    def drop(self, ended: list[int]) -> None:
        """Remove rows."""
        places = [place for place in range(len(self.turns)) if place not in ended]
        self.turns = [self.turns[place] for place in places]
        if ended and places:
            index = torch.tensor(places, dtype=torch.long, device=self.ids.device)
            self.ids, self.mask = self.ids[index], self.mask[index]
            self.cache.batch_select_indices(index)


class TransformersEngine:
    """The engine of the transformers library, with a `model` and a `tokenizer` that are loaded."""

    def __init__(self, model: Any, tokenizer: Any, sampling: Sampling) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._most_tokens = sampling.most_tokens
        self._pad = next(token for token in (tokenizer.pad_token_id, tokenizer.eos_token_id, 0) if token is not None)
        self._longest = getattr(model.config, "max_position_embeddings", None) or 1_000_000
        ends = model.generation_config.eos_token_id
        self._ends = {ends} if isinstance(ends, int) else set(ends or ())
        self._ends |= {tokenizer.eos_token_id} - {None}
        if model.device.type == "cpu" and getattr(model.config, "_attn_implementation", None) == "sdpa":
            model.set_attn_implementation(ATTENTION)
        self._keeps, self._kept = can_be_kept(model.config), KeptStates(model.device)
        self._closings: dict[tuple[str, ...], frozenset[int] | None] = {}
        self._sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if sampling.temperature > 0:
            self._sampling = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p,
                              "top_k": 0}
            torch.manual_seed(sampling.seed)

    def run(self, turns: list[PendingTurn], waiting: Callable[[], int] = lambda: 0) -> None:
        """Finish the turns; those whose prompt leaves no room for an answer fail individually."""
        for turn in turns:
            if len(turn.prompt) >= self._longest:
                turn.fail(RecordError(FailureKind.TOO_LONG, f"the prompt has {len(turn.prompt)} tokens, "
                                      f"the model takes {self._longest}"))
        try:
            self._generate([turn for turn in turns if not turn.done.is_set()], waiting)
        except torch.OutOfMemoryError:
            self.forget()
            torch.cuda.empty_cache()
            raise OutOfMemory from None
        except RuntimeError as error:  # what the CPU's allocator raises
            if "can't allocate memory" in str(error) or "out of memory" in str(error):
                self.forget()
                raise OutOfMemory from None
            raise

    def forget(self) -> None:
        """Free the memory of kept states."""
        self._kept.clear()

    @torch.inference_mode()
    def _generate(self, turns: list[PendingTurn], waiting: Callable[[], int]) -> None:
        if not turns:
            return
        rows = self._laid_out(turns)
        while rows.turns:
            self._write_slice(rows)
            ended = rows.ended()
            self._keep(rows, ended)
            rows.drop(ended)
            if len(rows.turns) * PATIENCE <= waiting():
                break
        self._keep(rows, range(len(rows.turns)))

    def _write_slice(self, rows: _Rows) -> None:
        width = rows.ids.shape[1]
        watch = _Watch(rows.turns, self._tokenizer, self._ends, self._closing(rows.turns[0].stop), width)
        rows.ids = self._model.generate(
            rows.ids, attention_mask=rows.mask, past_key_values=rows.cache, pad_token_id=self._pad,
            eos_token_id=sorted(self._ends) or None, max_new_tokens=min(SLICE, self._room(rows.turns)),
            stopping_criteria=StoppingCriteriaList([watch]), **self._sampling)
        new = rows.ids[:, width:]
        rows.mask = torch.cat([rows.mask, torch.ones_like(new)], dim=1)
        for turn, tokens in zip(rows.turns, new.tolist(), strict=True):
            if not turn.done.is_set():
                turn.written += tokens
                if not self._room([turn]):
                    watch.finish(turn, [])

    def _closing(self, stop: tuple[str, ...]) -> frozenset[int] | None:
        """Return the tokens that can complete a stop string, since they contain its last character; None if any may."""
        if stop not in self._closings:
            ends = {text[-1] for text in stop}
            self._closings[stop] = frozenset(
                number for token, number in self._tokenizer.get_vocab().items() if ends & set(token)
            ) if all(end.isascii() for end in ends) else None
        return self._closings[stop]

    def _room(self, turns: Sequence[PendingTurn]) -> int:
        """Return how many more tokens each of the turns may have."""
        return min(min(self._most_tokens, self._longest - len(turn.prompt)) - len(turn.written) for turn in turns)

    def _laid_out(self, turns: list[PendingTurn]) -> _Rows:
        """Return rows of equal width, padded on the left, with the cache of all but their last tokens."""
        prompts = [turn.prompt + turn.written for turn in turns]
        width = max(map(len, prompts))
        ids = torch.full((len(prompts), width), self._pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt):] = torch.tensor(prompt, dtype=torch.long)
            mask[row, width - len(prompt):] = 1
        device, cache = self._model.device, preallocated_cache(self._model.config)
        if self._keeps and width > 1:
            cache = filled_cache(self._model.config, padded_left([self._read(prompt[:-1]) for prompt in prompts]))
        return _Rows(turns, ids.to(device), mask.to(device), cache)

    def _read(self, tokens: list[int]) -> States:
        """Return the states of a prompt's tokens, computing only those not yet known."""
        known = self._kept.longest(tokens)
        used = known[0][0].shape[-2] if known else 0
        if known and used == len(tokens):
            return known
        cache = filled_cache(self._model.config, known or [])
        new = torch.tensor([tokens[used:]], dtype=torch.long, device=self._model.device)
        self._model(input_ids=new, past_key_values=cache, use_cache=True, logits_to_keep=1)
        states = states_of(cache, 0, 0, len(tokens))
        self._kept.keep(tokens, states)
        return states

    def _keep(self, rows: _Rows, places: Sequence[int]) -> None:
        """Keep the states of turns that end or are set aside, for the turns that continue them."""
        if not self._keeps:
            return
        width = rows.cache.get_seq_length()
        for row in places:
            tokens = rows.turns[row].prompt + rows.turns[row].written
            start = int(rows.mask[row].argmax())
            length = min(len(tokens), width - start)
            self._kept.keep(tokens[:length], states_of(rows.cache, row, start, start + length))


class _Watch(StoppingCriteria):
    """Checks each row as it grows: a row that contains a stop string or its end token is finished immediately."""

    def __init__(self, turns: list[PendingTurn], tokenizer: Any, ends: set[int], closing: frozenset[int] | None,
                 width: int) -> None:
        self._turns = turns
        self._tokenizer = tokenizer
        self._ends = ends
        self._closing = closing
        self._width = width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        written = input_ids[:, self._width:].tolist()
        for turn, new in zip(self._turns, written, strict=True):
            if not turn.done.is_set() and (new[-1] in self._ends or self._has_stop(turn, new)):
                self.finish(turn, new)
        return torch.tensor([turn.done.is_set() for turn in self._turns], device=input_ids.device)

    def _has_stop(self, turn: PendingTurn, new: list[int]) -> bool:
        if self._closing is not None and new[-1] not in self._closing:
            return False
        tail = self._tokenizer.decode((turn.written[-TAIL:] + new)[-TAIL:])
        return any(stop in tail for stop in turn.stop)

    def finish(self, turn: PendingTurn, new: list[int]) -> None:
        """Pass on the text before the first stop string."""
        tokens = turn.written + new
        end = next((place for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        text = self._tokenizer.decode(tokens[:end], skip_special_tokens=True)
        turn.written = tokens[:end]
        cut = min([text.find(stop) for stop in turn.stop if stop in text], default=len(text))
        turn.finish(text[:cut], end)
