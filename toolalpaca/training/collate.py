"""Batches: padded rows of one example each, or one row of many examples without any padding."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from toolalpaca.training.layout import Group, Layout
from toolalpaca.training.masks import IGNORED
from toolalpaca.training.shared_prompts import shared_length

Example = dict[str, Any]  # input_ids and labels of equal length, and left_out if it stands for one that is left out


class PaddedBatches:
    """Collates examples into rows as long as the longest of them.

    There is no attention mask: the padding comes after the tokens, where causal attention does not look, and without
    a mask the fastest kernels apply.
    """

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        lengths = [len(example["input_ids"]) for example in examples]
        width = max(lengths)
        return {
            "input_ids": _rows([example["input_ids"] for example in examples], width, self.pad_id),
            "labels": _rows([example["labels"] for example in examples], width, IGNORED),
            "counts": counts([Group(0, (length,)) for length in lengths], width * len(examples), width * len(examples),
                             examples),
        }


class FlatBatches:
    """Collates groups of examples into one row without padding; examples of a group share their prompt.

    Position ids count on from the prompt, and restart with every group. Logits are asked for only where a trained
    token is predicted; `shift_labels` has those tokens. With `with_layout` the row's Layout is handed on for the
    attention in `attention.py`; without it the position ids tell the examples of a row apart.
    """

    def __init__(self, *, with_layout: bool = True) -> None:
        self.with_layout = with_layout

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Collate items that are bundles of groups, or single examples."""
        groups = [group for item in items for group in item.get("groups", [[item]])]
        rows = [_group_row(group) for group in groups]
        layout = Layout([group for group, _, _ in rows])
        targets = np.concatenate([targets for _, _, targets in rows])
        predicting = np.flatnonzero(targets != IGNORED)
        if not len(predicting):  # nothing but examples that are left out: a loss of nothing
            predicting = np.zeros(1, dtype=np.int64)
        labels = torch.from_numpy(targets[predicting].astype(np.int64))[None]
        batch = {
            "input_ids": torch.from_numpy(np.concatenate([ids for _, ids, _ in rows]).astype(np.int64))[None],
            "position_ids": torch.from_numpy(layout.positions())[None],
            "labels": labels, "shift_labels": labels, "logits_to_keep": torch.from_numpy(predicting),
            "counts": counts(layout.groups, layout.tokens, len(predicting),
                             [example for group in groups for example in group]),
        }
        return {**batch, "layout": layout} if self.with_layout else batch


def _group_row(examples: Sequence[Example]) -> tuple[Group, NDArray[np.int32], NDArray[np.int32]]:
    """Return a group's layout, its tokens, and for each token the trained one that it predicts, or IGNORED."""
    shared = shared_length(examples)
    ids, targets = [np.asarray(examples[0]["input_ids"])[:shared]], [np.full(shared, IGNORED, dtype=np.int32)]
    for example in examples:
        ids.append(np.asarray(example["input_ids"])[shared:])
        targets.append(np.append(np.asarray(example["labels"])[shared + 1:], IGNORED).astype(np.int32))
    return Group(shared, tuple(len(part) for part in ids[1:])), np.concatenate(ids), np.concatenate(targets)


def _rows(values: Sequence[Any], width: int, fill: int) -> torch.Tensor:
    rows = torch.full((len(values), width), fill, dtype=torch.long)
    for row, value in zip(rows, values, strict=True):
        row[:len(value)] = torch.as_tensor(np.asarray(value, dtype=np.int64))
    return rows


def counts(groups: Sequence[Group], tokens: int, logits: int, examples: Sequence[Example]) -> torch.Tensor:
    """Return what throughput is measured by, in the order of throughput.COUNTS."""
    return torch.tensor([sum(group.tokens for group in groups), tokens, sum(group.pairs for group in groups), logits,
                         len(examples), sum(bool(example.get("left_out")) for example in examples)])
