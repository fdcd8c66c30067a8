"""Keys and values of the running rows, one block per layer laid out ``[row, kv head, time, dim]``.

Invariants: running rows are rows 0..n-1 without holes; position t of a sequence lies at time t, so a key is
visible exactly when its time is at most the query's position, and what lies behind a row's length is
garbage that the next write replaces.
"""

from __future__ import annotations

from typing import NamedTuple

import torch


class Segment(NamedTuple):
    """One sequence's keys and values, for each layer ``[kv head, length, dim]``."""

    keys: list[torch.Tensor]
    values: list[torch.Tensor]

    @property
    def bytes(self) -> int:
        return sum(tensor.nbytes for tensor in (*self.keys, *self.values))


class KvBlock:
    """The growable store. ``bytes_per_token`` counts all layers, keys and values."""

    def __init__(
        self, layers: int, kv_heads: int, dim: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self._shape = (kv_heads, dim)
        self._options = {"dtype": dtype, "device": device}
        self.rows = self.time = 0
        self.keys = [self._empty(0, 0) for _ in range(layers)]
        self.values = [self._empty(0, 0) for _ in range(layers)]
        self.bytes_per_token = 2 * layers * kv_heads * dim * torch.empty((), dtype=dtype).element_size()

    def _empty(self, rows: int, time: int) -> torch.Tensor:
        return torch.zeros((rows, self._shape[0], time, self._shape[1]), **self._options)

    def reserve(self, rows: int, time: int) -> None:
        """Grow so that ``rows`` rows of ``time`` tokens fit; what is stored stays."""
        if rows <= self.rows and time <= self.time:
            return
        rows = max(self.rows, 1 << (rows - 1).bit_length())
        time = max(self.time, -(-time // 128) * 128)
        for store in (self.keys, self.values):
            for layer, old in enumerate(store):
                store[layer] = self._empty(rows, time)
                store[layer][: self.rows, :, : self.time] = old
        self.rows, self.time = rows, time

    def release(self) -> None:
        """Forget everything and give the memory back."""
        self.rows = self.time = 0
        self.keys = [self._empty(0, 0) for _ in self.keys]
        self.values = [self._empty(0, 0) for _ in self.values]

    def read(self, row: int, length: int) -> Segment:
        return Segment(
            [block[row, :, :length].clone() for block in self.keys],
            [block[row, :, :length].clone() for block in self.values],
        )

    def write(self, row: int, segment: Segment, length: int) -> None:
        for block, stored in ((self.keys, segment.keys), (self.values, segment.values)):
            for layer, tensor in enumerate(stored):
                block[layer][row, :, :length] = tensor[:, :length]

    def move(self, source: int, target: int, length: int) -> None:
        for block in (*self.keys, *self.values):
            block[target, :, :length] = block[source, :, :length]


class CacheWindow:
    """What the model sees as ``past_key_values`` in one forward pass: rows ``first..`` of the block, new
    keys and values written at ``positions`` (int64 ``[rows, time]``), the first ``length`` times read."""

    is_compileable = False

    def __init__(self, block: KvBlock, first: int, positions: torch.Tensor, length: int) -> None:
        self._block = block
        self._rows = slice(first, first + positions.shape[0])
        self._row_index = torch.arange(positions.shape[0], device=positions.device)[:, None]
        self._positions = positions
        self._length = length

    def get_seq_length(self, _layer: int = 0) -> int:
        return self._length - self._positions.shape[1]

    def update(
        self, key: torch.Tensor, value: torch.Tensor, layer: int, *_unused: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store key and value ``[rows, kv head, time, dim]`` and return all that is visible."""
        keys = self._block.keys[layer][self._rows]
        values = self._block.values[layer][self._rows]
        keys[self._row_index, :, self._positions] = key.transpose(1, 2).to(keys.dtype)
        values[self._row_index, :, self._positions] = value.transpose(1, 2).to(values.dtype)
        return keys[:, :, : self._length], values[:, :, : self._length]
