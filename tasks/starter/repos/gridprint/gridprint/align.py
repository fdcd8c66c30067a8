"""Puts texts into columns."""

from .width import display_width

ALIGNMENTS = ("left", "right", "center", "decimal")


def pad(text, width, align):
    """The text with spaces up to the width; 'decimal' is padded like 'right' here."""
    space = width - display_width(text)
    if space <= 0:
        return text
    if align == "left":
        return text + " " * space
    if align == "center":
        return " " * (space // 2) + text + " " * (space - space // 2)
    return " " * space + text


def align_points(texts, numeric):
    """Adds spaces on the right so that decimal points meet when the texts are right aligned.

    `numeric` tells which of the texts are numbers; the others are left as they are.
    """
    tails = [_tail(text) if is_numeric else 0 for text, is_numeric in zip(texts, numeric)]
    longest = max(tails, default=0)
    return [
        text + " " * (longest - tail) if is_numeric else text
        for text, tail, is_numeric in zip(texts, tails, numeric)
    ]


def _tail(text):
    """The characters from the decimal point on; 0 without a point."""
    place = text.rfind(".")
    return 0 if place < 0 else len(text) - place
