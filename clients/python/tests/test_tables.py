"""Tables of files and of data frames."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest

from both import MakeClient
from mathmill import Client, InvalidParameterError, Job
from serving import Server

columns: dict[str, list[Any]] = {
    "item": ["bolt", "nut, M4", None],
    "price": [0.1, 1.25, float("nan")],
    "qty": [3, 7, 1],
    "day": [date(2026, 12, 1)] * 3,
}
missing = "MISSING `price` is missing in this row. Enter a number, or set missing to zero or empty."


def pandas_frame() -> Any:
    return pandas.DataFrame(columns, index=["x", "y", "y"])


def polars_frame() -> Any:
    return polars.DataFrame({**columns, "price": [0.1, 1.25, None]})


frames: dict[str, Callable[[], Any]] = {"pandas": pandas_frame, "polars": polars_frame}


def cells(frame: Any, name: Any) -> list[Any]:
    """With None for what is missing."""
    column = frame[name]
    if isinstance(frame, polars.DataFrame):
        return list(column)
    return [None if absent else cell for cell, absent in zip(column.tolist(), column.isna().tolist())]


def check_unchanged(frame: Any, extended: Any, kind: str) -> None:
    original = frames[kind]()
    if kind == "pandas":
        pandas.testing.assert_frame_equal(frame, original)
        pandas.testing.assert_frame_equal(extended[list(original.columns)], original)
    else:
        assert frame.equals(original)
        assert extended.select(original.columns).equals(original)


@pytest.mark.parametrize("kind", frames)
class TestFrames:
    def test_get_new_columns_of_text(self, client: Client, kind: str) -> None:
        frame: Any = frames[kind]()
        jobs = sum(1 for _ in client.jobs())
        extended = client.table(frame, ["net = price * qty", "more = net > 1"])
        assert type(extended) is type(frame)
        assert list(extended.columns) == [*columns, "net", "more", "error"]
        assert cells(extended, "net") == ["0.3", "8.75", None]
        assert cells(extended, "more") == ["false", "true", None]
        reason = missing.replace("MISSING `price` is", "MISSING `net` has no value: `price` is")
        assert cells(extended, "error") == [None, None, f"net: {missing}; more: {reason}"]
        check_unchanged(frame, extended, kind)
        assert sum(1 for _ in client.jobs()) == jobs

    def test_get_new_columns_of_decimals(self, client: Client, kind: str) -> None:
        frame: Any = frames[kind]()
        extended = client.table(frame, ["net = price * qty", "more = qty > 2"], values="decimal", errors="none")
        assert list(extended.columns) == [*columns, "net", "more"]
        assert cells(extended, "net") == [Decimal("0.3"), Decimal("8.75"), None]
        assert cells(extended, "more") == [True, True, False]
        check_unchanged(frame, extended, kind)
        with pytest.raises(ValueError, match="pass values='text'"):
            client.table(frame, "net = price * qty", values="decimal", mode="rational")

    def test_replace_columns_on_demand(self, client: Client, kind: str) -> None:
        frame: Any = frames[kind]()
        with pytest.raises(ValueError, match="has a column 'item' already"):
            client.table(frame, "net = qty * 2", error_column="item")
        replaced = client.table(frame, "qty = qty * 2", replace=True, error_column="why")
        assert list(replaced.columns) == [*columns, "why"]
        assert cells(replaced, "qty") == ["6", "14", "2"]

    def test_take_options_and_name_faults(self, client: Client, kind: str) -> None:
        frame: Any = frames[kind]()
        jobs = sum(1 for _ in client.jobs())
        extended = client.table(frame, "net = fixed(price * qty, 2)", missing="zero", precision=20, name="frame")
        assert cells(extended, "net") == ["0.30", "8.75", "0.00"]
        extended = client.table(frame, 'kind = match(item, "nut, M4", qty, 0)', missing_values=["bolt"])
        assert cells(extended, "kind")[1] == "7"
        with pytest.raises(InvalidParameterError) as caught:
            client.table(frame, ["a = qty", "b = absent + 1"])
        assert caught.value.formula == 2
        with pytest.raises(TypeError, match="has no format"):
            client.table(frame, "a = qty", delimiter=";")
        assert sum(1 for _ in client.jobs()) == jobs

    def test_without_rows_get_empty_columns(self, client: Client, kind: str) -> None:
        frame: Any = frames[kind]()[:0]
        extended = client.table(frame, ["`net sum` = price * qty", "b = 1"])
        assert list(extended.columns) == [*columns, "net sum", "b", "error"]
        assert len(extended) == 0

    def test_of_many_rows_keep_their_order(self, client: Client, kind: str) -> None:
        numbers = list(range(10_000))
        frame: Any = pandas.DataFrame({"a": numbers}) if kind == "pandas" else polars.DataFrame({"a": numbers})
        assert cells(client.table(frame, "b = a + row"), "b") == [str(2 * number + 1) for number in numbers]


def test_numbers_reach_the_server_as_they_are(client: Client) -> None:
    large = 2**62 + 1
    exact = [Decimal("0.10000000000000000000000001"), Decimal("1E+3"), None]
    numbers: dict[str, Any] = {"whole": [large, -1, 0], "exact": exact, "double": [0.1, 1e21, 5e-324]}
    formulas = ["w = whole * 1", "e = exact * 1", "d = double * 1", "s = short * 1"]
    frame = pandas.DataFrame(numbers).assign(short=pandas.Series([0.1, 2.5, None], dtype="float32"))
    other = polars.DataFrame(numbers).with_columns(polars.Series("short", [0.1, 2.5, None], dtype=polars.Float32))
    tables: list[Any] = [client.table(frame, formulas), client.table(other, formulas)]
    for extended in tables:
        assert cells(extended, "w") == [str(large), "-1", "0"]
        assert [None if text is None else Decimal(text) for text in cells(extended, "e")] == exact
        assert [float(text) for text in cells(extended, "d")] == numbers["double"]
        assert cells(extended, "s") == ["0.1", "2.5", None]


def test_other_frames(client: Client) -> None:
    numbered = pandas.DataFrame([[1, 2], [3, 4]])
    extended = client.table(numbered, ["sum = `0` + `1`", "`1` = `1` * 10"], replace=True, errors="none")
    assert list(extended.columns) == [0, 1, "sum"]
    # A formula uses the replaced column.
    assert cells(extended, "sum") == ["21", "43"]
    assert cells(extended, 1) == ["20", "40"]
    nullable = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": pandas.Categorical(["2", "3"])})
    assert cells(client.table(nullable, "c = a * b"), "c") == ["2", None]
    with pytest.raises(ValueError, match="the same name"):
        client.table(pandas.DataFrame([[1, 2]], columns=["a", "a"]), "c = a")
    with pytest.raises(TypeError, match="several levels"):
        client.table(pandas.DataFrame([[1]], columns=pandas.MultiIndex.from_tuples([("a", "b")])), "c = a")
    for frame in (polars.LazyFrame({"a": [1]}), "rows.csv", [1]):
        with pytest.raises(TypeError, match=r"table takes a pathlib\.Path or a DataFrame"):
            client.table(frame, "c = a")


def test_decimals_that_polars_cannot_hold_are_an_error(client: Client) -> None:
    frame = polars.DataFrame({"a": [1, 10**9], "b": ["x", "y"]})
    with pytest.raises(ValueError, match="needs more than the 38 digits"):
        client.table(frame, "c = 1 / (3 * a) * 1e-9 + if(a > 1, 1e20, 0)", values="decimal")
    long = client.table(frame, "c = 1 / 3", values="decimal")
    assert str(cells(long, "c")[0]).rstrip("0") == "0.3333333333333333333333333333333333"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".ndjson", ".txt"])
def test_files_become_jobs(client: Client, tmp_path: Path, suffix: str) -> None:
    texts = {".csv": "a;b\n1;2\n", ".tsv": "a\tb\n1\t2\n", ".ndjson": '{"a":1,"b":"2"}\n', ".txt": "a,b\n1,2\n"}
    path = tmp_path / f"rows{suffix}"
    path.write_text(texts[suffix])
    if suffix == ".txt":
        with pytest.raises(ValueError, match="does not say its format"):
            client.table(path, "c = a + b")
        job = client.table(path, "c = a + b", format="csv", name="rows")
    else:
        job = client.table(path, ["c = a + b"], total="b")
    assert isinstance(job, Job)
    assert [one.texts for one in client.results(job)] == [{"c": "3"}]
    totals = client.get(job).totals
    assert totals is not None
    assert totals["c"].sum == 3


def test_an_idempotency_key_holds_for_files(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    first = client.table(path, "b = a", idempotency_key=str(tmp_path))
    assert client.table(path, "b = a", idempotency_key=str(tmp_path)).id == first.id


def test_no_library_of_data_frames_is_imported(server: Server) -> None:
    program = (
        "import sys, mathmill\n"
        f"print(mathmill.Client({server.url!r}).evaluate('1 + 1')[0].value)\n"
        "assert not {'pandas', 'polars', 'numpy'} & set(sys.modules)\n"
    )
    source = str(Path(__file__).parents[1] / "src")
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": source}, capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("2\n", "")


def test_a_name_of_the_error_column_that_is_taken_is_rejected_before_anything_is_sent(make_client: MakeClient) -> None:
    client = make_client("http://127.0.0.1:9")
    frame = pandas.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match="column 'error' already"):
        client.table(frame.assign(error=1), "b = a")
    with pytest.raises(ValueError, match="'b' is the name of a formula and of the column of errors"):
        client.table(frame, "b = a", error_column="b")
