"""A server that is killed and started again while the client works, and a million lines in flat memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from both import MakeClient
from mathmill import Client, Job, Operation
from serving import Server, make_folder


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server that tests kill."""
    with make_folder() as folder:
        server = Server(Path(folder))
        server.start()
        yield server
        server.stop()


def numbered(count: int) -> Iterator[str]:
    return (f"{line} / 4" for line in range(1, count + 1))


def check_numbered(operations: Iterator[Operation], count: int) -> None:
    """Each line has come once, in order, with its result."""
    line = 0
    for operation in operations:
        line += 1
        assert operation.line == line
        assert operation.text == f"{line / 4:.2f}".rstrip("0").rstrip(".")
    assert line == count


def test_in_the_middle_of_an_upload_there_is_one_job_with_all_lines(mortal: Server, make_client: MakeClient) -> None:
    lines, tries = 200_000, 0

    def slowly() -> Iterator[str]:
        nonlocal tries
        tries += 1
        for line, operation in enumerate(numbered(lines)):
            if tries == 1 and line == lines // 2:
                mortal.restart()
            yield operation

    client = make_client(mortal.url)
    before = sum(1 for _ in client.jobs())
    job = client.submit(slowly, name="killed")
    assert job.operations == lines
    assert tries >= 2
    assert sum(1 for _ in client.jobs()) == before + 1
    check_numbered(client.results(job), lines)


def test_while_a_job_is_followed_waited_for_and_read(mortal: Server, make_client: MakeClient) -> None:
    lines = 300_000
    client = make_client(mortal.url)
    job = client.submit(lambda: numbered(lines))
    with ThreadPoolExecutor() as threads:
        # Each thread has a client of its own: an event loop is of one thread.
        waited = threads.submit(wait, mortal.url, job)
        restarted = threads.submit(mortal.restart)
        states = list(client.follow(job))
        restarted.result()
        assert (waited.result().status, waited.result().succeeded) == ("Completed", lines)
    assert (states[-1].status, states[-1].succeeded) == ("Completed", lines)
    check_numbered(kill_at(mortal, client.results(job), lines // 2), lines)


def wait(url: str, job: Job) -> Job:
    with Client(url) as client:
        return client.wait(job)


def kill_at(server: Server, operations: Generator[Operation, None, None], line: int) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if operation.line == line:
            server.restart()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_million_lines_in_flat_memory(server: Server, kind: str) -> None:
    program = Path(__file__).with_name("million.py")
    source = str(Path(__file__).parents[1] / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    arguments = [sys.executable, str(program), server.url, kind]
    output = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout
    count, grown_mib = output.split()
    assert int(count) == 1_000_000
    # The list of the lines alone would have more than 60 MiB, that of the results more than 400.
    assert int(grown_mib) < 24
