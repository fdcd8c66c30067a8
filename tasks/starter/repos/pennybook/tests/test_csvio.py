import pytest

from pennybook import ImportFailed, Money, export_entries, import_entries

HEADER = "entry,date,description,account,amount,currency\n"


def test_round_trip(journal, move):
    move(journal, 1, "Income:Salary", "Assets:Bank", 250000, 'pay, "bonus"')
    entries = import_entries(export_entries(journal.entries()))
    assert len(entries) == 1
    assert entries[0].description == 'pay, "bonus"'
    assert [p.amount for p in entries[0].postings] == [Money(250000, "EUR"), Money(-250000, "EUR")]


def test_rows_of_one_entry_stand_together():
    text = HEADER + "7,2025-03-01,a,Assets:Bank,1.00,EUR\n7,2025-03-01,a,Assets:Cash,-1.00,EUR\n"
    text += "\n8,2025-03-02,b,Assets:Bank,2.00,EUR\n8,2025-03-02,b,Assets:Cash,(2.00),EUR\n"
    assert [len(entry.postings) for entry in import_entries("\ufeff" + text)] == [2, 2]


def test_errors_name_the_line():
    with pytest.raises(ImportFailed) as caught:
        import_entries(HEADER + "1,2025-03-01,a,Assets:Bank,1.00,EUR\n1,01.03.2025,a,Assets:Cash,-1,EUR\n")
    assert caught.value.line == 3


def test_missing_column():
    with pytest.raises(ImportFailed, match="missing column currency"):
        import_entries("entry,date,description,account,amount\n")
