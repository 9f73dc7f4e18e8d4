"""What can be submitted, as bodies of requests. Nothing is held in memory that the caller does not hold."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Iterator, Mapping
from typing import IO, Any, Callable, Union, cast

#: Lines without their line ends, or pieces of a file.
Parts = Union[Iterable[str], Iterable[bytes]]
AsyncParts = Union[AsyncIterable[str], AsyncIterable[bytes]]
File = Union[IO[bytes], IO[str]]
SubmitSource = Union[str, bytes, "os.PathLike[str]", File, Parts, Callable[[], Union[Parts, File]]]
AsyncSubmitSource = Union[
    str, bytes, "os.PathLike[str]", File, Parts, AsyncParts, Callable[[], Union[Parts, File, AsyncParts]]
]

#: Bytes of lines that are sent together, and of a file that are read together.
block_bytes = 64 * 1024


class Source:
    """One input, for all tries of its upload."""

    def __init__(self, source: AsyncSubmitSource) -> None:
        self._open, self._repeatable = _to_opener(source)
        self._started = False
        #: The error of reading the input: a fault of the caller, for which no connection is to blame.
        self.failure: Exception | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can still be sent as a whole."""
        return self._repeatable or not self._started

    def blocks(self) -> Iterator[bytes]:
        """The body of one try, for the synchronous client."""
        try:
            parts = self._begin()
            if isinstance(parts, AsyncIterable):
                raise TypeError("an asynchronous source needs the AsyncClient")
            yield from _to_blocks(parts)
        except Exception as error:
            self.failure = error
            raise

    async def async_blocks(self) -> AsyncIterator[bytes]:
        """The body of one try, for the asynchronous client."""
        try:
            parts = self._begin()
            if isinstance(parts, AsyncIterable):
                blocks = _Blocks()
                async for part in parts:
                    for block in blocks.add(part):
                        yield block
                for block in blocks.end():
                    yield block
            elif isinstance(parts, _File):
                # A disk may take its time, and the event loop has other things to do.
                pieces = iter(parts)
                while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                    yield piece
            else:
                for block in _to_blocks(parts):
                    yield block
        except Exception as error:
            self.failure = error
            raise

    def _begin(self) -> Any:
        if not self.repeatable:
            raise ValueError("the source can be read only once")
        self._started = True
        return self._open()


class Body:
    """For ``httpx.Client``. Not an iterator itself, because a redirect reads it again."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self._source.blocks()


class AsyncBody:
    """For ``httpx.AsyncClient``."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._source.async_blocks()


class _File:
    """The pieces of a file. One that is opened here is closed at its end."""

    def __init__(self, open_file: Callable[[], Any], owned: bool) -> None:
        self._open = open_file
        self._owned = owned

    def __iter__(self) -> Iterator[bytes]:
        file = self._open()
        try:
            while piece := file.read(block_bytes):
                yield piece.encode() if isinstance(piece, str) else piece
        finally:
            if self._owned:
                file.close()


def _to_opener(source: Any) -> tuple[Callable[[], Any], bool]:
    """What gives the parts of one try, and whether it does so more than once."""
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        return lambda: (content,), True
    if isinstance(source, os.PathLike):
        path = cast("os.PathLike[str]", source)
        return lambda: _File(lambda: open(path, "rb"), owned=True), True
    if hasattr(source, "read"):
        return _file_opener(source)
    if isinstance(source, Mapping):
        raise TypeError("a mapping is no list of operations: submit its keys or its values")
    if isinstance(source, (Iterable, AsyncIterable)):
        # What knows its length and what it contains holds its elements, and gives them again.
        return lambda: source, isinstance(source, Collection)
    if callable(source):
        return lambda: _of_function(source()), True
    raise TypeError(f"{type(source).__name__} cannot be submitted")


def _of_function(made: Any) -> Any:
    return _File(lambda: made, owned=True) if hasattr(made, "read") else made


def _file_opener(file: Any) -> tuple[Callable[[], Any], bool]:
    if not (hasattr(file, "seekable") and file.seekable()):
        return lambda: _File(lambda: file, owned=False), False
    start = file.tell()

    def rewind() -> Any:
        file.seek(start)
        return file

    return lambda: _File(rewind, owned=False), True


class _Blocks:
    """Joins lines to blocks; pieces of a file stay as they are."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._characters = 0

    def add(self, part: str | bytes) -> Iterable[bytes]:
        if not isinstance(part, str):
            return (*self.end(), _to_piece(part))
        self._lines.append(_checked(part))
        self._characters += len(part) + 1
        return () if self._characters < block_bytes else self.end()

    def end(self) -> Iterable[bytes]:
        if not self._lines:
            return ()
        block = "\n".join(self._lines) + "\n"
        self._lines, self._characters = [], 0
        return (block.encode(),)


def _to_blocks(parts: Parts) -> Iterator[bytes]:
    blocks = _Blocks()
    for part in parts:
        yield from blocks.add(part)
    yield from blocks.end()


def _to_piece(part: bytes | bytearray | memoryview) -> bytes:
    if not isinstance(part, (bytes, bytearray, memoryview)):
        raise TypeError(f"an operation is a str, and not of type {type(part).__name__}")
    return bytes(part)


def _checked(text: str) -> str:
    """A line end within an operation would shift the numbers of all lines after it."""
    if "\n" in text or "\r" in text:
        raise ValueError(f"an operation contains a line end: {text[:80]!r}")
    return text
