"""The repository agrees with itself: lock, table of contents, addresses, licences."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tools import chapters, lock, matrix
from tools.files import ROOT


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pyproject() -> dict:  # type: ignore[type-arg]
    return tomllib.loads(text_of("pyproject.toml"))


def locked() -> list[Requirement]:
    entries = lock.entries(text_of("requirements.txt"))
    return [Requirement(entry.partition(" --hash")[0]) for entry in entries]


def asked_for() -> list[Requirement]:
    project = pyproject()["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    groups.append(pyproject()["build-system"]["requires"])  # it is built without isolation
    return [Requirement(line) for group in groups for line in group]


@pytest.mark.parametrize("wanted", asked_for(), ids=str)
def test_the_lock_answers_pyproject(wanted: Requirement) -> None:
    pins = [pin for pin in locked() if pin.name == wanted.name]
    assert pins, f"requirements.txt lacks {wanted}: make lock"
    for pin in pins:
        (exact,) = pin.specifier
        assert exact.operator == "=="
        assert wanted.specifier.contains(exact.version), f"{pin} does not satisfy {wanted}"


def test_every_entry_of_the_lock_is_exact_and_hashed() -> None:
    entries = lock.entries(text_of("requirements.txt"))
    assert len(entries) > 100
    hashed = r"[a-z0-9][a-z0-9._-]*==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+"
    assert [entry for entry in entries if not re.fullmatch(hashed, entry)] == []
    assert "uv pip compile" in text_of("requirements.txt").splitlines()[2]


def test_binder_installs_the_package_in_place() -> None:
    script = ROOT / "postBuild"
    assert script.stat().st_mode & 0o111
    command = text_of("postBuild").splitlines()[-1].split()
    assert command[:5] == ["exec", "python3", "-m", "pip", "install"]
    assert {"--no-deps", "--no-build-isolation", "--editable", "."} <= set(command)


def test_every_page_is_in_the_table_of_contents_and_exists() -> None:
    contents = yaml.safe_load(text_of("_toc.yml"))
    listed = [contents["root"]]
    listed += [c["file"] for part in contents["parts"] for c in part["chapters"]]
    assert len(listed) == len(set(listed))
    on_disk = {f"book/{path.stem}" for path in (ROOT / "book").glob("*.md")}
    assert set(listed) == on_disk
    assert {f"book/{path.stem}" for path in chapters.sources()} <= on_disk


def test_the_address_of_the_repository_is_one() -> None:
    address = yaml.safe_load(text_of("_config.yml"))["repository"]["url"]
    owner_and_name = address.removeprefix("https://github.com/")
    for name in (
        "README.md",
        "CITATION.cff",
        "pyproject.toml",
        "codemeta.json",
        "codecheck.yml",
        "CHANGELOG.md",
    ):
        assert address in text_of(name), name
    badges = re.findall(r"mybinder\.org/v2/gh/([^/]+/[^/]+)/", text_of("README.md"))
    assert badges == [owner_and_name]


def test_binder_takes_the_python_of_the_lock() -> None:
    assert text_of("runtime.txt").strip() == "python-3.11"
    assert "--python-version 3.11" in text_of("requirements.txt")


def test_make_without_a_target_says_what_there_is() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("help", "book", "chapters", "test", "serve", "lint", "lock", "matrix", "clean"):
        assert re.search(rf"^  make {target}\b", said, re.MULTILINE), target


def test_continuous_integration_runs_make_test() -> None:
    assert "make test" in text_of(".ci/run")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


WORKFLOWS = sorted(path.name for path in (ROOT / ".github" / "workflows").iterdir())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_may_read_and_run_only_what_is_pinned(name: str) -> None:
    text = text_of(f".github/workflows/{name}")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")


def test_workflows_pin_an_action_to_one_version() -> None:
    whole = "".join(text_of(f".github/workflows/{name}") for name in WORKFLOWS)
    used = set(re.findall(r"uses: (.*)", whole))
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_every_night_runs_what_takes_long() -> None:
    nightly = yaml.safe_load(text_of(".github/workflows/nightly.yml"))
    jobs = nightly["jobs"]
    commands = {name: job["steps"][-1]["run"].split()[:2] for name, job in jobs.items()}
    assert commands == {name: ["make", name] for name in ("matrix", "binder", "lab", "audit")}
    varied = jobs["matrix"]["strategy"]["matrix"]
    assert varied == {"python": list(matrix.PYTHONS), "versions": list(matrix.RESOLUTIONS)}
