"""The vLLM engine, which batches and caches by itself; used if vLLM is installed."""

from collections.abc import Callable
from typing import Any

from toolalpaca.agent.local.batching import PendingTurn


class VllmEngine:
    """The same interface as the transformers engine, through vLLM's offline API."""

    def __init__(self, name: str, *, most_tokens: int, temperature: float = 0.0, top_p: float = 1.0,
                 seed: int = 0) -> None:
        import vllm

        self._vllm = vllm
        self._model = vllm.LLM(model=name, enable_prefix_caching=True, seed=seed)
        self._sampling: dict[str, Any] = {"max_tokens": most_tokens, "temperature": temperature, "top_p": top_p,
                                          "seed": seed}

    @property
    def tokenizer(self) -> Any:
        """Return the model's tokenizer."""
        return self._model.get_tokenizer()

    def run(self, turns: list[PendingTurn], waiting: Callable[[], int]) -> None:
        """Finish every turn."""
        sampling = self._vllm.SamplingParams(stop=list(turns[0].stop), **self._sampling)
        outputs = self._model.generate([{"prompt_token_ids": turn.prompt} for turn in turns], sampling, use_tqdm=False)
        for turn, output in zip(turns, outputs, strict=True):
            turn.finish(output.outputs[0].text, len(output.outputs[0].token_ids))
