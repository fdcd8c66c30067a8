"""Errors of the ledger. All of them derive from LedgerError."""


class LedgerError(Exception):
    """The ledger refuses something: an unknown account, an unbalanced entry, a closed period."""


class MoneyError(LedgerError):
    """An amount cannot be read, or amounts of different currencies meet."""


class ImportFailed(LedgerError):
    """A CSV file cannot be imported; `line` is the line of the file, counted from 1."""

    def __init__(self, line, reason):
        super().__init__("line %d: %s" % (line, reason))
        self.line = line
        self.reason = reason
