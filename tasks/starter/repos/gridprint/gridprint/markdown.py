"""Tables in Markdown."""

from .cells import format_value
from .width import display_width

_MARKS = {"left": (":", "-"), "right": ("-", ":"), "center": (":", ":"), "decimal": ("-", ":")}


def escape_cell(text):
    """Backslashes and pipes with a backslash in front, line breaks as <br>."""
    escaped = text.replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("\n", "<br>")


def render_markdown(table):
    """The table in Markdown, with columns of equal width; alignment marks in the second line."""
    rows = [[escape_cell(column.title) for column in table.columns]]
    for row in table.rows:
        cells = zip(row, table.columns)
        rows.append([escape_cell(format_value(value, column.number_format)) for value, column in cells])
    widths = [max(3, *(display_width(row[i]) for row in rows)) for i in range(len(table.columns))]
    marks = []
    for column, width in zip(table.columns, widths):
        first, last = _MARKS[column.align]
        marks.append(first + "-" * (width - 2) + last)
    lines = [_line(rows[0], widths), _line(marks, widths)]
    lines.extend(_line(row, widths) for row in rows[1:])
    return "\n".join(lines)


def _line(cells, widths):
    padded = [cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths)]
    return "| " + " | ".join(padded) + " |"
