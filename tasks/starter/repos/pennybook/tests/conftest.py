from datetime import date

import pytest

from pennybook import Chart, Entry, Journal, Money, Posting


@pytest.fixture
def chart():
    chart = Chart()
    chart.open("Assets:Bank", "asset")
    chart.open("Assets:Bank:Savings", "asset")
    chart.open("Assets:Cash", "asset")
    chart.open("Expenses:Food", "expense")
    chart.open("Income:Salary", "income")
    return chart


@pytest.fixture
def journal(chart):
    return Journal(chart)


@pytest.fixture
def move():
    """move(journal, day of March 2025, from, to, cents) posts a transfer in EUR."""

    def post(journal, day, source, target, cents, description="transfer"):
        postings = [Posting(target, Money(cents, "EUR")), Posting(source, Money(-cents, "EUR"))]
        return journal.post(Entry(date(2025, 3, day), description, postings))

    return post
