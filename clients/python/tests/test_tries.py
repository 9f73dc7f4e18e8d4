"""Tokens and tries, with small servers in place of Mathmill and with real ones that require tokens."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from both import MakeClient
from mathmill import (
    ApiError,
    AsyncClient,
    Client,
    ForbiddenRoleError,
    IncompleteResultsError,
    JobNotFoundError,
    UnauthenticatedError,
    UnreachableError,
)
from serving import Server, find_free_port

Answer = Callable[[BaseHTTPRequestHandler], None]
job_document = (
    b'{"id":"a","status":"Completed","mode":"decimal","precision":34,"operations":3,"completed":3,"succeeded":3,'
    b'"failed":0,"cancelled":0,"error_counts":{},"engine":["3"],"created_at":"2026-12-01T00:00:00.000Z"}'
)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_all(self) -> None:
            self.body = b""
            if "chunked" in self.headers.get("transfer-encoding", ""):
                while size := int(self.rfile.readline(), 16):
                    self.body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answer(self)

        do_GET = do_HEAD = do_POST = do_DELETE = handle_all

        def log_message(self, *_: object) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def respond(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"content_type": "application/json", "content_length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


class Noting:
    """Notes the header of each request. The first responses have the given statuses."""

    def __init__(self, *statuses: int, **headers: str) -> None:
        self.seen: list[str | None] = []
        self.statuses = list(statuses)
        self.headers = headers

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.seen.append(handler.headers.get("authorization"))
        status = self.statuses.pop(0) if self.statuses else 200
        body = b'{"total":0,"items":[],"id":"a","status":"InProgress","created_operations":1,"mode":"decimal"}'
        respond(handler, body, status, **self.headers)


def list_jobs(client: Client) -> None:
    assert list(client.jobs()) == []


class TestToken:
    def test_is_sent_with_each_request(self, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
        noting = Noting()
        with serving(noting) as url:
            list_jobs(make_client(url, "mm_a"))
            make_client(url, token="mm_a").submit(["1"])
            list_jobs(make_client(url))
            list_jobs(make_client(url, "mm_b", headers={"authorization": "Basic YTpi"}))
            list_jobs(make_client(url.replace("//", "//a:b@")))
            monkeypatch.setenv("MATHMILL_URL", url)
            monkeypatch.setenv("MATHMILL_TOKEN", "mm_c")
            list_jobs(make_client())
        expected = ["Bearer mm_a", "Bearer mm_a", "Bearer mm_a", None, "Bearer mm_b", "Basic YTpi", "Bearer mm_c"]
        assert noting.seen == expected

    def test_comes_from_a_file_that_may_change(
        self, make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "token"
        path.write_text("mm_a\n")
        monkeypatch.setenv("MATHMILL_TOKEN_FILE", str(path))
        noting = Noting()
        with serving(noting) as url:
            client = make_client(url)
            list_jobs(client)
            path.write_text("mm_b\n")
            list_jobs(client)
            path.unlink()
            with pytest.raises(FileNotFoundError):
                list_jobs(client)
        assert noting.seen == ["Bearer mm_a", "Bearer mm_b"]
        monkeypatch.setenv("MATHMILL_TOKEN", "mm_c")
        with pytest.raises(ValueError, match="are both set"):
            make_client(url)

    def test_comes_from_a_function_called_for_each_try(self, make_client: MakeClient) -> None:
        noting = Noting(503, 429, retry_after="0")
        tokens = iter(["mm_1", "mm_2", "mm_3"])
        with serving(noting) as url:
            list_jobs(make_client(url, lambda: next(tokens)))
        assert noting.seen == ["Bearer mm_1", "Bearer mm_2", "Bearer mm_3"]

    def test_comes_from_an_async_function(self) -> None:
        noting = Noting()

        async def renew() -> str:
            await asyncio.sleep(0)
            return "mm_a"

        async def use(url: str) -> None:
            async with AsyncClient(url, renew) as client:
                assert [job async for job in client.jobs()] == []

        with serving(noting) as url:
            asyncio.run(use(url))
        assert noting.seen == ["Bearer mm_a"]

    def test_is_not_sent_to_another_host_that_a_response_redirects_to(self, make_client: MakeClient) -> None:
        noting = Noting()
        with serving(noting) as other:
            # Another name of the same machine.
            target = other.replace("127.0.0.1", "localhost")

            def redirect(handler: BaseHTTPRequestHandler) -> None:
                respond(handler, b"", 307, location=f"{target}{handler.path}")

            with serving(redirect) as url:
                client = make_client(url, "mm_a")
                list_jobs(client)
                client.submit(["1"])
                with pytest.raises(ApiError, match="HTTP_307"):
                    client.submit(iter(["1"]))
        assert noting.seen == [None, None, None]

    @pytest.mark.parametrize("token", ["", "mm_a\n", "mm a", "mm_é"])
    def test_that_no_header_can_hold_ends_the_call(self, make_client: MakeClient, token: str) -> None:
        noting = Noting()
        with (
            serving(noting) as url,
            pytest.raises(ValueError, match="must be ASCII characters without spaces") as caught,
        ):
            list_jobs(make_client(url, lambda: token))
        assert noting.seen == []
        assert "mm_" not in str(caught.value)

    def test_of_a_real_server(self, guarded: Server, make_client: MakeClient) -> None:
        anonymous = make_client(guarded.url)
        reader = make_client(guarded.url, guarded.create_token("reader"))
        submitter = make_client(guarded.url, guarded.create_token("submitter"))
        with pytest.raises(UnauthenticatedError):
            anonymous.evaluate("1")
        with pytest.raises(UnauthenticatedError):
            anonymous.submit(iter(["1"]))
        assert reader.evaluate("1 + 1")[0].value == 2
        with pytest.raises(ForbiddenRoleError, match="submitter"):
            reader.submit(["1"])
        job = submitter.submit(["1 + 1"])
        assert [one.text for one in reader.results(job.id)] == ["2"]
        with pytest.raises(ForbiddenRoleError):
            reader.delete(job)


calls: dict[str, Callable[[Client], Any]] = {
    "jobs": lambda client: list(client.jobs()),
    "submit": lambda client: client.submit(["1"]),
    "wait": lambda client: client.wait("a"),
    "follow": lambda client: list(client.follow("a")),
    "results": lambda client: list(client.results("a")),
    "delete": lambda client: client.delete("a"),
    "evaluate": lambda client: client.evaluate("1"),
    "repair": lambda client: client.repair("a", {1: "1"}),
    "cancel": lambda client: client.cancel("a"),
}


class TestRejections:
    @pytest.mark.parametrize("call", calls)
    def test_have_their_class_and_are_not_tried_again(self, make_client: MakeClient, call: str) -> None:
        rejections: list[tuple[int, str, type[ApiError]]] = [
            (401, "UNAUTHENTICATED", UnauthenticatedError),
            (403, "FORBIDDEN_ROLE", ForbiddenRoleError),
        ]
        for status, code, kind in rejections:
            requests: list[str] = []

            def reject(handler: BaseHTTPRequestHandler, status: int = status, code: str = code) -> None:
                requests.append(handler.path)  # noqa: B023
                respond(handler, f'{{"status":{status},"code":"{code}","detail":"No."}}'.encode(), status)

            with serving(reject) as url, pytest.raises(kind) as caught:
                calls[call](make_client(url, "mm_secret"))
            assert (caught.value.status, caught.value.code, caught.value.detail) == (status, code, "No.")
            assert "secret" not in str(caught.value)
            assert len(requests) == 1
            copy = pickle.loads(pickle.dumps(caught.value))
            assert (type(copy), copy.code, copy.problem) == (kind, code, caught.value.problem)

    def test_come_from_something_else_than_mathmill_too(self, make_client: MakeClient) -> None:
        hello = serving(lambda handler: respond(handler, b"hello"))
        with hello as url, pytest.raises(ApiError, match="may not be a Mathmill server"):
            list_jobs(make_client(url))
        with serving(lambda handler: respond(handler, b"<html>", 500)) as url:
            with pytest.raises(ApiError, match="the server responded with status 500 Internal Server Error") as caught:
                list_jobs(make_client(url))
            assert caught.value.code == "HTTP_500"

    def test_come_from_a_redirect_that_would_make_another_request_of_an_upload(self, make_client: MakeClient) -> None:
        methods: list[str] = []

        def redirect(handler: BaseHTTPRequestHandler) -> None:
            methods.append(handler.command)
            respond(handler, b"", 302, location="/elsewhere")

        with serving(redirect) as url, pytest.raises(ApiError, match="HTTP_302"):
            make_client(url).submit(["1"])
        assert methods == ["POST"]


class TestTries:
    def test_end_after_a_while(self, make_client: MakeClient) -> None:
        nobody = make_client(f"http://127.0.0.1:{find_free_port()}", retry_seconds=0.3)
        with pytest.raises(UnreachableError) as caught:
            list_jobs(nobody)
        assert isinstance(caught.value.__cause__, httpx.ConnectError)
        noting = Noting(*[503] * 50)
        with serving(noting) as url, pytest.raises(UnreachableError) as busy:
            list_jobs(make_client(url, retry_seconds=0.5))
        assert isinstance(busy.value.__cause__, ApiError)
        assert 2 <= len(noting.seen) <= 4

    def test_wait_as_long_as_the_server_says(self, make_client: MakeClient) -> None:
        noting = Noting(503, retry_after="1")
        with serving(noting) as url:
            started = time.monotonic()
            list_jobs(make_client(url))
            assert 1 <= time.monotonic() - started < 3
        dated = Noting(429, retry_after=formatdate(time.time() + 600, usegmt=True))
        with serving(dated) as url, pytest.raises(UnreachableError):
            list_jobs(make_client(url))
        assert len(dated.seen) == 1

    def test_end_with_the_timeout_of_a_wait(self, make_client: MakeClient) -> None:
        nobody = make_client(f"http://127.0.0.1:{find_free_port()}")
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            nobody.wait("a", timeout=0.4)
        assert time.monotonic() - started < 2

        with serving(lambda _: time.sleep(1.5)) as url:
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                make_client(url).wait("a", timeout=0.3)
            assert time.monotonic() - started < 3

    def test_of_a_source_that_can_be_read_once_end_with_its_first_byte(self, make_client: MakeClient) -> None:
        noting = Noting(503, 503)
        read: list[str] = []

        def reading() -> Iterator[str]:
            read.append("1")
            yield "1"

        with serving(noting) as url:
            with pytest.raises(ApiError, match="HTTP_503"):
                make_client(url).submit(reading())
            assert read == ["1"]
            # Nothing of it was read: the server could not be reached.
        with pytest.raises(UnreachableError):
            make_client(url, retry_seconds=0.3).submit(reading())
        assert read == ["1"]

    def test_of_an_upload_have_one_key(self, make_client: MakeClient) -> None:
        seen: list[tuple[str | None, bytes]] = []

        def answer(handler: Any) -> None:
            if handler.command == "GET":
                respond(handler, job_document)
                return
            seen.append((handler.headers.get("idempotency-key"), handler.body))
            if len(seen) == 1:
                # The connection breaks during the response.
                handler.send_response(201)
                handler.send_header("content-length", "100")
                handler.end_headers()
                handler.wfile.write(b"{")
                handler.close_connection = True
            elif len(seen) == 2:
                respond(handler, b'{"code":"IDEMPOTENCY_KEY_IN_USE","detail":"Wait."}', 409, retry_after="0")
            else:
                respond(handler, b'{"id":"a","created_operations":2,"status":"InProgress"}', 201)

        with serving(answer) as url:
            job = make_client(url).submit(lambda: iter(["1", "2"]))
        assert job.id == "a"
        assert len(seen) == 3
        assert len(set(seen)) == 1
        assert seen[0][1] == b"1\n2\n"

    def test_a_job_whose_description_cannot_be_read_is_not_lost(self, make_client: MakeClient) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            if handler.command == "GET":
                respond(handler, b'{"code":"INTERNAL","detail":"No."}', 500)
            else:
                respond(handler, b'{"id":"a","created_operations":2,"status":"InProgress"}', 201)

        with serving(answer) as url:
            job = make_client(url).submit(["1", "2"], mode="bigint")
        assert (job.id, job.operations, job.mode, job.created_at) == ("a", 2, "bigint", None)


class Lines:
    """Results of which each response has a part, over HTTP/1.0: only the announced number tells it from the whole."""

    def __init__(self, *parts: int, count: int, announced: bool = True) -> None:
        self.parts = list(parts)
        self.count = count
        self.announced = announced
        self.requested: list[int] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        url = httpx.URL(handler.path)
        if not url.path.endswith("/results"):
            respond(handler, job_document)
            return
        begin = int(url.params["from"])
        rest = str(self.count - begin + 1)
        if handler.command == "HEAD":
            respond(handler, b"", mathmill_lines=rest)
            return
        self.requested.append(begin)
        part = self.parts.pop(0) if self.parts else 0
        lines = range(begin, min(begin + part, self.count + 1))
        body = b"".join(b'{"id":"%d","request":"1","result":"1"}\n' % line for line in lines)
        handler.send_response(200)
        if self.announced:
            handler.send_header("mathmill-lines", rest)
        handler.end_headers()
        # The connection may break within a line.
        handler.wfile.write(body if begin + part > self.count else body + b'{"id":"9')
        handler.close_connection = True


class TestResults:
    @pytest.mark.parametrize("announced", [True, False])
    def test_continue_until_all_have_come(self, make_client: MakeClient, announced: bool) -> None:
        parts = Lines(2, 0, 1, 9, count=7, announced=announced)
        with serving(parts) as url:
            assert [one.line for one in make_client(url).results("a")] == list(range(1, 8))
        assert parts.requested == [1, 3, 3, 4]

    def test_that_do_not_come_are_an_error(self, make_client: MakeClient) -> None:
        with serving(Lines(2, count=7)) as url:
            results = make_client(url, retry_seconds=0.5).results("a")
            assert [next(results).line, next(results).line] == [1, 2]
            with pytest.raises(IncompleteResultsError, match="before line 3"):
                next(results)

    def test_of_a_job_that_is_deleted_meanwhile_end_with_that_error(self, make_client: MakeClient) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            if handler.command == "HEAD":
                respond(handler, b"", 404)
            elif handler.path.startswith("/api/jobs/a/results"):
                respond(handler, b'{"id":"1","request":"1","result":"1"}\n')
            else:
                respond(handler, job_document)

        with serving(answer) as url, pytest.raises(JobNotFoundError):
            list(make_client(url).results("a"))

    def test_of_a_token_that_is_revoked_meanwhile_end_with_that_error(self, make_client: MakeClient) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            if handler.command == "HEAD":
                respond(handler, b"", 401)
            elif handler.path.startswith("/api/jobs/a/results"):
                respond(handler, b'{"id":"1","request":"1","result":"1"}\n')
            else:
                respond(handler, job_document)

        with serving(answer) as url:
            results = make_client(url, "mm_a").results("a")
            assert next(results).line == 1
            with pytest.raises(UnauthenticatedError):
                next(results)


def test_async_calls_run_at_the_same_time_and_can_be_cancelled(server: Server) -> None:
    async def use() -> None:
        async with AsyncClient(server.url) as client:
            jobs = await asyncio.gather(*(client.submit([f"{number} * 2"]) for number in range(20)))
            finished = await asyncio.gather(*map(client.wait, jobs))
            assert [job.succeeded for job in finished] == [1] * 20
        async with AsyncClient(f"http://127.0.0.1:{find_free_port()}") as nobody:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(nobody.get("a"), 0.3)

    asyncio.run(use())
