"""Keep the built book from asking the network for anything."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def _drop_live_cells(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    # The framework announces a remote script for live code cells, which this book does not use.
    def wanted(script: Any) -> bool:
        attributes = getattr(script, "attributes", {})
        return "thebe" not in f"{script} {attributes.get('body', '')}".lower()

    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if wanted(file)]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _drop_live_cells, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
