"""Chooses one version of every package, with backtracking."""

from .constraint import Constraint
from .errors import ResolutionError

ROOT = "(root)"


def resolve(index, requirements):
    """The chosen versions as {package: Version}, sorted by package.

    `requirements` maps packages to constraints (text or Constraint). Raises ResolutionError.
    """
    demands = {}
    order = []
    for name, constraint in requirements.items():
        if not isinstance(constraint, Constraint):
            constraint = Constraint.parse(constraint)
        demands[name] = [(ROOT, constraint)]
        order.append(name)
    chosen = _search(index, {}, demands, order)
    return {name: chosen[name] for name in sorted(chosen)}


def _search(index, chosen, demands, order):
    """Extends `chosen` until every package of `order` has a version that all demands admit."""
    name = next((name for name in order if name not in chosen), None)
    if name is None:
        return chosen
    failure = None
    for version in _candidates(index, name, demands[name]):
        next_demands = {package: list(entries) for package, entries in demands.items()}
        next_order = list(order)
        for dependency, constraint in index.dependencies(name, version).items():
            if dependency not in next_demands:
                next_demands[dependency] = []
                next_order.append(dependency)
            next_demands[dependency].append((name, constraint))
        next_chosen = {**chosen, name: version}
        broken = _first_broken(next_chosen, next_demands)
        if broken is not None:
            failure = failure or ResolutionError(broken, next_demands[broken])
            continue
        try:
            return _search(index, next_chosen, next_demands, next_order)
        except ResolutionError as error:
            failure = failure or error
    raise failure or ResolutionError(name, demands[name])


def _candidates(index, name, entries):
    """Versions that every demand on the package admits, the highest first."""
    return [
        version
        for version in index.versions(name)
        if all(constraint.admits(version) for _, constraint in entries)
    ]


def _first_broken(chosen, demands):
    """A chosen package whose version some demand does not admit, or None."""
    for name, version in chosen.items():
        if not all(constraint.admits(version) for _, constraint in demands[name]):
            return name
    return None
