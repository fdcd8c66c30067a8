"""What can be installed: packages, their versions and what these depend on."""

from .constraint import Constraint
from .errors import IndexFault
from .version import Version


class Index:
    """{package: {version: {dependency: constraint}}}."""

    def __init__(self):
        self._packages = {}

    @classmethod
    def from_mapping(cls, mapping):
        """Reads {'name': {'1.0.0': {'other': '^1'}}}."""
        index = cls()
        for name, versions in mapping.items():
            for version, dependencies in versions.items():
                index.add(name, version, dependencies)
        return index

    def add(self, name, version, dependencies=None):
        """Adds one version of a package; versions that differ in build metadata only are the same."""
        parsed = Version.parse(version)
        versions = self._packages.setdefault(name, {})
        if parsed in versions:
            raise IndexFault("%s %s is already in the index" % (name, parsed))
        versions[parsed] = {
            other: Constraint.parse(text) for other, text in (dependencies or {}).items()
        }

    def __contains__(self, name):
        return name in self._packages

    def names(self):
        return sorted(self._packages)

    def versions(self, name):
        """All versions of a package, the highest first; none for an unknown package."""
        return sorted(self._packages.get(name, {}), reverse=True)

    def dependencies(self, name, version):
        """{dependency: Constraint} of one version, in the order in which they were declared."""
        try:
            return dict(self._packages[name][version])
        except KeyError:
            raise IndexFault("%s %s is not in the index" % (name, version)) from None

    def dependents(self, name):
        """(package, version) of everything that depends on `name`, by package, highest first."""
        return [
            (package, version)
            for package in self.names()
            for version in self.versions(package)
            if name in self._packages[package][version]
        ]
