"""Attention within a row of groups: each token sees its group's prompt and its own continuation, nothing else.

On a CPU the two are computed apart by torch's flash kernel and joined by their log-sum-exp, so that no pair that is
masked costs anything; the backward pass takes the joined result for each, as in ring attention (Liu et al., 2023). On a
GPU flex_attention gets a block mask.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from toolalpaca.core.errors import UsageError
from toolalpaca.training.collate import Layout

NAME = "grouped_rows"
_LAYERS = {"full_attention", "sliding_attention"}
_forward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
_Piece = tuple[slice, slice, bool]  # queries, keys, whether causal


def supports(config: Any) -> bool:
    """Return whether models of this configuration attend through transformers' interface and need nothing more of it
    than a causal mask: no state, no dropout, no attention sinks, no cap on the scores."""
    text = config.get_text_config()
    kind: Any = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    if kind is None or not set(getattr(text, "layer_types", None) or ()) <= _LAYERS:
        return False
    parameters = inspect.signature(kind.forward).parameters
    return (kind._supports_attention_backend and kind._supports_sdpa and kind._supports_flex_attn
            and {"position_ids", "logits_to_keep"} <= set(parameters)
            and not getattr(text, "attention_dropout", 0) and not getattr(text, "attn_pdrop", 0)
            and not getattr(text, "attn_logit_softcapping", None))


def grouped_attention(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                      attention_mask: Any, *, layout: Layout, scaling: float | None = None, dropout: float = 0.0,
                      sliding_window: int | None = None, **more: Any) -> tuple[torch.Tensor, None]:
    """Return the attention of a row (1, heads, tokens, width) as (1, tokens, heads, width).

    The parameters are those with which transformers calls every attention function, and `layout`, passed through it.
    Raises UsageError if the model asks for something that this attention does not do.
    """
    unknown = [name for name in ("softcap", "s_aux", "position_bias") if more.get(name) is not None]
    if unknown or dropout:
        raise UsageError(f"{type(module).__name__} attends with {', '.join(unknown) or 'dropout'}, which rows of "
                         "several examples cannot: give --share_prompts False and no --packing")
    window = sliding_window if sliding_window and layout.longest > sliding_window else None
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast, rotated states are in float32
    if query.device.type == "cuda":
        from transformers.integrations.flex_attention import flex_attention_forward

        return flex_attention_forward(module, query, key, value, layout.block_mask(window, query.device),
                                      scaling=scaling)[0], None
    if window is None and query.shape[-1] == value.shape[-1]:
        return _JoinedAttention.apply(query, key, value, layout, scaling).transpose(1, 2), None
    output = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=layout.dense_mask(window, query.device), scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1])
    return output.transpose(1, 2), None


class _JoinedAttention(torch.autograd.Function):
    """Attention to the prompt and to the continuation itself, computed apart and joined."""

    @staticmethod
    def forward(ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout,
                scale: float | None) -> torch.Tensor:
        _, heads, tokens, width = query.shape
        output = query.new_empty((1, tokens, heads, width)).transpose(1, 2)
        logs = torch.empty((1, tokens, heads), dtype=torch.float32).transpose(1, 2)
        for queries, keys, is_causal in _pieces(layout):
            part, part_logs = _forward(query[:, :, queries], key[:, :, keys], value[:, :, keys], 0.0, is_causal,
                                       scale=scale)
            if is_causal:
                output[:, :, queries], logs[:, :, queries] = part, part_logs
                continue
            joined = torch.logaddexp(logs[:, :, queries], part_logs)
            own, other = ((piece - joined).exp().unsqueeze(-1).to(part.dtype)
                          for piece in (logs[:, :, queries], part_logs))
            output[:, :, queries] = output[:, :, queries] * own + part * other
            logs[:, :, queries] = joined
        ctx.save_for_backward(query, key, value, output, logs)
        ctx.layout, ctx.scale = layout, scale
        return output

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        query, key, value, output, logs = ctx.saved_tensors
        gradients = [torch.zeros_like(states) for states in (query, key, value)]
        for queries, keys, is_causal in _pieces(ctx.layout):
            parts = _backward(gradient[:, :, queries], query[:, :, queries], key[:, :, keys], value[:, :, keys],
                              output[:, :, queries], logs[:, :, queries], 0.0, is_causal, scale=ctx.scale)
            for total, part, places in zip(gradients, parts, (queries, keys, keys), strict=True):
                total[:, :, places] += part
        return *gradients, None, None


def _pieces(layout: Layout) -> Iterator[_Piece]:
    """Yield each prompt and continuation with itself, and then a group's continuations together with its prompt."""
    start = 0
    for group in layout.groups:
        first = start
        for length in (group.prompt, *group.continuations):
            if length:
                yield slice(start, start + length), slice(start, start + length), True
            start += length
        if group.prompt and group.continuations:
            yield slice(first + group.prompt, start), slice(first, first + group.prompt), False


AttentionInterface.register(NAME, grouped_attention)
