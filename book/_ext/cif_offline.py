"""Keep the built book from asking the network for anything."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def _drop_remote_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    # The theme announces an address for live code cells, which this book does not use.
    def remote(script: object) -> bool:
        return "thebe" in str(getattr(script, "filename", script)).lower()

    context["script_files"] = [s for s in context.get("script_files", []) if not remote(s)]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _drop_remote_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
