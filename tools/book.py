"""Build the book as HTML, with every warning an error: python -m tools.book."""

from __future__ import annotations

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
    """Have Jupyter Book write pages below `out`; the exit code.

    What leads to the repository is left out where nobody could follow: see cif_pages.
    """
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(ROOT)]
    where = ("--builder", builder, "--path-output", str(out))
    env = {**os.environ, "CIF_REPOSITORY": address(), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*command, *where, *options], cwd=ROOT, env=env, text=True, capture_output=True
    )
    print(ran.stderr.partition("Traceback (most")[0], end="", file=sys.stderr)
    return ran.returncode


def main() -> int:
    """Build what changed; give the exit code."""
    try:
        if found := chapters.check():
            print("\n".join(found), file=sys.stderr)
            return 1
        failed = sphinx("html", SPHINX, "-q", "-W", "-n", "--keep-going", "--all")
        if failed:  # a page that did not change would keep quiet about what is wrong with it
            shutil.rmtree(SPHINX, ignore_errors=True)
        else:
            finish.finish(SPHINX / "_build" / "html", HTML)
        return failed
    except OSError as error:  # a full disk, a folder that cannot be written
        if isinstance(error, shutil.Error):  # a list of every file that could not be copied
            error = OSError(error.args[0][0][2])
        print(f"{error.filename or BUILD}: {error.strerror or error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
