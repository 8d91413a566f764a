"""Keep the pages light, readable without JavaScript, and off the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def _drop_remote_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    # The framework announces remote scripts for live code cells, which this book does not use,
    # and for formulas, which are set when the pages are finished.
    def wanted(script: Any) -> bool:
        told = f"{script} {getattr(script, 'attributes', {}).get('body', '')}".lower()
        return "thebe" not in told and "mathjax" not in told

    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if wanted(file)]


_AT_ONCE = 'localStorage.getItem("theme") || "auto"'
_BY_MODE = """{ light: "light", dark: "dark" }[document.documentElement.dataset.mode]
      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")"""


def lighten(page: str) -> str:
    """The page in its right colours from the first moment, its icons drawn by fonts.

    Without a script it is light; with one, the first in it settles what the theme would settle
    only at the end, and all would be laid out anew. The theme loads its icons twice: as fonts,
    and as a script of one and a half megabytes that replaces the fonts.
    """
    page = page.replace('data-theme="auto">', 'data-theme="light">', 1)
    page = page.replace(_AT_ONCE, _BY_MODE, 1)
    return re.sub(r'<script src="[^"]*/fontawesome\.js[^"]*"></script>\s*', "", page)


def _lighten_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            lighter = lighten(page)
            if lighter != page:
                path.write_text(lighter, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _drop_remote_scripts, priority=900)
    app.connect("build-finished", _lighten_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
