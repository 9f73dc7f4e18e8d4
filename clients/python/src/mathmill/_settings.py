"""
Where the server is and which token it gets: from the arguments, else from the environment, as the ``mathmill``
command does.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Callable
from urllib.parse import unquote

import httpx

default_url = "http://127.0.0.1:8080"


def read_version() -> str:
    try:
        return version("mathmill")
    except PackageNotFoundError:
        return "0"


def read_url(url: str | None) -> tuple[str, Mapping[str, str]]:
    """The address that paths are added to, and the headers for a login that it contains."""
    parsed = httpx.URL(url or os.environ.get("MATHMILL_URL") or default_url)
    if parsed.scheme not in ("http", "https") or parsed.host == "":
        raise ValueError("the URL of the server must begin with http:// or https://")
    login = parsed.userinfo.decode()
    clean = str(parsed.copy_with(username=None, password=None, query=None, fragment=None)).rstrip("/") + "/"
    if login == "":
        return clean, {}
    return clean, {"authorization": f"Basic {base64.b64encode(unquote(login).encode()).decode()}"}


def find_token() -> Callable[[], str] | None:
    """From the environment; None: there is none. A file is read for each try, so that it can be exchanged."""
    token, file = os.environ.get("MATHMILL_TOKEN"), os.environ.get("MATHMILL_TOKEN_FILE")
    if token and file:
        raise ValueError("MATHMILL_TOKEN and MATHMILL_TOKEN_FILE are both set: remove one of them")
    if token:
        return lambda: token
    return (lambda: Path(file).read_text("utf-8").rstrip("\r\n")) if file else None


def read_headers(login: Mapping[str, str], headers: Mapping[str, str] | None) -> Mapping[str, str]:
    """Of all requests, later ones in place of earlier ones whatever their case."""
    together = httpx.Headers({"user-agent": f"mathmill-python/{read_version()}", **login})
    together.update(headers)
    return together
