"""Bodies that are read while they arrive."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any


class LineReader:
    """Cuts lines. The last one counts only if it has its end: a connection that breaks cuts lines."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, chunk: bytes) -> Sequence[bytes]:
        # Joining the rest with each chunk of a very long line would copy it again and again; lines have up to 1 MiB.
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines


class EventReader:
    """Server-sent events, each with its data, which is JSON."""

    def __init__(self) -> None:
        self._lines = LineReader()
        self._event = ""
        self._data: list[str] = []

    def take(self, chunk: bytes) -> Iterator[tuple[str, Any]]:
        for line in self._lines.take(chunk):
            name, _, value = line.rstrip(b"\r").decode().partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "event":
                self._event = value
            elif name == "data":
                self._data.append(value)
            elif name == "" and value == "" and self._data:
                yield self._event, json.loads("\n".join(self._data))
                self._event, self._data = "", []
