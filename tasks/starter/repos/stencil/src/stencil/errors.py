"""Errors of templates."""


class TemplateError(Exception):
    """Anything wrong with a template."""


class TemplateSyntaxError(TemplateError):
    """The template cannot be understood; `line` counts from 1."""

    def __init__(self, message, line):
        super().__init__("line %d: %s" % (line, message))
        self.message = message
        self.line = line


class UndefinedVariable(TemplateError):
    """A strict template prints a variable that is not there."""

    def __init__(self, path):
        super().__init__("undefined variable %r" % path)
        self.path = path
