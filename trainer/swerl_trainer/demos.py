"""Demonstrations on disk -> micro-batches of similar length.

One line of the file is one demonstration: ``{"token_ids": [...], "loss_mask": [0/1, ...]}``; the mask is 1
on the tokens that a policy would have sampled and 0 on prompts and observations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Demos(NamedTuple):
    """All demonstrations, laid end to end: document i is ``ids[offsets[i]:offsets[i + 1]]``."""

    ids: np.ndarray
    mask: np.ndarray
    offsets: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)


def load_demos(path: Path, max_tokens: int, vocab_size: int) -> Demos:
    """Read the file; a document longer than ``max_tokens`` is cut at its end.

    Raises ValueError naming the line when the two arrays differ in length, when a token id lies outside
    ``[0, vocab_size)``, or when a document has fewer than two tokens.
    """
    ids: list[np.ndarray] = []
    masks: list[np.ndarray] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = json.loads(line)
            tokens = np.asarray(row["token_ids"], dtype=np.int32)
            mask = np.asarray(row["loss_mask"], dtype=np.int8)
            if len(tokens) != len(mask):
                raise ValueError(f"{path}:{number}: {len(tokens)} token_ids but {len(mask)} loss_mask values")
            if len(tokens) < 2:
                raise ValueError(f"{path}:{number}: a demonstration needs at least two tokens")
            if tokens.min() < 0 or tokens.max() >= vocab_size:
                raise ValueError(
                    f"{path}:{number}: token id {tokens.max()} is outside the vocabulary of {vocab_size}"
                )
            ids.append(tokens[:max_tokens])
            masks.append(mask[:max_tokens])
    if not ids:
        raise ValueError(f"{path}: no demonstrations")
    offsets = np.concatenate([[0], np.cumsum([len(tokens) for tokens in ids])])
    return Demos(np.concatenate(ids), np.concatenate(masks), offsets)


class Batch(NamedTuple):
    """Right-padded rows. ``inputs`` and ``targets`` are int64 ``[rows, time]``, ``weights`` and ``sampled``
    float32 of the same shape; both are 0 on padding."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    sampled: np.ndarray


def make_batch(demos: Demos, documents: np.ndarray, observation_weight: float) -> Batch:
    """Pad the documents to the longest of them; a target's weight is 1 where it was sampled, else
    ``observation_weight``."""
    time = int(demos.lengths[documents].max()) - 1
    inputs = np.zeros((len(documents), time), dtype=np.int64)
    targets = np.zeros_like(inputs)
    weights = np.zeros(inputs.shape, dtype=np.float32)
    sampled = np.zeros_like(weights)
    for row, document in enumerate(documents):
        start, end = demos.offsets[document], demos.offsets[document + 1]
        length = end - start - 1
        inputs[row, :length] = demos.ids[start : end - 1]
        targets[row, :length] = demos.ids[start + 1 : end]
        sampled[row, :length] = demos.mask[start + 1 : end]
        weights[row, :length] = np.where(demos.mask[start + 1 : end], 1.0, observation_weight)
    return Batch(inputs, targets, weights, sampled)


def bucket(demos: Demos, documents: np.ndarray, batch_tokens: int) -> list[np.ndarray]:
    """Split documents into groups of similar length, each at most ``batch_tokens`` once padded (a single
    longer document is a group of its own)."""
    order = documents[np.argsort(demos.lengths[documents], kind="stable")]
    groups: list[np.ndarray] = []
    start = 0
    for end in range(1, len(order) + 1):
        is_last = end == len(order)
        if is_last or (end + 1 - start) * demos.lengths[order[end]] > batch_tokens:
            groups.append(order[start:end])
            start = end
    return groups


def shuffled_batches(
    demos: Demos, documents: np.ndarray, batch_tokens: int, observation_weight: float, seed: int
) -> Iterator[Batch]:
    """Batches for ever, epoch after epoch. Documents are shuffled first and bucketed inside windows of
    some 32 batches, so that padding is small and batch content still differs between epochs."""
    generator = np.random.default_rng(seed)
    window = max(1, int(32 * batch_tokens / demos.lengths[documents].mean()))
    while True:
        order = generator.permutation(documents)
        for start in range(0, len(order), window):
            groups = bucket(demos, order[start : start + window], batch_tokens)
            for index in generator.permutation(len(groups)):
                yield make_batch(demos, groups[index], observation_weight)
