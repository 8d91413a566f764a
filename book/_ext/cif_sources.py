"""Let the text source and the executed notebook of a chapter be one page.

A chapter is ``NAME.md``, edited by people, and ``NAME.ipynb``, made from it for Jupyter. Both
would be the same page. The notebook stands for it, with its outputs; the text, and what cells
say about themselves, are those of the source.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from sphinx.application import Sphinx
from sphinx.config import Config

_TO_NOTEBOOK = re.compile(r'(?<=href=")([\w-]+)\.ipynb')


def _exclude_text_sources(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    for notebook in sorted((root / "book").glob("*.ipynb")):
        config.exclude_patterns.append(str(notebook.with_suffix(".md").relative_to(root)))


def merged(text: str, executed: str) -> str:
    """A notebook with the cells of a text source and the outputs of an executed one."""
    notebook = nbformat.reads(executed, as_version=4)
    ran = (cell for cell in notebook.cells if cell.cell_type == "code")
    cells = jupytext.reads(text, fmt="md:myst").cells
    for cell in cells:
        if cell.cell_type == "code":
            outputs = next(ran)
            cell["outputs"], cell["execution_count"] = outputs.outputs, outputs.execution_count
            for data in (output.get("data", {}) for output in cell.outputs):
                if "text/html" in data:  # from notebook to notebook; here, from page to page
                    data["text/html"] = _TO_NOTEBOOK.sub(r"\1.html", data["text/html"])
    notebook["cells"] = cells
    return str(nbformat.writes(notebook))


def _take_text(app: Sphinx, docname: str, content: list[str]) -> None:
    path = Path(app.env.doc2path(docname))
    source = path.with_suffix(".md")
    if path.suffix == ".ipynb" and source.exists():
        app.env.note_dependency(str(source))
        content[0] = merged(source.read_text(encoding="utf-8"), content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _exclude_text_sources, priority=100)
    app.connect("source-read", _take_text)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
