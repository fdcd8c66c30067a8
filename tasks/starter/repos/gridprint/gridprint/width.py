"""How many terminal columns a text takes."""

import unicodedata

_ZERO_WIDTH = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}


def character_width(character):
    """0 for combining marks and zero-width characters, 2 for wide ones, otherwise 1."""
    if character in _ZERO_WIDTH or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def display_width(text):
    """The columns that one line of text takes."""
    return sum(character_width(character) for character in text)


def split_at_width(text, width):
    """The longest head of the text that fits into the width, and the rest.

    The head has at least one visible character, even when that is wider than the width; marks that
    belong to its last character stay with it.
    """
    used = 0
    for index, character in enumerate(text):
        size = character_width(character)
        if used and used + size > width:
            return text[:index], text[index:]
        used += size
    return text, ""
