"""Attention within a row of groups: each token sees its group's prompt and its own continuation, nothing else.

The two are computed apart by a flash kernel and joined, so that no pair that is masked costs anything
(`joined_attention.py`). Where that kernel does not do it, on a GPU flex_attention gets a block mask, and on a CPU
torch's attention a full one.
"""

import inspect
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from toolalpaca.core.errors import UsageError
from toolalpaca.training.collate import Layout
from toolalpaca.training.joined_attention import joined_attention

NAME = "grouped_rows"
_LAYERS = {"full_attention", "sliding_attention"}


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
    joined = joined_attention(query, key, value, layout, scaling) if window is None else None
    if joined is not None:
        return joined.transpose(1, 2), None
    if query.device.type == "cuda":
        from transformers.integrations.flex_attention import flex_attention_forward

        return flex_attention_forward(module, query, key, value, layout.block_mask(window, query.device),
                                      scaling=scaling)[0], None
    output = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=layout.dense_mask(window, query.device), scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1])
    return output.transpose(1, 2), None


AttentionInterface.register(NAME, grouped_attention)
