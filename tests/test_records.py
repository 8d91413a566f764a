"""Checks that run apart left records; these must be good, and belong to what is there now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from cifcore.book.scenes.catalogue import SCENES
from tools import binder, chapters, lab, matrix, mutants


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_matrix_belongs_to_the_present_bounds_and_is_whole() -> None:
    record = read(matrix.RECORD)
    assert record["bounds"] == matrix.bounds(), "pyproject.toml has other bounds: make matrix"
    runs = [(run["python"].rpartition(".")[0], run["versions"]) for run in record["runs"]]
    assert runs == [(p, v) for p in matrix.PYTHONS for v in matrix.RESOLUTIONS]


def test_every_run_of_the_matrix_passed() -> None:
    for run in read(matrix.RECORD)["runs"]:
        for kind in ("tests", "notebooks-1", "notebooks-2"):
            assert run[kind]["passed"] > 100, (run["python"], run["versions"], kind)
            assert run[kind]["failed"] == 0, (run["python"], run["versions"], kind)
        assert run["notebooks-1"] == run["notebooks-2"]


@pytest.mark.parametrize("name", matrix.NOTED)
def test_lower_bounds_are_what_was_tested(name: str) -> None:
    (wanted,) = [r for r in map(Requirement, matrix.bounds()[1:]) if r.name == name]
    (bound,) = wanted.specifier
    runs = read(matrix.RECORD)["runs"]
    oldest = [Version(run[name]) for run in runs if run["versions"] == "oldest"]
    assert bound.operator == ">=" and min(oldest) == Version(bound.version)
    newest = [Version(run[name]) for run in runs if run["versions"] == "newest"]
    assert min(newest) > min(oldest)


def test_binder_installs_the_lock_and_then_the_package() -> None:
    text, python = binder.dockerfile()
    steps = binder.steps(text)
    assert f"python-{python}" == (binder.ROOT / "runtime.txt").read_text().strip()
    assert steps[0].endswith('pip install --no-cache-dir -r "requirements.txt"')
    assert steps[-1] == "./postBuild"
    record = read(binder.RECORD)
    assert (record["python"], record["steps"]) == (python, steps), "Binder has changed: make binder"
    assert record["beforehand"] == binder.server(python), "repo2docker has changed: make binder"


def test_every_notebook_ran_where_binder_runs_it() -> None:
    record = read(binder.RECORD)
    assert record["conflicts"] == []
    assert record["notebooks"]["failed"] == 0 and record["notebooks"]["passed"] > 100
    assert record["scenes moved"] == len(SCENES)


def test_steps_of_a_dockerfile_are_those_after_the_base() -> None:
    text = (
        "FROM base\nRUN first\n# Run pre-assemble scripts!\nRUN apt-get \\\n    install it\n"
        "COPY src/ .\n# RUN nothing\nRUN pip install -r requirements.txt\n"
    )
    assert binder.steps(text) == ["apt-get install it", "pip install -r requirements.txt"]


def test_every_chapter_ran_in_jupyterlab() -> None:
    trouble = read(lab.RECORD)["trouble"]
    names = [source.stem for source in chapters.sources()]
    assert sorted(trouble) == sorted([*names, "explore"]), "other chapters: make lab"
    assert {name: found for name, found in trouble.items() if found} == {}


def test_most_mutants_of_every_module_of_physics_are_noticed() -> None:
    record = read(mutants.OUT)
    assert set(record) == set(mutants.TESTS)
    for name, module in record.items():
        assert module["made"] == module["noticed"] + len(module["not"]) >= 4, name
    made, noticed = (sum(each[key] for each in record.values()) for key in ("made", "noticed"))
    assert noticed > 0.8 * made
