"""Semantic versions and their order."""

import functools
import re

from .errors import InvalidVersion

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(
    r"%s\.%s\.%s(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?" % (_NUMBER, _NUMBER, _NUMBER), re.ASCII
)


@functools.total_ordering
class Version:
    """An immutable version. Equality and order ignore build metadata."""

    __slots__ = ("major", "minor", "patch", "prerelease", "build")

    def __init__(self, major, minor, patch, prerelease=(), build=""):
        self.major, self.minor, self.patch = major, minor, patch
        self.prerelease = tuple(prerelease)
        self.build = build

    @classmethod
    def parse(cls, text):
        """Reads '1.2.3', '1.2.3-rc.1' or '1.2.3+linux'; raises InvalidVersion for anything else."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise InvalidVersion("not a version: %r" % text)
        identifiers = found.group(4).split(".") if found.group(4) else []
        for identifier in identifiers:
            if not identifier or (identifier.isdigit() and identifier != str(int(identifier))):
                raise InvalidVersion("bad prerelease in %r" % text)
        prerelease = [int(part) if part.isdigit() else part for part in identifiers]
        numbers = [int(found.group(place)) for place in (1, 2, 3)]
        return cls(*numbers, prerelease, found.group(5) or "")

    @property
    def release(self):
        return (self.major, self.minor, self.patch)

    @property
    def is_prerelease(self):
        return bool(self.prerelease)

    def _key(self):
        """Numbers sort below words; a release sorts above all of its prereleases."""
        marks = tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in self.prerelease)
        return (self.release, not self.prerelease, marks)

    def __eq__(self, other):
        if not isinstance(other, Version):
            return NotImplemented
        return self._key() == other._key()

    def __lt__(self, other):
        if not isinstance(other, Version):
            return NotImplemented
        return self._key() < other._key()

    def __hash__(self):
        return hash(self._key())

    def __str__(self):
        text = "%d.%d.%d" % self.release
        if self.prerelease:
            text += "-" + ".".join(str(part) for part in self.prerelease)
        return text + ("+" + self.build if self.build else "")

    def __repr__(self):
        return "Version(%r)" % str(self)
