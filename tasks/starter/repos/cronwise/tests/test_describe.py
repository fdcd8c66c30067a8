import pytest

from cronwise import describe


@pytest.mark.parametrize(
    "expression, text",
    [
        ("* * * * *", "every minute"),
        ("*/10 * * * *", "every 10 minutes"),
        ("5 * * * *", "at minute 5 of every hour"),
        ("30 2 * * mon-fri", "at 02:30 on Monday to Friday"),
        ("0 8,20 1 * *", "at 08:00 and 20:00 on the 1st"),
        ("0 0 1,15 * mon", "at 00:00 on the 1st and 15th or on Monday"),
        ("0 12 * jun-aug sat,sun", "at 12:00 on Saturday and Sunday in June to August"),
        ("0-9 9-17 * * *", "at minutes 0 to 9 of hours 9 to 17"),
    ],
    ids=range(8),
)
def test_describe(expression, text):
    assert describe(expression) == text
