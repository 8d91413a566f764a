"""Let the executed notebook stand for its text source.

A chapter is ``NAME.md``, edited by people, and ``NAME.ipynb``, made from it. Both would be the
same page; the notebook, which has the outputs, is taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def _exclude_text_sources(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    for notebook in sorted((root / "book").glob("*.ipynb")):
        config.exclude_patterns.append(str(notebook.with_suffix(".md").relative_to(root)))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _exclude_text_sources, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
