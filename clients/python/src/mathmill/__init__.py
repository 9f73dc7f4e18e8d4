"""A client of Mathmill: exact evaluation of mathematical operations, by the line and by the million."""

from ._async_client import AsyncClient
from ._client import Client
from ._errors import (
    ApiError,
    ForbiddenRoleError,
    IdempotencyKeyReusedError,
    IncompleteResultsError,
    InvalidParameterError,
    JobNotFinishedError,
    JobNotFoundError,
    MathmillError,
    NotCorrectableError,
    TooLargeError,
    UnauthenticatedError,
    UnreachableError,
    WaitTimeoutError,
)
from ._types import Job, JobStatus, Operation, OperationError, Outcome, TableOptions, Totals
from ._values import Mode, Value

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ForbiddenRoleError",
    "IdempotencyKeyReusedError",
    "IncompleteResultsError",
    "InvalidParameterError",
    "Job",
    "JobNotFinishedError",
    "JobNotFoundError",
    "JobStatus",
    "MathmillError",
    "Mode",
    "NotCorrectableError",
    "Operation",
    "OperationError",
    "Outcome",
    "TableOptions",
    "TooLargeError",
    "Totals",
    "UnauthenticatedError",
    "UnreachableError",
    "Value",
    "WaitTimeoutError",
]
