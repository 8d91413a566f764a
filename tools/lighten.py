"""Make pages light and quick to show.

One style sheet for the whole book, with the rules that its pages can meet (esbuild, purgecss);
fonts of formulas and icons with the characters that occur (fonttools; those of the text come in
small parts already); scripts that wait until the page is read.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from fontTools import subset

from tools import node

BUNDLES = ("_static/scenes/scenes.js", "_static/scenes/editor.js")
AT_ONCE = ("source-serif-4-latin-wght-normal", "source-sans-3-latin-wght-normal")
"""Fonts that every page shows first."""

_SHEET = re.compile(r'[ \t]*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]+)"[^>]*/?>\s*')
_SCRIPT = re.compile(r'<script\b(?![^>]*\bdefer\b)([^>]*\bsrc="[^"]+"[^>]*)>')
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
    pages = {path: _NEEDLESS.sub("", page) for path, page in pages.items()}
    first, links = next((path, found) for path in pages if (found := _SHEET.findall(pages[path])))
    paths = (os.path.normpath(first.parent / re.sub(r"[?#].*", "", link)) for link in links)
    sheets = [added, *(os.path.relpath(path, folder) for path in paths)]
    bundle = ("--bundle", "--minify", "--log-level=error")
    own = ("--format=iife", "--target=es2022", "--allow-overwrite", "--outbase=.", "--outdir=.")
    node.run(*node.program("esbuild"), *BUNDLES, *bundle, *own, cwd=folder)
    scripts = sorted({*folder.glob("_static/*.js"), *folder.glob("_static/*/*.js")})
    said = "\n".join([*pages.values(), *(path.read_text(encoding="utf-8") for path in scripts)])
    style = _one_sheet(folder, sheets, set(re.findall(r"[\w-]+", re.sub(r' d="[^"]*"', "", said))))
    said += (folder / style).read_text(encoding="utf-8")
    _with_fewer_characters(folder / "_static/fonts", said)
    return {
        path: _with_one_sheet(page, os.path.relpath(folder, path.parent), style)
        for path, page in pages.items()
    }


def _one_sheet(folder: Path, sheets: list[str], words: set[str]) -> str:
    """All sheets in one, with the rules that these words can meet; gives its name."""
    whole, met, made = folder / "all.css", folder / "words.txt", folder / "_static" / "all.css"
    whole.write_text("".join(f'@import "./{name}";\n' for name in sheets), encoding="utf-8")
    met.write_text("\n".join(sorted(words)), encoding="utf-8")
    loaders = {".woff": "file", ".woff2": "file", ".ttf": "empty", ".png": "dataurl"}
    kinds = [f"--loader:{kind}={way}" for kind, way in {**loaders, ".svg": "dataurl"}.items()]
    names = ("--bundle", "--minify", "--asset-names=fonts/[name]", "--outdir=_static")
    node.run(*node.program("esbuild"), "all.css", *names, *kinds, cwd=folder)
    purge = ("--font-face", "--css", str(made), "--content", str(met), "--output", str(made))
    node.run(*node.program("purgecss"), *purge)
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
    codes = set(re.findall(r"(?:&#x|\\u?\{?)([0-9a-fA-F]{2,6})", text))
    unicodes = ",".join(sorted(codes | {f"{ord(letter):x}" for letter in set(text)}))
    for path in [*folder.glob("MathJax_*.woff"), *folder.glob("fa-*.woff2")]:
        told = path.read_bytes()
        path.unlink()
        if f"/{path.stem}." in text:  # by the rules that were left
            whole = folder / f"{path.name}.whole"
            whole.write_bytes(told)
            to = f"--output-file={path.with_suffix('.woff2')}"
            options = ("--flavor=woff2", "--drop-tables+=FFTM", "--notdef-outline")
            subset.main([str(whole), f"--unicodes={unicodes}", *options, to])
            whole.unlink()


def _with_one_sheet(page: str, root: str, style: str) -> str:
    first = _SHEET.search(page)
    if first is None:
        return page
    links = "".join(
        f'<link rel="preload" as="font" type="font/woff2" href="{root}/_static/fonts/{font}.woff2" '
        "crossorigin />\n"
        for font in AT_ONCE
    )
    links += f'<link rel="stylesheet" href="{root}/{style}" />\n'
    page = page[: first.start()] + links + _SHEET.sub("", page[first.start() :])
    return _SCRIPT.sub(r'<script defer="defer"\1>', page)
