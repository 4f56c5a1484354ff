"""The transformers engine: a Hugging Face model that generates the turns of several conversations at once.

The states of a turn are kept for the next one: only the new part of a conversation is read, and an API's functions only
once. Turns that arrive while others are being written join them.

On a CPU the weights of its linear layers are kept in the layout of oneDNN's kernels. An ordinary linear layer brings
its weights into that layout, or uses a slower kernel, on every call, which for the few rows of a generated token costs
as much as the product itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from toolalpaca.agent.local.batching import NO_QUEUE, OutOfMemory, PendingTurn, Queue, Sampling
from toolalpaca.agent.local.kv_cache import (
    SHARED_PREFIXES,
    KeptStates,
    Prefix,
    RowStates,
    States,
    can_be_kept,
    joined,
    padded_left,
    preallocated_cache,
    reading,
    shared_cache,
    states_of,
    unshared,
)
from toolalpaca.core.errors import FailureKind, RecordError

SLICE = 16  # tokens after which turns that wait may join
TAIL = 24  # tokens that are read back when looking for a stop string
PATIENCE = 4  # a batch that none can join is broken off when that many times as many turns wait as it still has rows
LAYOUT_ROWS = 16  # for which the layout is chosen; it is as fast for 1 row, 32 or 256
_LEAST = 64 * 64  # weights; smaller layers gain nothing


@dataclass
class _Rows:
    """The rows in progress: token ids and mask of equal width, and the cache of all but each row's last token.

    Of a row, its prefix ends at column `width`, and its own tokens end at the last column.
    """

    turns: list[PendingTurn]
    ids: torch.Tensor
    mask: torch.Tensor
    cache: Any
    prefixes: list[Prefix]
    width: int

    def ended(self) -> list[int]:
        """Return the indices of the rows that have ended."""
        return [place for place, turn in enumerate(self.turns) if turn.done.is_set()]

    def drop(self, ended: list[int]) -> None:
        """Remove rows."""
        places = [place for place in range(len(self.turns)) if place not in ended]
        self.turns = [self.turns[place] for place in places]
        self.prefixes = [self.prefixes[place] for place in places]
        if ended and places:
            index = torch.tensor(places, dtype=torch.long, device=self.ids.device)
            self.ids, self.mask = self.ids[index], self.mask[index]
            self.cache.batch_select_indices(index)

    def states(self, row: int) -> RowStates:
        """Return the states of a row's tokens so far."""
        start, end = int(self.mask[row, self.width:].argmax()), self.cache.get_seq_length() - self.width
        own = min(end - start, len(_tokens(self.turns[row])) - len(self.prefixes[row]))
        return RowStates(self.prefixes[row], states_of(self.cache, row, start, start + own))


def _tokens(turn: PendingTurn) -> list[int]:
    return turn.prompt + turn.written


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
        self._keeps, self._kept = can_be_kept(model.config), KeptStates(model.device)
        self._shares = self._can_share()
        self._closings: dict[tuple[str, ...], frozenset[int] | None] = {}
        self._sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if sampling.temperature > 0:
            self._sampling = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p,
                              "top_k": 0}
            torch.manual_seed(sampling.seed)

    @torch.inference_mode()
    def _can_share(self) -> bool:
        """Return whether the model's attention takes prefixes, by trying it on four tokens."""
        if self._model.device.type != "cpu" or getattr(self._model.config, "_attn_implementation", None) != "sdpa":
            return False
        self._model.set_attn_implementation(SHARED_PREFIXES)
        if not self._keeps:
            return False
        ids = torch.full((1, 4), self._pad)
        cache = preallocated_cache(self._model.config)
        expected = self._model(input_ids=ids, past_key_values=cache, use_cache=True).logits[:, -1]
        rows = [RowStates(Prefix(ids[0, :2].numpy(), states_of(cache, 0, 0, 2)), states_of(cache, 0, 2, 3))]
        try:
            with reading(cache := shared_cache(self._model.config, rows)):
                found = self._model(input_ids=ids[:, :1], past_key_values=cache, use_cache=True,
                                    attention_mask=torch.ones_like(ids)).logits[:, -1]
        except (RuntimeError, IndexError):  # it does not attend through the function that is registered
            return False
        return bool(torch.allclose(found, expected, rtol=1e-2, atol=1e-2 * float(expected.abs().max())))

    def run(self, turns: list[PendingTurn], queue: Queue = NO_QUEUE) -> None:
        """Finish the turns and those that join; those whose prompt leaves no room for an answer fail individually."""
        try:
            self._generate(self._with_room(turns), queue)
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

    def _with_room(self, turns: list[PendingTurn]) -> list[PendingTurn]:
        """Return the turns that the model can take; the others fail."""
        for turn in turns:
            if len(turn.prompt) >= self._longest:
                turn.fail(RecordError(FailureKind.TOO_LONG, f"the prompt has {len(turn.prompt)} tokens, "
                                      f"the model takes {self._longest}"))
        return [turn for turn in turns if not turn.done.is_set()]

    @torch.inference_mode()
    def _generate(self, turns: list[PendingTurn], queue: Queue) -> None:
        if not turns:
            return
        rows = self._laid_out(turns)
        while rows.turns:
            self._write_slice(rows)
            ended = rows.ended()
            self._keep(rows, ended)
            rows.drop(ended)
            if queue.stopping() or not self._keeps and len(rows.turns) * PATIENCE <= queue.waiting():
                break
            new = self._with_room(queue.take(len(rows.turns))) if self._keeps else []
            if new:
                rows = self._laid_out(new, rows)
        self._keep(rows, range(len(rows.turns)))

    def _write_slice(self, rows: _Rows) -> None:
        """Write until the first row ends, or as many tokens as a slice has."""
        width = rows.ids.shape[1]
        watch = _Watch(rows.turns, self._tokenizer, self._ends, self._closing, width)
        with reading(rows.cache):
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

    def _laid_out(self, turns: list[PendingTurn], rows: _Rows | None = None) -> _Rows:
        """Return rows of these turns and of those in progress, with the cache of all but their last tokens."""
        if not self._keeps:
            return self._padded(turns, unshared([[] for _ in turns]), preallocated_cache(self._model.config))
        tokens = [_tokens(turn)[:-1] for turn in turns]
        states = [self._read(row) for row in tokens]
        before = [rows.states(row) for row in range(len(rows.turns))] if rows else []
        after = joined(before, tokens, states) if self._shares else before + unshared(states)
        number = {id(row.prefix): place for place, row in reversed(list(enumerate(after)))}
        pairs = sorted(zip([*(rows.turns if rows else ()), *turns], after, strict=True),
                       key=lambda pair: number[id(pair[1].prefix)])
        all_turns, all_rows = [turn for turn, _ in pairs], [row for _, row in pairs]
        return self._padded(all_turns, all_rows, shared_cache(self._model.config, all_rows))

    def _padded(self, turns: list[PendingTurn], states: list[RowStates], cache: Any) -> _Rows:
        """Return the rows with ids and masks of equal width, padded before the prefix and before the own tokens."""
        prefixes = [row.prefix for row in states]
        width = max(map(len, prefixes))
        longest = max(len(_tokens(turn)) - len(prefix) for turn, prefix in zip(turns, prefixes, strict=True))
        ids = torch.full((len(turns), width + longest), self._pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, (turn, prefix) in enumerate(zip(turns, prefixes, strict=True)):
            tokens = torch.tensor(_tokens(turn), dtype=torch.long)
            own = len(tokens) - len(prefix)
            ids[row, width - len(prefix):width], ids[row, width + longest - own:] = tokens.split([len(prefix), own])
            mask[row, width - len(prefix):width] = mask[row, width + longest - own:] = 1
        device = self._model.device
        return _Rows(turns, ids.to(device), mask.to(device), cache, prefixes, width)

    def _read(self, tokens: list[int]) -> States:
        """Return the states of a prompt's tokens, computing only those not yet known."""
        known = self._kept.longest(tokens)
        used = known[0][0].shape[-2] if known else 0
        if known and used == len(tokens):
            return known
        room = len(tokens) - used
        cache = preallocated_cache(self._model.config)
        layers: list[Any] = cache.layers
        for layer, (keys, values) in zip(layers, padded_left([known], room) if known else [], strict=bool(known)):
            layer.adopt(keys, values, room)
        new = torch.tensor([tokens[used:] or [self._pad]], dtype=torch.long, device=self._model.device)
        self._model(input_ids=new, past_key_values=cache, use_cache=True, logits_to_keep=1)
        states = states_of(cache, 0, 0, len(tokens))
        self._kept.keep(tokens, states)
        return states

    def _keep(self, rows: _Rows, places: Sequence[int]) -> None:
        """Keep the states of turns that end or are set aside, for the turns that continue them."""
        for row in places if self._keeps else ():
            states = rows.states(row).whole()
            self._kept.keep(_tokens(rows.turns[row])[:states[0][0].shape[-2]], states)


class _Watch(StoppingCriteria):
    """Checks each row as it grows: a row that contains a stop string or its end token is finished immediately, and all
    rows are interrupted, so that the others go on without it."""

    def __init__(self, turns: list[PendingTurn], tokenizer: Any, ends: set[int],
                 closing: Callable[[tuple[str, ...]], frozenset[int] | None], width: int) -> None:
        self._turns = turns
        self._tokenizer = tokenizer
        self._ends = ends
        self._closing = closing
        self._width = width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        written = input_ids[:, self._width:].tolist()
        for turn, new in zip(self._turns, written, strict=True):
            if new[-1] in self._ends or self._has_stop(turn, new):
                self.finish(turn, new)
        return torch.full((len(written),), any(turn.done.is_set() for turn in self._turns), device=input_ids.device)

    def _has_stop(self, turn: PendingTurn, new: list[int]) -> bool:
        closing = self._closing(turn.stop)
        if closing is not None and new[-1] not in closing:
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


class PackedLinear(torch.nn.Module):
    """A linear layer that can only be called; the result differs from the original's by rounding alone."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), LAYOUT_ROWS)
        self._bias = None if layer.bias is None else layer.bias.detach()

    @property
    def weight(self) -> torch.Tensor:
        """Return a copy of the weights in their ordinary layout, for models that look at them."""
        return self._packed.to_dense()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return the product of the states (..., in) with the weights, as (..., out)."""
        output: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, self._packed, self._bias, "none", [], "")
        return output


def pack_linear_layers(model: Any) -> None:
    """Replace the linear layers of a model on the CPU if this build of torch has the kernels."""
    if not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")):
        return
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear and child.weight.device.type == "cpu" \
                    and child.weight.dtype == torch.float32 and child.weight.numel() >= _LEAST:
                setattr(module, name, PackedLinear(child))
