"""Build the book as HTML, with every warning an error, and show it on this machine.

python -m tools.book build      run by make when something changed
python -m tools.book serve 8000
"""

from __future__ import annotations

import contextlib
import errno
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import chapters, finish
from tools.files import BUILD, ROOT

HTML = BUILD / "html"
SPHINX = BUILD / "sphinx"


def address() -> str:
    """Where the repository is on the web: that of its remote ``origin``, or nothing."""
    remote = ["git", "config", "--get", "remote.origin.url"]
    said = subprocess.run(remote, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = re.fullmatch(r"https://(?:[^/@]+@)?([\w.-]+\.[a-z]+/\S+?)(?:\.git)?/?", said.strip())
    return os.environ.get("CIF_REPOSITORY", f"https://{found[1]}" if found else "")


def sphinx(builder: str, out: Path, *options: str) -> int:
    """Have Jupyter Book write the pages below `out`; the exit code.

    What leads to the repository is left out where nobody could follow: see cif_pages.
    """
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(ROOT)]
    where = ("--builder", builder, "--path-output", str(out))
    env = {**os.environ, "CIF_REPOSITORY": address(), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *where, *options], cwd=ROOT, env=env, text=True, capture_output=True
    )
    print(done.stderr.partition("Traceback (most")[0], end="", file=sys.stderr)
    return done.returncode


def build() -> int:
    """Build what changed; give the exit code."""
    if found := chapters.check():
        print("\n".join(found), file=sys.stderr)
        return 1
    failed = make(SPHINX, HTML)
    if failed:
        # a page that did not change would keep quiet about what is wrong with it
        shutil.rmtree(SPHINX, ignore_errors=True)
        return failed
    return 0


def make(raw: Path, html: Path) -> int:
    """Have Sphinx write the pages below `raw`, and finish them in `html`; the exit code."""
    failed = sphinx("html", raw, "-q", "-W", "-n", "--keep-going", "--all")
    if not failed:
        finish.finish(raw / "_build" / "html", html)
    return failed


class _Pages(http.server.SimpleHTTPRequestHandler):
    """The book's own files: no lists of folders, nothing that a link leads out to."""

    protocol_version = "HTTP/1.1"  # one connection for many files

    def translate_path(self, path: str) -> str:
        found = Path(super().translate_path(path)).resolve()
        inside = found.is_relative_to(Path(self.directory).resolve())
        return str(found if inside else Path(self.directory) / "404")

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of the pages on the loopback interface."""
    handler = functools.partial(_Pages, directory=folder)
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)


def serve(port: int) -> int:
    """Show the built book until interrupted."""
    try:
        opened = server(HTML, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"port {port} is in use: make serve PORT={port + 1}", file=sys.stderr)
        return 1
    with opened:
        print(f"The book: http://127.0.0.1:{opened.server_port}/  (Ctrl-C ends it)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            opened.serve_forever()
    return 0


def main(verb: str, port: str = "8000") -> int:
    try:
        return build() if verb == "build" else serve(int(port))
    except OSError as error:  # a full disk, a folder that cannot be written
        if isinstance(error, shutil.Error):  # a list of every file that could not be copied
            error = OSError(error.args[0][0][2])
        print(f"{error.filename or BUILD}: {error.strerror or error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
