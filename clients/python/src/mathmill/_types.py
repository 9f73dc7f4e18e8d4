"""What the API gives. Members that the client does not know are in ``raw``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

from ._values import Value, parse_value

JobStatus = Literal["InProgress", "Cancelling", "Completed", "Cancelled"]
Outcomes = Literal["all", "succeeded", "failed"]
Format = Literal["text", "ndjson", "csv", "tsv"]


class TableOptions(TypedDict, total=False):
    """Further parameters of tables, as docs/tables.md describes them."""

    total: Sequence[str]
    delimiter: str
    header: Literal["present", "absent"]
    decimal: Literal[".", ","]
    group: str
    numbers: Literal["strict", "written"]
    missing: Literal["error", "empty", "zero"]
    missing_values: Sequence[str]
    replace: bool
    error_column: str
    errors: Literal["column", "none"]


@dataclass(frozen=True)
class Totals:
    """Control totals of a column, exact until they are rounded once; None: the number does not exist."""

    count: int
    sum: Value | None
    min: Value | None
    max: Value | None
    mean: Value | None


@dataclass(frozen=True)
class Job:
    """A job with its counters at the time of the response."""

    id: str
    status: JobStatus
    mode: str
    precision: int
    operations: int
    #: Operations with an outcome: succeeded + failed + cancelled.
    completed: int
    succeeded: int
    failed: int
    cancelled: int
    #: Failed operations by error code.
    error_counts: Mapping[str, int]
    #: Versions of the expression engine that evaluated operations so far.
    engine: Sequence[str]
    created_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    name: str | None
    #: Whose job it is; None: it belongs to the tenant ``default``.
    tenant: str | None
    #: The job whose failed operations this one corrects.
    repairs: str | None
    #: Of a table: its formulas in the order given. Events and lists leave these three out.
    formulas: Sequence[str] | None
    columns: Sequence[str] | None
    #: Of a table: control totals by the name of their column.
    totals: Mapping[str, Totals] | None
    #: The whole document.
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def finished(self) -> bool:
        return self.status in ("Completed", "Cancelled")


def to_job(raw: Mapping[str, Any]) -> Job:
    """From a job of the API, or from the few members that a submission responds with."""
    mode = raw.get("mode", "decimal")
    totals = raw.get("totals")
    return Job(
        id=raw["id"],
        status=raw["status"],
        mode=mode,
        precision=raw.get("precision", 34),
        operations=raw.get("operations", raw.get("created_operations", 0)),
        completed=raw.get("completed", 0),
        succeeded=raw.get("succeeded", 0),
        failed=raw.get("failed", 0),
        cancelled=raw.get("cancelled", 0),
        error_counts=raw.get("error_counts", {}),
        engine=raw.get("engine", ()),
        created_at=_to_time(raw.get("created_at")),
        finished_at=_to_time(raw.get("finished_at")),
        expires_at=_to_time(raw.get("expires_at")),
        name=raw.get("name"),
        tenant=raw.get("tenant"),
        repairs=raw.get("repairs"),
        formulas=raw.get("formulas"),
        columns=raw.get("columns"),
        totals=None if totals is None else {name: _to_totals(one, mode) for name, one in totals.items()},
        raw=raw,
    )


def _to_time(text: str | None) -> datetime | None:
    # Before Python 3.11, `fromisoformat` reads no Z.
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def _to_totals(raw: Mapping[str, Any], mode: str) -> Totals:
    def value(name: str) -> Value | None:
        text = raw.get(name)
        return None if text is None else parse_value(text, mode)

    return Totals(raw["count"], value("sum"), value("min"), value("max"), value("mean"))


@dataclass(frozen=True)
class OperationError:
    """Why an operation has no result."""

    code: str
    message: str
    #: In UTF-16 units from 1 on; None: the error has no place.
    column: int | None = None
    end_column: int | None = None


def _to_error(raw: Mapping[str, Any] | None) -> OperationError | None:
    if raw is None:
        return None
    return OperationError(raw["code"], raw["message"], raw.get("column"), raw.get("end_column"))


class Outcome:
    """An operation with its result or its error."""

    __slots__ = ("error", "mode", "request", "text")

    def __init__(self, raw: Mapping[str, Any], mode: str) -> None:
        #: The operation as it was sent; of a table, the row.
        self.request: str = raw["request"]
        #: The result as the server writes it; None: it failed.
        self.text: str | None = raw.get("result")
        self.error: OperationError | None = _to_error(raw.get("error"))
        self.mode = mode

    @property
    def value(self) -> Value | None:
        """The result: a bool, or a Decimal, Fraction, int or float by the mode. None: it failed."""
        return None if self.text is None else parse_value(self.text, self.mode)

    def _members(self) -> tuple[object, ...]:
        return self.request, self.text, self.error, self.mode

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Outcome) and self._members() == other._members()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        outcome = f"text={self.text!r}" if self.error is None else f"error={self.error!r}"
        return f"{type(self).__name__}(request={self.request!r}, {outcome})"


class Operation(Outcome):
    """One line of a job, or one row of a table."""

    __slots__ = ("custom_id", "errors", "line", "texts")

    def __init__(self, raw: Mapping[str, Any], mode: str) -> None:
        super().__init__(raw, mode)
        #: The number of the line in the upload, from 1 on: the id of the operation.
        self.line = int(raw["id"])
        self.custom_id: str | None = raw.get("custom_id")
        #: Of a table: the result of each formula as the server writes it; None where it failed or is empty.
        self.texts: Mapping[str, str | None] = raw.get("results") or {}
        #: Of a table: the error of each formula that failed.
        self.errors: Mapping[str, OperationError] = {
            name: error for name, one in (raw.get("errors") or {}).items() if (error := _to_error(one)) is not None
        }

    @property
    def values(self) -> Mapping[str, Value | None]:
        """Of a table: the result of each formula as ``value``."""
        return {name: None if text is None else parse_value(text, self.mode) for name, text in self.texts.items()}

    def _members(self) -> tuple[object, ...]:
        return (*super()._members(), self.line, self.custom_id, self.texts, self.errors)

    def __repr__(self) -> str:
        if not self.texts:
            return f"Operation(line={self.line}, {super().__repr__().partition('(')[2]}"
        return f"Operation(line={self.line}, texts={self.texts!r}, errors={self.errors!r}, error={self.error!r})"
