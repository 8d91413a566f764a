"""Make pages light and quick to show.

One style sheet for the whole book, with the rules that its pages can meet (esbuild, purgecss);
fonts of formulas and icons with the characters that occur (fonttools; those of the text come in
small parts already); scripts that wait until the page is read.
"""

import hashlib
import os
import re
from pathlib import Path

from fontTools import subset

from tools.files import node

BUNDLES = ("_static/scenes/scenes.js", "_static/scenes/editor.js")
AT_ONCE = ("source-serif-4-latin-wght-normal", "source-sans-3-latin-wght-normal")
"""Fonts that every page shows first."""

_SHEET = re.compile(r'[ \t]*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]+)"[^>]*/?>\s*')
_SCRIPT = re.compile(r'<script\b(?![^>]*\bdefer\b)([^>]*\bsrc="[^"]+"[^>]*)>')


def lighten(folder: Path, pages: dict[Path, str], added: str) -> dict[Path, str]:
    """The pages with light sheets, first `added`, fonts and scripts, rewritten in the folder."""
    first, links = next((path, found) for path in pages if (found := _SHEET.findall(pages[path])))
    paths = (os.path.normpath(first.parent / re.sub(r"[?#].*", "", link)) for link in links)
    sheets = [added, *(os.path.relpath(path, folder) for path in paths)]
    own = ("--format=iife", "--target=es2022", "--allow-overwrite", "--outbase=.", "--outdir=.")
    _esbuild(folder, *BUNDLES, *own)
    scripts = sorted({*folder.glob("_static/*.js"), *folder.glob("_static/*/*.js")})
    said = "\n".join([*pages.values(), *(path.read_text(encoding="utf-8") for path in scripts)])
    name, style = _one_sheet(folder, sheets, re.sub(r' d="[^"]*"', "", said))
    _with_fewer_characters(folder / "_static/fonts", said + style)
    return {
        path: _with_one_sheet(page, os.path.relpath(folder, path.parent), name)
        for path, page in pages.items()
    }


def _esbuild(folder: Path, *options: str, told: str = "") -> None:
    node("esbuild", "--bundle", "--minify", "--log-level=error", *options, cwd=folder, told=told)


def _one_sheet(folder: Path, sheets: list[str], said: str) -> tuple[str, str]:
    """All sheets in one, with the rules that what is said can meet; gives its name and text."""
    loaders = {"woff": "file", "woff2": "file", "ttf": "empty", "png": "dataurl", "svg": "dataurl"}
    kinds = [f"--loader:.{kind}={way}" for kind, way in loaders.items()]
    whole = "".join(f'@import "./{name}";\n' for name in sheets)
    out = ("--asset-names=fonts/[name]", "--outfile=_static/all.css")
    _esbuild(folder, "--loader=css", *kinds, *out, told=whole)
    made, words = folder / "_static/all.css", folder / "words.txt"
    words.write_text("\n".join({*re.findall(r"[\w-]+", said)}), encoding="utf-8")
    node("purgecss", "--font-face", "--css", made, "--content", words, "--output", made)
    style = re.sub(r'\.woff("?\)) format\("woff"\)', r".woff2\1", made.read_text("utf-8"))
    for path in (made, words, *(folder / name for name in sheets)):
        path.unlink()
    name = f"_static/book-{hashlib.sha256(style.encode()).hexdigest()[:8]}.css"
    (folder / name).write_text(style, encoding="utf-8")
    return name, style


def _with_fewer_characters(folder: Path, text: str) -> None:
    """Fonts of formulas and icons with the characters of a text that has CSS and HTML escapes."""
    codes = set(re.findall(r"(?:&#x|\\u?\{?)([0-9a-fA-F]{2,6})", text))
    unicodes = ",".join(sorted(codes | {f"{ord(letter):x}" for letter in set(text)}))
    options = ("--flavor=woff2", "--drop-tables+=FFTM", "--notdef-outline")
    for path in [*folder.glob("MathJax_*.woff"), *folder.glob("fa-*.woff2")]:
        whole = path.rename(path.with_suffix(".whole"))
        if f"/{path.stem}." in text:  # by the rules that were left
            to = f"--output-file={path.with_suffix('.woff2')}"
            subset.main([str(whole), f"--unicodes={unicodes}", *options, to])
        whole.unlink()


def _with_one_sheet(page: str, root: str, style: str) -> str:
    early = '<link rel="preload" as="font" type="font/woff2" href="{}/{}.woff2" crossorigin />\n'
    links = "".join(early.format(f"{root}/_static/fonts", font) for font in AT_ONCE)
    links += f'<link rel="stylesheet" href="{root}/{style}" />\n'
    before, *others = _SHEET.split(page)[::2]
    page = before + links + "".join(others) if others else page
    return _SCRIPT.sub(r'<script defer="defer"\1>', page)
