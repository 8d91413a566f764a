"""Every notebook is the executed form of its text source; and what is not, is found."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from PIL import Image

from tools import chapters, plain
from tools.files import ROOT

# what only the text source may have
RAW = re.compile(
    r"\{[\w:]+\}`|:label:|:class:|^(?::::|```)\{|\\(?:Edot|eV|kB|dd|Fne)\b", re.MULTILINE
)
TINY = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

```{code-cell} ipython3
from myst_nb import glue

answer = 6 * 7
print(answer)
glue("six", 6.0, display=False)
```

```{code-cell} ipython3
answer + 1
```

```{code-cell} ipython3
import matplotlib.pyplot as plt

from cifcore.book.figures import use_style

use_style()
plt.plot([x**2 for x in range(20)])
plt.show()
```

```{code-cell} ipython3
plt.plot([x**3 for x in range(20)])
plt.show()
```
"""


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda path: path.stem)
def test_what_is_handed_to_the_text_has_no_more_digits_than_processors_agree_on(
    source: Path,
) -> None:
    for cell in nbformat.read(source.with_suffix(".ipynb"), as_version=4).cells:
        for output in cell.get("outputs", []):
            value = output.get("data", {}).get("application/papermill.record/text/plain", "")
            digits = re.fullmatch(r"-?(?:0\.0*)?([\d.]+)(e[+-]?\d+)?", value)
            short = digits is None or len(digits[1].replace(".", "")) <= 9
            assert short, f"{output['metadata']['scrapbook']['name']} = {value}: use `tell`"


def test_notebooks_are_the_executed_text_sources() -> None:
    assert chapters.check() == []


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small chapter with its notebook, as `make chapters` would leave them."""
    source = tmp_path_factory.mktemp("book") / "tiny.md"
    source.write_text(TINY, encoding="utf-8")
    notebook = chapters.written(source, chapters.execute(source))
    source.with_suffix(".ipynb").write_text(notebook, encoding="utf-8")
    return source


@pytest.fixture
def tampered(executed: Path, tmp_path: Path) -> Callable[[Callable[[NotebookNode], None]], Path]:
    """Apply a change to a copy of the small chapter's notebook; give the copied source."""

    def apply(change: Callable[[NotebookNode], None]) -> Path:
        source = Path(shutil.copy(executed, tmp_path))
        notebook = nbformat.read(executed.with_suffix(".ipynb"), as_version=4)
        change(notebook)
        nbformat.write(notebook, source.with_suffix(".ipynb"))
        return source

    return apply


def tamper(notebook: NotebookNode) -> None:
    """An output edited, a curve turned into a straight line, and a picture blackened."""
    notebook.cells[1].outputs[0].text = "41\n"
    curve, picture = (cell.outputs[0].data for cell in notebook.cells[-2:])
    path = re.compile(r'(?<=<path d="M )[^"]*?(L [\d.]+ [\d.]+)\s*(?=" clip-path)')
    curve["image/svg+xml"], count = path.subn(r"18 18 \1", curve["image/svg+xml"])
    assert count == 1
    size, out = Image.open(io.BytesIO(base64.b64decode(picture["image/png"]))).size, io.BytesIO()
    Image.new("RGB", size).save(out, "PNG")
    picture["image/png"] = base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(("check", "found"), [("1", ["0", "2"]), ("", ["0", "2", "3"])])
def test_nbval_finds_an_edited_output_and_an_edited_drawing(
    tampered: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, check: str, found: list[str]
) -> None:
    """Pictures beside drawings too, but where data are checked."""
    monkeypatch.setenv("CIF_CHECK_DATA", check)
    notebook = tampered(tamper).with_suffix(".ipynb")
    options = ["--nbval", "--nbval-current-env", "-p", "conftest", "-p", "no:cacheprovider", "-q"]
    where = ["-c", os.devnull, "--rootdir", str(notebook.parent), "--color=no"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *where, str(notebook)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"FAILED .*?tiny\.ipynb::Cell (\d)", ran.stdout)
    assert failed == found, ran.stdout[-3000:]


def forget(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []


def swap(notebook: NotebookNode) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].execution_count, code[1].execution_count = 2, 1


def warn(notebook: NotebookNode) -> None:
    output = nbformat.v4.new_output("stream", name="stderr", text="a warning")
    notebook.cells[1].outputs.append(output)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (forget, "it was not executed from top to bottom"),
        (swap, "it was not executed from top to bottom"),
        (warn, "it wrote to stderr: a warning"),
    ],
)
def test_what_was_done_to_a_notebook_is_found(
    change: Callable[[NotebookNode], None], told: str, tampered: Callable[..., Path]
) -> None:
    (problem,) = chapters.problems(tampered(change))
    assert told in problem


def test_a_changed_source_is_found_and_its_text_written_again(
    tampered: Callable[..., Path],
) -> None:
    source = tampered(lambda notebook: None)
    source.write_text(TINY.replace("6 * 7", "6 * 8"), encoding="utf-8")
    (problem,) = chapters.problems(source)
    assert "its code is not that of the text source" in problem and not chapters.retell(source)
    source.write_text(TINY + "\n## More\n\nFig. 4: {glue:text}`six:.1f`.\n", encoding="utf-8")
    (problem,) = chapters.problems(source)
    assert "its text is not that of the text source" in problem
    assert chapters.retell(source) and chapters.problems(source) == []
    notebook = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    told = r"## More\n\n\[Fig\. 4\]\(rectification\.ipynb#[\w-]+\): 6\.0\."
    assert re.fullmatch(told, notebook.cells[-1].source)


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda path: path.stem)
def test_a_notebook_reads_well_in_any_jupyter(source: Path) -> None:
    cells = nbformat.read(source.with_suffix(".ipynb"), as_version=4).cells
    captions = 0
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            assert RAW.findall(cell.source) == []
            for name in re.findall(r"\]\(([^()#:]+)[#)]", cell.source):
                assert (source.parent / name).exists(), name
            continue
        tags, hidden = set(cell.metadata.get("tags", [])), cell.metadata.get("jupyter", {})
        assert bool({"hide-input", "hide-cell"} & tags) == hidden.get("source_hidden", False)
        assert ("solution" in tags) == hidden.get("outputs_hidden", False)
        kinds = [set(output.get("data", {})) for output in cell.outputs]
        assert all("image/png" in kind for kind in kinds if "image/svg+xml" in kind)
        if "figure" in cell.metadata.get("mystnb", {}):
            captions += 1
            assert any("image/png" in kind for kind in kinds)
            assert following.source.startswith("**Fig. ")
    assert captions == sum("caption" in cell.metadata.get("tags", []) for cell in cells)


def test_what_has_no_plain_form_is_refused(executed: Path) -> None:
    notebook = chapters.read_source(executed)
    for text in ("{nonesuch}`x`", "{eq}`eq-nowhere`", "{glue:text}`nothing`"):
        notebook.cells[0].source = text
        with pytest.raises(ValueError, match="book/tiny: "):
            plain.plain(notebook, "book/tiny")


def test_executing_again_gives_the_same_bytes(executed: Path) -> None:
    again = chapters.written(executed, chapters.execute(executed))
    assert again == executed.with_suffix(".ipynb").read_text(encoding="utf-8")
