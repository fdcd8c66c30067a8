"""Texts that are HTML already, and how others become it."""


class Safe(str):
    """A text that is HTML and must not be escaped again."""

    __slots__ = ()


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def escape(value):
    """The value as HTML text; a Safe text stays as it is."""
    if isinstance(value, Safe):
        return value
    return Safe("".join(_ENTITIES.get(character, character) for character in str(value)))
