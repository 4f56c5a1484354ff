"""A Hugging Face model run with `generate`: batches share the beginning they have in common and stop row by row."""

from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from agent.batching import OutOfMemory, Turn
from toolalpaca.errors import RecordError

SHORTEST_SHARED = 32  # tokens from which on it pays to read a common beginning once for all rows
TAIL = 24  # tokens that are read back when looking for a stop string


class TransformersEngine:
    """`model` and `tokenizer` are loaded; `most_tokens` bounds an answer, `temperature` 0 takes the likeliest token."""

    def __init__(self, model: Any, tokenizer: Any, *, most_tokens: int, temperature: float = 0.0,
                 top_p: float = 1.0, seed: int = 0) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._most_tokens = most_tokens
        self._pad = next(token for token in (tokenizer.pad_token_id, tokenizer.eos_token_id, 0) if token is not None)
        self._longest = getattr(model.config, "max_position_embeddings", None) or 1_000_000
        self._sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if temperature > 0:
            self._sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
            torch.manual_seed(seed)

    def run(self, turns: list[Turn]) -> None:
        """Finish every turn; those whose prompt leaves no room for an answer fail alone."""
        fitting = []
        for turn in turns:
            if len(turn.prompt) >= self._longest:
                turn.fail(RecordError("too_long", f"the prompt has {len(turn.prompt)} tokens, the model takes "
                                      f"{self._longest}"))
            else:
                fitting.append(turn)
        if not fitting:
            return
        try:
            self._generate(fitting)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            raise OutOfMemory from None
        except RuntimeError as error:  # what the CPU's allocator raises
            if "can't allocate memory" in str(error) or "out of memory" in str(error):
                raise OutOfMemory from None
            raise

    @torch.inference_mode()
    def _generate(self, turns: list[Turn]) -> None:
        ids, mask, shared = self._laid_out([turn.prompt for turn in turns])
        width = ids.shape[1]
        watch = _Watch(turns, self._tokenizer, width)
        output = self._model.generate(
            ids, attention_mask=mask, past_key_values=self._shared_cache(turns, shared), pad_token_id=self._pad,
            max_new_tokens=min(self._most_tokens, self._longest - max(len(turn.prompt) for turn in turns)),
            stopping_criteria=StoppingCriteriaList([watch]), **self._sampling)
        for turn, row in zip(turns, output[:, width:].tolist(), strict=True):
            watch.finish(turn, row)

    def _laid_out(self, prompts: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor, int]:
        """Rows of equal width: the common beginning, then padding, then the rest; with the beginning's length."""
        shared = len(commonprefix([prompt[:-1] for prompt in prompts])) if len(prompts) > 1 else 0
        shared = shared if shared >= SHORTEST_SHARED else 0
        width = max(map(len, prompts))
        ids = torch.full((len(prompts), width), self._pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            for start, part in ((0, prompt[:shared]), (width - len(prompt) + shared, prompt[shared:])):
                ids[row, start:start + len(part)] = torch.tensor(part, dtype=torch.long)
                mask[row, start:start + len(part)] = 1
        return ids.to(self._model.device), mask.to(self._model.device), shared

    def _shared_cache(self, turns: list[Turn], shared: int) -> Any:
        """What the model keeps of the common beginning, read once and copied for every row."""
        if not shared:
            return None
        beginning = torch.tensor([turns[0].prompt[:shared]], dtype=torch.long, device=self._model.device)
        cache = self._model(input_ids=beginning, use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(turns))
        return cache


class _Watch(StoppingCriteria):
    """Looks at each row as it grows: a row that holds a stop string or its end is handed over at once."""

    def __init__(self, turns: list[Turn], tokenizer: Any, width: int) -> None:
        self._turns = turns
        self._tokenizer = tokenizer
        self._width = width
        ends = tokenizer.eos_token_id
        self._ends = {ends} if isinstance(ends, int) else set(ends or ())

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        written = input_ids[:, self._width:].tolist()
        open_rows = [row for row, turn in enumerate(self._turns) if not turn.done.is_set()]
        tails = self._tokenizer.batch_decode([written[row][-TAIL:] for row in open_rows])
        for row, tail in zip(open_rows, tails, strict=True):
            turn = self._turns[row]
            if written[row][-1] in self._ends or any(stop in tail for stop in turn.stop):
                self.finish(turn, written[row])
        return torch.tensor([turn.done.is_set() for turn in self._turns], device=input_ids.device)

    def finish(self, turn: Turn, tokens: list[int]) -> None:
        """Hand over the text before the first stop string."""
        end = next((place for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        text = self._tokenizer.decode(tokens[:end], skip_special_tokens=True)
        cut = min([text.find(stop) for stop in turn.stop if stop in text], default=len(text))
        turn.finish(text[:cut], end)
