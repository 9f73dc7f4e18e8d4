"""Submits a million lines from a generator and reads the results; writes how many, and the growth of memory in MiB."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Iterator

from mathmill import AsyncClient, Client

lines = 1_000_000


def numbered(count: int) -> Iterator[str]:
    return (f"{line} / 4" for line in range(count))


async def numbered_async() -> AsyncIterator[str]:
    for line in numbered(lines):
        yield line


def use_sync(url: str) -> int:
    with Client(url) as client:
        client.wait(client.submit(numbered(1_000)))
        begin = peak_mib()
        job = client.submit(numbered(lines))
        count = sum(1 for _ in client.results(job))
    print(count, peak_mib() - begin)
    return count


async def use_async(url: str) -> None:
    async with AsyncClient(url) as client:
        await client.wait(await client.submit(numbered(1_000)))
        begin = peak_mib()
        job = await client.submit(numbered_async())
        count = 0
        async for _ in client.results(job):
            count += 1
    print(count, peak_mib() - begin)


def peak_mib() -> int:
    """The most memory that the process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In bytes on macOS, else in KiB.
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


if sys.argv[2] == "sync":
    use_sync(sys.argv[1])
else:
    asyncio.run(use_async(sys.argv[1]))
