"""Names and landmarks that the theme leaves out, for readers who listen or use the keyboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_MENDS = (
    # the label would hide the text that is on the button
    (r'(<button class="btn search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # a script on an element is against the book's policy: access.js listens instead
    (r'<button onclick="window\.print\(\)"', '<button data-does="print"'),
    (r'<button onclick="toggleFullScreen\(\)"', '<button data-does="full-screen"'),
    # entries of a list of publications are its items
    (r'role="doc-biblioentry"', 'role="listitem"'),
    (r'<th class="head"><p></p></th>', '<td class="head"></td>'),
    # a download without words of its own is named after its file
    (
        r'(<a class="reference download internal"[^>]* href="[^"]*/([^"/]+)">)'
        r'<span class="xref download myst"></span>',
        r"\1<code>\2</code>",
    ),
    # the sidebar with the logo is outside every landmark
    (r'<div id="pst-primary-sidebar"', r'\g<0> role="complementary" aria-label="The book"'),
)


def mend(page: str) -> str:
    """The page with its names and landmarks in order."""
    for found, better in _MENDS:
        page = re.sub(found, better, page)
    return page


def _mend_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            if (better := mend(page)) != page:
                path.write_text(better, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_js_file("access/access.js", loading_method="defer")
    app.add_css_file("access/access.css")
    app.connect("build-finished", _mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
