"""The template: parsed once, rendered any number of times."""

from .lexer import tokenize
from .nodes import render_all
from .parser import parse
from .scope import Scope


class Template:
    """A parsed template; raises TemplateSyntaxError when the source cannot be understood."""

    def __init__(self, source, strict=False):
        self.source = source
        self.strict = strict
        self._nodes = parse(tokenize(source))

    def render(self, context=None):
        """The text of the template with the variables of the context."""
        out = []
        render_all(self._nodes, Scope(context or {}), out, self.strict)
        return "".join(out)
