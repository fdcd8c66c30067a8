"""The table: columns, rows, sorting and the plain text form."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Optional

from .align import ALIGNMENTS, align_points, pad
from .cells import format_value, is_number, wrap
from .width import display_width


@dataclass(frozen=True)
class Column:
    """A column: its title, and how its cells look."""

    title: str
    align: str = "left"
    max_width: Optional[int] = None
    number_format: str = ""

    def __post_init__(self):
        if self.align not in ALIGNMENTS:
            raise ValueError("align must be one of %s, not %r" % (", ".join(ALIGNMENTS), self.align))
        if self.max_width is not None and self.max_width < 1:
            raise ValueError("max_width must be at least 1")


class Table:
    """Rows of values under columns. Columns may be given as plain titles."""

    def __init__(self, columns, rows=()):
        self.columns = [c if isinstance(c, Column) else Column(c) for c in columns]
        if not self.columns:
            raise ValueError("a table needs at least one column")
        self.rows = []
        for row in rows:
            self.add_row(*row)

    def add_row(self, *values):
        if len(values) != len(self.columns):
            raise ValueError("expected %d values, found %d" % (len(self.columns), len(values)))
        self.rows.append(tuple(values))

    def position(self, title):
        """The place of the column with that title; KeyError when there is none."""
        for index, column in enumerate(self.columns):
            if column.title == title:
                return index
        raise KeyError("no column %r" % title)

    def sorted_by(self, title, descending=False):
        """A new table sorted by one column; see the README for the order."""
        index = self.position(title)
        filled = [row for row in self.rows if row[index] is not None]
        empty = [row for row in self.rows if row[index] is None]
        filled.sort(key=lambda row: _sort_key(row[index]), reverse=descending)
        return Table(self.columns, filled + empty)

    def texts(self, index):
        """The texts of a column's cells, formatted and, for 'decimal', with their points aligned."""
        column = self.columns[index]
        values = [row[index] for row in self.rows]
        found = [format_value(value, column.number_format) for value in values]
        if column.align == "decimal":
            found = align_points(found, [is_number(value) for value in values])
        return found

    def render(self, gap="  ", rule="-"):
        """The table as text: titles, a rule, the rows. Lines have no spaces at their end."""
        blocks = []
        for index, column in enumerate(self.columns):
            cells = [column.title] + self.texts(index)
            blocks.append([self._lines(cell, column) for cell in cells])
        widths = [max(display_width(line) for cell in block for line in cell) for block in blocks]
        out = []
        for number, cells in enumerate(zip(*blocks)):
            for lines in zip_longest(*cells, fillvalue=""):
                padded = [
                    pad(line, width, column.align)
                    for line, width, column in zip(lines, widths, self.columns)
                ]
                out.append(gap.join(padded).rstrip())
            if number == 0 and rule:
                out.append(gap.join(rule * width for width in widths))
        return "\n".join(out)

    @staticmethod
    def _lines(text, column):
        if column.align == "decimal":
            return [text]
        return wrap(text, column.max_width)


def _sort_key(value):
    """Numbers before texts; texts without regard to case."""
    if is_number(value):
        return (0, value, "")
    return (1, 0, str(value).casefold())
