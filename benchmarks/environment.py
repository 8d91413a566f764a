"""Make the environment of the benchmarks, `_build/bench`, apart from the book's own.

Run by `make bench` with Python 3.11. kwant is compiled, which takes a C++ compiler and some
minutes. The stamp is written last, so an interrupted installation is taken up again.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.files import BUILD, ROOT, digest, one_at_a_time, write_atomically

HOME = BUILD / "bench"
STAMP = HOME / ".ready"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# what kwant's build needs beforehand, since it has to be compiled against the numpy in use
BEFORE = ("numpy==1.26.4", "scipy==1.17.1", "setuptools==80.10.2", "wheel", "cython", "tinyarray")


def main() -> int:
    if sys.version_info[:2] != (3, 11):
        print("the peers' versions are those for Python 3.11: set PYTHON", file=sys.stderr)
        return 1
    with one_at_a_time("bench"):
        wanted = digest([REQUIREMENTS, ROOT / "pyproject.toml"]) + "\n"
        if STAMP.exists() and STAMP.read_text() == wanted:
            return 0
        shutil.rmtree(HOME, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        pip.append("--disable-pip-version-check")
        subprocess.run([*pip, *BEFORE], check=True)
        own = [*pip, "--no-build-isolation"]
        subprocess.run([*own, "-r", str(REQUIREMENTS)], check=True)
        subprocess.run([*own, "--no-deps", "--editable", str(ROOT)], check=True)
        write_atomically(STAMP, wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
