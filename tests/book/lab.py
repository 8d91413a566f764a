"""Read every chapter in JupyterLab, run all of its cells there, and move a scene.

A server on the loopback interface shows the repository, and headless Chromium is its reader, who
at first trusts no notebook: ``.venv/bin/nox -s lab``, or, where JupyterLab is installed,
``python -m tests.book.lab``.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Error, Page, sync_playwright

from tests.book.conftest import installed
from tests.book.test_notebooks import RAW
from tools import chapters
from tools.files import ROOT

PATIENCE = 180_000  # milliseconds, for the slowest chapter on a busy machine
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # else cells out of sight are not in the page
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
PANEL = "window.jupyterapp?.shell.currentWidget"
SCENE = 'from cifcore.book.scenes.widgets import explore\n\nexplore("force")'
TROUBLE = (
    ".jp-Notebook .jp-RenderedText[data-mime-type='application/vnd.jupyter.error'],"
    ".jp-Notebook .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'],"
    ".jp-Dialog"
)


@contextmanager
def server(home: Path) -> Iterator[tuple[str, str]]:
    """A Jupyter server for a copy of the book; gives its address and the token it asks for."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_urlsafe()
    address = f"http://127.0.0.1:{port}/"
    (home / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    own = {"JUPYTER_TOKEN": token, "CIF_CHECK_DATA": "1"}
    for name in ("RUNTIME_DIR", "CONFIG_DIR", "DATA_DIR"):
        own[f"JUPYTER_{name}"] = str(home / name)
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={home / 'copy'}"]
    command += [f"--LabApp.app_settings_dir={home}", "--LabApp.expose_app_in_browser=True"]
    command += [f"--LabApp.workspaces_dir={home / 'workspaces'}"]
    with open(home / "server.log", "w", encoding="utf-8") as log:
        started = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        try:
            _wait(f"{address}api/status?token={token}", started, home / "server.log")
            yield address, token
        finally:
            started.terminate()
            started.wait(timeout=30)


def _wait(address: str, started: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if started.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise RuntimeError(f"no Jupyter server: {log.read_text()[-2000:]}")


def open_notebook(page: Page, address: str, token: str, name: str) -> int:
    """Show a notebook of the book and wait for its kernel; give the number of its cells."""
    # a workspace of its own, so that nothing else is open
    page.goto(f"{address}lab/workspaces/{name}/tree/book/{name}.ipynb?token={token}")
    page.wait_for_function(f"{PANEL}?.sessionContext?.session?.kernel?.status === 'idle'")
    page.wait_for_function(f"{PANEL}.content.widgets.every(cell => cell.isAttached)")
    return page.locator(".jp-Notebook .jp-Cell").count()


def run_all(page: Page) -> None:
    """Run every cell of the notebook in front."""
    page.evaluate(
        "jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.ran = true })"
        " && undefined"
    )
    page.wait_for_function("window.ran")


def trouble(page: Page) -> list[str]:
    """Errors, warnings and dialogs that the reader sees."""
    return [text.strip()[:500] for text in page.locator(TROUBLE).all_inner_texts()]


def unread(page: Page, cells: list[nbformat.NotebookNode]) -> list[str]:
    """What does not read like the page, before anything is run."""
    page.wait_for_function("!document.querySelector('.jp-RenderedMarkdown:empty')")
    page.wait_for_timeout(2000)  # formulas are set after the text is there
    seen = "\n".join(page.locator(".jp-RenderedMarkdown").all_inner_texts())
    found = [f"raw text: {each}" for each in RAW.findall(seen)]
    wrong = page.locator(".jp-Notebook mjx-merror, .jp-Notebook [data-mjx-error]")
    found += [f"formula not set: {text}" for text in wrong.all_inner_texts()]
    code = [cell for cell in cells if cell.cell_type == "code"]
    wanted = {
        "pictures": sum("image/png" in o.get("data", {}) for c in code for o in c.outputs),
        "folded cells": sum("source_hidden" in c.metadata.get("jupyter", {}) for c in code),
        "numbered equations": sum(c.source.count("\\tag{") for c in cells),
    }
    there = {
        "pictures": page.evaluate(
            "[...document.querySelectorAll('.jp-OutputArea img')]"
            ".filter(image => image.complete && image.naturalWidth > 200).length"
        ),
        "folded cells": page.locator(".jp-CodeCell .jp-InputPlaceholder").count(),
        "numbered equations": page.locator(".jp-RenderedMarkdown mjx-mlabeledtr").count(),
    }
    return found + [f"{there[k]} {k} of {wanted[k]}" for k in wanted if there[k] != wanted[k]]


def chapter(page: Page, address: str, token: str, name: str) -> list[str]:
    """Open one chapter and run it; give what went wrong."""
    written = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4).cells
    count = open_notebook(page, address, token, name)
    found = trouble(page) + unread(page, written)
    if count != len(written):
        found.append(f"shows {count} cells of {len(written)}")
    run_all(page)
    found += trouble(page)
    code = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in written)
    ran = page.evaluate(
        f"{PANEL}.content.widgets.filter(cell => cell.model.type === 'code')"
        ".map(cell => cell.model.executionCount)"
    )
    if ran != list(range(1, code + 1)):
        found.append(f"its cells are numbered {ran}")
    return found


def scene(page: Page, address: str, token: str, book: Path) -> list[str]:
    """Call `explore` in a new notebook and move its first slider; give what went wrong."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(SCENE)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, book / "scene.ipynb")
    open_notebook(page, address, token, "scene")
    run_all(page)
    picture = page.locator(".jp-OutputArea .jp-OutputArea .jp-RenderedSVG img")
    picture.wait_for()
    before = picture.get_attribute("src")
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(100):
        if picture.count() == 1 and picture.get_attribute("src") != before:
            return trouble(page)
        page.wait_for_timeout(100)
    return [*trouble(page), "the slider moved, and the figure did not change"]


def main(names: list[str]) -> int:
    bad = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        listed = subprocess.check_output(["git", "archive", "HEAD"], cwd=ROOT)
        (home / "copy").mkdir()
        subprocess.run(["tar", "-x", "-C", str(home / "copy")], input=listed, check=True)
        opened = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        context = opened.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(PATIENCE)
        with server(home) as (address, token):
            context.route(re.compile(f"^(?!{address})"), lambda route: route.abort())
            for name in names or [*(source.stem for source in chapters.sources()), "explore"]:
                page = context.new_page()
                try:
                    if name == "explore":
                        found = scene(page, address, token, home / "copy" / "book")
                    else:
                        found = chapter(page, address, token, name)
                except Error as error:
                    found = [*trouble(page), error.message]
                print(f"{name}: {found or 'good'}", flush=True)
                bad |= bool(found)
                page.close()
        opened.close()
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
