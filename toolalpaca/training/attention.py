"""Attention within a row of groups: each token sees its group's prompt and its own continuation, nothing else.

The two are computed apart by flash kernels and joined by their log-sum-exp, so that no pair that is masked costs
anything. The backward pass takes the joined result for each, as in ring attention (Liu et al., 2023). On a CPU the
kernel runs once for each piece of the row; on a GPU twice for the whole row: once for all prompts and continuations
with themselves, once for the continuations of all groups with their prompts. Without such a kernel, flex_attention gets
a block mask on a GPU, and torch's attention a full one on a CPU.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Required, TypedDict, Unpack

import numpy as np
import torch
from transformers import AttentionInterface
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from toolalpaca.core.errors import UsageError
from toolalpaca.training.collate import Layout

_cpu_forward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_cpu_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
_gpu_forward = torch.ops.aten._flash_attention_forward
_gpu_backward = torch.ops.aten._flash_attention_backward
_HALF = (torch.bfloat16, torch.float16)
_WIDEST = 256  # of a head, that the kernel on GPUs takes
_AMPERE = (8, 0)
_Piece = tuple[slice, slice, bool]  # queries, keys, whether causal


class ScaledLayout(NamedTuple):
    """The layout of a row, and the factor of its scores: None for the usual one."""

    layout: Layout
    scale: float | None


def joined_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout,
                     scale: float | None) -> torch.Tensor | None:
    """Return the attention of a row (1, heads, tokens, width), or None if no flash kernel does it."""
    if query.shape[-1] != value.shape[-1]:
        return None
    if query.device.type == "cuda":
        if not _has_gpu_kernel(query):
            return None
        row = [states[0].transpose(0, 1) for states in (query, key, value)]
        return VariableLengths.apply(*row, ScaledLayout(layout, scale)).transpose(0, 1)[None]
    return _PieceByPiece.apply(query, key, value, ScaledLayout(layout, scale))


def _has_gpu_kernel(query: torch.Tensor) -> bool:
    width = query.shape[-1]
    return (query.dtype in _HALF and width % 8 == 0 and width <= _WIDEST
            and torch.cuda.get_device_capability(query.device) >= _AMPERE)


class VariableLengths(torch.autograd.Function):
    """All pieces at once, by torch's flash kernel for sequences of several lengths; takes (tokens, heads, width)."""

    @staticmethod
    def forward(ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaled: ScaledLayout
                ) -> torch.Tensor:
        layout, scale = scaled
        own, prompts, queries, keys = _gpu_pieces(layout, query.device)
        output, logs, *noise = _gpu_forward(query, key, value, *own, 0.0, True, False, scale=scale)[:4]
        noises = [noise]
        if prompts is not None:
            part, part_logs, *noise = _gpu_forward(query[queries], key[keys], value[keys], *prompts, 0.0, False, False,
                                                   scale=scale)[:4]
            noises.append(noise)
            before = logs[:, queries]
            together = torch.logaddexp(before, part_logs)
            own_share, part_share = ((each - together).exp().T.unsqueeze(-1) for each in (before, part_logs))
            output[queries] = (output[queries] * own_share + part * part_share).to(output.dtype)
            logs[:, queries] = together
        ctx.save_for_backward(query, key, value, output, logs)
        ctx.layout, ctx.scale, ctx.noises = layout, scale, noises
        return output

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        query, key, value, output, logs = ctx.saved_tensors
        own, prompts, queries, keys = _gpu_pieces(ctx.layout, query.device)
        gradient = gradient.contiguous()
        totals = _gpu_backward(gradient, query, key, value, output, logs, *own, 0.0, True, *ctx.noises[0],
                               scale=ctx.scale)
        if prompts is not None:
            parts = _gpu_backward(gradient[queries], query[queries], key[keys], value[keys], output[queries],
                                  logs[:, queries].contiguous(), *prompts, 0.0, False, *ctx.noises[1], scale=ctx.scale)
            for total, part, places in zip(totals, parts, (queries, keys, keys), strict=True):
                total.index_add_(0, places, part.to(total.dtype))
        return *totals, None


# Where the sequences of queries and of keys begin and end (both int32), and the longest of each.
_Lengths = tuple[torch.Tensor, torch.Tensor, int, int]


def _gpu_pieces(layout: Layout, device: torch.device) -> tuple[_Lengths, _Lengths | None, torch.Tensor, torch.Tensor]:
    """Return the lengths of all parts of the row; and of the continuations and the prompts of groups that have both,
    or None, with the places of their tokens in the row."""
    return layout.cached(("lengths", device), lambda: _gpu_pieces_of(layout, device))


def _gpu_pieces_of(layout: Layout, device: torch.device
                   ) -> tuple[_Lengths, _Lengths | None, torch.Tensor, torch.Tensor]:
    parts = [length for group in layout.groups for length in (group.prompt, *group.continuations) if length]
    sharing: list[tuple[int, int]] = []  # tokens of continuations and of the prompt
    queries, keys, start = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    for group in layout.groups:
        after = group.tokens - group.prompt
        if group.prompt and after:
            sharing.append((after, group.prompt))
            keys.append(np.arange(start, start + group.prompt))
            queries.append(np.arange(start + group.prompt, start + group.tokens))
        start += group.tokens
    with_prompts = _lengths(*zip(*sharing, strict=True), device=device) if sharing else None
    places = [torch.from_numpy(np.concatenate(numbers)).to(device) for numbers in (queries, keys)]
    return _lengths(parts, parts, device=device), with_prompts, places[0], places[1]


def _lengths(queries: Sequence[int], keys: Sequence[int], *, device: torch.device) -> _Lengths:
    borders = [torch.tensor([0, *np.cumsum(lengths)], dtype=torch.int32, device=device) for lengths in (queries, keys)]
    return borders[0], borders[1], max(queries), max(keys)


class _PieceByPiece(torch.autograd.Function):
    """The pieces one after the other, by the kernel that torch has for CPUs."""

    @staticmethod
    def forward(ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaled: ScaledLayout
                ) -> torch.Tensor:
        layout, scale = scaled
        _, heads, tokens, width = query.shape
        output = query.new_empty((1, tokens, heads, width)).transpose(1, 2)
        logs = torch.empty((1, tokens, heads), dtype=torch.float32).transpose(1, 2)
        for queries, keys, is_causal in _pieces(layout):
            part, part_logs = _cpu_forward(query[:, :, queries], key[:, :, keys], value[:, :, keys], 0.0, is_causal,
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
            parts = _cpu_backward(gradient[:, :, queries], query[:, :, queries], key[:, :, keys], value[:, :, keys],
                                  output[:, :, queries], logs[:, :, queries], 0.0, is_causal, scale=ctx.scale)
            for total, part, places in zip(gradients, parts, (queries, keys, keys), strict=True):
                total[:, :, places] += part
        return *gradients, None


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


GROUPED_ROWS = "grouped_rows"
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


class _Options(TypedDict, total=False):
    """What transformers passes to an attention function by name, as far as this one needs it, and the layout, which
    goes through it."""

    layout: Required[Layout]
    scaling: float | None
    dropout: float
    sliding_window: int | None
    softcap: float | None
    s_aux: torch.Tensor | None
    position_bias: torch.Tensor | None


def grouped_attention(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                      attention_mask: Any, **options: Unpack[_Options]) -> tuple[torch.Tensor, None]:
    """Return the attention of a row (1, heads, tokens, width) as (1, tokens, heads, width).

    The parameters are those with which transformers calls every attention function. Raises UsageError if the model
    asks for something that this attention does not do.
    """
    layout, scaling, sliding_window = options["layout"], options.get("scaling"), options.get("sliding_window")
    unknown = [name for name in ("softcap", "s_aux", "position_bias") if options.get(name) is not None]
    if unknown or options.get("dropout"):
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


AttentionInterface.register(GROUPED_ROWS, grouped_attention)
