"""Resolve pyproject.toml into requirements.txt, the one lock of Binder, make and CI.

Every file that may be installed is named by its hash. The package itself is not in it, since a
folder has no hash: `tools.environment`, and on Binder `postBuild`, install it afterwards.

python -m tools.lock [--upgrade]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.files import ROOT, write_atomically

LOCK = ROOT / "requirements.txt"
HEAD = """\
# Every package of the book, its tests and its development, exactly, for Python 3.11 to 3.13.
# Made from pyproject.toml by `make lock`, which runs
#   uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes
"""


def resolve(previous: Path | None = None) -> str:
    """The lock as text; versions of `previous` are kept where they still fit."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "requirements.txt"
        if previous is not None:
            output.write_text(previous.read_text(encoding="utf-8"))
        subprocess.run(
            [
                *(str(Path(sys.executable).parent / "uv"), "pip", "compile", "pyproject.toml"),
                *("--all-extras", "--universal", "--python-version", "3.11", "--quiet"),
                *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
                *("--no-emit-find-links", "--output-file", str(output)),
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return HEAD + output.read_text(encoding="utf-8")


def entries(text: str) -> list[str]:
    """The packages of a lock, each on one line with its hashes."""
    lines = text.replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line and not line.startswith("#")]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write requirements.txt from pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    options = parser.parse_args()
    previous = LOCK if LOCK.exists() and not options.upgrade else None
    changed = write_atomically(LOCK, resolve(previous))
    print(f"requirements.txt {'rewritten' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
