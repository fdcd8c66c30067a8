"""A small double-entry ledger."""

from .accounts import Account, Chart
from .csvio import export_entries, import_entries
from .errors import ImportFailed, LedgerError, MoneyError
from .journal import Entry, Journal, Posting
from .money import Money
from .reports import Statement, StatementLine, statement, trial_balance

__all__ = [
    "Account",
    "Chart",
    "Entry",
    "ImportFailed",
    "Journal",
    "LedgerError",
    "Money",
    "MoneyError",
    "Posting",
    "Statement",
    "StatementLine",
    "export_entries",
    "import_entries",
    "statement",
    "trial_balance",
]
