"""What is installed is what the lock names: a file with another hash is refused."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools import environment, lock

NAME = "tiny_for_tests"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one line, the only one that can be had."""
    path = tmp_path / f"{NAME}-1.0-py3-none-any.whl"
    info = f"{NAME}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{NAME}.py", "here = True\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return path


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An empty environment."""
    folder = tmp_path / "environment"
    venv = [str(environment.UV), "venv", "--quiet", "--python", str(environment.PYTHON)]
    subprocess.run([*venv, str(folder)], check=True)
    return folder / "bin" / "python"


def has_it(python: Path) -> bool:
    done = subprocess.run([str(python), "-c", f"import {NAME}"], capture_output=True, check=False)
    return done.returncode == 0


def test_hashes_are_checked(wheel: Path, python: Path, tmp_path: Path) -> None:
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = tmp_path / "lock.txt"
    file.write_text(f"{NAME}==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    with pytest.raises(subprocess.CalledProcessError):
        environment.install(python, file)
    file.write_text(f"{NAME}==1.0\n")
    with pytest.raises(subprocess.CalledProcessError):
        environment.install(python, file)
    assert not has_it(python)
    file.write_text(f"{NAME}==1.0 \\\n    --hash=sha256:{right}\n")
    environment.install(python, file)
    assert has_it(python)


def test_entries_of_a_lock_are_one_line_each() -> None:
    text = "# made by hand\na==1 ; python_version < '3.12' \\\n    --hash=sha256:0\nb==2 \\\n" + (
        "    --hash=sha256:1 \\\n    --hash=sha256:2\n"
    )
    assert lock.entries(text) == [
        "a==1 ; python_version < '3.12' --hash=sha256:0",
        "b==2 --hash=sha256:1 --hash=sha256:2",
    ]
