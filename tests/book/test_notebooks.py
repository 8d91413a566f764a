"""Every notebook is the executed form of its text source; and what is not, is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tools import chapters
from tools.files import ROOT

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
answer = 6 * 7
print(answer)
```

```{code-cell} ipython3
answer + 1
```
"""


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda path: path.stem)
def test_notebook_is_the_executed_text_source(source: Path) -> None:
    assert chapters.problems(source) == []


def test_no_notebook_without_a_text_source() -> None:
    assert chapters.check() == []


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small chapter with its notebook, as `make chapters` would leave them."""
    source = tmp_path_factory.mktemp("book") / "tiny.md"
    source.write_text(TINY, encoding="utf-8")
    notebook, _ = chapters.execute(source)
    source.with_suffix(".ipynb").write_text(chapters.dumps(notebook), encoding="utf-8")
    return source


@pytest.fixture
def tampered(executed: Path, tmp_path: Path) -> Callable[[Callable[[NotebookNode], None]], Path]:
    """Apply a change to a copy of the small chapter's notebook; give the copied source."""

    def apply(change: Callable[[NotebookNode], None]) -> Path:
        source = Path(shutil.copy(executed, tmp_path))
        notebook = nbformat.read(executed.with_suffix(".ipynb"), as_version=4)
        change(notebook)
        source.with_suffix(".ipynb").write_text(chapters.dumps(notebook), encoding="utf-8")
        return source

    return apply


def compare_outputs(notebook: Path) -> subprocess.CompletedProcess[str]:
    """Run nbval on one notebook in a process of its own."""
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-p", "no:cov", "-q"]
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *options),
            *("--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg")),
            *("--rootdir", str(notebook.parent), str(notebook)),
        ],
        cwd=notebook.parent,
        env={key: value for key, value in os.environ.items() if not key.startswith("COV_")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_untouched_copy_passes(tampered: Callable[..., Path]) -> None:
    source = tampered(lambda notebook: None)
    assert chapters.problems(source) == []
    result = compare_outputs(source.with_suffix(".ipynb"))
    assert result.returncode == 0, result.stdout
    assert "2 passed" in result.stdout


def test_a_notebook_that_was_never_executed_is_found(tampered: Callable[..., Path]) -> None:
    def forget(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count, cell.outputs = None, []

    (problem,) = chapters.problems(tampered(forget))
    assert "not executed from top to bottom" in problem


def test_cells_executed_out_of_order_are_found(tampered: Callable[..., Path]) -> None:
    def swap(notebook: NotebookNode) -> None:
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        code[0].execution_count, code[1].execution_count = 2, 1

    (problem,) = chapters.problems(tampered(swap))
    assert "[2, 1]" in problem


def test_an_edited_output_is_found(tampered: Callable[..., Path]) -> None:
    def edit(notebook: NotebookNode) -> None:
        notebook.cells[1].outputs[0].text = "41\n"

    source = tampered(edit)
    result = compare_outputs(source.with_suffix(".ipynb"))
    assert result.returncode == 1, result.stdout
    assert "1 failed, 1 passed" in result.stdout


def test_a_changed_text_source_is_found(tampered: Callable[..., Path]) -> None:
    source = tampered(lambda notebook: None)
    source.write_text(TINY.replace("6 * 7", "6 * 8"), encoding="utf-8")
    (problem,) = chapters.problems(source)
    assert "cell 2 (code) is not that of the text source" in problem


def test_an_added_paragraph_is_found(tampered: Callable[..., Path]) -> None:
    source = tampered(lambda notebook: None)
    source.write_text(TINY + "\nMore.\n", encoding="utf-8")
    (problem,) = chapters.problems(source)
    assert "has 3 cells, the text source 4" in problem


def test_what_went_to_stderr_is_found(tampered: Callable[..., Path]) -> None:
    def warn(notebook: NotebookNode) -> None:
        output = nbformat.v4.new_output("stream", name="stderr", text="a warning")
        notebook.cells[1].outputs.append(output)

    (problem,) = chapters.problems(tampered(warn))
    assert "wrote to stderr: a warning" in problem


def test_executing_again_gives_the_same_bytes(executed: Path) -> None:
    notebook, _ = chapters.execute(executed)
    assert chapters.dumps(notebook) == executed.with_suffix(".ipynb").read_text(encoding="utf-8")


def test_svg_keeps_its_shape_and_loses_its_digits() -> None:
    svg = '<?xml version="1.0"?>\n<svg><metadata>x</metadata><path d="M 1.234567 -0.0001"/></svg>'
    assert chapters.compact_svg(svg) == '<svg><path d="M 1.23 0"/></svg>'


def test_widgets_get_the_same_names_each_time() -> None:
    def with_widgets(first: str, second: str) -> NotebookNode:
        view = {chapters.WIDGET_VIEW: {"model_id": second, "version_major": 2}}
        cell = nbformat.v4.new_code_cell("show()", id="cell", execution_count=1)
        cell.outputs = [nbformat.v4.new_output("display_data", data=view)]
        states = {first: {"state": {}}, second: {"state": {"layout": f"IPY_MODEL_{first}"}}}
        notebook = nbformat.v4.new_notebook(cells=[cell])
        notebook.metadata["widgets"] = {chapters.WIDGETS: {"state": states}}
        return notebook

    once, twice = (
        chapters.dumps(chapters.settle(with_widgets(*names)))
        for names in (("a" * 32, "b" * 32), ("d" * 32, "c" * 32))
    )
    assert once == twice
    assert "a" * 32 not in once and "IPY_MODEL_" in once
