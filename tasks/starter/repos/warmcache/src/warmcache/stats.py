"""Counters of a cache."""

from dataclasses import asdict, dataclass


@dataclass
class Stats:
    """Counts since the cache was made or `reset` was called."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    expirations: int = 0

    @property
    def lookups(self):
        return self.hits + self.misses

    @property
    def hit_ratio(self):
        """Hits by lookups; 0.0 before the first lookup."""
        return self.hits / self.lookups if self.lookups else 0.0

    def snapshot(self):
        """A copy that does not change any more."""
        return Stats(**asdict(self))

    def since(self, earlier):
        """What happened after the snapshot `earlier` was taken."""
        then = asdict(earlier)
        return Stats(**{name: count - then[name] for name, count in asdict(self).items()})

    def reset(self):
        for name in asdict(self):
            setattr(self, name, 0)

    def __add__(self, other):
        mine, theirs = asdict(self), asdict(other)
        return Stats(**{name: mine[name] + theirs[name] for name in mine})
