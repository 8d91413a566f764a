"""Environments and copies of the repository below ``_build`` that start anew each time."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tools.environment import UV
from tools.files import BUILD, ROOT


def fresh(name: str, python: str) -> Path:
    """Make an empty environment ``_build/NAME``; give the path of its Python.

    Raises
    ------
    FileNotFoundError
        If this machine has no such Python.
    """
    folder = BUILD / name
    own = ["--quiet", "--clear", "--no-python-downloads", "--python", python]
    done = subprocess.run(
        [str(UV), "venv", *own, str(folder)],
        env={**_every_python(), **os.environ},
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise FileNotFoundError(
            f"no environment with Python {python}: {done.stderr.strip()} "
            "(they are looked for on PATH as python3.11, python3.12, ...)"
        )
    return folder / "bin" / "python"


def _every_python() -> dict[str, str]:
    """Let pyenv, where there is one, show every Python that it holds."""
    if shutil.which("pyenv") is None:
        return {}
    held = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True)
    return {"PYENV_VERSION": ":".join(held.stdout.split())}


def copy_repository(folder: Path) -> None:
    """Put what git keeps, as it now stands, into a folder that holds nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().strip("\0").split("\0"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def install(python: Path, *what: str) -> None:
    """Install into an environment, by uv."""
    command = [str(UV), "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*command, *what], check=True)


def variables(python: Path, **more: str) -> dict[str, str]:
    """Variables for a process in an environment: its programs first, nothing of ours."""
    ours = ("COV_", "PYTEST_", "VIRTUAL_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", **more}


def pytest(
    python: Path, log: Path, arguments: list[str], folder: Path, **more: str
) -> dict[str, int]:
    """Run pytest in an environment; give how many tests passed, failed and were skipped."""
    report = log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    with open(log, "w", encoding="utf-8") as output:
        subprocess.run(
            [
                *(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("-n", "2", "--dist", "loadfile", "-o", "faulthandler_timeout=600"),
                *(f"--junit-xml={report}", *arguments),
            ],
            cwd=folder,
            env=variables(python, CIF_CHECK_DATA="1", **more),
            check=False,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=3600,
        )
    if not report.exists():
        raise RuntimeError(f"pytest did not come to its end: see {log}")
    (suite,) = ElementTree.parse(report).getroot().iter("testsuite")
    total, failures, errors, skipped = (
        int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    passed = total - failed - skipped
    print(f"{log.parent.name}, {log.stem}: {passed} passed, {failed} failed", flush=True)
    if failed:
        print("\n".join(log.read_text(encoding="utf-8").splitlines()[-failed - 1 :]))
    return {"passed": passed, "failed": failed, "skipped": skipped}
