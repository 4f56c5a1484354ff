"""The cost and speed of training: tokens per second, model FLOPs utilisation, padding, peak memory."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from toolalpaca.training.model_loading import parameter_counts

# Dense bfloat16 peak in TFLOP/s, from the makers' data sheets; the first name that the device's name holds counts.
_PEAKS = {"H200": 989.0, "H100 NVL": 835.0, "H100 PCIe": 756.0, "H100": 989.0, "GH200": 989.0, "B200": 2250.0,
          "A100": 312.0, "A800": 312.0, "H800": 989.0, "L40S": 362.0, "L40": 181.0, "L4": 121.0, "A10G": 70.0,
          "A10": 125.0, "A6000": 155.0, "4090": 165.0, "3090": 71.0, "V100": 125.0, "T4": 65.0, "MI300X": 1307.0}


# What the collators count in each batch (`collate.counts`): tokens of examples, these with the padding, pairs of tokens
# that attention weighs, logits that are computed, examples, and examples left out.
COUNTS = 6


@dataclass(frozen=True)
class Cost:
    """Operations per token, per pair of tokens that attention weighs, and per logits of a token (part of the first)."""

    per_token: float
    per_pair: float
    per_logits: float = 0.0

    def flops(self, tokens: float, pairs: float, logits: float) -> float:
        """Return the operations for this many tokens and pairs, with logits for this many of the tokens."""
        return self.per_token * tokens + self.per_pair * pairs - self.per_logits * max(tokens - logits, 0.0)


def cost_of(model: Any) -> Cost:
    """Return the cost of training a model's tokens: 6 operations per trained parameter, 4 per frozen one."""
    total, trained = parameter_counts(model)
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    width = heads * (getattr(config, "head_dim", None) or config.hidden_size // heads)
    return Cost(per_token=6.0 * trained + 4.0 * (total - trained),
                per_pair=12.0 * config.num_hidden_layers * width,
                per_logits=(6.0 if trained == total else 4.0) * config.vocab_size * config.hidden_size)


def peak_flops(device: torch.device, given_tflops: float | None) -> float | None:
    """Return the device's peak in operations per second, None if it is not known."""
    if given_tflops:
        return given_tflops * 1e12
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak * 1e12 for key, peak in _PEAKS.items() if key in name), None)


def peak_memory(device: torch.device) -> float:
    """Return the most memory used so far in GB (10^9 bytes): of the GPU, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


@dataclass
class ThroughputMeter:
    """Adds up what batches carry and gives rates for the time since the last reading and for the whole run."""

    cost: Cost
    device: torch.device
    peak: float | None
    devices: int = 1
    clock: Callable[[], float] = time.perf_counter
    _pending: list[torch.Tensor] = field(default_factory=list)
    _since: float = 0.0
    _paused: float = 0.0
    _readings: list[list[float]] = field(default_factory=list)  # the counts and the seconds

    def start(self) -> None:
        """Begin to measure."""
        self._since, self._paused = self.clock(), 0.0

    def add(self, counts: torch.Tensor) -> None:
        """Count a batch; stays on the device, so that nothing waits for it."""
        self._pending.append(counts)

    def pause(self, seconds: float) -> None:
        """Leave time out that went into saving or evaluating."""
        self._paused += seconds

    def read(self, sum_over_devices: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, float]:
        """Return the rates since the last reading; every process takes part in adding up."""
        counts = torch.stack(self._pending).sum(dim=0) if self._pending else torch.zeros(
            COUNTS, dtype=torch.long, device=self.device)
        values = [float(value) for value in sum_over_devices(counts).tolist()]
        now = self.clock()
        seconds = now - self._since - self._paused
        self._pending, self._since, self._paused = [], now, 0.0
        self._readings.append([*values, seconds])
        return self._rates(self._readings[-1])

    def whole_run(self) -> dict[str, float]:
        """Return the rates over everything read so far but the first reading, in which the device warms up, and the
        number of examples left out while training."""
        steady = self._readings[1:] or self._readings
        rates = self._rates([sum(column) for column in zip(*steady, strict=True)]) if steady else {}
        return {**rates, "examples_left_out": int(sum(reading[5] for reading in self._readings))}

    def _rates(self, values: list[float]) -> dict[str, float]:
        tokens, all_tokens, pairs, logits, examples, _, seconds = values
        if not all_tokens or seconds <= 0:
            return {}
        rates = {"tokens_per_second": round(all_tokens / seconds, 1),
                 "non_padding_tokens_per_second": round(tokens / seconds, 1),
                 "examples_per_second": round(examples / seconds, 3),
                 "padding_share": round(1 - tokens / all_tokens, 5)}
        if self.peak:
            work = self.cost.flops(tokens, pairs, logits)
            rates["model_flops_utilisation"] = round(work / seconds / (self.peak * self.devices), 5)
        rates["peak_memory_gb"] = round(peak_memory(self.device), 3)
        return rates
