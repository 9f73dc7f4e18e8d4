"""The asynchronous client."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import httpx

from ._async import AsyncExchange, AsyncToken, iterate, run
from ._core import Core, Corrections, JobOrId, limits, operations_of, table_request, to_submission
from ._frames import Values
from ._settings import find_token, read_headers, read_url
from ._source import AsyncBody, AsyncSubmitSource
from ._steps import Steps, Stream
from ._types import Format, Job, JobStatus, Operation, Outcome, Outcomes, TableOptions
from ._values import Mode

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

T = TypeVar("T")
FrameT = TypeVar("FrameT")


class AsyncClient:
    """
    A client of the HTTP API. Requests that a broken connection or a busy server interrupts are sent again, up to
    ``retry_seconds`` without progress; uploads have an idempotency key, and results end only when all of them have
    come.

    ``url``: of the server, with the prefix of a proxy if there is one; by default ``MATHMILL_URL``, else
    http://127.0.0.1:8080. ``token``: sent as ``Authorization: Bearer TOKEN``; a function, async or not, is called for
    each try, so that it can renew the token. By default ``MATHMILL_TOKEN``, or the content of the file
    ``MATHMILL_TOKEN_FILE``. ``headers`` are sent with each request. ``transport``: of httpx, such as one with
    certificates or a proxy of your own.
    """

    def __init__(
        self,
        url: str | None = None,
        token: AsyncToken | None = None,
        retry_seconds: float = 60,
        headers: Mapping[str, str] | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        base, login = read_url(url)
        self._token = token if token is not None else find_token()
        self._http = httpx.AsyncClient(transport=transport, limits=limits)
        self._core = Core(
            url=base,
            headers=read_headers(login, headers),
            retry_seconds=retry_seconds,
            build_request=self._http.build_request,
            make_body=AsyncBody,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def submit(
        self,
        source: AsyncSubmitSource,
        *,
        mode: Mode | None = None,
        precision: int | None = None,
        name: str | None = None,
        format: Format | None = None,
        formulas: Sequence[str] | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[TableOptions],
    ) -> Job:
        """
        Submits a job; returns when every line is stored, so that the job will be completed, whatever happens to the
        server.

        ``source``: a ``pathlib.Path`` or an open file; a ``str`` or ``bytes`` with the content of a file; or an
        iterable, async or not, of ``str``, one operation each, or of ``bytes``, the pieces of a file. A function that
        returns one of these is called for each try. An upload from what can be read only once is not tried again
        after its first byte.

        ``formulas`` make the source a table, with ``format`` ``csv`` (the default), ``tsv`` or ``ndjson``, and
        ``options`` of tables.
        """
        submission = to_submission(
            source, format, formulas, options, idempotency_key, mode=mode, precision=precision, name=name
        )
        return await self._run(self._core.submit(submission))

    async def get(self, job: JobOrId) -> Job:
        """The job with its current counters."""
        return await self._run(self._core.get(job))

    async def wait(self, job: JobOrId, timeout: float | None = None) -> Job:
        """Returns the job when it is finished; raises ``WaitTimeoutError`` when it is not after ``timeout`` seconds."""
        return await self._run(self._core.wait(job, timeout))

    def follow(self, job: JobOrId) -> AsyncGenerator[Job, None]:
        """
        The job now and after each change, at most ten times a second; its last state is finished. Raises
        ``JobNotFoundError`` when it is deleted.
        """
        return self._iterate(self._core.follow(job))

    def results(
        self, job: JobOrId, *, from_line: int = 1, outcome: Outcomes | None = None
    ) -> AsyncGenerator[Operation, None]:
        """
        Every outcome in line order, also of a job in progress, whose next outcomes are waited for. A connection that
        breaks is replaced, and no outcome is missing or doubled.
        """
        return self._iterate(self._core.results(job, from_line, outcome))

    def jobs(
        self,
        *,
        status: JobStatus | Sequence[JobStatus] | None = None,
        name: str | None = None,
        before: datetime | str | None = None,
    ) -> AsyncGenerator[Job, None]:
        """All jobs that match all conditions, newest first; pages are requested as they are needed."""
        return self._iterate(self._core.jobs(status, name, before))

    async def cancel(self, job: JobOrId) -> Job:
        """Operations without an outcome get the error CANCELLED. A finished job stays as it is."""
        return await self._run(self._core.cancel(job))

    async def delete(self, job: JobOrId) -> None:
        """Deletes a job with everything it holds. Does nothing for a job that is deleted already."""
        await self._run(self._core.delete(job))

    async def repair(
        self,
        job: JobOrId,
        corrections: Corrections,
        *,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """
        A new job with all operations of a finished one, and corrections in place of operations that failed: a mapping
        from line numbers to operations, or pairs of these. Without corrections, a cancelled job is resumed.
        """
        return await self._run(self._core.repair(job, corrections, name, idempotency_key))

    async def evaluate(
        self, *operations: str | Iterable[str], mode: Mode = "decimal", precision: int | None = None
    ) -> list[Outcome]:
        """
        Outcomes of a few operations, or of one list of them. Nothing is stored. For more than some hundreds, submit a
        job.
        """
        return await self._run(self._core.evaluate(operations_of(operations), mode, precision))

    @overload
    async def table(
        self,
        source: os.PathLike[str],
        formulas: str | Sequence[str],
        *,
        mode: Mode | None = None,
        precision: int | None = None,
        name: str | None = None,
        format: Literal["csv", "tsv", "ndjson"] | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[TableOptions],
    ) -> Job: ...

    @overload
    async def table(
        self,
        source: FrameT,
        formulas: str | Sequence[str],
        *,
        mode: Mode | None = None,
        precision: int | None = None,
        name: str | None = None,
        values: Values = "text",
        **options: Unpack[TableOptions],
    ) -> FrameT: ...

    async def table(
        self,
        source: Any,
        formulas: str | Sequence[str],
        *,
        mode: Mode | None = None,
        precision: int | None = None,
        name: str | None = None,
        format: Literal["csv", "tsv", "ndjson"] | None = None,
        idempotency_key: str | None = None,
        values: Values = "text",
        **options: Unpack[TableOptions],
    ) -> Any:
        """
        Formulas over the rows of a table.

        Of a ``pathlib.Path``: submits the file, whose format its suffix says, and returns the ``Job``.

        Of a ``DataFrame`` of pandas or polars: returns one of the same kind with a new column for each formula and
        the column ``error``. Columns of the given frame stay as they are, and the job is deleted. New columns hold
        text as the server writes it, or with ``values="decimal"`` numbers of type ``Decimal``. A missing cell (None;
        in pandas NaN, too) is an empty one.
        """
        request = table_request(
            source, formulas, format, values, options, idempotency_key, mode=mode, precision=precision, name=name
        )
        return await self._run(self._core.table(request))

    async def _run(self, steps: Steps[T]) -> T:
        return await run(steps, AsyncExchange(self._http, self._token))

    def _iterate(self, stream: Stream[T]) -> AsyncGenerator[T, None]:
        return iterate(stream, AsyncExchange(self._http, self._token))
