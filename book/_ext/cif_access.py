"""What readers who listen or use the keyboard need on every page."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_js_file("access/access.js", loading_method="defer")
    app.add_css_file("access/access.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
