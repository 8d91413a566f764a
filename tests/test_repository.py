"""The repository agrees with itself: lock, contents, version, list of outputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path

import yaml
from packaging.requirements import Requirement

import cifcore
from book._ext import cif_scenes
from tools.files import ROOT


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]
CITATION = yaml.safe_load(text_of("CITATION.cff"))


def test_the_lock_answers_pyproject_and_is_hashed() -> None:
    entries = re.split(r"\n(?=\w)", text_of("requirements.txt").replace("\\\n", " "))
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    locked = [Requirement(entry.partition(" --hash")[0]) for entry in entries]
    extras = re.findall(r"--extra (\w+)", text_of("Makefile"))
    assert set(PROJECT["optional-dependencies"]) - set(extras) == {"sisl"}  # the book has no need
    for line in sum(map(PROJECT["optional-dependencies"].get, extras), PROJECT["dependencies"]):
        wanted = Requirement(line)
        pins = [pin for pin in locked if pin.name == wanted.name]
        assert pins, f"requirements.txt lacks {wanted}: make lock"
        assert all(
            wanted.specifier.contains(exact.version) for pin in pins for exact in pin.specifier
        )


def test_every_page_is_in_the_table_of_contents_and_exists() -> None:
    contents = yaml.safe_load(text_of("_toc.yml"))
    listed = [contents["root"]]
    listed += [c["file"] for part in contents["parts"] for c in part["chapters"]]
    assert sorted(listed) == sorted(f"book/{path.stem}" for path in (ROOT / "book").glob("*.md"))


def test_the_programs_that_make_calls_are_locked() -> None:
    named = set(re.findall(r"\.venv/bin/([\w-]+)", text_of("Makefile")))
    assert sorted(name for name in named if not (ROOT / ".venv" / "bin" / name).exists()) == []


def test_a_book_that_serves_python_itself_is_built_anew(tmp_path: Path) -> None:
    for name in ("_config.yml", "_toc.yml", "requirements.txt", "cifcore/a.py", "book/_static/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "Makefile").write_text(text_of("Makefile"))

    def made(*options: str) -> int:
        command = ["make", "-C", str(tmp_path), "-o", "_build/.packages", "_build/.look"]
        subprocess.run([*command, *options], check=True)
        return (tmp_path / "_build" / ".look").stat().st_mtime_ns

    (tmp_path / "_build").mkdir()
    assert made() == made() < made("PYODIDE=there") == made("PYODIDE=there") < made()


def test_the_version_is_one() -> None:
    codemeta = json.loads(text_of("codemeta.json"))
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)\]? - (\S+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert {cifcore.__version__, CITATION["version"], codemeta["version"], newest[1]} == {
        PROJECT["version"]
    }
    assert CITATION["date-released"] == codemeta["datePublished"] == newest[2]


def test_the_wheel_of_the_pages_knows_its_version(tmp_path: Path) -> None:
    """Unpacked, as in the page: found there, and not where the package is installed."""
    zipfile.ZipFile(BytesIO(cif_scenes.wheel())).extractall(tmp_path)
    code = "import cifcore; print(cifcore.__file__, cifcore.__version__)"
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, env=env, text=True)
    assert said.split() == [str(tmp_path / "cifcore" / "__init__.py"), PROJECT["version"]]


def test_the_list_of_outputs_for_a_checker_is_whole() -> None:
    listed = [entry["file"] for entry in yaml.safe_load(text_of("codecheck.yml"))["manifest"]]
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not (ROOT / name).is_file()] == []
    made = [*(ROOT / "book").glob("*.ipynb"), *(ROOT / "book" / "data").glob("*.[cn][sp][vz]")]
    made = [path for path in made if not path.name.startswith("growth-")]
    assert {str(path.relative_to(ROOT)) for path in made} - set(listed) == set()


def test_no_address_is_made_up() -> None:
    """Where the repository is stands in its own remote alone."""
    for name in ("README.md", "CITATION.cff", "pyproject.toml", "codemeta.json", "codecheck.yml"):
        addresses = re.findall(r"(?:github|gitlab|mybinder)\.\w+/\S+", text_of(name))
        assert addresses == [], name
