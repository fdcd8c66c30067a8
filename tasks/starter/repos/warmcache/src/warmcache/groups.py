"""A cache whose entries can be dropped by group."""

from .cache import Cache


class GroupedCache:
    """A cache in which every entry may belong to groups, such as the rows it was made from.

    `invalidate(group)` drops all entries of the group. An entry that is set again belongs to the
    groups given the last time, and to no other.
    """

    def __init__(self, max_entries=None, ttl=None, clock=None):
        self._cache = Cache(max_entries, ttl, clock)
        self._members = {}

    @property
    def stats(self):
        return self._cache.stats

    def __len__(self):
        return len(self._cache)

    def __contains__(self, key):
        return key in self._cache

    def get(self, key, default=None):
        return self._cache.get(key, default)

    def set(self, key, value, groups=()):
        """Stores a value that belongs to the groups."""
        self._leave_groups(key)
        self._cache.set(key, value)
        for group in groups:
            self._members.setdefault(group, set()).add(key)

    def groups_of(self, key):
        """The groups of the entry, sorted."""
        return sorted(group for group, keys in self._members.items() if key in keys)

    def invalidate(self, group):
        """Drops all entries of the group; answers how many live ones there were."""
        dropped = 0
        for key in self._members.pop(group, set()):
            dropped += self._cache.delete(key)
            self._leave_groups(key)
        return dropped

    def _leave_groups(self, key):
        for group in list(self._members):
            self._members[group].discard(key)
            if not self._members[group]:
                del self._members[group]
