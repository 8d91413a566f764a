"""Build the book as HTML, with every warning an error, and show it on this machine.

python -m tools.book build      nothing to do when nothing changed
python -m tools.book serve [--port 8000]
"""

from __future__ import annotations

import argparse
import errno
import functools
import http.server
import shutil
import subprocess
import sys
from pathlib import Path

from tools import chapters, finish, vendor
from tools.files import BUILD, ROOT, digest, one_at_a_time, write_atomically
from tools.settings import problems as settings_problems

HTML = BUILD / "html"
SPHINX = BUILD / "sphinx"
STAMP = BUILD / ".book"


def inputs() -> dict[str, str]:
    """Digests of what the book is made of: its pages, and what bears on all pages."""
    book = ROOT / "book"
    files = {p for p in book.rglob("*") if p.is_file() and not _is_scratch(p)}
    files.add(ROOT / "pyproject.toml")  # the pages carry the version
    pages = {p for p in files if p.suffix in {".md", ".ipynb"}}
    package = {p for p in (ROOT / "cifcore").rglob("*") if p.suffix in {".py", ".toml"}}
    names = ("_config.yml", "_toc.yml", "requirements.txt", "package-lock.json")
    settings = {ROOT / name for name in names}
    tools = {p for p in (ROOT / "tools").iterdir() if p.suffix in {".py", ".cjs", ".mjs"}}
    return {"pages": digest(pages), "all": digest((files - pages) | package | settings | tools)}


def _is_scratch(path: Path) -> bool:
    scratch = {"__pycache__", ".ipynb_checkpoints", "vendor"}
    return bool(scratch & set(path.parts)) or path.name.endswith(".partial")


def build() -> int:
    """Build what changed; give the exit code."""
    found = settings_problems() + chapters.check()
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    vendor.main()
    with one_at_a_time("book"):
        now = inputs()
        stamp = f"{now['all']} {now['pages']}"
        before = STAMP.read_text() if STAMP.exists() else ""
        if before != stamp or not HTML.exists():
            # A page that did not change would keep quiet about what is wrong with it, so
            # after a failure, or a change that bears on every page, all are read again.
            # Written are always all: what Sphinx adds to pages there are differs from new ones.
            stale = SPHINX / "_build" / "html" if before.startswith(now["all"]) else SPHINX
            shutil.rmtree(stale, ignore_errors=True)
            STAMP.unlink(missing_ok=True)
            failed = make(SPHINX, HTML)
            if failed:
                return failed
            write_atomically(STAMP, stamp)
    print(f"The book: {(HTML / 'index.html').as_uri()}")
    return 0


def make(sphinx: Path, html: Path) -> int:
    """Have Sphinx write the pages below `sphinx`, and finish them in `html`; the exit code."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(ROOT)]
    strict = ("-W", "-n", "--keep-going", "--all", "--path-output", str(sphinx))
    done = subprocess.run([*command, *strict], cwd=ROOT, check=False)
    if done.returncode == 0:
        finish.finish(sphinx / "_build" / "html", html)
    return done.returncode


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


def serve(port: int) -> int:
    """Show the built book on the loopback interface until interrupted."""
    handler = functools.partial(_Quiet, directory=HTML)
    try:
        opened = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"port {port} is in use: make serve PORT={port + 1}", file=sys.stderr)
        return 1
    with opened as server:
        print(f"The book: http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the book, or show it.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="build the HTML")
    show = verbs.add_parser("serve", help="show it on this machine")
    show.add_argument("--port", type=int, default=8000, help="0 picks a free one")
    options = parser.parse_args(arguments)
    return build() if options.verb == "build" else serve(options.port)


if __name__ == "__main__":
    sys.exit(main())
