"""An in-memory cache with LRU eviction, time to live and statistics."""

from .cache import Cache
from .clock import ManualClock, MonotonicClock
from .groups import GroupedCache
from .memo import memoize
from .stats import Stats

__all__ = ["Cache", "GroupedCache", "ManualClock", "MonotonicClock", "Stats", "memoize"]
