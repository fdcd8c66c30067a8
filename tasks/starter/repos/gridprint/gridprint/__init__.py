"""Text tables for terminals and Markdown."""

from .markdown import render_markdown
from .summary import add_totals
from .table import Column, Table
from .width import display_width

__all__ = ["Column", "Table", "add_totals", "display_width", "render_markdown"]
