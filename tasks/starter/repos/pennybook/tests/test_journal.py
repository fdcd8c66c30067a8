from datetime import date

import pytest

from pennybook import Entry, LedgerError, Money, Posting


def test_balances_include_accounts_below(journal, move):
    move(journal, 1, "Income:Salary", "Assets:Bank", 100000)
    move(journal, 2, "Assets:Bank", "Assets:Bank:Savings", 20000)
    assert journal.balance("Assets:Bank", "EUR") == Money(100000, "EUR")
    assert journal.balance("Assets:Bank:Savings", "EUR") == Money(20000, "EUR")


def test_unbalanced_entry_is_refused(journal):
    postings = [Posting("Assets:Cash", Money(100, "EUR")), Posting("Assets:Bank", Money(-90, "EUR"))]
    with pytest.raises(LedgerError, match="out of balance by 0.10 EUR"):
        journal.post(Entry(date(2025, 3, 1), "typo", postings))
    assert len(journal) == 0


def test_currencies_balance_one_by_one(journal):
    postings = [Posting("Assets:Cash", Money(100, "EUR")), Posting("Assets:Bank", Money(-100, "USD"))]
    with pytest.raises(LedgerError):
        journal.post(Entry(date(2025, 3, 1), "exchange", postings))


def test_closed_period(journal, move):
    journal.close(date(2025, 3, 10))
    with pytest.raises(LedgerError):
        move(journal, 10, "Assets:Bank", "Assets:Cash", 100)
    assert move(journal, 11, "Assets:Bank", "Assets:Cash", 100) == 1


def test_reverse(journal, move):
    number = move(journal, 3, "Assets:Bank", "Expenses:Food", 4200, "market")
    journal.reverse(number, date(2025, 3, 4))
    assert journal.balance("Expenses:Food", "EUR") == Money(0, "EUR")
    assert journal.entries()[-1].description == "Reversal of #1: market"


def test_entries_of_a_period_by_date(journal, move):
    move(journal, 5, "Assets:Bank", "Assets:Cash", 1)
    move(journal, 3, "Assets:Bank", "Assets:Cash", 2)
    move(journal, 9, "Assets:Bank", "Assets:Cash", 3)
    days = [entry.date.day for entry in journal.entries(date(2025, 3, 3), date(2025, 3, 5))]
    assert days == [3, 5]


def test_balance_on_counts_the_day_itself(journal, move):
    move(journal, 5, "Income:Salary", "Assets:Bank", 500)
    assert journal.balance_on("Assets:Bank", "EUR", date(2025, 3, 4)) == Money(0, "EUR")
    assert journal.balance_on("Assets:Bank", "EUR", date(2025, 3, 5)) == Money(500, "EUR")
