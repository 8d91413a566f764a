"""Make the environments of the benchmarks, `_build/bench` and, for kwant, `_build/bench-kwant`.

Run by `make bench` with Python 3.11. Kwant 1.5 needs a numpy before 2 and is compiled, which
takes a C++ compiler and some minutes. A stamp is written last, so an interrupted installation
is taken up again.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.files import BUILD, ROOT

PEERS, KWANT = BUILD / "bench", BUILD / "bench-kwant"
HERE = Path(__file__).parent
# what kwant's build needs beforehand, since it has to be compiled against the numpy in use
BEFORE = ("numpy==1.26.4", "setuptools==69.5.1", "wheel", "cython<3.1", "tinyarray")


def make(home: Path, requirements: Path, *before: str, package: bool) -> None:
    """An environment with these packages, if it is not there yet."""
    wanted = requirements.read_text(encoding="utf-8")
    stamp = home / ".ready"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing {requirements.name} into {home.relative_to(ROOT)}", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip.append("--disable-pip-version-check")
    if before:
        subprocess.run([*pip, *before], check=True)
        pip.append("--no-build-isolation")
    subprocess.run([*pip, "-r", str(requirements)], check=True)
    if package:
        subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
    stamp.write_text(wanted, encoding="utf-8")


def main() -> int:
    if sys.version_info[:2] != (3, 11):
        print("the peers' versions are those for Python 3.11: set PYTHON", file=sys.stderr)
        return 1
    make(PEERS, HERE / "requirements.txt", package=True)
    make(KWANT, HERE / "requirements-kwant.txt", *BEFORE, package=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
