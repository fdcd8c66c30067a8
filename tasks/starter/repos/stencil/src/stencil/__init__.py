"""A small template engine."""

from .errors import TemplateError, TemplateSyntaxError, UndefinedVariable
from .markup import Safe, escape
from .template import Template

__all__ = ["Safe", "Template", "TemplateError", "TemplateSyntaxError", "UndefinedVariable", "escape"]
