"""A key-value cache with room for the tokens to come.

The cache of transformers is copied whole for every token that is written, which for ten conversations of a thousand
tokens takes longer than the model itself. Here a new token is written into place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList
from transformers.cache_utils import DynamicCache, DynamicLayer

from toolalpaca.agent.local.batching import OutOfMemory, Turn
from toolalpaca.core.errors import FailureKind, RecordError

ROOM = 128  # tokens by which a layer grows when it is full

SLICE = 32
SHORTEST_SHARED = 32  # tokens from which on it pays to read a common beginning once for all rows
TAIL = 24  # tokens that are read back when looking for a stop string
PATIENCE = 4  # a batch is broken off when so many times as many turns wait as it still has rows


class RoomyLayer(DynamicLayer):
    """One layer; `keys` and `values` are the used parts of larger tensors."""

    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new states behind those that are there; gives all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        used = self.get_seq_length()
        size = used + key_states.shape[-2]
        rooms = self._rooms
        if rooms is None or not self._is_in(rooms) or rooms[0].shape[-2] < size:
            rooms = self._rooms = (_larger(self.keys, key_states, size), _larger(self.values, value_states, size))
        rooms[0][..., used:size, :] = key_states
        rooms[1][..., used:size, :] = value_states
        self.keys, self.values = rooms[0][..., :size, :], rooms[1][..., :size, :]
        return self.keys, self.values

    def _is_in(self, rooms: tuple[torch.Tensor, torch.Tensor]) -> bool:
        """Whether the states still lie there; repeating the rows puts them elsewhere."""
        keys: Any = self.keys
        return keys.shape[0] == rooms[0].shape[0] and keys.data_ptr() == rooms[0].data_ptr()


def roomy_cache(config: Any) -> DynamicCache:
    """A cache for the model; layers that look back a window only, or keep no keys, stay as transformers makes them."""
    cache = DynamicCache(config=config)
    if cache.layers:
        cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _larger(states: Any, new: torch.Tensor, size: int) -> torch.Tensor:
    room = new.new_empty((*new.shape[:-2], size + ROOM, new.shape[-1]))
    if states.numel():
        room[..., :states.shape[-2], :] = states
    return room


@dataclass
class _Rows:
    """The rows under way: token ids and mask of equal width, and the cache of all but each row's last token."""

    turns: list[Turn]
    ids: torch.Tensor
    mask: torch.Tensor
    cache: Any

    def keep_open(self) -> None:
        """Take out the rows that have ended."""
        places = [place for place, turn in enumerate(self.turns) if not turn.done.is_set()]
        if len(places) < len(self.turns):
            index = torch.tensor(places, dtype=torch.long, device=self.ids.device)
            self.turns = [self.turns[place] for place in places]
            self.ids, self.mask = self.ids[index], self.mask[index]
            self.cache.batch_select_indices(index)


class TransformersEngine:
    """`model` and `tokenizer` are loaded; `most_tokens` bounds an answer, `temperature` 0 takes the likeliest token."""

    def __init__(self, model: Any, tokenizer: Any, *, most_tokens: int, temperature: float = 0.0,
                 top_p: float = 1.0, seed: int = 0) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._most_tokens = most_tokens
        self._pad = next(token for token in (tokenizer.pad_token_id, tokenizer.eos_token_id, 0) if token is not None)
        self._longest = getattr(model.config, "max_position_embeddings", None) or 1_000_000
        ends = model.generation_config.eos_token_id
        self._ends = {ends} if isinstance(ends, int) else set(ends or ())
        self._ends |= {tokenizer.eos_token_id} - {None}
        self._closings: dict[tuple[str, ...], frozenset[int] | None] = {}
        self._sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if temperature > 0:
            self._sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
            torch.manual_seed(seed)

    def run(self, turns: list[Turn], waiting: Callable[[], int] = lambda: 0) -> None:
        """Finish the turns; those whose prompt leaves no room for an answer fail alone."""
        for turn in turns:
            if len(turn.prompt) >= self._longest:
                turn.fail(RecordError(FailureKind.TOO_LONG, f"the prompt has {len(turn.prompt)} tokens, "
                                      f"the model takes {self._longest}"))
        try:
            self._generate([turn for turn in turns if not turn.done.is_set()], waiting)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            raise OutOfMemory from None
        except RuntimeError as error:  # what the CPU's allocator raises
            if "can't allocate memory" in str(error) or "out of memory" in str(error):
                raise OutOfMemory from None
            raise

    @torch.inference_mode()
    def _generate(self, turns: list[Turn], waiting: Callable[[], int]) -> None:
        if not turns:
            return
        rows = self._laid_out(turns)
        while not all(turn.done.is_set() for turn in rows.turns):
            rows.keep_open()
            self._write_slice(rows)
            if sum(not turn.done.is_set() for turn in rows.turns) * PATIENCE <= waiting():
                return

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
        """The tokens that can complete a stop string, since they hold its last sign; None where any may."""
        if stop not in self._closings:
            ends = {text[-1] for text in stop}
            self._closings[stop] = frozenset(
                number for token, number in self._tokenizer.get_vocab().items() if ends & set(token)
            ) if all(end.isascii() for end in ends) else None
        return self._closings[stop]

    def _room(self, turns: Sequence[Turn]) -> int:
        """How many more tokens each of the turns may have."""
        return min(min(self._most_tokens, self._longest - len(turn.prompt)) - len(turn.written) for turn in turns)

    def _laid_out(self, turns: list[Turn]) -> _Rows:
        """Rows of equal width: the common beginning, then padding, then the rest."""
        prompts = [turn.prompt + turn.written for turn in turns]
        shared = len(commonprefix([prompt[:-1] for prompt in prompts])) if len(prompts) > 1 else 0
        shared = shared if shared >= SHORTEST_SHARED else 0
        width = max(map(len, prompts))
        ids = torch.full((len(prompts), width), self._pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            for start, part in ((0, prompt[:shared]), (width - len(prompt) + shared, prompt[shared:])):
                ids[row, start:start + len(part)] = torch.tensor(part, dtype=torch.long)
                mask[row, start:start + len(part)] = 1
        device = self._model.device
        return _Rows(turns, ids.to(device), mask.to(device), self._shared_cache(prompts, shared))

    def _shared_cache(self, prompts: list[list[int]], shared: int) -> Any:
        """A cache that holds the common beginning, read once and copied for every row."""
        cache = roomy_cache(self._model.config)
        if shared:
            beginning = torch.tensor([prompts[0][:shared]], dtype=torch.long, device=self._model.device)
            self._model(input_ids=beginning, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache.batch_repeat_interleave(len(prompts))
        return cache


class _Watch(StoppingCriteria):
    """Looks at each row as it grows: a row that holds a stop string or its end is handed over at once."""

    def __init__(self, turns: list[Turn], tokenizer: Any, ends: set[int], closing: frozenset[int] | None,
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

    def _has_stop(self, turn: Turn, new: list[int]) -> bool:
        if self._closing is not None and new[-1] not in self._closing:
            return False
        tail = self._tokenizer.decode((turn.written[-TAIL:] + new)[-TAIL:])
        return any(stop in tail for stop in turn.stop)

    def finish(self, turn: Turn, new: list[int]) -> None:
        """Hand over the text before the first stop string."""
        tokens = turn.written + new
        end = next((place for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        text = self._tokenizer.decode(tokens[:end], skip_special_tokens=True)
        cut = min([text.find(stop) for stop in turn.stop if stop in text], default=len(text))
        turn.finish(text[:cut], end)
