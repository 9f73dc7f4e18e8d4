"""One table program of Python: reads a CSV file `id,price,qty,vat`, adds `total`, writes a CSV file.

    python3 tables.py PROGRAM INPUT OUTPUT

Each is written as its users write it. The types of the columns are given where the program takes them: what it would
guess costs a second look at the file, and floats for all of them are what it would guess anyway.
"""

import sys


def duckdb_copy(source, target, types, formula):
    import duckdb

    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    duckdb.sql(
        f"COPY (SELECT *, {formula} AS total FROM read_csv('{source}', header = true, columns = {{{columns}}})) "
        f"TO '{target}' (HEADER, DELIMITER ',')"
    )


doubles = {"id": "BIGINT", "price": "DOUBLE", "qty": "DOUBLE", "vat": "DOUBLE"}
decimals = {"id": "BIGINT", "price": "DECIMAL(9, 2)", "qty": "DECIMAL(5, 0)", "vat": "DECIMAL(3, 0)"}
as_written = "price * qty * (1 + vat / 100)"


def duckdb_double(source, target):
    duckdb_copy(source, target, doubles, as_written)


def duckdb_decimal(source, target):
    duckdb_copy(source, target, decimals, as_written)


def duckdb_rewritten(source, target):
    """DuckDB divides decimals as doubles, so the formula is rewritten by hand."""
    duckdb_copy(source, target, decimals, "price * qty * (1 + vat * 0.01)")


def polars_write(source, target, types):
    import polars

    column = polars.col
    total = column("price") * column("qty") * (1 + column("vat") / 100)
    polars.scan_csv(source, schema=types(polars)).with_columns(total.alias("total")).sink_csv(target)


def polars_float(source, target):
    polars_write(
        source,
        target,
        lambda p: {"id": p.Int64, "price": p.Float64, "qty": p.Float64, "vat": p.Float64},
    )


def polars_decimal(source, target):
    polars_write(
        source,
        target,
        lambda p: {"id": p.Int64, "price": p.Decimal(38, 2), "qty": p.Decimal(38, 0), "vat": p.Decimal(38, 0)},
    )


def pandas_float(source, target):
    import pandas

    frame = pandas.read_csv(source)
    frame["total"] = frame["price"] * frame["qty"] * (1 + frame["vat"] / 100)
    frame.to_csv(target, index=False)


def python_decimal(source, target):
    import csv
    from decimal import Decimal

    with open(source, newline="") as rows, open(target, "w", newline="") as results:
        reader = csv.reader(rows)
        writer = csv.writer(results, lineterminator="\n")
        writer.writerow(next(reader) + ["total"])
        for row in reader:
            _, price, qty, vat = row
            row.append(Decimal(price) * Decimal(qty) * (1 + Decimal(vat) / 100))
            writer.writerow(row)


programs = {
    "duckdb-double": duckdb_double,
    "duckdb-decimal": duckdb_decimal,
    "duckdb-rewritten": duckdb_rewritten,
    "polars-float": polars_float,
    "polars-decimal": polars_decimal,
    "pandas": pandas_float,
    "python-decimal": python_decimal,
}

if __name__ == "__main__":
    _, program, source, target = sys.argv
    programs[program](source, target)
