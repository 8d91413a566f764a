"""Make the environment ``.venv`` hold exactly what ``requirements.txt`` names.

Run by the Makefile with any Python from 3.11 on: ``python3 -m tools.environment``. Every file
that is installed must have one of the hashes of the lock. The stamp is written last, so an
interrupted installation is taken up again.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.files import ROOT, digest, one_at_a_time, write_atomically
from tools.lock import LOCK, entries

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / ".ready"


def main() -> int:
    with one_at_a_time("environment"):
        wanted = digest([LOCK, ROOT / "pyproject.toml", Path(__file__)]) + "\n"
        if not _has_pip():
            shutil.rmtree(VENV, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        if not STAMP.exists() or STAMP.read_text() != wanted:
            print("installing requirements.txt into .venv", flush=True)
            _install_uv()
            install(PYTHON)
            install_itself(PYTHON)
            write_atomically(STAMP, wanted)
        STAMP.touch()  # newer than the lock again, for make
    return 0


def install(python: Path, lock: Path = LOCK) -> None:
    """Install what a lock names, every file checked against its hashes."""
    command = [str(UV), "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*command, "--require-hashes", "-r", str(lock)], check=True)


def install_itself(python: Path) -> None:
    """Install the package of this folder, in place, beside what it needs."""
    command = [str(UV), "pip", "install", "--quiet", "--python", str(python)]
    itself = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    subprocess.run([*command, *itself], check=True)


def _install_uv() -> None:
    (uv,) = [entry for entry in entries(LOCK.read_text(encoding="utf-8")) if entry[:4] == "uv=="]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(uv)
        file.flush()
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", file.name], check=True)


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
