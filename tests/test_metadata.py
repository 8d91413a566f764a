"""What tells others about the book: versions, citation, CodeMeta and the list of outputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from packaging.requirements import Requirement

import cifcore
from tools.files import ROOT

SCHEMAS = ROOT / "tests" / "schemas"


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]
CITATION = yaml.safe_load(text_of("CITATION.cff"))
CODEMETA = json.loads(text_of("codemeta.json"))
CODECHECK = yaml.safe_load(text_of("codecheck.yml"))
ADDRESS = yaml.safe_load(text_of("_config.yml"))["repository"]["url"]


# --- versions --------------------------------------------------------------------------------


def test_the_version_is_that_of_pyproject() -> None:
    version = PROJECT["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert cifcore.__version__ == version
    assert CITATION["version"] == version
    assert CODEMETA["version"] == version
    newest = re.search(r"^## \[(.+?)\] - (\S+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version
    assert CITATION["date-released"] == CODEMETA["datePublished"] == newest[2]


def test_the_wheel_of_the_pages_knows_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacked, as in the page: found there, and not where the package is installed."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import cif_scenes

    zipfile.ZipFile(BytesIO(cif_scenes.wheel())).extractall(tmp_path)
    code = "import cifcore; print(cifcore.__file__, cifcore.__version__)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [str(tmp_path / "cifcore" / "__init__.py"), PROJECT["version"]]
    with pytest.raises(AttributeError, match="has no attribute 'versoin'"):
        cifcore.versoin  # noqa: B018


# --- CITATION.cff ----------------------------------------------------------------------------


def citation_errors(citation: Any) -> list[str]:
    schema = json.loads((SCHEMAS / "cff-1.2.0.json").read_text(encoding="utf-8"))
    return [".".join(map(str, e.path)) for e in Draft7Validator(schema).iter_errors(citation)]


def test_the_citation_has_the_form_of_its_standard() -> None:
    assert citation_errors(CITATION) == []
    assert citation_errors({**CITATION, "date-released": "tomorrow"}) == ["date-released"]
    assert citation_errors({**CITATION, "licence": "BSD-3-Clause"}) == [""]


def test_citation_names_the_licence_and_the_paper() -> None:
    assert PROJECT["license"] in CITATION["license"]
    (paper,) = CITATION["references"]
    assert paper["title"] in CITATION["title"]
    assert paper["doi"] == "10.1103/PhysRevB.109.085418"


# --- codemeta.json ---------------------------------------------------------------------------

CONTEXT = json.loads((SCHEMAS / "codemeta-3.0.jsonld").read_text(encoding="utf-8"))["@context"]


def strange_terms(node: Any, where: str = "$") -> Iterator[str]:
    """Where a node has a term or type that the context lacks, or text in place of an address."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from strange_terms(item, f"{where}[{number}]")
    if not isinstance(node, dict):
        return
    kind = node.get("type", "")
    if kind not in CONTEXT and not kind.startswith("schema:"):
        yield f"{where}.type"
    for key, value in node.items():
        meaning = CONTEXT.get(key)
        if key.startswith("@") or key in {"id", "type"}:
            continue
        if meaning is None:
            yield f"{where}.{key}"
        elif isinstance(meaning, dict) and meaning.get("@type") == "@id":
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and not one.startswith("https://"):
                    yield f"{where}.{key}"
        yield from strange_terms(value, f"{where}.{key}")


def test_codemeta_has_only_terms_of_its_context() -> None:
    assert CODEMETA["@context"] == "https://w3id.org/codemeta/3.0"
    assert list(strange_terms(CODEMETA)) == []
    wrong = {"type": "Sofware", "licence": "BSD", "readme": "README.md", "author": [{"nom": "A"}]}
    inside = ["$.author[0].type", "$.author[0].nom"]
    assert list(strange_terms(wrong)) == ["$.type", "$.licence", "$.readme", *inside]


def test_codemeta_and_citation_say_the_same() -> None:
    assert CODEMETA["name"] == CITATION["title"]
    assert CODEMETA["description"] == CITATION["abstract"]
    assert CODEMETA["keywords"] == CITATION["keywords"]
    assert [a["name"] for a in CODEMETA["author"]] == [a["name"] for a in CITATION["authors"]]
    licences = [f"https://spdx.org/licenses/{name}" for name in CITATION["license"]]
    assert CODEMETA["license"] == licences
    needed = [Requirement(line).name for line in PROJECT["dependencies"]]
    assert CODEMETA["softwareRequirements"] == [f"https://pypi.org/project/{n}/" for n in needed]
    (paper,) = CITATION["references"]
    article = CODEMETA["referencePublication"]
    assert article["id"] == f"https://doi.org/{paper['doi']}"
    assert article["name"] == paper["title"]
    assert article["datePublished"] == str(paper["year"])
    assert [(a["givenName"], a["familyName"]) for a in article["author"]] == [
        (a["given-names"], a["family-names"]) for a in paper["authors"]
    ]


def test_the_files_that_codemeta_leads_to_exist() -> None:
    for key in ("readme", "releaseNotes"):
        name = CODEMETA[key].removeprefix(f"{ADDRESS}/blob/main/")
        assert (ROOT / name).is_file(), key


# --- codecheck.yml ---------------------------------------------------------------------------


def outputs() -> set[str]:
    """Executed chapters and data behind figures, but for the records of speed."""
    data = [p for p in (ROOT / "book" / "data").iterdir() if p.suffix in {".csv", ".npz"}]
    found = [*(ROOT / "book").glob("*.ipynb"), *data]
    return {str(p.relative_to(ROOT)) for p in found if not p.name.startswith("growth-")}


def test_codecheck_lists_every_output_once_and_nothing_else_is_missing() -> None:
    listed = [entry["file"] for entry in CODECHECK["manifest"]]
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not (ROOT / name).is_file()] == []
    assert outputs() - set(listed) == set()
    assert "book/data/ledger.json" in listed
    assert all(set(entry) == {"file", "comment"} for entry in CODECHECK["manifest"])


def figures() -> list[tuple[str, str]]:
    """Page and name of every figure of the book."""
    return [
        (path.stem, name)
        for path in sorted((ROOT / "book").glob("*.md"))
        for name in re.findall(r"^ *:?name: (fig-\S+)$", path.read_text("utf-8"), re.MULTILINE)
    ]


@pytest.mark.parametrize(("page", "figure"), figures())
def test_codecheck_names_every_figure(page: str, figure: str) -> None:
    holding = {
        entry["file"]
        for entry in CODECHECK["manifest"]
        if re.search(rf"(?<![\w-]){re.escape(figure)}(?![\w-])", entry["comment"])
    }
    notebook = f"book/{page}.ipynb"
    assert holding & {notebook, "book/_static/cover-light.svg"}
    assert notebook in holding or not (ROOT / notebook).exists()


def test_codecheck_has_the_form_of_its_standard_and_claims_no_check() -> None:
    assert re.match(r"%YAML 1\.1\n---\n", text_of("codecheck.yml"))
    assert CODECHECK["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert CODECHECK["paper"]["title"] == CITATION["title"]
    assert CODECHECK["paper"]["authors"] == CITATION["authors"]
    assert CODECHECK["paper"]["reference"] == CODECHECK["repository"] == ADDRESS
    assert CITATION["references"][0]["doi"] in CODECHECK["source"]
    for granted in ("codechecker", "report", "certificate", "check_time", "summary"):
        assert granted not in CODECHECK
