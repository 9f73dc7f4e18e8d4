"""The calls of both clients, as steps."""

from __future__ import annotations

import json
import logging
import os
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import PurePath
from typing import Any, Callable, Protocol, Union, cast
from urllib.parse import quote, urlencode

import httpx

from ._errors import (
    ApiError,
    IncompleteResultsError,
    JobNotFoundError,
    MathmillError,
    UnreachableError,
    WaitTimeoutError,
    job_deleted,
    to_api_error,
)
from ._frames import Columns, OpenFrame, Values, open_frame
from ._lines import EventReader, LineReader
from ._source import AsyncSubmitSource, Source
from ._steps import Emit, Steps, Stream, ask_token, read, read_chunk, send, sleep
from ._types import Job, Operation, Outcome, TableOptions, to_job

JobOrId = Union[Job, str]
Corrections = Union[Mapping[int, str], Mapping[str, str], Iterable[tuple[Union[int, str], str]]]
Query = Mapping[str, Any]

logger = logging.getLogger("mathmill")

first_pause_seconds = 0.1
pause_seconds_max = 5.0
#: Of servers that are busy or restart, and of proxies that do not reach one.
passing_statuses = frozenset({429, 502, 503, 504})
#: The first upload with the key is still in progress, as far as the server knows.
passing_codes = frozenset({"IDEMPOTENCY_KEY_IN_USE"})
redirects_max = 5
#: The longest that the server lets a request wait.
wait_seconds_max = 60
#: How long a connection may be silent. The server responds to an upload when all of it is stored.
silence_seconds_max = 300.0
connect_seconds_max = 10.0
#: How much later than it says a response to a wait may come.
wait_delay_seconds_max = 30
#: As many calls at the same time as the program makes: what is too much for the server, it says itself.
limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
#: Operations that one request evaluates.
evaluations_max = 100
jobs_per_page = 100

media_types = {
    "text": "text/plain",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
formats_by_suffix = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
table_options = frozenset(TableOptions.__annotations__)


class BuildRequest(Protocol):
    """``build_request`` of both clients of httpx."""

    def __call__(
        self, method: str, url: str, *, content: Any = None, headers: Any = None, timeout: Any = None
    ) -> httpx.Request: ...


@dataclass(frozen=True)
class Request:
    method: str
    #: Below the address of the server.
    path: str
    query: Query
    headers: Mapping[str, str]
    content: bytes | None = None
    source: Source | None = None
    silence_seconds: float = silence_seconds_max

    @property
    def repeatable(self) -> bool:
        return self.source is None or self.source.repeatable


@dataclass(frozen=True)
class Submission:
    source: Source
    format: str
    query: Query
    key: str | None = None


@dataclass(frozen=True)
class FrameRequest:
    """Formulas over a data frame."""

    frame: OpenFrame
    query: Query
    columns: Columns


TableRequest = Union[Submission, FrameRequest]


class Tries:
    """Tries of one call. Each has a longer pause before it, until the call makes progress."""

    def __init__(self, host: str, retry_seconds: float, ends_at: float | None = None) -> None:
        self._host = host
        self._retry_seconds = retry_seconds
        self._ends_at = ends_at
        self._pause_seconds = first_pause_seconds
        self._failing_since: float | None = None

    def pause(self, error: Exception, retry_after: float | None = None) -> Steps[None]:
        """Waits before the next try; raises when the time for it is over."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        seconds = self._pause_seconds if retry_after is None else retry_after
        if self._ends_at is not None and now + seconds > self._ends_at:
            raise WaitTimeoutError("the server could not be reached before the timeout") from error
        if now + seconds > self._failing_since + self._retry_seconds or _is_final(error):
            raise error if isinstance(error, IncompleteResultsError) else self.unreachable(error)
        logger.info("%s: trying again in %.1f s: %s", self._host, seconds, error)
        yield from sleep(seconds)
        self._pause_seconds = min(pause_seconds_max, 2 * self._pause_seconds)

    def note_progress(self) -> None:
        """What was read is not lost."""
        self._failing_since = None
        self._pause_seconds = first_pause_seconds

    def note_life(self) -> None:
        """The server can serve, though there was nothing to read."""
        self._failing_since = None

    def unreachable(self, cause: Exception) -> UnreachableError:
        error = UnreachableError(f"the Mathmill server at {self._host} cannot be reached: {_reason(cause)}")
        error.__cause__ = cause
        return error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _is_final(error: Exception) -> bool:
    """A certificate that is not trusted now will not be trusted in a minute."""
    return isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


class Core:
    def __init__(
        self,
        *,
        url: str,
        headers: Mapping[str, str],
        retry_seconds: float,
        build_request: BuildRequest,
        make_body: Callable[[Source], Any],
    ) -> None:
        self._base, self._host = url, httpx.URL(url).netloc.decode()
        self._headers = headers
        self._retry_seconds = retry_seconds
        self._build_request = build_request
        self._make_body = make_body

    # Calls

    def submit(self, submission: Submission) -> Steps[Job]:
        headers = {
            "content-type": media_types[submission.format],
            "idempotency-key": submission.key or str(uuid.uuid4()),
        }
        request = Request("POST", "api/jobs", submission.query, headers, source=submission.source)
        return (yield from self._create(request))

    def repair(self, job: JobOrId, corrections: Corrections, name: str | None, key: str | None) -> Steps[Job]:
        pairs = corrections.items() if isinstance(corrections, Mapping) else corrections
        lines = [json.dumps({"id": str(line), "request": request}) + "\n" for line, request in pairs]
        headers = {"idempotency-key": key or str(uuid.uuid4())}
        # Without corrections, the server takes no body, and so no type of one.
        content = "".join(lines).encode() if lines else None
        if content is not None:
            headers["content-type"] = media_types["ndjson"]
        path = f"{_path_of(job)}/repair"
        return (yield from self._create(Request("POST", path, {"name": name}, headers, content)))

    def _create(self, request: Request) -> Steps[Job]:
        submission = yield from self._read_json(request)
        try:
            return (yield from self.get(submission["id"]))
        except MathmillError as error:
            # The job exists. Its id must not be lost because the server does not describe it now.
            logger.info("the job %s is created, and could not be read: %s", submission["id"], error)
            given = {name: request.query[name] for name in ("mode", "precision", "name") if request.query.get(name)}
            return to_job({**given, **submission})

    def get(self, job: JobOrId) -> Steps[Job]:
        return to_job((yield from self._read_json(_get(_path_of(job)))))

    def wait(self, job: JobOrId, timeout: float | None) -> Steps[Job]:
        ends_at = None if timeout is None else time.monotonic() + timeout
        tries = self._start_tries(ends_at)
        while True:
            seconds_left = wait_seconds_max if ends_at is None else ends_at - time.monotonic()
            # The server waits whole seconds.
            query = {"wait": max(0, min(wait_seconds_max, int(seconds_left)))}
            silence = query["wait"] + wait_delay_seconds_max if ends_at is None else max(1.0, seconds_left)
            request = Request("GET", _path_of(job), query, {}, silence_seconds=silence)
            current = to_job((yield from self._read_json(request, tries)))
            tries.note_progress()
            if current.finished:
                return current
            if ends_at is not None and time.monotonic() >= ends_at:
                raise WaitTimeoutError(f"the job {current.id} is not finished after {timeout} s")
            if query["wait"] == 0:
                yield from sleep(max(0.0, min(0.1, seconds_left)))

    def cancel(self, job: JobOrId) -> Steps[Job]:
        return to_job((yield from self._read_json(Request("POST", f"{_path_of(job)}/cancel", {}, {}))))

    def delete(self, job: JobOrId) -> Steps[None]:
        with suppress(JobNotFoundError):
            yield from self._send(Request("DELETE", _path_of(job), {}, {}), self._start_tries())

    def jobs(self, status: str | Sequence[str] | None, name: str | None, before: datetime | str | None) -> Stream[Job]:
        after = None
        while True:
            query = {
                "status": status,
                "name": name,
                "before": _to_rfc3339(before) if isinstance(before, datetime) else before,
                "size": jobs_per_page,
                "after": after,
            }
            page = yield from self._read_json(_get("api/jobs", query))
            yield Emit([to_job(item) for item in page["items"]])
            after = page.get("next")
            if after is None:
                return

    def evaluate(self, operations: Sequence[str], mode: str, precision: int | None) -> Steps[list[Outcome]]:
        numbers: dict[str, Any] = {"mode": mode} if precision is None else {"mode": mode, "precision": precision}
        outcomes: list[Outcome] = []
        for start in range(0, len(operations), evaluations_max):
            content = json.dumps({"operations": operations[start : start + evaluations_max], **numbers}).encode()
            headers = {"content-type": "application/json"}
            response = yield from self._read_json(Request("POST", "api/evaluate", {}, headers, content))
            outcomes += [Outcome(one, mode) for one in response["results"]]
        return outcomes

    def follow(self, job: JobOrId) -> Stream[Job]:
        tries = self._start_tries()
        while True:
            yield from self._send(_get(f"{_path_of(job)}/events", headers={"accept": "text/event-stream"}), tries)
            opened_at = time.monotonic()
            reader = EventReader()
            failure: Exception = MathmillError("the response ended early")
            try:
                while (chunk := (yield from read_chunk())) is not None:
                    tries.note_progress()
                    for event, document in reader.take(chunk):
                        if event == "progress":
                            yield Emit([to_job(document)])
                        elif event == "end":
                            if document["reason"] == "deleted":
                                raise job_deleted()
                            return
            except httpx.RequestError as error:
                failure = error
            _note_duration(tries, opened_at)
            yield from tries.pause(failure)

    def results(self, job: JobOrId, from_line: int, outcome: str | None) -> Stream[Operation]:
        reading = yield from self._start_results(job, from_line, outcome)
        while (operations := (yield from self._next_operations(reading))) is not None:
            yield Emit(operations)

    def table(self, request: TableRequest) -> Steps[Any]:
        """
        The job of a file, or the data frame with new columns. The rows of a data frame are a job of its own, which is
        deleted when its results are read.
        """
        if isinstance(request, Submission):
            return (yield from self.submit(request))
        frame, columns = request.frame, request.columns
        formulas = request.query["formula"]
        names = [name_of_formula(formula) for formula in formulas]
        frame.check_names(names, columns)
        if frame.row_count == 0:
            return frame.extend({name: [] for name in names}, [], columns)
        sent = frame.needed_columns([*formulas, *request.query.get("total", ())])
        submission = Submission(Source(lambda: frame.lines(sent)), "ndjson", request.query)
        job = yield from self.submit(submission)
        try:
            texts: dict[str, list[str | None]] = {}
            errors: list[str | None] = []
            reading = yield from self._start_results(job, 1, None)
            while (operations := (yield from self._next_operations(reading))) is not None:
                for operation in operations:
                    for name, text in operation.texts.items():
                        texts.setdefault(name, []).append(text)
                    errors.append(_describe_errors(operation))
        except Exception:
            yield from self._delete_once(job)
            raise
        yield from self._delete_once(job)
        return frame.extend(texts, errors, columns)

    # Results

    def _start_results(self, job: JobOrId, from_line: int, outcome: str | None) -> Steps[Reading]:
        mode = job.mode if isinstance(job, Job) else (yield from self.get(job)).mode
        return Reading(self._start_tries(), f"{_path_of(job)}/results", mode, outcome, from_line)

    def _next_operations(self, reading: Reading) -> Steps[Sequence[Operation] | None]:
        """Those that arrive together; None: there are no more. Requests the rest where a response ends before them."""
        while not reading.ended:
            if reading.response is None:
                reading.open((yield from self._send(_get(reading.path, reading.query()), reading.tries)))
            try:
                chunk = yield from read_chunk()
            except httpx.RequestError as error:
                reading.close()
                yield from reading.tries.pause(error)
                continue
            if chunk is None:
                yield from self._end_response(reading)
            elif operations := reading.take(chunk):
                return operations
        return None

    def _end_response(self, reading: Reading) -> Steps[None]:
        """Over HTTP/1.0 a response ends with its connection, so that only the number tells a part from the whole."""
        reading.ended = reading.announced is not None and reading.received >= reading.announced
        reading.close()
        if reading.ended:
            return
        query = {"format": "ndjson", "from": reading.next_line, "outcome": reading.outcome}
        try:
            response = yield from self._send(Request("HEAD", reading.path, query, {}), reading.tries)
        except ApiError as error:
            # This response has no body that could name the code.
            raise job_deleted() if error.status == 404 else error from None
        rest = _announced(response)
        reading.ended = rest == 0
        if reading.ended:
            return
        if rest is None:
            reading.tries.note_life()
        early = IncompleteResultsError(f"the results ended early, before line {reading.next_line}")
        yield from reading.tries.pause(early)

    # Requests

    def _start_tries(self, ends_at: float | None = None) -> Tries:
        return Tries(self._host, self._retry_seconds, ends_at)

    def _delete_once(self, job: Job) -> Steps[None]:
        try:
            yield from self._send(Request("DELETE", _path_of(job), {}, {}), Tries(self._host, 0))
        except MathmillError as error:
            logger.info("the job %s could not be deleted: %s", job.id, error)

    def _read_json(self, request: Request, tries: Tries | None = None) -> Steps[Any]:
        """When the connection breaks during the response, the request is sent again, if it may be."""
        tries = tries or self._start_tries()
        while True:
            response = yield from self._send(request, tries)
            try:
                body = yield from read()
            except httpx.RequestError as error:
                if not request.repeatable:
                    raise tries.unreachable(error) from error
                yield from tries.pause(error)
                continue
            return parse_json(body, response)

    def _send(self, request: Request, tries: Tries) -> Steps[httpx.Response]:
        """Gives a response of status 2xx, whose body is not read yet."""
        while True:
            try:
                response = yield from self._send_once(request)
            except httpx.RequestError as error:
                if request.source is not None and request.source.failure is not None:
                    raise request.source.failure from None
                if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
                    raise
                if not request.repeatable:
                    raise tries.unreachable(error) from error
                yield from tries.pause(error)
                continue
            if response.is_success:
                return response
            rejection = yield from _read_rejection(response)
            is_passing = response.status_code in passing_statuses or rejection.code in passing_codes
            if not is_passing or not request.repeatable:
                raise rejection
            yield from tries.pause(rejection, read_retry_after(response))

    def _send_once(self, request: Request) -> Steps[httpx.Response]:
        """Redirects that keep the method are followed; the token stays with the host that it is for."""
        token = yield from ask_token()
        response = yield from send(self._to_http(request, token))
        for _ in range(redirects_max):
            keeps_method = response.status_code in (307, 308) or request.method in ("GET", "HEAD")
            if response.next_request is None or not keeps_method or not request.repeatable:
                break
            response = yield from send(response.next_request)
        return response

    def _to_http(self, request: Request, token: str | None) -> httpx.Request:
        headers = httpx.Headers({"accept": "application/json"})
        headers.update(self._headers)
        headers.update(request.headers)
        if token is not None:
            headers["authorization"] = f"Bearer {checked_token(token)}"
        parameters = [(name, one) for name, value in request.query.items() for one in _texts_of(value)]
        url = f"{self._base}{request.path}" + (f"?{urlencode(parameters)}" if parameters else "")
        content = request.content if request.source is None else self._make_body(request.source)
        silence = request.silence_seconds
        timeout = httpx.Timeout(connect=connect_seconds_max, read=silence, write=silence, pool=None)
        return self._build_request(request.method, url, headers=headers, content=content, timeout=timeout)


class Reading:
    """How far the results of one job are read."""

    def __init__(self, tries: Tries, path: str, mode: str, outcome: str | None, next_line: int) -> None:
        self.tries = tries
        self.path = path
        self.outcome = outcome
        self.next_line = next_line
        self.ended = False
        self.response: httpx.Response | None = None
        #: How many outcomes the response has; None: the job is in progress, and nobody knows.
        self.announced: int | None = None
        self.received = 0
        self._mode = mode
        self._lines = LineReader()
        self._opened_at = 0.0

    def query(self) -> Query:
        begin = {"format": "ndjson", "objects": "operations", "follow": True}
        return {**begin, "from": self.next_line, "outcome": self.outcome}

    def open(self, response: httpx.Response) -> None:
        self.response = response
        self.announced, self.received = _announced(response), 0
        self._lines = LineReader()
        self._opened_at = time.monotonic()

    def take(self, chunk: bytes) -> Sequence[Operation]:
        operations = [Operation(parse_json(line, self.response), self._mode) for line in self._lines.take(chunk)]
        if operations:
            self.tries.note_progress()
            self.received += len(operations)
            self.next_line = operations[-1].line + 1
        return operations

    def close(self) -> None:
        self.response = None
        _note_duration(self.tries, self._opened_at)


def operations_of(operations: Sequence[str | Iterable[str]]) -> Sequence[str]:
    """From the arguments of ``evaluate``: operations, or one list of them."""
    if len(operations) == 1 and not isinstance(operations[0], str):
        operations = list(operations[0])
    for operation in operations:
        if not isinstance(operation, str):
            raise TypeError(f"an operation is a str, and not of type {type(operation).__name__}")
    return cast("Sequence[str]", operations)


def to_submission(
    source: AsyncSubmitSource,
    format: str | None,
    formulas: Sequence[str] | None,
    options: Mapping[str, Any],
    key: str | None = None,
    **numbers: Any,
) -> Submission:
    """From the arguments of ``submit``."""
    if format is None:
        format = "text" if formulas is None else "csv"
    if format not in media_types:
        raise ValueError(f"there is no format {format!r}")
    return Submission(Source(source), format, {**numbers, "formula": formulas, **_read_options(options)}, key)


def table_request(
    source: Any,
    formulas: str | Sequence[str],
    format: str | None,
    values: Values,
    options: Mapping[str, Any],
    key: str | None,
    **numbers: Any,
) -> TableRequest:
    """From the arguments of ``table``."""
    formulas = [formulas] if isinstance(formulas, str) else list(formulas)
    if isinstance(source, os.PathLike):
        return to_submission(source, format or _format_of(source), formulas, options, key, **numbers)
    frame = open_frame(source)
    if format is not None or key is not None or "delimiter" in options or "header" in options:
        raise TypeError("a data frame has no format, delimiter, header or idempotency key")
    if values == "decimal" and numbers["mode"] == "rational":
        raise ValueError("a fraction may have no decimal digits: pass values='text'")
    query = {**numbers, "formula": formulas, **_read_options(options)}
    has_errors = query.pop("errors", "column") == "column"
    error_column = query.pop("error_column", "error")
    columns = Columns(values, error_column if has_errors else None, bool(query.get("replace", False)))
    return FrameRequest(frame, query, columns)


def _read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in table_options:
            raise TypeError(f"there is no option {name!r}")
    query = dict(options)
    if not isinstance(query.get("missing_values", ""), str):
        query["missing_values"] = ",".join(query["missing_values"])
    if isinstance(query.get("total"), str):
        query["total"] = [query["total"]]
    return query


def _format_of(path: os.PathLike[str]) -> str:
    suffix = PurePath(path).suffix.lower()
    if suffix not in formats_by_suffix:
        raise ValueError(f"the name of {path} does not say its format: pass format='csv', 'tsv' or 'ndjson'")
    return formats_by_suffix[suffix]


def name_of_formula(formula: str) -> str:
    name = (
        formula.partition("`")[2].partition("`")[0] if formula.lstrip().startswith("`") else formula.partition("=")[0]
    )
    return name.strip()


def checked_token(token: str) -> str:
    """The error of httpx would show the token."""
    if re.fullmatch(r"[\x21-\x7e]+", token) is None:
        raise ValueError("the token must be ASCII characters without spaces")
    return token


def parse_json(body: bytes | str, response: httpx.Response | None) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        host = "" if response is None else response.url.netloc.decode()
        detail = f"the response is not JSON, so {host} may not be a Mathmill server"
        raise ApiError(200, {"code": "NOT_JSON", "detail": detail}) from error


def read_retry_after(response: httpx.Response) -> float | None:
    """In seconds; None where the header is missing, or says nothing."""
    text = response.headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]+", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)
    seconds: float = (at - datetime.now(timezone.utc)).total_seconds()
    return max(0.0, seconds)


def _read_rejection(response: httpx.Response) -> Steps[ApiError]:
    try:
        body = yield from read()
    except httpx.RequestError:
        body = b""
    return to_api_error(response.status_code, response.reason_phrase, body)


def _announced(response: httpx.Response) -> int | None:
    text = response.headers.get("mathmill-lines")
    return None if text is None else int(text)


def _note_duration(tries: Tries, opened_at: float) -> None:
    """A connection that breaks after a long silence is no failure to reach the server."""
    if time.monotonic() - opened_at > pause_seconds_max:
        tries.note_life()


def _describe_errors(operation: Operation) -> str | None:
    """As the error column of a CSV file does."""
    if operation.error is not None:
        return f"{operation.error.code} {operation.error.message}"
    return "; ".join(f"{name}: {one.code} {one.message}" for name, one in operation.errors.items()) or None


def _get(path: str, query: Query | None = None, headers: Mapping[str, str] | None = None) -> Request:
    return Request("GET", path, query or {}, headers or {})


def _path_of(job: JobOrId) -> str:
    return f"api/jobs/{quote(job.id if isinstance(job, Job) else job, safe='')}"


def _texts_of(value: Any) -> Iterable[str]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(value),) if isinstance(value, (str, int)) else [str(one) for one in value]


def _to_rfc3339(time_: datetime) -> str:
    if time_.tzinfo is None:
        raise ValueError("the time must have a zone")
    return time_.isoformat()
