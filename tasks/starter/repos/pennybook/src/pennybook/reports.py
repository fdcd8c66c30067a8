"""Statements and the trial balance."""

from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from typing import List

from .money import Money


@dataclass(frozen=True)
class StatementLine:
    """One posting on the account, with the balance after it."""

    date: Date
    description: str
    amount: Money
    balance: Money


@dataclass(frozen=True)
class Statement:
    """What happened on an account in a period; both days are part of the period."""

    account: str
    first: Date
    last: Date
    opening: Money
    closing: Money
    lines: List[StatementLine]


def statement(journal, account, currency, first, last):
    """The statement of an account and the accounts below it."""
    names = set(journal.chart.subtree(account))
    opening = journal.balance_on(account, currency, first - timedelta(days=1))
    running = opening
    lines = []
    for entry in journal.entries(first, last):
        for posting in entry.postings:
            if posting.account not in names or posting.amount.currency != currency:
                continue
            running += posting.amount
            lines.append(StatementLine(entry.date, entry.description, posting.amount, running))
    return Statement(account, first, last, opening, running, lines)


def trial_balance(journal, currency, day):
    """(account name, debit, credit) of every account that is not at zero at the end of `day`.

    Each account stands for itself here, without the accounts below it, so that debits and credits
    add up to the same sum.
    """
    totals = {}
    for entry in journal.entries(last=day):
        for posting in entry.postings:
            if posting.amount.currency == currency:
                previous = totals.get(posting.account, Money.zero(currency))
                totals[posting.account] = previous + posting.amount
    rows = []
    for account in journal.chart:
        total = totals.get(account.name, Money.zero(currency))
        if total.units > 0:
            rows.append((account.name, total, Money.zero(currency)))
        elif total.units < 0:
            rows.append((account.name, Money.zero(currency), -total))
    return rows
