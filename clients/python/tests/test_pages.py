"""The examples of the pages run, and write what the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from serving import Server, root

pages = ("clients/python/README.md", "docs/python.md")
source = Path(__file__).parents[1] / "src"


def examples() -> list[tuple[str, str, str]]:
    """Each example with its page and with the block of text after it; one without such a block writes nothing."""
    found = []
    for page in pages:
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", (root / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
        for (kind, code), (next_kind, output) in zip(blocks, [*blocks[1:], ("", "")]):
            if kind == "python":
                found.append((page, code, output if next_kind == "text" else ""))
    return found


@pytest.mark.parametrize(("page", "code", "output"), examples())
def test_example(server: Server, page: str, code: str, output: str) -> None:
    assert page in pages
    environment = {**os.environ, "MATHMILL_URL": server.url, "PYTHONPATH": str(source), "PYTHONIOENCODING": "utf-8"}
    program = code.replace("http://127.0.0.1:8080", server.url)
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert (result.stdout, result.stderr) == (output, "")


def test_there_are_examples() -> None:
    assert len(examples()) >= 8
