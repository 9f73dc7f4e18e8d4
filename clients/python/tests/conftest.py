from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from both import MakeClient, make_blocking
from mathmill import Client
from serving import Server, make_folder


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MATHMILL_URL", "MATHMILL_TOKEN", "MATHMILL_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with make_folder() as folder:
        server = Server(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def guarded() -> Iterator[Server]:
    """A server that requires tokens."""
    with make_folder() as folder:
        server = Server(Path(folder), {"AUTHENTICATION": "tokens"})
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes a client of either kind; closes it after the test."""
    made: list[Client] = []
    loop = asyncio.new_event_loop()
    make = Client if request.param == "sync" else partial(make_blocking, loop)

    def make_noted(*arguments: Any, **options: Any) -> Client:
        client = make(*arguments, **options)
        made.append(client)
        return client

    yield make_noted
    for client in made:
        client.close()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture
def client(server: Server, make_client: MakeClient) -> Client:
    return make_client(server.url)
