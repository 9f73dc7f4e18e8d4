"""Errors of the client. Those that a server responds with have the code of its problem document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


class MathmillError(Exception):
    """All errors of this package."""


class UnreachableError(MathmillError):
    """No server could be reached, or none that could serve, for as long as the client tries again."""


class IncompleteResultsError(MathmillError):
    """Results ended before all that the server announced had come, each time for as long as the client tries again."""


class WaitTimeoutError(MathmillError, TimeoutError):
    """The job is not finished after the ``timeout`` of the wait."""


class ApiError(MathmillError):
    """The server has rejected the request. Subclasses are for the codes that programs handle most."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.code: str = problem["code"]
        #: The status of HTTP.
        self.status = status
        self.detail: str = problem["detail"]
        #: All members of the problem document.
        self.problem = dict(problem)
        super().__init__(f"{self.detail} ({self.code})")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.status, self.problem)

    @property
    def parameter(self) -> str | None:
        """Of ``INVALID_PARAMETER``: the parameter at fault."""
        return self.problem.get("parameter")

    @property
    def formula(self) -> int | None:
        """Of a wrong formula: which one it is, from 1 on."""
        return self.problem.get("formula")

    @property
    def column(self) -> int | None:
        """Of a wrong formula: the column at fault, in UTF-16 units from 1 on."""
        return self.problem.get("column")

    @property
    def end_column(self) -> int | None:
        """Of a wrong formula: the column after the fault."""
        return self.problem.get("end_column")

    @property
    def operations(self) -> Sequence[str]:
        """Of ``NOT_CORRECTABLE``: ids of operations that cannot be corrected."""
        return tuple(self.problem.get("operations", ()))


class JobNotFoundError(ApiError):
    """No such job: it never existed, was deleted, or has expired."""


class JobNotFinishedError(ApiError):
    """Only a finished job can be repaired."""


class NotCorrectableError(ApiError):
    """Corrections are for operations that did not fail; ``operations`` holds their ids."""


class InvalidParameterError(ApiError):
    """An option, a formula or the beginning of a table is wrong."""


class TooLargeError(ApiError):
    """The upload has too many bytes or operations."""


class IdempotencyKeyReusedError(ApiError):
    """The key was used before, with other content or options."""


class UnauthenticatedError(ApiError):
    """The server requires a token, and the request has none, or one that is unknown, expired or revoked."""


class ForbiddenRoleError(ApiError):
    """The role of the token does not allow the request; ``detail`` says which role does."""


_classes: dict[str, type[ApiError]] = {
    "JOB_NOT_FOUND": JobNotFoundError,
    "JOB_NOT_FINISHED": JobNotFinishedError,
    "NOT_CORRECTABLE": NotCorrectableError,
    "INVALID_PARAMETER": InvalidParameterError,
    "TOO_MANY_BYTES": TooLargeError,
    "TOO_MANY_OPERATIONS": TooLargeError,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReusedError,
    "UNAUTHENTICATED": UnauthenticatedError,
    # The response to HEAD has no problem document.
    "HTTP_401": UnauthenticatedError,
    "FORBIDDEN_ROLE": ForbiddenRoleError,
}


def to_api_error(status: int, reason: str, body: bytes) -> ApiError:
    """From the response to a request: also from one that is no problem document, as proxies send."""
    problem = _read_problem(body) or {
        "code": f"HTTP_{status}",
        "detail": f"the server responded with status {status} {reason}".rstrip(),
    }
    return _classes.get(problem["code"], ApiError)(status, problem)


def job_deleted() -> JobNotFoundError:
    return JobNotFoundError(404, {"code": "JOB_NOT_FOUND", "detail": "the job was deleted"})


def _read_problem(body: bytes) -> dict[str, Any] | None:
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return None
    sentences = (problem.get("detail"), problem.get("title"), problem["code"])
    return {**problem, "detail": next(text for text in sentences if isinstance(text, str))}
