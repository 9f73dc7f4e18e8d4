"""Texts of results as Python's numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, Union

Mode = Literal["decimal", "rational", "bigint", "float64"]
Value = Union[Decimal, Fraction, int, float, bool]

#: Python reads longer integers only when ``sys.set_int_max_str_digits`` allows it; no lower limit can be set.
_digits_always_read = 640


def parse_value(text: str, mode: str) -> Value:
    """The exact value of a result: a ``bool``, or the number type of the mode."""
    if text in ("true", "false"):
        return text == "true"
    if mode == "rational":
        return _parse_fraction(text)
    if mode == "bigint":
        return _parse_integer(text)
    if mode == "float64":
        return float(text)
    return Decimal(text)


def _parse_fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(_parse_integer(above), _parse_integer(below or "1"))


def _parse_integer(text: str) -> int:
    return int(text) if len(text) <= _digits_always_read else int(Decimal(text))
