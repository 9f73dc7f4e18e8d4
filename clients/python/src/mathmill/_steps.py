"""
Each call is written once, as a generator of steps that need input and output; it waits at each step for the outcome.
The two functions at the end of ``_sync.py`` and ``_async.py`` take the steps. So both clients have the same logic,
and no call exists twice.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, Union, cast

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """The name is that of a method of ``Exchange`` and ``AsyncExchange``."""

    name: Literal["token", "send", "read", "chunk", "sleep"]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Emit(Generic[T]):
    """Elements of an iterator for the caller, who takes all of them before the next step."""

    items: Sequence[T]


#: Of a call with a value, and of a call that is an iterator.
Steps = Generator[Step, Any, T]
Stream = Generator[Union[Step, Emit[T]], Any, None]


def ask_token() -> Steps[str | None]:
    return cast("str | None", (yield Step("token")))


def send(request: httpx.Request) -> Steps[httpx.Response]:
    """The response with its headers; its body is read by the following steps. Closes the response before."""
    return cast(httpx.Response, (yield Step("send", (request,))))


def read() -> Steps[bytes]:
    """The whole body of the response."""
    return cast(bytes, (yield Step("read")))


def read_chunk() -> Steps[bytes | None]:
    """What has arrived of the body of the response; None: it has ended."""
    return cast("bytes | None", (yield Step("chunk")))


def sleep(seconds: float) -> Steps[None]:
    yield Step("sleep", (seconds,))
