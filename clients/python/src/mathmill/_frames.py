"""
Data frames of pandas and polars: their rows as NDJSON, and new columns from results. Neither library is imported
unless a frame of it is given.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Optional, Protocol, TypeVar, cast

FrameT = TypeVar("FrameT")
Values = Literal["text", "decimal"]
Texts = Sequence[Optional[str]]

rows_per_block = 4_096


@dataclass(frozen=True)
class Columns:
    """How new columns are added."""

    values: Values
    #: None: no column of errors.
    error_column: str | None
    #: Whether they may take the place of columns that exist.
    replace: bool


class OpenFrame(Protocol):
    row_count: int

    def check_names(self, formulas: Collection[str], columns: Columns) -> None: ...

    def needed_columns(self, texts: Iterable[str]) -> Sequence[int]: ...

    def lines(self, columns: Sequence[int]) -> Iterator[bytes]: ...

    def extend(self, texts: Mapping[str, Texts], errors: Texts, columns: Columns) -> Any: ...


def open_frame(frame: Any) -> OpenFrame:
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if kind.__name__ == "DataFrame" and library == "pandas":
            return _PandasFrame(frame)
        if kind.__name__ == "DataFrame" and library == "polars":
            return _PolarsFrame(frame)
    raise TypeError(f"table takes a pathlib.Path or a DataFrame of pandas or polars, and not {type(frame).__name__}")


class _Frame:
    """What both have in common."""

    def __init__(self, frame: Any, names: Sequence[str]) -> None:
        self.frame = frame
        self.row_count = len(frame)
        self.names = names
        if len(set(names)) < len(names):
            raise ValueError("two columns of the data frame have the same name")

    def needed_columns(self, texts: Iterable[str]) -> Sequence[int]:
        """
        Positions of the columns to send: all whose name occurs in a formula, wherever, since only the server reads
        formulas. Without one, all columns.
        """
        together = unicodedata.normalize("NFC", "\n".join(texts))
        occurring = [
            index for index, name in enumerate(self.names) if unicodedata.normalize("NFC", name.strip()) in together
        ]
        return occurring or range(len(self.names))

    def lines(self, columns: Sequence[int]) -> Iterator[bytes]:
        """Rows as NDJSON, without reading a number through a double that is not one."""
        keys = [f"{json.dumps(self.names[index])}:" for index in columns]
        for start in range(0, self.row_count, rows_per_block):
            cells = [map(_encode, self.cells(index, start, start + rows_per_block)) for index in columns]
            rows = zip(*([key + cell for cell in column] for key, column in zip(keys, cells)))
            yield "".join(f"{{{','.join(row)}}}\n" for row in rows).encode()

    def cells(self, index: int, start: int, end: int) -> Iterable[Any]:
        raise NotImplementedError

    def added(self, texts: Mapping[str, Texts], errors: Texts, columns: Columns) -> Mapping[str, tuple[Texts, Values]]:
        self.check_names(texts, columns)
        added: dict[str, tuple[Texts, Values]] = {name: (column, columns.values) for name, column in texts.items()}
        if columns.error_column is not None:
            added[columns.error_column] = (errors, "text")
        return added

    def check_names(self, formulas: Collection[str], columns: Columns) -> None:
        if columns.error_column in formulas:
            raise ValueError(f"{columns.error_column!r} is the name of a formula and of the column of errors")
        taken = [name for name in (*formulas, columns.error_column) if name in self.names]
        if taken and not columns.replace:
            raise ValueError(f"the data frame has a column {taken[0]!r} already: pass replace=True, or another name")


def _encode(cell: Any) -> str:
    """A cell as JSON: a number exactly as it is, else the text of the cell."""
    if cell is None:
        return "null"
    if isinstance(cell, str):
        return json.dumps(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return repr(cell) if math.isfinite(cell) else json.dumps(str(cell))
    if isinstance(cell, Decimal) and cell.is_finite():
        return str(cell)
    return json.dumps(str(cell))


def _to_value(text: str | None) -> Decimal | bool | None:
    if text is None or text in ("true", "false"):
        return None if text is None else text == "true"
    return Decimal(text)


def _to_values(column: Texts) -> Sequence[Decimal | bool | None]:
    return [_to_value(text) for text in column]


class _PandasFrame(_Frame):
    def __init__(self, frame: Any) -> None:
        super().__init__(frame, [str(label) for label in frame.columns])
        if frame.columns.nlevels > 1:
            raise TypeError("the columns of the data frame have several levels")

    def cells(self, index: int, start: int, end: int) -> Iterable[Any]:
        column = self.frame.iloc[start:end, index]
        # As a double, 0.1 of 32 bits is 0.10000000149011612; its own text is 0.1.
        short = str(column.dtype).lower() in ("float16", "float32")
        cells = (column.astype(str) if short else column).tolist()
        return [None if missing else cell for cell, missing in zip(cells, column.isna().tolist())]

    def extend(self, texts: Mapping[str, Texts], errors: Texts, columns: Columns) -> Any:
        import pandas

        extended = self.frame.copy(deep=False)
        labels = dict(zip(self.names, self.frame.columns))
        for name, (column, values) in self.added(texts, errors, columns).items():
            cells: Sequence[Any] = column if values == "text" else _to_values(column)
            series = pandas.Series(cells, dtype="string" if values == "text" else "object")
            extended[labels.get(name, name)] = series.array
        return extended


class _PolarsFrame(_Frame):
    def __init__(self, frame: Any) -> None:
        super().__init__(frame, frame.columns)

    def cells(self, index: int, start: int, end: int) -> Iterable[Any]:
        import polars

        column = self.frame[start:end, index]
        return cast("list[Any]", (column.cast(polars.String) if column.dtype == polars.Float32 else column).to_list())

    def extend(self, texts: Mapping[str, Texts], errors: Texts, columns: Columns) -> Any:
        import polars

        added = []
        for name, (column, values) in self.added(texts, errors, columns).items():
            if values == "text":
                added.append(polars.Series(name, column, dtype=polars.String))
                continue
            cells = _to_values(column)
            added.append(polars.Series(name, cells, dtype=_polars_type(polars, name, cells)))
        return self.frame.with_columns(added)


#: The most digits of a decimal column of polars.
_polars_digits_max = 38


def _polars_type(polars: Any, name: str, cells: Sequence[Decimal | bool | None]) -> Any:
    """The smallest type that holds each value exactly: all values of a decimal column have as many decimal places."""
    present = [cell for cell in cells if cell is not None]
    if present and all(isinstance(cell, bool) for cell in present):
        return polars.Boolean
    places, digits = 0, 1
    for cell in present:
        if isinstance(cell, bool):
            raise ValueError(f"{name!r} has numbers and truth values: pass values='text'")
        _, shown, exponent = cell.as_tuple()
        places = max(places, -int(exponent))
        digits = max(digits, len(shown) + int(exponent))
    if digits + places > _polars_digits_max:
        raise ValueError(f"{name!r} needs more than the {_polars_digits_max} digits of polars: pass values='text'")
    return polars.Decimal(_polars_digits_max, places)
