"""Rows that sum up the others."""

from decimal import Decimal

from .cells import is_number
from .table import Table


def add_totals(table, titles, label="Total"):
    """A new table with one more row that has the sums of some columns; the label goes to the first.

    Cells that are no numbers count as nothing. Sums are exact: floats are added by their decimal
    text (0.1 + 0.2 is 0.3), and the sum of a column is an int when all its numbers are ints,
    otherwise a Decimal. The old table stays as it is.
    """
    places = {table.position(title) for title in titles}
    totals = []
    for index in range(len(table.columns)):
        if index in places:
            totals.append(exact_sum(row[index] for row in table.rows))
        else:
            totals.append(label if index == 0 else None)
    result = Table(table.columns, table.rows)
    result.add_row(*totals)
    return result


def exact_sum(values):
    """The sum of the numbers among the values, without rounding."""
    numbers = [value for value in values if is_number(value)]
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    return sum((Decimal(str(number)) for number in numbers), Decimal(0))
