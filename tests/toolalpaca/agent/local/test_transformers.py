"""Packed linear layers say what the ordinary ones say, for any number of rows."""

import pytest

torch = pytest.importorskip("torch")

from toolalpaca.agent.local.transformers import PackedLinear, pack_linear_layers  # noqa: E402


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(1, 96), (2, 3, 96), (40, 1, 96), (300, 96)])
@torch.inference_mode()
def test_the_product_is_the_same_but_for_rounding(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    layer, states = torch.nn.Linear(96, 130, bias=bias), torch.randn(shape)
    packed = PackedLinear(layer)
    torch.testing.assert_close(packed(states), layer(states), rtol=1e-5, atol=1e-5)
    assert torch.equal(packed.weight, layer.weight)


def test_large_layers_are_replaced_wherever_they_are_and_no_others() -> None:
    class Own(torch.nn.Linear):
        """A layer that does more than multiply, as adapters do."""

    model = torch.nn.ModuleDict({"deep": torch.nn.Sequential(torch.nn.Linear(96, 96)), "head": torch.nn.Linear(96, 64),
                                 "own": Own(96, 96), "small": torch.nn.Linear(8, 8),
                                 "bf16": torch.nn.Linear(96, 96, dtype=torch.bfloat16)})
    pack_linear_layers(model)
    packed = [name for name, module in model.named_modules() if isinstance(module, PackedLinear)]
    assert packed == ["deep.0", "head"]


def test_a_build_without_the_kernels_keeps_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model = torch.nn.Sequential(torch.nn.Linear(96, 96))
    pack_linear_layers(model)
    assert type(model[0]) is torch.nn.Linear
