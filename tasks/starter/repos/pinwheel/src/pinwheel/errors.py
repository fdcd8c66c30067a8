"""Errors of this package."""


class InvalidVersion(ValueError):
    """A text is not a semantic version."""


class InvalidConstraint(ValueError):
    """A text is not a constraint."""


class IndexFault(LookupError):
    """A package or a version is unknown, or added twice."""


class ResolutionError(Exception):
    """No choice of versions works; `package` is where the last attempt failed."""

    def __init__(self, package, demands):
        lines = ["%s wants %s %s" % (who, package, constraint) for who, constraint in demands]
        super().__init__("cannot choose a version of %s: %s" % (package, "; ".join(lines)))
        self.package = package
        self.demands = list(demands)
