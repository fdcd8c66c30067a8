"""Exact amounts of one currency, kept as a whole number of minor units."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from .errors import MoneyError

DECIMAL_PLACES = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3}

_AMOUNT = re.compile(r"^(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$")


@dataclass(frozen=True)
class Money:
    """An amount such as 12.50 EUR: `units` is 1250, the number of cents."""

    units: int
    currency: str

    def __post_init__(self):
        if self.currency not in DECIMAL_PLACES:
            raise MoneyError("unknown currency %r" % self.currency)

    @classmethod
    def zero(cls, currency):
        return cls(0, currency)

    @classmethod
    def parse(cls, text, currency):
        """Reads '1,234.50', '-3' or '(12.00)'; parentheses mean a negative amount, as in bank exports.

        More decimals than the currency has are refused, never rounded away.
        """
        if currency not in DECIMAL_PLACES:
            raise MoneyError("unknown currency %r" % currency)
        places = DECIMAL_PLACES[currency]
        body = text.strip()
        bracketed = body.startswith("(") and body.endswith(")")
        if bracketed:
            body = body[1:-1].strip()
        found = _AMOUNT.match(body)
        if found is None or (bracketed and found.group(1)):
            raise MoneyError("not an amount: %r" % text)
        minus, whole, fraction = found.group(1), found.group(2), found.group(3) or ""
        if len(fraction) > places:
            raise MoneyError("%r has more than %d decimals" % (text, places))
        units = int(whole.replace(",", "") + fraction.ljust(places, "0"))
        return cls(-units if minus or bracketed else units, currency)

    def __str__(self):
        places = DECIMAL_PLACES[self.currency]
        return "%s %s" % (Decimal(self.units).scaleb(-places), self.currency)

    def _same(self, other):
        if not isinstance(other, Money):
            raise MoneyError("cannot combine Money with %s" % type(other).__name__)
        if other.currency != self.currency:
            raise MoneyError("cannot combine %s with %s" % (self.currency, other.currency))

    def __add__(self, other):
        self._same(other)
        return Money(self.units + other.units, self.currency)

    def __sub__(self, other):
        self._same(other)
        return Money(self.units - other.units, self.currency)

    def __neg__(self):
        return Money(-self.units, self.currency)

    def times(self, factor):
        """Multiplies by a Decimal, an int or a decimal string; halves go to the even unit."""
        if isinstance(factor, float):
            raise MoneyError("multiply by a Decimal or a string, not by a float")
        exact = Decimal(self.units) * Decimal(factor)
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), self.currency)

    def allocate(self, weights):
        """Splits the amount in proportion to the weights, to the last unit.

        Units that do not divide evenly go one by one to the first shares with a weight above zero.
        The split of -x is the negated split of x.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise MoneyError("weights must be non-negative and not all zero")
        sign = -1 if self.units < 0 else 1
        size = abs(self.units)
        shares = [size * weight // total for weight in weights]
        left = size - sum(shares)
        takers = [index for index, weight in enumerate(weights) if weight > 0]
        for index in takers[:left]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]
