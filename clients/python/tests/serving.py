"""Real servers of Mathmill, each in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

root = Path(__file__).resolve().parents[3]
#: The Node that was installed with the project, else that of the PATH.
node = next((str(path) for path in [root / "node_modules/.bin/node"] if path.exists()), "node")


class Server:
    """``mathmill serve`` on a data folder, at the same address after each start."""

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.url = ""
        self._data = data
        self._environment = {"HTTP_PORT": str(find_free_port()), **(environment or {})}
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        process = subprocess.Popen(
            [node, "bin/mathmill.mjs", "serve"],
            cwd=root,
            env={"PATH": os.environ["PATH"], "LOG_LEVEL": "warn", "DATA_DIR": str(self._data), **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._process = process
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if (serving := re.search(r"serves at (http:\S+)", line)) is not None:
                self.url = serving[1]
                # A pipe that is not read would stop the server.
                self._reader = threading.Thread(target=process.stdout.read, daemon=True)
                self._reader.start()
                return
        raise AssertionError(f"the server ended before it served:\n{output}")

    def kill(self) -> None:
        """``kill -9``; returns when the process is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.kill()
        self.start()

    def create_token(self, role: str) -> str:
        arguments = ["token", "create", "--role", role, "--name", role, "--data-dir", str(self._data)]
        created = subprocess.run(
            [node, "bin/mathmill.mjs", *arguments], cwd=root, capture_output=True, text=True, check=True
        )
        return created.stdout.strip()

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait()
        # The pipe ends when all processes of the server are gone.
        if self._reader is not None and self._process.stdout is not None:
            self._reader.join()
            self._process.stdout.close()
        self._process = self._reader = None


@contextmanager
def make_folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="mathmill-python-")
    try:
        yield folder
    finally:
        # A server that was killed may have processes of its own for a moment, which still write.
        shutil.rmtree(folder, ignore_errors=True)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
