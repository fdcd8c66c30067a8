from datetime import date

from pennybook import Money, statement, trial_balance


def test_statement_lines_carry_the_running_balance(journal, move):
    move(journal, 1, "Income:Salary", "Assets:Bank", 1000)
    move(journal, 4, "Assets:Bank", "Expenses:Food", 300)
    move(journal, 8, "Assets:Bank", "Expenses:Food", 200)
    found = statement(journal, "Assets:Bank", "EUR", date(2025, 3, 3), date(2025, 3, 9))
    assert found.opening == Money(1000, "EUR")
    assert [(line.amount.units, line.balance.units) for line in found.lines] == [(-300, 700), (-200, 500)]
    assert found.closing == Money(500, "EUR")


def test_opening_is_before_the_first_day(journal, move):
    move(journal, 1, "Income:Salary", "Assets:Bank", 1000)
    move(journal, 3, "Assets:Bank", "Expenses:Food", 300)
    found = statement(journal, "Assets:Bank", "EUR", date(2025, 3, 3), date(2025, 3, 9))
    assert found.opening == Money(1000, "EUR")
    assert found.closing == Money(700, "EUR")


def test_trial_balance_adds_up(journal, move):
    move(journal, 1, "Income:Salary", "Assets:Bank", 1000)
    move(journal, 2, "Assets:Bank", "Assets:Cash", 250)
    rows = trial_balance(journal, "EUR", date(2025, 3, 31))
    assert [row[0] for row in rows] == ["Assets:Bank", "Assets:Cash", "Income:Salary"]
    assert sum(row[1].units for row in rows) == sum(row[2].units for row in rows) == 1000
