"""The asynchronous client in the form of the synchronous one, so that each test is written once and runs with both."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from mathmill import AsyncClient, Client

MakeClient = Callable[..., Client]


class Blocking:
    """Runs each call in an event loop to its end."""

    def __init__(self, client: AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*arguments: Any, **options: Any) -> Any:
            outcome = method(*arguments, **options)
            if inspect.isawaitable(outcome):
                return self._loop.run_until_complete(outcome)
            return self._iterate(outcome)

        return call

    def _iterate(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        try:
            while True:
                try:
                    item = self._loop.run_until_complete(items.__anext__())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            self._loop.run_until_complete(items.aclose())  # type: ignore[attr-defined]


def make_blocking(loop: asyncio.AbstractEventLoop, *arguments: Any, **options: Any) -> Client:
    return cast(Client, Blocking(AsyncClient(*arguments, **options), loop))
