"""Semantic versions, constraints and a dependency resolver."""

from .constraint import Constraint
from .errors import IndexFault, InvalidConstraint, InvalidVersion, ResolutionError
from .index import Index
from .lockfile import diff_locks, parse_lock, render_lock
from .resolver import resolve
from .version import Version

__all__ = [
    "Constraint",
    "Index",
    "IndexFault",
    "InvalidConstraint",
    "InvalidVersion",
    "ResolutionError",
    "Version",
    "diff_locks",
    "parse_lock",
    "render_lock",
    "resolve",
]
