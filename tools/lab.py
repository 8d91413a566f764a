"""Open every chapter in JupyterLab, run all of its cells there, and move a scene.

The locked packages and the newest JupyterLab are installed into ``_build/lab``; a server on the
loopback interface shows a copy of the repository, and headless Chromium is its reader. What
came out is kept in ``book/data/lab.json``.

    python -m tools.lab
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Error, Page, sync_playwright

from tools import chapters, environment
from tools.chromium import chromium
from tools.files import BUILD, ROOT, one_at_a_time, write_atomically
from tools.fresh import copy_repository, fresh, install, variables

HOME = BUILD / "lab"
COPY = HOME / "repository"
RECORD = ROOT / "book" / "data" / "lab.json"
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
def server(python: Path) -> Iterator[tuple[str, str]]:
    """A Jupyter server for the copy; gives its address and the token it asks for."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_urlsafe()
    address = f"http://127.0.0.1:{port}/"
    own = variables(
        python,
        JUPYTER_TOKEN=token,
        JUPYTER_RUNTIME_DIR=str(HOME / "runtime"),
        JUPYTER_CONFIG_DIR=str(HOME / "config"),
        JUPYTERLAB_WORKSPACES_DIR=str(HOME / "workspaces"),
        CIF_CHECK_DATA="1",
    )
    command = [str(python), "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={COPY}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with open(HOME / "server.log", "w", encoding="utf-8") as log:
        started = subprocess.Popen(command, env=own, stdout=log, stderr=log)
        try:
            _wait(f"{address}api/status?token={token}", started)
            yield address, token
        finally:
            started.terminate()
            started.wait(timeout=30)


def _wait(address: str, started: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if started.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise RuntimeError(f"no Jupyter server: see {HOME / 'server.log'}")


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


def chapter(page: Page, address: str, token: str, name: str) -> list[str]:
    """Open one chapter and run it; give what went wrong."""
    written = nbformat.read(COPY / "book" / f"{name}.ipynb", as_version=4).cells
    count = open_notebook(page, address, token, name)
    found = trouble(page)
    if count != len(written):
        found.append(f"shows {count} cells of {len(written)}")
    run_all(page)
    found += trouble(page)
    code = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in written)
    ran = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    if [text.strip() for text in ran] != [f"[{n}]:" for n in range(1, code + 1)]:
        found.append(f"its cells are numbered {ran}")
    return found


def scene(page: Page, address: str, token: str) -> list[str]:
    """Call `explore` in a new notebook and move its first slider; give what went wrong."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(SCENE)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, COPY / "book" / "scene.ipynb")
    open_notebook(page, address, token, "scene")
    run_all(page)
    picture = page.locator(".jp-OutputArea .jp-OutputArea .jp-RenderedSVG img")
    picture.wait_for()
    before = picture.get_attribute("src")
    readout = page.locator(".widget-readout").first
    said = readout.inner_text()
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('.widget-readout').innerText !== {said!r}")
    for _ in range(100):
        if picture.count() == 1 and picture.get_attribute("src") != before:
            return trouble(page)
        page.wait_for_timeout(100)
    return [*trouble(page), "the slider moved, and the figure did not change"]


@one_at_a_time("lab")
def main() -> int:
    browser = chromium()
    if browser is None:
        raise FileNotFoundError("no Chromium: install one, or name it in CIF_CHROMIUM")
    python = fresh("lab/environment", f"{sys.version_info.major}.{sys.version_info.minor}")
    environment.install(python)
    environment.install_itself(python)
    install(python, "jupyterlab")
    overrides = python.parent.parent / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    write_atomically(overrides, json.dumps(SETTINGS))
    copy_repository(COPY)
    with server(python) as (address, token), sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = opened.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(PATIENCE)
        context.route("**", lambda route: _only(route, address))
        found = {}
        for name in [*(source.stem for source in chapters.sources()), "explore"]:
            page = context.new_page()
            try:
                if name == "explore":
                    found[name] = scene(page, address, token)
                else:
                    found[name] = chapter(page, address, token, name)
            except Error as error:
                found[name] = [*trouble(page), error.message]
            print(f"{name}: {found[name] or 'good'}", flush=True)
            page.close()
        opened.close()
    code = "from importlib.metadata import version; print(version('jupyterlab'))"
    said = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    record: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "jupyterlab": said.stdout.strip(),
        "trouble": found,
    }
    write_atomically(RECORD, json.dumps(record, indent=1) + "\n")
    return int(any(found.values()))


def _only(route: Any, address: str) -> None:
    route.continue_() if route.request.url.startswith(address) else route.abort()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (FileNotFoundError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
