"""The chart of accounts: names, kinds and the tree they form."""

from dataclasses import dataclass

from .errors import LedgerError

KINDS = ("asset", "liability", "equity", "income", "expense")
SEPARATOR = ":"


@dataclass(frozen=True)
class Account:
    """One account. `name` is the whole path, such as 'Assets:Bank:Checking'."""

    name: str
    kind: str

    @property
    def depth(self):
        return self.name.count(SEPARATOR)

    @property
    def leaf(self):
        return self.name.rsplit(SEPARATOR, 1)[-1]

    @property
    def is_debit_normal(self):
        """Assets and expenses usually carry a debit (positive) balance."""
        return self.kind in ("asset", "expense")


class Chart:
    """All accounts by name."""

    def __init__(self):
        self._accounts = {}

    def open(self, name, kind):
        """Adds an account. A parent need not be open; when it is, its kind must be the same."""
        if kind not in KINDS:
            raise LedgerError("unknown kind %r, expected one of %s" % (kind, ", ".join(KINDS)))
        parts = name.split(SEPARATOR)
        if not all(part.strip() == part and part for part in parts):
            raise LedgerError("bad account name %r" % name)
        if name in self._accounts:
            raise LedgerError("account %r is already open" % name)
        for depth in range(1, len(parts)):
            parent = self._accounts.get(SEPARATOR.join(parts[:depth]))
            if parent is not None and parent.kind != kind:
                raise LedgerError("%r is of kind %s, its parent is %s" % (name, kind, parent.kind))
        account = Account(name, kind)
        self._accounts[name] = account
        return account

    def get(self, name):
        try:
            return self._accounts[name]
        except KeyError:
            raise LedgerError("unknown account %r" % name) from None

    def __contains__(self, name):
        return name in self._accounts

    def __iter__(self):
        """Accounts in order of their names, parents before children."""
        return iter(sorted(self._accounts.values(), key=lambda a: a.name.split(SEPARATOR)))

    def subtree(self, name):
        """The names of the account and of every account below it, in chart order."""
        self.get(name)
        return [a.name for a in self if a.name == name or a.name.startswith(name + SEPARATOR)]
