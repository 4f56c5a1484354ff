"""Linear layers for generation on a CPU: their weights are kept in the layout of oneDNN's kernels.

An ordinary linear layer brings its weights into that layout, or uses a slower kernel, on every call, which for the
few rows of a generated token costs as much as the product itself.
"""

from typing import Any

import torch

ROWS = 16  # for which the layout is chosen; it is as fast for 1 row, 32 or 256
_LEAST = 64 * 64  # weights; smaller layers gain nothing


class PackedLinear(torch.nn.Module):
    """A linear layer that can only be called; the result differs from the original's by rounding alone."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)
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
            if type(child) is torch.nn.Linear and _can_be_packed(child.weight):
                setattr(module, name, PackedLinear(child))


def _can_be_packed(weight: torch.Tensor) -> bool:
    return weight.device.type == "cpu" and weight.dtype == torch.float32 and weight.numel() >= _LEAST
