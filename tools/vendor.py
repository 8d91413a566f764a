"""Bring the scripts and fonts of ``package-lock.json`` into ``book/_static/vendor``.

The built book serves them itself, so that it needs no network.

    python -m tools.vendor
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools import node
from tools.files import ROOT, digest, one_at_a_time

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "book" / "_static" / "vendor"
FONTS = "@fontsource-variable"
WIDGETS = "@jupyter-widgets/html-manager/dist"

FILES = {
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax",
    "mathjax/LICENSE": "mathjax",
    "requirejs/require.js": "widgets",
    f"{WIDGETS}/embed-amd.js": "widgets",
    f"{WIDGETS}/embed.js.LICENSE.txt": "widgets",
    f"{WIDGETS}/*.woff2": f"widgets/{WIDGETS}",
    f"{FONTS}/source-serif-4/files/source-serif-4-latin-wght-*.woff2": "fonts",
    f"{FONTS}/source-serif-4/files/source-serif-4-greek-wght-normal.woff2": "fonts",
    f"{FONTS}/source-serif-4/LICENSE": "fonts/source-serif-4",
    f"{FONTS}/source-sans-3/files/source-sans-3-latin-wght-normal.woff2": "fonts",
    f"{FONTS}/source-sans-3/LICENSE": "fonts/source-sans-3",
    f"{FONTS}/source-code-pro/files/source-code-pro-latin-wght-normal.woff2": "fonts",
    f"{FONTS}/source-code-pro/LICENSE": "fonts/source-code-pro",
    "d3-scale/LICENSE": "d3",
}
"""What to copy, as a pattern below node_modules, and the folder below `VENDOR` it goes to."""


def main() -> int:
    with one_at_a_time("vendor"):
        stamp = VENDOR / ".stamp"
        wanted = digest([ROOT / "package-lock.json", Path(__file__)])
        if stamp.exists() and stamp.read_text() == wanted and MODULES.exists():
            return 0
        stamp.unlink(missing_ok=True)
        print("bringing in scripts and fonts")
        quiet = ("--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run(
            [*node.command("npm"), "ci", "--ignore-scripts", *quiet], cwd=ROOT, check=True
        )
        shutil.rmtree(VENDOR, ignore_errors=True)
        for pattern, folder in FILES.items():
            _copy(pattern, VENDOR / folder)
        stamp.write_text(wanted)
    return 0


def _copy(pattern: str, folder: Path) -> None:
    found = sorted(MODULES.glob(pattern))
    if not found:
        raise FileNotFoundError(f"no file matches {pattern} below {MODULES}")
    folder.mkdir(parents=True, exist_ok=True)
    for path in found:
        if path.is_dir():
            shutil.copytree(path, folder, dirs_exist_ok=True)
        else:
            shutil.copy2(path, folder)


if __name__ == "__main__":
    sys.exit(main())
