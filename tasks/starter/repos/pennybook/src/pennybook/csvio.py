"""Entries to CSV and back.

Columns: entry, date, description, account, amount, currency. One row is one posting; the rows of
an entry carry the same value in the column `entry` and stand together.
"""

import csv
import io
from datetime import datetime

from .errors import ImportFailed, LedgerError
from .journal import Entry, Posting
from .money import Money

COLUMNS = ["entry", "date", "description", "account", "amount", "currency"]


def export_entries(entries):
    """The entries as CSV text, dates as YYYY-MM-DD, amounts without thousands separators."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        for posting in entry.postings:
            amount = str(posting.amount).split(" ")[0]
            row = [entry.number, entry.date.isoformat(), entry.description, posting.account]
            writer.writerow(row + [amount, posting.amount.currency])
    return target.getvalue()


def import_entries(text):
    """Reads CSV text into entries (not posted). A byte-order mark and blank lines are ignored.

    Raises ImportFailed with the line of the file that cannot be read.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    entries = []
    current = None
    columns = None
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = _columns(row, reader.line_num)
            continue
        if len(row) != len(columns):
            raise ImportFailed(reader.line_num, "expected %d cells, found %d" % (len(columns), len(row)))
        cells = dict(zip(columns, (cell.strip() for cell in row)))
        entry, posting = _read_row(cells, reader.line_num)
        if current is None or cells["entry"] != current:
            current = cells["entry"]
            entries.append(entry)
        entries[-1].postings.append(posting)
    if columns is None:
        raise ImportFailed(1, "the file is empty")
    return entries


def _columns(row, line):
    names = [cell.strip().lower() for cell in row]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ImportFailed(line, "missing column %s" % ", ".join(missing))
    return names


def _read_row(cells, line):
    try:
        day = datetime.strptime(cells["date"], "%Y-%m-%d").date()
        posting = Posting(cells["account"], Money.parse(cells["amount"], cells["currency"]))
    except ValueError:
        raise ImportFailed(line, "not a date: %r" % cells["date"]) from None
    except LedgerError as error:
        raise ImportFailed(line, str(error)) from None
    return Entry(day, cells["description"]), posting
