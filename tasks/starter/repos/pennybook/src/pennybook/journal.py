"""Entries and the journal that holds them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date as Date
from typing import List, Optional

from .errors import LedgerError
from .money import Money


@dataclass(frozen=True)
class Posting:
    """An amount on one account: positive is a debit, negative a credit."""

    account: str
    amount: Money


@dataclass
class Entry:
    """A dated set of postings. `number` is given by the journal."""

    date: Date
    description: str
    postings: List[Posting] = field(default_factory=list)
    number: Optional[int] = None


class Journal:
    """The entries of a ledger, in order of date, with running balances per account."""

    def __init__(self, chart):
        self.chart = chart
        self.closed_until = None
        self._entries = []
        self._balances = defaultdict(int)

    def __len__(self):
        return len(self._entries)

    def close(self, until):
        """Closes the books: entries dated on or before `until` are refused from now on."""
        if self.closed_until is not None and until < self.closed_until:
            raise LedgerError("already closed until %s" % self.closed_until)
        self.closed_until = until

    def post(self, entry):
        """Takes an entry as a whole, or raises LedgerError and changes nothing. Returns its number."""
        self._validate(entry)
        number = len(self._entries) + 1
        stored = Entry(entry.date, entry.description, list(entry.postings), number)
        self._entries.append(stored)
        for posting in stored.postings:
            self._balances[posting.account, posting.amount.currency] += posting.amount.units
        return number

    def _validate(self, entry):
        if len(entry.postings) < 2:
            raise LedgerError("an entry needs at least two postings")
        if self.closed_until is not None and entry.date <= self.closed_until:
            raise LedgerError("the books are closed until %s" % self.closed_until)
        sums = defaultdict(int)
        for posting in entry.postings:
            self.chart.get(posting.account)
            sums[posting.amount.currency] += posting.amount.units
        for currency in sorted(sums):
            if sums[currency] != 0:
                raise LedgerError("out of balance by %s" % Money(sums[currency], currency))

    def reverse(self, number, on):
        """Posts the opposite of an entry on another day and returns the new number."""
        if not 1 <= number <= len(self._entries):
            raise LedgerError("no entry %r" % number)
        original = self._entries[number - 1]
        opposite = [Posting(p.account, -p.amount) for p in original.postings]
        return self.post(Entry(on, "Reversal of #%d: %s" % (number, original.description), opposite))

    def entries(self, first=None, last=None):
        """Entries of the period from `first` to `last`, both days included, by date, then number."""
        chosen = [
            entry
            for entry in self._entries
            if (first is None or entry.date >= first) and (last is None or entry.date <= last)
        ]
        return sorted(chosen, key=lambda entry: (entry.date, entry.number))

    def balance(self, account, currency):
        """What the account and the accounts below it hold now."""
        names = self.chart.subtree(account)
        return Money(sum(self._balances.get((name, currency), 0) for name in names), currency)

    def balance_on(self, account, currency, day):
        """What the account and the accounts below it hold at the end of `day`."""
        names = set(self.chart.subtree(account))
        total = Money.zero(currency)
        for entry in self.entries(last=day):
            for posting in entry.postings:
                if posting.account in names and posting.amount.currency == currency:
                    total += posting.amount
        return total
