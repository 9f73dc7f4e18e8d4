"""The second opinion about a table: Python's csv reads both files, and its fractions compute the formulas again.

    python3 second-oracle.py INPUT OUTPUT MODE

INPUT has the columns id, note, price, qty, vat. OUTPUT is INPUT with `net = price * qty`, `total = net * (1 + vat / 100)`
and `unit = if(qty != 0, price / qty, 0)`, and the error column. Prints how many rows were compared; ends with 1 at the first
row that is not right. In the mode `decimal` a quotient is rounded to 34 digits, half to even, as Python's decimal does.
"""

import csv
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

context = Context(prec=34, rounding=ROUND_HALF_EVEN)


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file, strict=True))


def unit_of(price, qty, mode):
    if qty == 0:
        return Fraction(0)
    if mode == "rational":
        return price / qty
    exact = price / qty
    return Fraction(context.divide(Decimal(exact.numerator), Decimal(exact.denominator)))


def main(source, target, mode):
    (header, *rows), (new_header, *results) = read(source), read(target)
    assert new_header == header + ["net", "total", "unit", "error"], new_header
    assert len(rows) == len(results), (len(rows), len(results))
    for number, (row, result) in enumerate(zip(rows, results), start=1):
        assert result[: len(row)] == row, (number, row, result)
        _, _, price, qty, vat = row
        price, qty, vat = Fraction(price.strip()), Fraction(qty.strip()), Fraction(vat.strip())
        net = price * qty
        expected = [net, net * (1 + vat / 100), unit_of(price, qty, mode)]
        found = [Fraction(text) for text in result[len(row) : -1]]
        assert found == expected, (number, row, result, expected)
        assert result[-1] == "", (number, result)
    print(len(rows))


main(*sys.argv[1:])
