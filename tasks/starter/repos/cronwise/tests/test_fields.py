import pytest

from cronwise import CronError
from cronwise.fields import DAY, HOUR, MINUTE, MONTH, WEEKDAY, parse_field


@pytest.mark.parametrize(
    "kind, text, values",
    [
        (MINUTE, "*/15", {0, 15, 30, 45}),
        (HOUR, "9-17/4", {9, 13, 17}),
        (DAY, "1,15,31", {1, 15, 31}),
        (MONTH, "jan,JUN-Aug", {1, 6, 7, 8}),
        (WEEKDAY, "mon-fri", {1, 2, 3, 4, 5}),
        (WEEKDAY, "7", {0}),
        (WEEKDAY, "*", {0, 1, 2, 3, 4, 5, 6}),
    ],
    ids=["increment", "range-increment", "list", "month-names", "weekday-names", "seven", "star"],
)
def test_values(kind, text, values):
    assert parse_field(kind, text).values == values


@pytest.mark.parametrize("text", ["60", "5-2", "*/0", "", "1,,2", "a", "1-2-3"], ids=range(7))
def test_refused(text):
    with pytest.raises(CronError) as caught:
        parse_field(MINUTE, text)
    assert caught.value.field == "minute"


def test_star_forms():
    assert parse_field(DAY, "*/2").is_star and not parse_field(DAY, "*/2").is_every
    assert parse_field(DAY, "*").is_every
