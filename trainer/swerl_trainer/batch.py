"""Datums -> micro-batches: rows of similar length, padded on the right, bounded in tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Datum:
    """One sequence: ``tokens`` are read, ``inputs`` (``target_tokens``, ``weights`` and what the loss asks
    for) have one value for each token."""

    tokens: list[int]
    inputs: dict[str, list[float] | list[int]]


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """``indices`` are places in the caller's list. ``tokens`` int64 and each tensor of ``inputs`` are
    ``[rows, time]``; ``is_real`` is False on padding. Padding has weight 0."""

    indices: list[int]
    tokens: torch.Tensor
    is_real: torch.Tensor
    inputs: Mapping[str, torch.Tensor]


def plan_micro_batches(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Groups of indices, shortest sequences first, each at most ``max_tokens`` once padded; a single longer
    sequence is a group of its own."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if groups and (len(groups[-1]) + 1) * lengths[index] <= max_tokens:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def collate(data: Sequence[Datum], indices: list[int], device: torch.device | str = "cpu") -> MicroBatch:
    """Pad the chosen datums to the longest of them."""
    width = max(len(data[i].tokens) for i in indices)

    def pad(rows: list[list], dtype: torch.dtype) -> torch.Tensor:
        tensor = torch.zeros((len(rows), width), dtype=dtype)
        for row, values in enumerate(rows):
            tensor[row, : len(values)] = torch.tensor(values, dtype=dtype)
        return tensor.to(device)

    inputs = {
        name: pad(
            [data[i].inputs[name] for i in indices],
            torch.int64 if name == "target_tokens" else torch.float32,
        )
        for name in data[indices[0]].inputs
    }
    lengths = torch.tensor([len(data[i].tokens) for i in indices])
    is_real = (torch.arange(width) < lengths[:, None]).to(device)
    return MicroBatch(indices, pad([data[i].tokens for i in indices], torch.int64), is_real, inputs)
