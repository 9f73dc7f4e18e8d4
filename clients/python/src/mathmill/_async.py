"""Takes the steps of calls with ``httpx.AsyncClient``, under asyncio."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import Any, Callable, TypeVar, Union

import httpx

from ._steps import Emit, Step, Steps, Stream

T = TypeVar("T")
AsyncToken = Union[str, Callable[[], Union[str, Awaitable[str]]]]


class AsyncExchange:
    """The input and output of one call, which has at most one open response."""

    def __init__(self, client: httpx.AsyncClient, token: AsyncToken | None) -> None:
        self._client = client
        self._token = token
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def take(self, step: Step) -> Any:
        return await getattr(self, step.name)(*step.arguments)

    async def token(self) -> str | None:
        token = self._token() if callable(self._token) else self._token
        return (await token) if inspect.isawaitable(token) else token

    async def send(self, request: httpx.Request) -> httpx.Response:
        await self.close()
        self._response = await self._client.send(request, stream=True, follow_redirects=False)
        return self._response

    async def read(self) -> bytes:
        return await self._opened().aread()

    async def chunk(self) -> bytes | None:
        if self._chunks is None:
            self._chunks = self._opened().aiter_bytes()
        try:
            return await self._chunks.__anext__()
        except StopAsyncIteration:
            return None

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        if self._response is not None:
            await self._response.aclose()
        self._response = self._chunks = None

    def _opened(self) -> httpx.Response:
        if self._response is None:
            raise RuntimeError("no response is open")
        return self._response


async def run(steps: Steps[T], exchange: AsyncExchange) -> T:
    """The value of a call."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = await exchange.take(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        await exchange.close()


async def iterate(stream: Stream[T], exchange: AsyncExchange) -> AsyncGenerator[T, None]:
    """The elements of a call that is an iterator."""
    try:
        step = next(stream)
        while True:
            if isinstance(step, Emit):
                for item in step.items:
                    yield item
                step = next(stream)
                continue
            try:
                outcome = await exchange.take(step)
            except Exception as error:
                step = stream.throw(error)
            else:
                step = stream.send(outcome)
    except StopIteration:
        return
    finally:
        await exchange.close()
