"""Keys and values of finished requests, found again by the longest common prefix of token ids."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Sequence

from .kv_cache import Segment

STRIDE = 32


class PrefixStore:
    """A least-recently-used store under a budget of bytes. An entry is indexed at its full length (the next
    turn of the same trajectory) and at every multiple of ``STRIDE`` (a shared prompt). One weight version
    only: clear it when weights change."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[bytes, Segment] = OrderedDict()
        self._index: dict[int, bytes] = {}
        self._lengths: Counter[int] = Counter()
        self.bytes = 0

    def clear(self) -> None:
        self._entries.clear()
        self._index.clear()
        self._lengths.clear()
        self.bytes = 0

    def longest(self, ids: Sequence[int]) -> tuple[Segment | None, int]:
        """The entry with the longest indexed prefix of ``ids`` and that prefix's length in tokens, always
        shorter than ``ids`` itself; (None, 0) when nothing matches."""
        raw = array("i", ids).tobytes()
        limit = len(ids) - 1
        strides = range(STRIDE, limit + 1, STRIDE)
        for length in sorted({*strides, *(n for n in self._lengths if n <= limit)}, reverse=True):
            name = self._index.get(hash(raw[: 4 * length]))
            if name is not None and name in self._entries and name.startswith(raw[: 4 * length]):
                self._entries.move_to_end(name)
                return self._entries[name], length
        return None, 0

    def put(self, ids: Sequence[int], segment: Segment) -> None:
        """Remember the keys and values of ``ids``; drop the least recently used entries over the budget."""
        name = array("i", ids).tobytes()
        if name in self._entries or segment.bytes > self._max_bytes:
            return
        self._entries[name] = segment
        self._lengths[len(ids)] += 1
        self.bytes += segment.bytes
        for length in (*range(STRIDE, len(ids), STRIDE), len(ids)):
            self._index[hash(name[: 4 * length])] = name
        while self.bytes > self._max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        name, segment = self._entries.popitem(last=False)
        self.bytes -= segment.bytes
        length_of_entry = len(name) // 4
        self._lengths[length_of_entry] -= 1
        if not self._lengths[length_of_entry]:
            del self._lengths[length_of_entry]
        for length in (*range(STRIDE, length_of_entry, STRIDE), length_of_entry):
            key = hash(name[: 4 * length])
            if self._index.get(key) == name:
                del self._index[key]
