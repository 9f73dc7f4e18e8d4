"""Takes the steps of calls with ``httpx.Client``."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any, Callable, TypeVar, Union

import httpx

from ._steps import Emit, Step, Steps, Stream

T = TypeVar("T")
Token = Union[str, Callable[[], str]]


class Exchange:
    """The input and output of one call, which has at most one open response."""

    def __init__(self, client: httpx.Client, token: Token | None) -> None:
        self._client = client
        self._token = token
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] | None = None

    def take(self, step: Step) -> Any:
        return getattr(self, step.name)(*step.arguments)

    def token(self) -> str | None:
        return self._token() if callable(self._token) else self._token

    def send(self, request: httpx.Request) -> httpx.Response:
        self.close()
        self._response = self._client.send(request, stream=True, follow_redirects=False)
        return self._response

    def read(self) -> bytes:
        return self._opened().read()

    def chunk(self) -> bytes | None:
        if self._chunks is None:
            self._chunks = self._opened().iter_bytes()
        return next(self._chunks, None)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        self._response = self._chunks = None

    def _opened(self) -> httpx.Response:
        if self._response is None:
            raise RuntimeError("no response is open")
        return self._response


def run(steps: Steps[T], exchange: Exchange) -> T:
    """The value of a call."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = exchange.take(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        exchange.close()


def iterate(stream: Stream[T], exchange: Exchange) -> Generator[T, None, None]:
    """The elements of a call that is an iterator."""
    try:
        step = next(stream)
        while True:
            if isinstance(step, Emit):
                yield from step.items
                step = next(stream)
                continue
            try:
                outcome = exchange.take(step)
            except Exception as error:
                step = stream.throw(error)
            else:
                step = stream.send(outcome)
    except StopIteration:
        return
    finally:
        exchange.close()
