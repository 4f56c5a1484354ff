"""The way of a GPU through a row of groups, with a plain attention in the place of its flash kernel."""

from typing import Any

import pytest
import torch

from toolalpaca.training import attention
from toolalpaca.training.collate import Group, Layout

LAYOUTS = {"shared": [Group(9, (4, 6, 3)), Group(0, (5,)), Group(7, (2, 8))], "alone": [Group(0, (6,)), Group(0, (3,))],
           "nothing after a prompt": [Group(5, ()), Group(4, (3,))]}


def plain(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ends: Any, is_causal: bool, scale: float | None,
          ) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the attention of sequences (tokens, heads, width) that end at `ends`, and its log-sum-exp."""
    repeated = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeated, dim=1), value.repeat_interleave(repeated, dim=1)
    scores = torch.einsum("qhw,khw->hqk", query, key) * (scale or query.shape[-1] ** -0.5)
    places = [torch.bucketize(torch.arange(len(states)), border[1:].long(), right=True)
              for states, border in zip((query, key), ends, strict=True)]
    seen = places[0][:, None] == places[1][None, :]
    if is_causal:
        seen &= torch.ones(len(query), len(key), dtype=torch.bool).tril()
    scores = scores.masked_fill(~seen, -torch.inf)
    return torch.einsum("hqk,khw->qhw", scores.softmax(-1), value), scores.logsumexp(-1)


def kernel_forward(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *rest: Any, scale: float | None) -> Any:
    starts, ends, longest_query, longest_key, dropout, is_causal, _ = rest
    assert starts.dtype == ends.dtype == torch.int32 and not dropout
    assert (longest_query, longest_key) == (int(starts.diff().max()), int(ends.diff().max()))
    output, logs = plain(query, key, value, (starts, ends), is_causal, scale)
    return output, logs, torch.zeros(2), torch.zeros(1), torch.zeros(0)


def kernel_backward(gradient: torch.Tensor, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                    output: torch.Tensor, logs: torch.Tensor, *rest: Any, scale: float | None) -> Any:
    """What the kernel computes from a result and a log-sum-exp that may be of more keys than are given."""
    starts, ends, _, _, _, is_causal, state, unused = rest
    assert state.shape == (2,) and unused.shape == (1,)
    with torch.enable_grad():
        states = [each.detach().requires_grad_() for each in (query, key, value)]
        part, part_logs = plain(*states, (starts, ends), is_causal, scale)
        share = (part_logs - logs.detach()).exp().T.unsqueeze(-1)
        # The joined result is share * part + (1 - share) * others, where the share grows with part_logs.
        share_gradient = (gradient * (part - output)).sum(-1, keepdim=True).detach() * share.detach()
        return torch.autograd.grad((part * share.detach() * gradient).sum()
                                   + (part_logs.T.unsqueeze(-1) * share_gradient).sum(), states)


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@pytest.mark.parametrize("scale", [None, 0.3])
def test_attention_and_gradients_are_those_of_a_full_mask(name: str, scale: float | None,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_gpu_forward", kernel_forward)
    monkeypatch.setattr(attention, "_gpu_backward", kernel_backward)
    layout = Layout(LAYOUTS[name])
    torch.manual_seed(0)
    query, key, value = (torch.randn(layout.tokens, heads, 8, dtype=torch.float64, requires_grad=True)
                         for heads in (4, 2, 2))
    weights = torch.randn(layout.tokens, 4, 8, dtype=torch.float64)
    joined = attention.VariableLengths.apply(query, key, value, attention.ScaledLayout(layout, scale))
    expected = torch.nn.functional.scaled_dot_product_attention(
        *(states.transpose(0, 1)[None] for states in (query, key, value)), enable_gqa=True, scale=scale,
        attn_mask=layout.dense_mask(None, query.device))[0].transpose(0, 1)
    torch.testing.assert_close(joined, expected)
    for found, wanted in zip(*(torch.autograd.grad((result * weights).sum(), (query, key, value))
                               for result in (joined, expected)), strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("heads", [(8, 8), (9, 3)])
def test_the_kernel_of_a_gpu_agrees_with_a_full_mask(heads: tuple[int, int]) -> None:
    layout = Layout([Group(900, (130, 240, 7)), Group(0, (260,)), Group(300, (3, 200))])
    torch.manual_seed(0)
    row = [torch.randn(1, number, layout.tokens, 64, device="cuda") for number in (heads[0], heads[1], heads[1])]
    weights = torch.randn(1, heads[0], layout.tokens, 64, device="cuda")
    results = []
    for dtype in (torch.bfloat16, torch.float32):
        states = [each.to(dtype).requires_grad_() for each in row]
        output = attention.joined_attention(*states, layout, None) if dtype == torch.bfloat16 else (
            torch.nn.functional.scaled_dot_product_attention(
                *states, attn_mask=layout.dense_mask(None, states[0].device), enable_gqa=True))
        assert output is not None
        results.append([output, *torch.autograd.grad((output * weights.to(dtype)).sum(), states)])
    for found, wanted in zip(*results, strict=True):
        assert (found.float() - wanted).norm() / wanted.norm() < 0.01
