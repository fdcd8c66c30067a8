"""Cuts a template into texts, prints and tags."""

import re
from dataclasses import dataclass

from .errors import TemplateSyntaxError

TEXT, PRINT, TAG = "text", "print", "tag"

_OPEN = re.compile(r"\{\{|\{%|\{#")
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}


@dataclass(frozen=True)
class Token:
    """A piece of the template and the line on which it begins."""

    kind: str
    content: str
    line: int


def tokenize(source):
    """The tokens of a template. Comments are left out; their lines still count."""
    tokens = []
    position = 0
    line = 1
    while True:
        found = _OPEN.search(source, position)
        text = source[position : found.start() if found else len(source)]
        if text:
            tokens.append(Token(TEXT, text, line))
            line += text.count("\n")
        if found is None:
            return tokens
        opener = found.group()
        end = _find_closer(source, found.end(), opener)
        if end < 0:
            raise TemplateSyntaxError("%s is never closed" % opener, line)
        content = source[found.end() : end]
        if opener != "{#":
            tokens.append(Token(PRINT if opener == "{{" else TAG, content.strip(), line))
        line += content.count("\n")
        position = end + 2


def _find_closer(source, start, opener):
    """Where the closing mark stands, not counting marks in quotes; -1 when there is none."""
    closer = _CLOSERS[opener]
    if opener == "{#":
        return source.find(closer, start)
    quote = None
    for index in range(start, len(source)):
        character = source[index]
        if quote is not None:
            if character == quote:
                quote = None
        elif character in "'\"":
            quote = character
        elif source.startswith(closer, index):
            return index
    return -1
