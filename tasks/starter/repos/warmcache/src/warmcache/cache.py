"""The cache itself."""

from .clock import MonotonicClock
from .stats import Stats
from .store import Slot, Store

_DEFAULT = object()


class Cache:
    """At most `max_entries` entries, each for `ttl` seconds. None stands for no limit."""

    def __init__(self, max_entries=None, ttl=None, clock=None):
        if max_entries is not None and max_entries < 1:
            raise ValueError("max_entries must be at least 1")
        if ttl is not None and ttl <= 0:
            raise ValueError("ttl must be above zero")
        self.max_entries = max_entries
        self.ttl = ttl
        self.stats = Stats()
        self._clock = clock if clock is not None else MonotonicClock()
        self._store = Store()

    def __len__(self):
        self.prune()
        return len(self._store)

    def __contains__(self, key):
        slot = self._store.find(key)
        return slot is not None and not slot.is_dead(self._clock.now())

    def keys(self):
        """Keys of the live entries, the least recently used first."""
        self.prune()
        return self._store.keys()

    def prune(self):
        """Removes the entries that have grown too old; answers how many."""
        removed = self._store.remove_dead(self._clock.now())
        self.stats.expirations += removed
        return removed

    def _live_slot(self, key):
        slot = self._store.find(key)
        if slot is not None and slot.is_dead(self._clock.now()):
            self._store.remove(key)
            self.stats.expirations += 1
            return None
        return slot

    def get(self, key, default=None):
        """The value of the key, or `default`. Counts as a lookup and as use."""
        slot = self._live_slot(key)
        if slot is None:
            self.stats.misses += 1
            return default
        self.stats.hits += 1
        self._store.touch(key)
        return slot.value

    def peek(self, key, default=None):
        """Like `get`, but neither the statistics nor the order of use notice."""
        slot = self._store.find(key)
        if slot is None or slot.is_dead(self._clock.now()):
            return default
        return slot.value

    def set(self, key, value, ttl=_DEFAULT):
        """Stores a value; `ttl` overrides that of the cache, None means for ever."""
        lifetime = self.ttl if ttl is _DEFAULT else ttl
        now = self._clock.now()
        self._live_slot(key)
        self._store.put(key, Slot(value, None if lifetime is None else now + lifetime))
        if self.max_entries is not None and len(self._store) > self.max_entries:
            self.prune()
            while len(self._store) > self.max_entries:
                self._store.pop_oldest()
                self.stats.evictions += 1

    def get_or_load(self, key, loader, ttl=_DEFAULT):
        """The value of the key; when it is missing, loader(key) is stored and returned."""
        missing = object()
        value = self.get(key, missing)
        if value is missing:
            value = loader(key)
            self.set(key, value, ttl)
        return value

    def delete(self, key):
        """Removes the key; answers whether a live entry was there."""
        return self._live_slot(key) is not None and self._store.remove(key)

    def clear(self):
        """Removes all entries; the statistics stay."""
        self._store.clear()
