"""The cost and speed of training: tokens per second, model FLOPs utilisation, padding, peak memory."""

import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

from toolalpaca.training.collate import BatchCounts
from toolalpaca.training.model_loading import parameter_counts

# Dense bfloat16 peak in TFLOP/s, from the makers' data sheets; the first name that the device's name holds counts.
_PEAKS = {"H200": 989.0, "H100 NVL": 835.0, "H100 PCIe": 756.0, "H100": 989.0, "GH200": 989.0, "B200": 2250.0,
          "A100": 312.0, "A800": 312.0, "H800": 989.0, "L40S": 362.0, "L40": 181.0, "L4": 121.0, "A10G": 70.0,
          "A10": 125.0, "A6000": 155.0, "4090": 165.0, "3090": 71.0, "V100": 125.0, "T4": 65.0, "MI300X": 1307.0}


@dataclass(frozen=True)
class Cost:
    """Operations per token, per pair of tokens that attention weighs, and per logits of a token (part of the first)."""

    per_token: float
    per_pair: float
    per_logits: float = 0.0

    def flops(self, counts: BatchCounts) -> float:
        """Return the operations for the tokens and pairs of batches, with logits for some of the tokens."""
        without_logits = max(counts.tokens - counts.logits, 0.0)
        return self.per_token * counts.tokens + self.per_pair * counts.pairs - self.per_logits * without_logits


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
    _readings: list[tuple[BatchCounts, float]] = field(default_factory=list)  # with the seconds

    def start(self) -> None:
        """Begin to measure."""
        self._since, self._paused = self.clock(), 0.0

    def add(self, counts: torch.Tensor) -> None:
        """Count a batch by its BatchCounts (6,); they stay on the device, so that nothing waits for them."""
        self._pending.append(counts)

    def pause(self, seconds: float) -> None:
        """Leave time out that went into saving or evaluating."""
        self._paused += seconds

    def read(self, sum_over_devices: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, float]:
        """Return the rates since the last reading; every process takes part in adding up."""
        counts = torch.stack(self._pending).sum(dim=0) if self._pending else torch.zeros(
            len(BatchCounts._fields), dtype=torch.long, device=self.device)
        total = BatchCounts(*map(float, sum_over_devices(counts).tolist()))
        now = self.clock()
        seconds = now - self._since - self._paused
        self._pending, self._since, self._paused = [], now, 0.0
        self._readings.append((total, seconds))
        return self._rates(total, seconds)

    def whole_run(self) -> dict[str, float]:
        """Return the rates over everything read so far but the first reading, in which the device warms up, and the
        number of examples left out while training."""
        steady = self._readings[1:] or self._readings
        rates = self._rates(_sum(counts for counts, _ in steady), sum(seconds for _, seconds in steady))
        return {**rates, "examples_left_out": int(sum(counts.left_out for counts, _ in self._readings))}

    def _rates(self, counts: BatchCounts, seconds: float) -> dict[str, float]:
        if not counts.padded_tokens or seconds <= 0:
            return {}
        rates = {"tokens_per_second": round(counts.padded_tokens / seconds, 1),
                 "non_padding_tokens_per_second": round(counts.tokens / seconds, 1),
                 "examples_per_second": round(counts.examples / seconds, 3),
                 "padding_share": round(1 - counts.tokens / counts.padded_tokens, 5)}
        if self.peak:
            work = self.cost.flops(counts)
            rates["model_flops_utilisation"] = round(work / seconds / (self.peak * self.devices), 5)
        rates["peak_memory_gb"] = round(peak_memory(self.device), 3)
        return rates


def _sum(counts: Iterable[BatchCounts]) -> BatchCounts:
    return BatchCounts(*map(sum, zip(BatchCounts(0, 0, 0, 0, 0, 0), *counts, strict=True)))
