"""Every call, with a real server."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mathmill import (
    ApiError,
    Client,
    IdempotencyKeyReusedError,
    InvalidParameterError,
    JobNotFinishedError,
    JobNotFoundError,
    NotCorrectableError,
    Operation,
    WaitTimeoutError,
)

text = "1 + 2\n1 / 0\n0.1 + 0.2\n"
lines = text.splitlines()
unknown = "01997a3c-0000-7000-8000-000000000000"


def numbered(count: int) -> Iterator[str]:
    return (f"{line} / 4" for line in range(1, count + 1))


def results_of(client: Client, job: Any) -> list[str | None]:
    return [one.text if one.error is None else one.error.code for one in client.results(job)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text(text)
    return path


async def arriving() -> AsyncIterator[str]:
    for line in lines:
        yield line


async def arriving_bytes() -> AsyncIterator[bytes]:
    yield text[:5].encode()
    yield text[5:].encode()


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False


sources: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "a text": lambda _: text,
    "bytes": lambda _: text.encode(),
    "a bytearray": lambda _: bytearray(text.encode()),
    "a list": lambda _: lines,
    "a dictionary's keys": lambda _: dict.fromkeys(lines).keys(),
    "a generator": lambda _: (line for line in lines),
    "a generator of bytes": lambda _: (text[index : index + 1].encode() for index in range(len(text))),
    "a binary file": lambda path: path.open("rb"),
    "a text file": lambda path: path.open(),
    "a pipe": lambda _: Unseekable(text.encode()),
    "a function that returns a generator": lambda _: lambda: iter(lines),
    "a function that returns a file": lambda path: lambda: path.open("rb"),
}
async_sources: dict[str, Callable[[Path], Any]] = {
    "an async generator": lambda _: arriving(),
    "an async generator of bytes": lambda _: arriving_bytes(),
    "a function that returns an async generator": lambda _: arriving,
}


class TestSubmit:
    @pytest.mark.parametrize("name", [*sources, *async_sources])
    def test_takes(self, client: Client, file: Path, name: str) -> None:
        source = {**sources, **async_sources}[name](file)
        if name in async_sources and isinstance(client, Client):
            with pytest.raises(TypeError, match="needs the AsyncClient"):
                client.submit(source)
            return
        job = client.submit(source)
        assert job.operations == 3
        job = client.wait(job)
        assert (job.status, job.finished, job.succeeded, job.failed) == ("Completed", True, 2, 1)
        assert results_of(client, job) == ["3", "DIV0", "0.3"]
        if hasattr(source, "close") and not hasattr(source, "send"):
            source.close()

    def test_options(self, client: Client) -> None:
        job = client.submit(["1/3"], mode="rational", name="thirds")
        assert (job.mode, job.name) == ("rational", "thirds")
        assert [one.value for one in client.results(job.id)] == [Fraction(1, 3)]
        job = client.submit("1/3", precision=5)
        assert job.precision == 5
        assert results_of(client, job) == ["0.33333"]
        job = client.submit('{"custom_id": "a", "request": "2^3"}\n', format="ndjson", mode="bigint")
        [operation] = client.results(job)
        assert (operation.custom_id, operation.value, operation.line, operation.request) == ("a", 8, 1, "2^3")

    def test_tables(self, client: Client) -> None:
        rows = "price,qty\n2.50,3\n10,0\n"
        job = client.submit(rows, formulas=["net = price * qty", "unit = net / qty"], total=["qty"])
        job = client.wait(job)
        assert job.formulas == ["net = price * qty", "unit = net / qty"]
        assert job.columns == ["price", "qty"]
        assert job.totals is not None
        assert (job.totals["qty"].sum, job.totals["net"].mean, job.totals["unit"].count) == (3, Decimal("3.75"), 1)
        first, second = client.results(job)
        assert (first.texts, first.values["net"]) == ({"net": "7.5", "unit": "2.5"}, Decimal("7.5"))
        assert (second.texts["unit"], second.errors["unit"].code, second.errors["unit"].column) == (None, "DIV0", 5)

    def test_rejects_a_line_end_within_an_operation_and_keeps_nothing(self, client: Client) -> None:
        before = [job.id for job in client.jobs()]
        with pytest.raises(ValueError, match=r"an operation contains a line end: '2\\n\+ 2'"):
            client.submit(iter(["1 + 1", "2\n+ 2"]))
        with pytest.raises(TypeError, match="an operation is a str, and not of type int"):
            client.submit(["1", 2])  # type: ignore[arg-type]
        for source in ({"a": "1"}, 5):
            with pytest.raises(TypeError):
                client.submit(source)  # type: ignore[arg-type]
        assert [job.id for job in client.jobs()] == before

    def test_an_error_of_the_source_is_raised_as_it_is(self, client: Client, tmp_path: Path) -> None:
        def failing() -> Iterator[str]:
            yield "1"
            raise RuntimeError("my own")

        with pytest.raises(RuntimeError, match="my own"):
            client.submit(failing)
        with pytest.raises(FileNotFoundError):
            client.submit(tmp_path / "absent.txt")

    def test_an_idempotency_key_stands_for_one_job(self, client: Client) -> None:
        key = datetime.now(timezone.utc).isoformat()
        job = client.submit(["1"], idempotency_key=key)
        assert client.submit(["1"], idempotency_key=key).id == job.id
        with pytest.raises(IdempotencyKeyReusedError):
            client.submit(["2"], idempotency_key=key)

    def test_a_wrong_option_is_named(self, client: Client) -> None:
        with pytest.raises(InvalidParameterError) as caught:
            client.submit("a,b\n1,2\n", formulas=["c = a + d"])
        error = caught.value
        assert (error.status, error.code, error.parameter) == (400, "INVALID_PARAMETER", "formula")
        assert (error.formula, error.column, error.end_column) == (1, 9, 10)
        with pytest.raises(TypeError, match="no option 'totals'"):
            client.submit("a\n1\n", formulas=["b = a"], totals=["a"])  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="no format 'xls'"):
            client.submit("a", format="xls")  # type: ignore[arg-type]


class TestJob:
    def test_is_followed_to_its_end(self, client: Client) -> None:
        job = client.submit(numbered(50_000))
        states = list(client.follow(job))
        assert states[-1].status == "Completed"
        counts = [state.completed for state in states]
        assert counts == sorted(counts)
        client.delete(job)
        client.delete(job.id)
        for call in (client.get, client.wait, lambda id: list(client.follow(id)), lambda id: list(client.results(id))):
            with pytest.raises(JobNotFoundError):
                call(job.id)

    def test_a_job_without_a_mode_that_is_deleted_is_not_found_in_its_results(self, client: Client) -> None:
        job = client.submit(["1"])
        client.delete(job)
        with pytest.raises(JobNotFoundError):
            list(client.results(job))

    def test_has_times(self, client: Client) -> None:
        job = client.wait(client.submit(["1"]))
        assert job.created_at is not None
        assert job.finished_at is not None
        assert timezone.utc.utcoffset(None) == job.created_at.utcoffset()
        assert job.created_at <= job.finished_at
        assert client.get(job.id) == job
        assert job.raw["id"] == job.id

    def test_is_waited_for_up_to_a_timeout(self, client: Client) -> None:
        job = client.submit(numbered(100_000))
        with pytest.raises(WaitTimeoutError):
            client.wait(job, timeout=0)
        with pytest.raises(TimeoutError):
            client.wait(job, timeout=0.01)
        assert client.wait(job, timeout=100).status == "Completed"

    def test_is_repaired(self, client: Client) -> None:
        job = client.wait(client.submit(["1", "1/0", "3"]))
        given: list[Any] = [{2: "2"}, {"2": "2"}, [("2", "2")]]
        for corrections in given:
            repaired = client.repair(job, corrections, name="repaired")
            assert (repaired.repairs, repaired.name) == (job.id, "repaired")
            assert results_of(client, repaired) == ["1", "2", "3"]
        with pytest.raises(NotCorrectableError) as caught:
            client.repair(job, {1: "5"})
        assert caught.value.operations == ("1",)
        with pytest.raises(ApiError) as rejected:
            client.repair(job, {})
        assert rejected.value.code == "EMPTY_UPLOAD"

    def test_is_cancelled_and_resumed(self, client: Client) -> None:
        job = client.submit(numbered(200_000))
        with pytest.raises(JobNotFinishedError):
            client.repair(job, {1: "1"})
        client.cancel(job)
        job = client.wait(job)
        assert job.status == "Cancelled"
        assert client.cancel(job).status == "Cancelled"
        last = list(client.results(job, from_line=200_000))[-1]
        assert last.error is not None
        assert last.error.code == "CANCELLED"
        assert client.wait(client.repair(job, {})).succeeded == 200_000

    def test_gives_the_results_of_a_part(self, client: Client) -> None:
        job = client.submit(["1/0", "2", "3/0", "4"])
        assert [one.line for one in client.results(job, outcome="failed", from_line=2)] == [3]
        assert [one.line for one in client.results(job, outcome="succeeded")] == [2, 4]
        assert list(client.results(job, from_line=5)) == []
        results = client.results(job)
        assert next(results).line == 1
        results.close()

    def test_jobs_are_listed_over_all_pages(self, client: Client) -> None:
        name = f"listed {datetime.now(timezone.utc).isoformat()}"
        ids = [client.submit(["1"], name=name).id for _ in range(102)]
        assert [job.id for job in client.jobs(name=name)] == ids[::-1]
        for id in ids:
            client.wait(id)
        assert sum(1 for _ in client.jobs(name=name, status="Completed")) == 102
        assert list(client.jobs(name=name, status=["InProgress", "Cancelled"])) == []
        assert list(client.jobs(name=name, before=datetime(2020, 1, 1, tzinfo=timezone.utc))) == []
        with pytest.raises(ValueError, match="must have a zone"):
            list(client.jobs(before=datetime(2020, 1, 1)))  # noqa: DTZ001

    def test_an_unknown_job_is_not_found(self, client: Client) -> None:
        with pytest.raises(JobNotFoundError) as caught:
            client.get(unknown)
        assert str(caught.value).endswith("(JOB_NOT_FOUND)")
        with pytest.raises(JobNotFoundError):
            client.get("../jobs/a b?c")


class TestEvaluate:
    def test_gives_values_of_each_mode(self, client: Client) -> None:
        total, failed = client.evaluate("0.1 + 0.2", "1 / 0")
        assert (total.request, total.text, total.value, total.error) == ("0.1 + 0.2", "0.3", Decimal("0.3"), None)
        assert (failed.text, failed.value) == (None, None)
        assert failed.error is not None
        assert (failed.error.code, failed.error.column) == ("DIV0", 3)
        assert client.evaluate("1/3", precision=3)[0].text == "0.333"
        values: dict[str, list[Any]] = {
            "decimal": [Decimal("-3.5"), True, Decimal("1E+6000")],
            "rational": [Fraction(-7, 2), True, None],
            "bigint": [None, True, 10**6000],
            "float64": [-3.5, True, None],
        }
        for mode, expected in values.items():
            outcomes = client.evaluate(["-7 / 2", "1 < 2", "10^6000"], mode=mode)  # type: ignore[arg-type]
            assert [one.value for one in outcomes] == expected
            assert [type(one.value) for one in outcomes] == [type(value) for value in expected]

    def test_takes_more_than_one_request_does(self, client: Client) -> None:
        outcomes = client.evaluate(list(numbered(250)), mode="float64")
        assert [one.value for one in outcomes] == [line / 4 for line in range(1, 251)]
        assert client.evaluate([]) == []
        with pytest.raises(TypeError, match="an operation is a str"):
            client.evaluate(["1"], "2")


def test_outcomes_can_be_compared_and_shown(client: Client) -> None:
    job = client.submit(["1", "1/0"])
    first, second = client.results(job)
    assert [first, second] == list(client.results(job))
    assert first != second
    assert isinstance(first, Operation)
    assert repr(first) == "Operation(line=1, request='1', text='1')"
    assert "DIV0" in repr(second)
    assert repr(client.evaluate("1")) == "[Outcome(request='1', text='1')]"
