"""The tree of a template. Every node renders itself into a list of texts."""

from dataclasses import dataclass, field
from typing import Any, List, Optional, Tuple

from .errors import UndefinedVariable
from .expressions import Expression
from .markup import escape
from .scope import Undefined


@dataclass
class Text:
    content: str

    def render(self, scope, out, strict):
        out.append(self.content)


@dataclass
class Print:
    expression: Expression

    def render(self, scope, out, strict):
        value = self.expression.evaluate(scope)
        if isinstance(value, Undefined) and strict:
            raise UndefinedVariable(value.path)
        out.append("" if value is None else escape(value))


@dataclass
class Set:
    name: str
    expression: Expression

    def render(self, scope, out, strict):
        scope.assign(self.name, self.expression.evaluate(scope))


@dataclass
class Condition:
    """An expression that may be turned around by `not`."""

    expression: Expression
    negated: bool

    def holds(self, scope):
        return bool(self.expression.evaluate(scope)) != self.negated


@dataclass
class If:
    """Branches in order; a branch without condition is the else part."""

    branches: List[Tuple[Optional[Condition], List[Any]]] = field(default_factory=list)

    def render(self, scope, out, strict):
        for condition, body in self.branches:
            if condition is None or condition.holds(scope):
                render_all(body, scope, out, strict)
                return


@dataclass
class For:
    name: str
    expression: Expression
    body: List[Any]
    otherwise: List[Any]

    def render(self, scope, out, strict):
        items = list(self.expression.evaluate(scope) or ())
        if not items:
            render_all(self.otherwise, scope, out, strict)
            return
        for index, item in enumerate(items):
            loop = {
                "index": index + 1,
                "first": index == 0,
                "last": index == len(items) - 1,
                "length": len(items),
            }
            scope.push({self.name: item, "loop": loop})
            try:
                render_all(self.body, scope, out, strict)
            finally:
                scope.pop()


def render_all(nodes, scope, out, strict):
    for node in nodes:
        node.render(scope, out, strict)
