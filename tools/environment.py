"""Make the environment ``.venv`` hold exactly what ``requirements.txt`` names.

Run by the Makefile with any Python from 3.11 on: ``python3 -m tools.environment``. The stamp is
written last, so an interrupted installation is taken up again.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

from tools.files import ROOT, digest, one_at_a_time, write_atomically

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".ready"


def main() -> int:
    with one_at_a_time("environment"):
        wanted = digest([ROOT / "requirements.txt", ROOT / "pyproject.toml"]) + "\n"
        if not _has_pip():
            shutil.rmtree(VENV, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        if not STAMP.exists() or STAMP.read_text() != wanted:
            print("installing requirements.txt into .venv", flush=True)
            lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
            uv = re.findall(r"^uv==\S+", lock, re.MULTILINE)[0]
            pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            subprocess.run([*pip, uv], check=True)
            install = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet"]
            own = ["--python", str(PYTHON), "-r", "requirements.txt"]
            subprocess.run([*install, *own], cwd=ROOT, check=True)
            write_atomically(STAMP, wanted)
        STAMP.touch()  # newer than the lock again, for make
    return 0


def _has_pip() -> bool:
    if not PYTHON.exists():
        return False
    check = [str(PYTHON), "-c", "import pip"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"could not make .venv: {' '.join(error.cmd)} ended with {error.returncode}")
