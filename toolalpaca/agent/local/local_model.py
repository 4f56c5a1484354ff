"""A local Hugging Face model as the assistant: loading, fingerprint, batching and storing of answers."""

import hashlib
import importlib.util
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.agent.local.batching import Batcher, Engine, PendingTurn, Queue, Sampling
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line, quiet_transformers
from toolalpaca.core.model_folders import as_it_is
from toolalpaca.llm.chat import Message
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.llm.usage import Meter, Price
from toolalpaca.runner.executor import TaskContext

FREE = Price(0.0, 0.0, 0.0)  # it runs on the user's own machine
_EDGE = 1 << 20  # bytes read at either end of a weight file to tell it from another


@dataclass
class LocalModel:
    """Answers one prompt per call, from many threads at once; `settings` determine the answers."""

    tokenizer: Any
    batcher: Batcher
    chat: bool
    settings: dict[str, Any]
    stage: str
    store: FinishedCalls
    meter: Meter

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """Return the model's continuation of the prompt up to a stop string, from the store if it is there."""
        key = call_key(stage=self.stage, record=record, attempt=self.store.attempt(self.stage, record),
                       request={"messages": messages, "stop": stop, **self.settings})
        stored = self.store.get(key)
        if stored is not None:
            self.meter.reused("assistant")
            return stored["text"]
        turn = PendingTurn(self.token_ids(messages), tuple(stop or ()))
        self.meter.call_started()
        try:
            self.batcher.submit(turn)
        finally:
            self.meter.call_ended()
        self.store.put(key, stage=self.stage, record=record, value={"text": turn.text})
        self.meter.answered("assistant", {"in": len(turn.prompt), "out": turn.tokens, "cached": 0}, FREE)
        return turn.text

    def token_ids(self, messages: list[Message]) -> list[int]:
        """Return the prompt's tokens: the last message as plain text, or all messages in the chat template."""
        # Not verbose: the length a model was trained with ends up as its tokenizer's limit, and is none in inference.
        if not self.chat:
            return self.tokenizer(messages[-1]["content"], verbose=False)["input_ids"]
        text = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]


def load_local(name: str, sampling: Sampling, *, device: int, stage: str, context: TaskContext) -> LocalModel:
    """Load a folder or hub id, with vLLM if it is installed; raise UsageError if that fails."""
    engine, tokenizer = loaded_engine(name, sampling, device_name(device))
    chat = bool(getattr(tokenizer, "chat_template", None))
    settings = {"model": model_fingerprint(name), "sampling": vars(sampling), "chat": chat}
    return LocalModel(tokenizer, Batcher(engine, context.in_flight, context.stopping), chat, settings, stage,
                      context.store, context.meter)


def loaded_engine(name: str, sampling: Sampling, where: str) -> tuple[Engine, Any]:
    """Return the engine and its tokenizer; raise UsageError, one line, for whatever fails."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what matters of them is in the error
            return load_engine(name, sampling, where)
    except UsageError:
        raise
    except Exception as error:  # transformers, safetensors, the hub's client and vLLM each have their own kinds
        reason = one_line(error)
        raise UsageError(f"{name}: cannot be loaded as a model ({type(error).__name__}: {reason})") from None


def device_name(device: int) -> str:
    """Return the torch device for `--device N`; the CPU if there is no GPU."""
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    if device >= torch.cuda.device_count():
        raise UsageError(f"--device {device}: this machine has {torch.cuda.device_count()} GPUs, counted from 0")
    return f"cuda:{device}"


def load_engine(name: str, sampling: Sampling, where: str) -> tuple[Engine, Any]:
    """Return the engine and its tokenizer; with vLLM on a GPU if that is installed."""
    if where != "cpu" and importlib.util.find_spec("vllm"):
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", where.removeprefix("cuda:"))
        vllm_engine = VllmEngine(name, sampling)
        return vllm_engine, vllm_engine.tokenizer
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from toolalpaca.agent.local.transformers import TransformersEngine, pack_linear_layers

    quiet_transformers()
    tokenizer = AutoTokenizer.from_pretrained(name, **as_it_is(name))
    model: Any = AutoModelForCausalLM.from_pretrained(name, **as_it_is(name),
                                                      dtype=torch.float32 if where == "cpu" else torch.bfloat16)
    model.to(where).eval()
    if where == "cpu":
        pack_linear_layers(model)
    return TransformersEngine(model, tokenizer, sampling), tokenizer


class VllmEngine:
    """The engine of a machine with vLLM, which batches and caches by itself, through its offline API."""

    def __init__(self, name: str, sampling: Sampling) -> None:
        import vllm

        self._vllm = vllm
        self._model = vllm.LLM(model=name, enable_prefix_caching=True, seed=sampling.seed)
        self._sampling: dict[str, Any] = {"max_tokens": sampling.most_tokens, "temperature": sampling.temperature,
                                          "top_p": sampling.top_p, "seed": sampling.seed}

    @property
    def tokenizer(self) -> Any:
        """Return the model's tokenizer."""
        return self._model.get_tokenizer()

    def run(self, turns: list[PendingTurn], queue: Queue) -> None:
        """Finish every turn."""
        sampling = self._vllm.SamplingParams(stop=list(turns[0].stop), **self._sampling)
        outputs = self._model.generate([{"prompt_token_ids": turn.prompt} for turn in turns], sampling, use_tqdm=False)
        for turn, output in zip(turns, outputs, strict=True):
            turn.finish(output.outputs[0].text, len(output.outputs[0].token_ids))


def model_fingerprint(name: str) -> str:
    """Return a fingerprint that distinguishes models once stored in the same folder; a hub id is its own."""
    folder = Path(name)
    if not folder.is_dir():
        return name
    digest = hashlib.sha256()
    kinds = (".json", ".safetensors", ".bin", ".model", ".jinja", ".gguf")
    for path in sorted(path for path in folder.iterdir() if path.suffix in kinds and path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size} ".encode())
        with open(path, "rb") as file:
            digest.update(file.read(_EDGE))
            file.seek(max(0, size - _EDGE))
            digest.update(file.read(_EDGE))
    return digest.hexdigest()[:16]
