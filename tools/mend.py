"""Put in order what the theme leaves out of its pages, or puts in too late.

Names and landmarks for readers who listen or use the keyboard; the right colours from the
first moment, where the theme would settle on them only at the end and lay all out anew.
"""

from __future__ import annotations

import re

_MENDS = (
    # the label would hide the text that is on the button
    (r'(<button class="btn search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # a script on an element is against the book's policy: access.js listens instead
    (r'<button onclick="window\.print\(\)"', '<button data-does="print"'),
    (r'<button onclick="toggleFullScreen\(\)"', '<button data-does="full-screen"'),
    # what is folded: code that draws, or a first cell with imports
    (r">(Show|Hide) source</p>", r">\1 how this is drawn</p>"),
    (r">(Show|Hide) content</p>", r">\1 what is imported</p>"),
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
    # without a script the page is light; with one, the first in it says what it is
    (r'data-theme="auto">', 'data-theme="light">'),
    (
        r'localStorage\.getItem\("theme"\) \|\| "auto"',
        r"""{ light: "light", dark: "dark" }[document.documentElement.dataset.mode]
      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")""",
    ),
)


def mend(page: str) -> str:
    """The page with these things in order."""
    for found, better in _MENDS:
        page = re.sub(found, better, page)
    return page
