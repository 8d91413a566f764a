"""Make pages light and quick to show.

One style sheet for the whole book, with the rules that its pages can meet (esbuild, purgecss);
fonts of formulas and icons with the characters that occur (fonttools; those of the text come in
small parts already); scripts that wait until the page is read.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from tools import assets

BUNDLES = ("_static/scenes/scenes.js", "_static/scenes/editor.js")
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

    `added` is a style sheet below the folder that Sphinx does not know; the book's own come
    after it.
    """
    pages = {path: _sized(_NEEDLESS.sub("", page), path.parent) for path, page in pages.items()}
    named = {path: _names(folder, path, _SHEET.findall(page)) for path, page in pages.items()}
    # the longest list first: it has the sheets that only some pages ask for in their places
    lists = sorted(named.values(), key=lambda names: (-len(names), names))
    sheets = [added, *dict.fromkeys(name for names in lists for name in names)]
    scripts = {
        name for path, page in pages.items() for name in _names(folder, path, _SOURCE.findall(page))
    }
    bundle = ("--bundle", "--minify", "--log-level=error")
    own = ("--format=iife", "--target=es2022", "--allow-overwrite", "--outbase=.", "--outdir=.")
    assets.run(*assets.program("esbuild"), *BUNDLES, *bundle, *own, cwd=folder)
    said = "\n".join(pages.values()) + "".join(
        (folder / name).read_text(encoding="utf-8") for name in scripts - {"searchindex.js"}
    )
    style = _one_sheet(folder, sheets, set(re.findall(r"[\w-]+", re.sub(r' d="[^"]*"', "", said))))
    _with_fewer_characters(
        folder / "_static/fonts", said + (folder / style).read_text(encoding="utf-8")
    )
    first = [f"_static/fonts/{font}.woff2" for font in AT_ONCE]
    return {
        path: _with_one_sheet(page, os.path.relpath(folder, path.parent), style, first)
        if named[path]
        else page
        for path, page in pages.items()
    }


def _names(folder: Path, page: Path, links: Iterable[str]) -> list[str]:
    """Paths below the folder of what a page links to."""
    paths = [os.path.normpath(page.parent / re.sub(r"[?#].*", "", link)) for link in links]
    return [os.path.relpath(path, folder) for path in paths]


def _sized(page: str, folder: Path) -> str:
    """The page with the sizes of its drawings, so that it does not move when they arrive."""

    def size(found: re.Match[str]) -> str:
        drawing = (folder / found[1]).read_text(encoding="utf-8")
        view = re.search(r'viewBox="\S+ \S+ ([\d.]+) ([\d.]+)"', drawing)
        if view is None:
            return found[0]
        return f'<img width="{float(view[1]):.0f}" height="{float(view[2]):.0f}"{found[0][4:]}'

    return re.sub(r'<img(?![^>]*\swidth=)[^>]*\ssrc="([^":]+\.svg)"', size, page)


def _one_sheet(folder: Path, sheets: list[str], words: set[str]) -> str:
    """All sheets in one, with the rules that these words can meet; gives its name."""
    whole, met, made = folder / "all.css", folder / "words.txt", folder / "_static" / "all.css"
    whole.write_text("".join(f'@import "./{name}";\n' for name in sheets), encoding="utf-8")
    met.write_text("\n".join(sorted(words)), encoding="utf-8")
    loaders = {".woff": "file", ".woff2": "file", ".ttf": "empty", ".png": "dataurl"}
    kinds = [f"--loader:{kind}={way}" for kind, way in {**loaders, ".svg": "dataurl"}.items()]
    names = ("--bundle", "--minify", "--asset-names=fonts/[name]", "--outdir=_static")
    assets.run(*assets.program("esbuild"), "all.css", *names, *kinds, cwd=folder)
    purge = ("--font-face", "--css", str(made), "--content", str(met), "--output", str(made))
    assets.run(*assets.program("purgecss"), *purge)
    for path in [whole, met, *(folder / name for name in sheets)]:
        path.unlink()
    style = made.read_text(encoding="utf-8")
    style = re.sub(r'\.woff("?\)) format\("woff"\)', r".woff2\1", style)
    name = f"_static/book-{hashlib.sha256(style.encode()).hexdigest()[:8]}.css"
    made.unlink()
    (folder / name).write_text(style, encoding="utf-8")
    return name


def _with_fewer_characters(folder: Path, text: str) -> None:
    """Fonts of formulas and icons with the characters of a text that has CSS and HTML escapes."""
    codes = re.findall(r"(?:&#x|\\u?\{?)([0-9a-fA-F]{2,6})", text)
    wanted = {*map(ord, set(text)), *(int(code, 16) for code in codes)}
    options = subset.Options(flavor="woff2", drop_tables=["FFTM"], notdef_outline=True)
    for path in [*folder.glob("MathJax_*.woff"), *folder.glob("fa-*.woff2")]:
        if f"/{path.stem}." not in text:  # by the rules that were left
            path.unlink()
            continue
        font = TTFont(path, recalcTimestamp=False)
        subsetter = subset.Subsetter(options)
        has = set(font.getBestCmap())
        subsetter.populate(unicodes=has & wanted or has)
        subsetter.subset(font)
        font.flavor = "woff2"
        path.unlink()
        font.save(path.with_suffix(".woff2"))


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
