"""The built book, and a browser for the tests: headless Chromium, with no network.

Chromium is the one of ``CIF_CHROMIUM``, or the machine's, or, where the test may install
packages, Debian's. Python in the page comes from ``CIF_PYODIDE_DIR``, by default
``../shared/pyodide`` beside the repository where that exists.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import book, pdf
from tools.files import ROOT

# Chromium takes the fonts of a folder from the style sheet, but refuses to fetch them ahead of it.
NOT_OURS = re.compile(r"file:\S+\.woff2")
TELL = """document.addEventListener("securitypolicyviolation", event =>
    console.error(`against the policy: ${event.violatedDirective} ${event.blockedURI}`))"""


def missing(what: str) -> Any:
    """A failure where everything must be there, a skip elsewhere."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(what)
    pytest.skip(what)


def installed() -> str:
    """Path of the browser."""
    if not pdf.chromium() and shutil.which("apt-get") and os.geteuid() == 0:
        for command in ("update", "install -y --no-install-recommends chromium"):
            subprocess.run(["apt-get", *command.split()], capture_output=True, check=False)
    return pdf.chromium() or str(missing("no Chromium: install one, or name it in CIF_CHROMIUM"))


@pytest.fixture(scope="session")
def html() -> Path:
    """Folder of the book, which make builds with every warning an error if it is due."""
    done = subprocess.run(["make", "book"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return book.HTML


@pytest.fixture(scope="session")
def names(html: Path) -> list[str]:
    """The pages of the book."""
    found = [p for p in html.rglob("*.html") if not {"_static", "_modules"} & set(p.parts)]
    return sorted(str(path.relative_to(html)) for path in found if path.name != "index.html")


@pytest.fixture(scope="session")
def pyodide() -> Path:
    """Folder that holds Pyodide and numpy for it."""
    beside = ROOT.parent / "shared" / "pyodide"
    folder = Path(os.environ.get("CIF_PYODIDE_DIR", beside))
    if not (folder / "pyodide.mjs").exists():
        missing(f"no Pyodide in {folder}: name its folder in CIF_PYODIDE_DIR")
    return folder


@pytest.fixture(scope="module")  # its event loop would be in the way of notebooks
def chromium(html: Path) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=installed(), args=["--no-sandbox", alone]
        )
        yield opened
        opened.close()


class Watched:
    """A page that keeps what it asked for and what went wrong on it."""

    def __init__(self, chromium: Any, site: str, **options: Any) -> None:
        self.site = site
        self.context = chromium.new_context(**options)
        self.allowed = (site, "file:", "data:", "blob:")
        self.asked: list[str] = []
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", self._request)
        self.context.add_init_script(TELL)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _request(self, request: Any) -> None:
        self.asked.append(request.url)
        if not request.url.startswith(self.allowed):
            self.outside.append(request.url)

    def _console(self, message: Any) -> None:
        text = f"{message.text} ({message.location['url']})"
        if message.type == "error" and not NOT_OURS.search(text):
            self.errors.append(text)

    def open(self, name: str) -> Any:
        """The page, its fonts loaded."""
        self.page.goto(self.site + name if "://" not in name else name, wait_until="load")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page


@pytest.fixture
def watch(chromium: Any, html: Path) -> Iterator[Callable[..., Watched]]:
    """Start watching: options of a new reader's browser -> `Watched`."""
    opened: list[Watched] = []
    with book.server(html, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def start(**options: Any) -> Watched:
            address = f"http://127.0.0.1:{server.server_port}/"
            opened.append(Watched(chromium, address, **options))
            return opened[-1]

        yield start
        for one in opened:
            one.context.close()
        server.shutdown()
        thread.join()
