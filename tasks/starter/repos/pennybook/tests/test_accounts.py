import pytest

from pennybook import Chart, LedgerError


def test_children_share_the_kind_of_the_parent():
    chart = Chart()
    chart.open("Assets", "asset")
    chart.open("Assets:Bank", "asset")
    with pytest.raises(LedgerError):
        chart.open("Assets:Loan", "liability")


def test_unknown_and_double_accounts(chart):
    with pytest.raises(LedgerError):
        chart.get("Assets:Boat")
    with pytest.raises(LedgerError):
        chart.open("Assets:Cash", "asset")


def test_order_is_parents_first(chart):
    names = [account.name for account in chart]
    assert names.index("Assets:Bank") < names.index("Assets:Bank:Savings")


def test_subtree(chart):
    assert chart.subtree("Assets:Bank") == ["Assets:Bank", "Assets:Bank:Savings"]
    assert chart.subtree("Assets:Cash") == ["Assets:Cash"]


def test_account_properties(chart):
    savings = chart.get("Assets:Bank:Savings")
    assert (savings.depth, savings.leaf, savings.is_debit_normal) == (2, "Savings", True)
