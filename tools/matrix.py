"""Run the unit tests and compare every notebook with the oldest and newest packages allowed.

For each Python, and for the lowest and the highest versions of the direct dependencies that
pyproject.toml allows and that exist for this Python, an environment is made below
``_build/matrix``. There the unit tests run, and nbval executes all chapters, with one thread of
BLAS and with two. What came out is kept in ``book/data/matrix.json``, run by run.

    python -m tools.matrix [--python 3.11 ...] [--versions oldest ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.environment import UV, install_itself
from tools.files import BUILD, ROOT, one_at_a_time, write_atomically
from tools.fresh import fresh, install, pytest

RECORD = ROOT / "book" / "data" / "matrix.json"
PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
BOOK = ("book", "scale")
EXTRAS = (*BOOK, "test")
NOTED = ("numpy", "scipy", "matplotlib")
THREADS = ("1", "2")
APART = (
    *("browser", "build", "environment", "guide", "interrupted", "metadata", "notebooks"),
    *("records", "release", "repository", "settings"),
)
"""Tests of pages, sources, lock and repository, on which these versions do not bear."""


def bounds() -> list[str]:
    """What pyproject.toml asks of Python and of the packages that outputs come from."""
    project = _project("project")
    groups = [project["dependencies"], *(project["optional-dependencies"][e] for e in BOOK)]
    wanted = sorted(requirement for group in groups for requirement in group)
    return [f"python{project['requires-python']}", *wanted]


def _project(table: str) -> dict[str, Any]:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(whole[table])


def run(python: str, versions: str) -> dict[str, Any]:
    """Make one environment and test in it."""
    name = f"matrix/{python}-{versions}"
    print(f"{name}: installing", flush=True)
    own = fresh(name, python)
    wheels = ("--only-binary", ":all:")
    pins = BUILD / name / "requirements.txt"
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    subprocess.run(
        [
            *(str(UV), "pip", "compile", "pyproject.toml", "--quiet", "--no-header", *extras),
            *("--python", str(own), "--resolution", RESOLUTIONS[versions], *wheels),
            *("--output-file", str(pins)),
        ],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    install(own, *wheels, "-r", str(pins), *_project("build-system")["requires"])
    install_itself(own)
    # What an old package says about its own future is no fault of ours.
    quiet = ["-W", "ignore::DeprecationWarning"] if versions == "oldest" else []
    apart = [f"--ignore=tests/test_{part}.py" for part in APART]
    nbval = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
    found: dict[str, Any] = {"versions": versions, **_noted(own)}
    log = own.parent.parent / "tests.log"
    found["tests"] = pytest(own, log, ["tests", *apart, *quiet], ROOT)
    for threads in THREADS:
        log = own.parent.parent / f"notebooks-{threads}.log"
        blas = {"OPENBLAS_NUM_THREADS": threads}
        found[f"notebooks-{threads}"] = pytest(own, log, ["book", *nbval, *quiet], ROOT, **blas)
    return found


def _noted(python: Path) -> dict[str, str]:
    code = (
        "import platform, json; from importlib.metadata import version;"
        "print(json.dumps({'python': platform.python_version(),"
        f" **{{name: version(name) for name in {NOTED}}}}}))"
    )
    said = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return {**json.loads(said.stdout), "date": datetime.now(UTC).date().isoformat()}


def failures(found: dict[str, Any]) -> int:
    """How many tests of a run failed."""
    return sum(part["failed"] for part in found.values() if isinstance(part, dict))


def record(found: dict[str, Any]) -> None:
    """Keep a run in place of the one before it; runs under other bounds are dropped."""
    kept = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    runs = kept["runs"] if kept.get("bounds") == bounds() else []
    runs = [run for run in runs if _key(run) != _key(found)] + [found]
    runs.sort(key=_key)
    write_atomically(RECORD, json.dumps({"bounds": bounds(), "runs": runs}, indent=1) + "\n")


def _key(found: dict[str, Any]) -> tuple[list[int], int]:
    """Which run it is: the Python without its last number, and the kind of versions."""
    minor = [int(part) for part in found["python"].split(".")[:2]]
    return minor, list(RESOLUTIONS).index(found["versions"])


@one_at_a_time("matrix")
def main() -> int:
    parser = argparse.ArgumentParser(description="Test with the oldest and newest packages.")
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=PYTHONS)
    parser.add_argument("--versions", nargs="+", choices=RESOLUTIONS, default=list(RESOLUTIONS))
    options = parser.parse_args()
    failed = 0
    for python in options.python:
        for versions in options.versions:
            found = run(python, versions)
            record(found)
            failed += failures(found)
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (FileNotFoundError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
