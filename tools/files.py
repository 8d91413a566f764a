"""Where things are, and how Node is run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"


def node(*command: str | Path, cwd: Path = ROOT, told: str | None = None) -> str:
    """What a program prints: of ``package-lock.json``, the machine's, or a wheel's."""
    places = (ROOT / "node_modules/.bin", os.environ["PATH"], Path(sys.executable).parent)
    env = {**os.environ, "PATH": os.pathsep.join(map(str, places))}
    return subprocess.run(
        command, cwd=cwd, env=env, input=told, stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout
