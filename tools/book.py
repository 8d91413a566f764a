"""Build the book as HTML, with every warning an error, and show it on this machine.

python -m tools.book          run by make when something changed
python -m tools.book 8000     show it on this port
"""

import contextlib
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

HTML, SPHINX = BUILD / "html", BUILD / "sphinx"


def address() -> str:
    """Where the repository is on the web: that of its remote ``origin``, or nothing."""
    remote = ["git", "config", "--get", "remote.origin.url"]
    said = subprocess.run(remote, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = re.fullmatch(r"https://(?:[^/@]+@)?([\w.-]+\.[a-z]+/\S+?)(?:\.git)?/?", said.strip())
    return os.environ.get("CIF_REPOSITORY", f"https://{found[1]}" if found else "")


def sphinx(builder: str, out: Path, *options: str) -> int:
    """Have Jupyter Book write pages below `out`; the exit code.

    What leads to the repository is left out where nobody could follow: see cif_pages.
    """
    program = Path(sys.executable).parent / "jupyter-book"
    command = map(str, (program, "build", ROOT, "--builder", builder, "--path-output", out))
    env = {**os.environ, "CIF_REPOSITORY": address(), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([*command, *options], cwd=ROOT, env=env, text=True, capture_output=True)
    print(ran.stderr.partition("Traceback (most")[0], end="", file=sys.stderr)
    return ran.returncode


class Pages(http.server.SimpleHTTPRequestHandler):
    """The book's own files: no lists of folders, nothing that a link leads out to."""

    protocol_version = "HTTP/1.1"  # many files over one connection

    def translate_path(self, path: str) -> str:
        found, home = Path(super().translate_path(path)).resolve(), Path(self.directory).resolve()
        inside = found.is_relative_to(home) and (found.is_file() or (found / "index.html").exists())
        return str(found if inside else home / "404")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of the pages on the loopback interface."""
    pages = functools.partial(Pages, directory=folder)
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), pages)


def main(port: str = "") -> None:
    """Build what changed, or show it until interrupted."""
    if port:
        with server(HTML, int(port)) as opened, contextlib.suppress(KeyboardInterrupt):
            print(f"The book: http://127.0.0.1:{port}/  (Ctrl-C ends it)", flush=True)
            opened.serve_forever()
    elif found := chapters.check():
        sys.exit("\n".join(found))
    elif failed := sphinx("html", SPHINX, "-q", "-W", "-n", "--keep-going", "--all"):
        # a page that did not change would keep quiet about what is wrong with it
        shutil.rmtree(SPHINX, ignore_errors=True)
        sys.exit(failed)
    else:
        finish.finish(SPHINX / "_build" / "html", HTML)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:  # a port in use, or a full disk, which would tell of every file
        sys.exit(str(error)[:300])
