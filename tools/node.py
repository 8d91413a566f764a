"""Run Node, and what packages of ``package-lock.json`` bring."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.files import ROOT


def run(*command: str | Path, cwd: Path = ROOT, told: str | None = None) -> str:
    """What a command prints; a failure shows the end of what it said.

    Programs are those of the packages, the machine's, and, where make found no Node, a wheel's.
    """
    places = (ROOT / "node_modules/.bin", os.environ["PATH"], Path(sys.executable).parent)
    env = {**os.environ, "PATH": os.pathsep.join(map(str, places))}
    done = subprocess.run(
        command, cwd=cwd, env=env, input=told, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()[-2000:]}")
    return done.stdout
