"""Rates and utilisation: checked against numbers worked out by hand."""

import pytest
import torch

from toolalpaca.training.collate import BatchCounts
from toolalpaca.training.throughput import Cost, ThroughputMeter, cost_of, peak_flops


def meter(seconds: list[float], peak: float | None = 1000.0, devices: int = 1) -> ThroughputMeter:
    times = iter(seconds)
    return ThroughputMeter(Cost(per_token=6.0, per_pair=2.0), torch.device("cpu"), peak, devices,
                           clock=lambda: next(times))


def test_rates_of_one_reading() -> None:
    gauge = meter([0.0, 3.0])
    gauge.start()
    gauge.add(torch.tensor([60, 80, 500, 60, 2, 0]))
    gauge.add(torch.tensor([40, 40, 500, 40, 1, 1]))
    gauge.pause(1.0)
    rates = gauge.read(lambda counts: counts)
    assert rates["tokens_per_second"] == 60.0
    assert rates["non_padding_tokens_per_second"] == 50.0
    assert rates["padding_share"] == pytest.approx(1 / 6, abs=1e-4)
    assert rates["model_flops_utilisation"] == pytest.approx((6 * 100 + 2 * 1000) / 2 / 1000)
    assert rates["peak_memory_gb"] > 0
    assert gauge.whole_run()["examples_left_out"] == 1


def test_the_whole_run_leaves_out_the_warm_up() -> None:
    gauge = meter([0.0, 100.0, 101.0, 102.0])
    gauge.start()
    for _ in range(3):
        gauge.add(torch.tensor([10, 10, 100, 10, 1, 0]))
        gauge.read(lambda counts: counts)
    assert gauge.whole_run()["tokens_per_second"] == 10.0


def test_several_devices_share_the_utilisation() -> None:
    gauge = meter([0.0, 1.0], devices=2)
    gauge.start()
    gauge.add(torch.tensor([100, 100, 0, 100, 1, 0]))
    assert gauge.read(lambda counts: counts * 2)["model_flops_utilisation"] == pytest.approx(2 * 600 / 1000 / 2)


def test_nothing_read_gives_no_rates() -> None:
    assert meter([0.0]).whole_run() == {"examples_left_out": 0}


def test_the_convention_gives_the_published_figure() -> None:
    """10,471 tokens/s at sequence 4,096 for an 8B Llama on one H200 is published as 57.8 %."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model("llama", vocab_size=128256, hidden_size=4096, intermediate_size=14336,
                                  num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8)
    with torch.device("meta"):
        cost = cost_of(AutoModelForCausalLM.from_config(config))
    work = cost.flops(BatchCounts(10_471, 10_471, 10_471 * 4096, 10_471, 1, 0))
    assert work / 989e12 == pytest.approx(0.578, abs=0.002)


def test_frozen_weights_cost_less() -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model("llama", vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
                                  num_attention_heads=4, num_key_value_heads=2)
    model = AutoModelForCausalLM.from_config(config)
    trained = cost_of(model).per_token
    model.requires_grad_(False)
    assert cost_of(model).per_token == pytest.approx(trained * 4 / 6)


def test_the_peak_is_given_or_unknown_on_a_cpu() -> None:
    assert peak_flops(torch.device("cpu"), None) is None
    assert peak_flops(torch.device("cpu"), 0.2) == 0.2e12
