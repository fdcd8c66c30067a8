"""The entries of a cache, in order of use."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Optional


@dataclass
class Slot:
    """A stored value and the moment at which it dies; None means never."""

    value: Any
    dies_at: Optional[float]

    def is_dead(self, now):
        return self.dies_at is not None and now >= self.dies_at


class Store:
    """Slots by key, the least recently used first."""

    def __init__(self):
        self._slots = OrderedDict()

    def __len__(self):
        return len(self._slots)

    def find(self, key):
        """The slot of the key or None; the order of use stays as it is."""
        return self._slots.get(key)

    def touch(self, key):
        """Makes the key the most recently used one."""
        self._slots.move_to_end(key)

    def put(self, key, slot):
        """Stores the slot as the most recently used one."""
        self._slots[key] = slot
        self._slots.move_to_end(key)

    def remove(self, key):
        """Removes the key; answers whether it was there."""
        return self._slots.pop(key, None) is not None

    def pop_oldest(self):
        return self._slots.popitem(last=False)

    def remove_dead(self, now):
        """Removes all dead slots and answers how many there were."""
        dead = [key for key, slot in self._slots.items() if slot.is_dead(now)]
        for key in dead:
            del self._slots[key]
        return len(dead)

    def keys(self):
        """The keys, the least recently used first, as a list of its own."""
        return list(self._slots)

    def clear(self):
        self._slots.clear()
