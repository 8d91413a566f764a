"""Make of the pages that Sphinx writes those that a reader gets.

Names and landmarks for readers who listen or use the keyboard; the right colours from the
first moment; formulas set; one light style sheet; and the book's Content-Security-Policy:
everything comes from the book itself, but for Python, which comes from one address.
"""

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from book._ext.cif_scenes import PUBLIC
from cifcore.book.scenes.words import RAISED
from tools import formulas, lighten

_MENDS = (
    # the label would hide the text that is on the button
    (r'(<button class="btn search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # a script on an element is against the book's policy: access.js listens instead
    (r'<button onclick="window\.print\(\)"', '<button data-does="print"'),
    (r'<button onclick="toggleFullScreen\(\)"', '<button data-does="full-screen"'),
    # a switch where something is folded
    (
        r'(?s)(<div class="dropdown dropdown-download-buttons">)(?=.*<details [^>]*\bhide\b)',
        r'<button class="btn btn-sm pst-navbar-icon" data-does="unfold" aria-pressed="false"'
        r' aria-label="Show folded code, in the whole book"'
        r' title="Show or hide folded code, in the whole book">'
        r'<i class="fas fa-code"></i></button>\1',
    ),
    # entries of a list of publications are its items
    (r'role="doc-biblioentry"', 'role="listitem"'),
    (r'<th class="head"><p></p></th>', '<td class="head"></td>'),
    # the sidebar with the logo is outside every landmark
    (r'<div id="pst-primary-sidebar"', r'\g<0> role="complementary" aria-label="The book"'),
    # without a script the page is light; with one, the first in it says what it is
    (r'data-theme="auto">', 'data-theme="light">'),
    (
        r'localStorage\.getItem\("theme"\) \|\| "auto"',
        r"""{ light: "light", dark: "dark" }[document.documentElement.dataset.mode]
      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")""",
    ),
    # scripts that compete with what is seen first; of live code cells, formulas, a menu of
    # versions and buttons that fold, which are not here; of icons, for which there are fonts
    (r'<link\b[^>]*(?:as="script"|thebe|togglebutton)[^>]*/>\s*', ""),
    (
        r"(?i)<script\b[^<]*(?:thebe|mathjax|kernelname|\.pagename|fontawesome"
        r"|toggle(?:hint|open|button))[^<]*</script>\s*",
        "",
    ),
)


def mend(page: str) -> str:
    """The page with what the theme leaves out, or puts in too late, in order; numbers as set."""
    for found, better in _MENDS:
        page = re.sub(found, better, page)
    return _NOT_PROSE.sub(lambda part: numbers(part[0]) if part["prose"] else part[0], page)


# code, drawings and formulas; any tag; or else prose
_NOT_PROSE = re.compile(
    r"<(?P<tag>pre|code|script|style|textarea|svg|title|dt)\b.*?</(?P=tag)>"
    r'|<(?P<box>span|div) class="math.*?</(?P=box)>|<[^>]*>|(?P<prose>[^<]+)',
    re.DOTALL,
)
_POWER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?\d+)\b")


def numbers(prose: str) -> str:
    """The text with minus signs and powers of ten where a program wrote hyphens and letters.

    And no line ends between a number, which may be an element before, and its per cent.
    """

    def power(found: re.Match[str]) -> str:
        exponent = int(found[2])
        ten = f"10{str(exponent).translate(RAISED)}"
        return found[1] if exponent == 0 else ten if found[1] == "1" else f"{found[1]} × {ten}"

    prose = re.sub(r"(?<![\w.)\]–-])-(?=\d)", "−", _POWER.sub(power, prose))
    return re.sub(r"(?:(?<=\d)|^) %", "\u00a0%", prose)


def finish(raw: Path, done: Path) -> None:
    """Write the finished book from the folder `raw` to `done`, replacing it as a whole."""
    partial = done.with_name(f"{done.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    needless = ".buildinfo .doctrees fontawesome.js* togglebutton.* *.map *webpack-macros.html"
    shutil.copytree(raw, partial, ignore=shutil.ignore_patterns(*needless.split()))
    ours = {*partial.rglob("*.html")} - {*(partial / "_static").rglob("*")}
    pages = {path: mend(path.read_text(encoding="utf-8")) for path in sorted(ours)}
    pages = lighten.lighten(partial, formulas.typeset(partial, pages), formulas.SHEET)
    shutil.rmtree(partial / "_static/vendor")  # the theme's, whose fonts now are beside the sheet
    rule = policy(pages)
    for path, page in pages.items():
        head = f'\\1\n    <meta http-equiv="Content-Security-Policy" content="{rule}" />'
        page = re.sub(r'(<meta charset="[^"]*" ?/?>)', head, page, count=1)
        path.write_text(page, encoding="utf-8")
    shutil.rmtree(done, ignore_errors=True)
    partial.rename(done)


SCRIPTS = {
    "JyNXYNejDcQLk0MRALuRv8QTDNwEbmrrUgI4Xn1utr0=": "light or dark: the theme's, mended above",
    "mNyD6WQ4vKGmtbf2Mk6RMjMo7k6Ib4wzc6b1fvYgVHE=": "the theme's page of search: its field",
}
STYLES = {"C3nk0YHGM8DxSAqt/D7LJhnXw+LUypY+FxVXtw/fUEg=": "the theme's, where no script runs"}
"""What may stand in pages, by the SHA-256 of its text. Anything else ends the build."""

_INLINE = re.compile(
    r'(?is)<(script|style)\b(?![^>]*(?:\bsrc=|type="application/json"))[^>]*>(.*?)</\1\s*>'
)


def policy(pages: Mapping[Path, str]) -> str:
    """The policy for these pages, if all that stands in them is known; else an error."""
    known = {"script": SCRIPTS, "style": STYLES}
    for path, page in pages.items():
        for kind, text in _INLINE.findall(page):
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            if digest not in known[kind.lower()]:
                what = f"{digest} {text.strip()[:80]!r}"
                raise ValueError(f"{path.name} holds a {kind} unknown to tools/finish.py: {what}")
    scripts, styles = (" ".join(f"'sha256-{one}'" for one in kind) for kind in known.values())
    python = "" if os.environ.get("CIF_PYODIDE") else PUBLIC  # the book serves Python itself
    return (
        f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {python} {scripts}; "
        # drawings and formulas place their parts by styles on elements
        f"style-src 'self' 'unsafe-inline'; style-src-elem 'self' {styles}; "
        "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        # workers are made of scripts whose bytes were checked
        f"connect-src 'self' {python}; worker-src blob:; base-uri 'none'; form-action 'self'"
    )
