from __future__ import annotations

import torch

from swerl_trainer.kv_cache import Segment
from swerl_trainer.prefix_store import STRIDE, PrefixStore


def segment(length: int) -> Segment:
    return Segment([torch.zeros(1, length, 4)], [torch.zeros(1, length, 4)])


def test_finds_the_whole_entry_then_shared_strides_never_everything() -> None:
    store = PrefixStore(1 << 20)
    ids = list(range(STRIDE + 10))
    store.put(ids, segment(len(ids)))
    assert store.longest([*ids, 7])[1] == len(ids)
    assert store.longest([*ids[:-1], 99, 98])[1] == STRIDE
    assert store.longest(ids)[1] == STRIDE
    assert store.longest(ids[:STRIDE]) == (None, 0)
    store.clear()
    assert store.longest([*ids, 7]) == (None, 0)


def test_keeps_the_budget_by_dropping_the_least_recently_used() -> None:
    store = PrefixStore(3 * segment(8).bytes)
    for first in range(3):
        store.put([first] * 8, segment(8))
    assert store.longest([0] * 9)[1] == 8
    store.put([3] * 8, segment(8))
    assert store.bytes == 3 * segment(8).bytes
    assert [store.longest([first] * 9)[1] for first in range(4)] == [8, 0, 8, 8]
