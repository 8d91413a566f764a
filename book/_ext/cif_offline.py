"""Keep the pages off the network."""

from __future__ import annotations

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


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _drop_remote_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
