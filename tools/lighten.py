"""Make pages light and quick to show.

One style sheet for the whole book, with the rules that its pages can meet; fonts with the
characters that occur, the text's asked for at once; scripts that wait until the page is read.
The work on the files is that of ``lighten.mjs``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tools import node

BUNDLES = ("_static/scenes/scenes.js",)
AT_ONCE = ("source-serif-4-latin-wght-normal", "source-sans-3-latin-wght-normal")
"""Fonts that every page shows first."""

_SHEET = re.compile(r'[ \t]*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]+)"[^>]*/?>\s*')
_SCRIPT = re.compile(r'<script\b(?![^>]*\bdefer\b)([^>]*\bsrc="[^"]+"[^>]*)>')
_SOURCE = re.compile(r'<script\b[^>]*\bsrc="([^"]+)"')
# The preloads compete with what is seen first. One inline script names the page for a menu of
# versions, two are settings of live code cells: this book has neither. Icons come as fonts, and
# as a script of one and a half megabytes that replaces the fonts.
_NEEDLESS = re.compile(
    r'<link rel="preload" as="script"[^>]*/>\s*'
    r'|<script type="text/x-thebe-config">.*?</script>\s*'
    r"|<script>(?:kernelName = |DOCUMENTATION_OPTIONS\.pagename = ).*?</script>\s*"
    r'|<script src="[^"]*/fontawesome\.js[^"]*"></script>\s*',
    re.DOTALL,
)


def lighten(folder: Path, pages: dict[Path, str], added: str) -> dict[Path, str]:
    """The pages with light style sheets, fonts and scripts; these are rewritten in the folder.

    Parameters
    ----------
    folder : Path
        The built book.
    pages : dict of Path to str
        Its pages.
    added : str
        A style sheet below the folder that Sphinx does not know; the book's own come after it.
    """
    pages = {path: _sized(_NEEDLESS.sub("", page), path.parent) for path, page in pages.items()}
    for path, page in pages.items():
        path.write_text(page, encoding="utf-8")
    named = {path: _names(folder, path, _SHEET.findall(page)) for path, page in pages.items()}
    # the longest list first: it has the sheets that only some pages ask for in their places
    lists = sorted(named.values(), key=lambda names: (-len(names), names))
    sheets = [added, *dict.fromkeys(name for names in lists for name in names)]
    scripts = {
        name for path, page in pages.items() for name in _names(folder, path, _SOURCE.findall(page))
    }
    made = node.run(
        Path(__file__).with_suffix(".mjs"),
        {
            "folder": str(folder),
            "sheets": sheets,
            "pages": [str(path.relative_to(folder)) for path in sorted(pages)],
            "scripts": sorted(scripts | _frames(folder)),
            "bundles": BUNDLES,
        },
    )
    fonts = [font for start in AT_ONCE for font in made["fonts"] if f"/{start}-" in font]
    return {
        path: _with_one_sheet(page, os.path.relpath(folder, path.parent), made["style"], fonts)
        if named[path]
        else page
        for path, page in pages.items()
    }


def _names(folder: Path, page: Path, links: Iterable[str]) -> list[str]:
    """Paths below the folder of what a page links to."""
    paths = [os.path.normpath(page.parent / re.sub(r"[?#].*", "", link)) for link in links]
    return [os.path.relpath(path, folder) for path in paths]


def _frames(folder: Path) -> set[str]:
    """Scripts that pages ask for later."""
    return {str(path.relative_to(folder)) for path in (folder / "_static/scenes").rglob("*.js")}


def _sized(page: str, folder: Path) -> str:
    """The page with the sizes of its drawings, so that it does not move when they arrive."""

    def size(found: re.Match[str]) -> str:
        drawing = (folder / found[1]).read_text(encoding="utf-8")
        view = re.search(r'viewBox="\S+ \S+ ([\d.]+) ([\d.]+)"', drawing)
        if view is None:
            return found[0]
        return f'<img width="{float(view[1]):.0f}" height="{float(view[2]):.0f}"{found[0][4:]}'

    return re.sub(r'<img(?![^>]*\swidth=)[^>]*\ssrc="([^":]+\.svg)"', size, page)


def _with_one_sheet(page: str, root: str, style: str, fonts: list[str]) -> str:
    links = "".join(
        f'<link rel="preload" as="font" type="font/woff2" href="{root}/{font}" crossorigin />\n'
        for font in fonts
    )
    links += f'<link rel="stylesheet" href="{root}/{style}" />\n'
    first = _SHEET.search(page)
    assert first is not None
    page = page[: first.start()] + links + _SHEET.sub("", page[first.start() :])
    return _SCRIPT.sub(r'<script defer="defer"\1>', page)
