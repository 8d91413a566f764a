"""A browser for the tests: headless Chromium, and the built book behind a local server.

Chromium is the one of ``CIF_CHROMIUM``, or the machine's, or, where the test may install
packages, Debian's. Python in the page comes from ``CIF_PYODIDE_DIR``, by default
``../shared/pyodide`` beside the repository where that exists; requests to the public address
are answered from there.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import tools.pdf
from tools.files import ROOT

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def missing(what: str) -> Any:
    """A failure where everything must be there, a skip elsewhere."""
    if IN_CI:
        pytest.fail(what)
    pytest.skip(what)


def chromium() -> str:
    """Path of the browser."""
    if found := tools.pdf.chromium():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], **quiet)  # type: ignore[call-overload]
        if found := tools.pdf.chromium():
            return found
    return str(missing("no Chromium: install one, or name it in CIF_CHROMIUM"))


def pyodide() -> Path:
    """Folder that holds Pyodide and numpy for it."""
    named = os.environ.get("CIF_PYODIDE_DIR")
    folder = Path(named) if named else ROOT.parent / "shared" / "pyodide"
    if not (folder / "pyodide.mjs").exists():
        missing(f"no Pyodide in {folder}: name its folder in CIF_PYODIDE_DIR")
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many files

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on the loopback interface; gives its address."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
