"""From values to lines of text."""

from decimal import Decimal

from .width import display_width, split_at_width


def is_number(value):
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def format_value(value, number_format=""):
    """The text of a value; `number_format` is a format specification such as ',.2f'."""
    if value is None:
        return ""
    if number_format and is_number(value):
        return format(value, number_format)
    return str(value)


def wrap(text, max_width=None):
    """The lines of a cell. Without a width only line breaks count. Never fewer than one line."""
    lines = []
    for paragraph in text.split("\n"):
        lines.extend([paragraph] if max_width is None else _wrap_paragraph(paragraph, max_width))
    return lines


def _wrap_paragraph(paragraph, max_width):
    """Lines of one paragraph; runs of spaces between words count as one space."""
    lines = []
    line = ""
    for word in paragraph.split():
        candidate = line + " " + word if line else word
        if display_width(candidate) <= max_width:
            line = candidate
            continue
        if line:
            lines.append(line)
        while display_width(word) > max_width:
            head, rest = split_at_width(word, max_width)
            if not rest:
                break
            lines.append(head)
            word = rest
        line = word
    lines.append(line)
    return lines
