"""Set the formulas of pages beforehand, so that they need no script to be read.

Sphinx leaves TeX between ``\\(`` and ``\\)`` or ``\\[`` and ``\\]``; MathJax, run here, makes
of it HTML, MathML for those who listen, and one style sheet for all. A formula with a mistake
is an error. (Tried as well: sphinxcontrib-katex. Its HTML is half as long again, and its server
takes Node from the PATH alone.)
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from tools import node
from tools.files import ROOT

FONTS = "mathjax/es5/output/chtml/fonts/woff-v2"  # a package's, put beside the sheet later
X_HEIGHT = 0.475 / 0.442  # of the text's letters, Source Serif 4, to that of MathJax's
_LETTERS = f"mjx-container {{ font-size: {100 * X_HEIGHT:.1f}%; }}\n"

_FORMULA = re.compile(
    r'(<(span|div) class="[^"]*\bmath notranslate nohighlight"[^>]*>\s*(?:<span class="eqno">'
    r".*?</span>\s*)?)(?:\\\((.*?)\\\)|\\\[(.*?)\\\])\s*(</\2>)",
    re.DOTALL,
)
_ALONE = re.compile(
    r'(<(a|th)\b[^>]*>(?:\s|<[a-z][^>]*>)*<span class="math [^>]*>\\\(([^<]*?)\\\)</span>)'
    r"((?:\s|</[a-z]+>)*</\2>)"
)


def typeset(pages: Mapping[Path, str], symbols: Sequence[str]) -> tuple[dict[Path, str], str]:
    """The pages with their formulas set, and the style sheet that these need.

    Where one of the `symbols` stands in a formula on lines of its own it is marked.
    """
    named = {path: _ALONE.sub(_with_a_name, page) for path, page in pages.items()}
    wanted = sorted({_told(found) for page in named.values() for found in _FORMULA.finditer(page)})
    told = json.dumps({"formulas": wanted, "macros": macros(), "fonts": FONTS, "symbols": symbols})
    script = str(Path(__file__).with_suffix(".cjs"))
    answer = json.loads(node.run(*node.command("node"), script, told=told))
    done = dict(zip(wanted, answer["set"], strict=True))
    done_pages = {
        path: _FORMULA.sub(lambda found: found[1] + done[_told(found)] + found[5], page)
        for path, page in named.items()
    }
    return done_pages, answer["style"] + _LETTERS


def _told(found: re.Match[str]) -> tuple[str, bool]:
    """TeX of a formula, and whether it stands on lines of its own."""
    return html.unescape(found[3] or found[4]).strip(), found[4] is not None


@cache
def macros() -> dict[str, str]:
    """Commands of the book's own."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    found: dict[str, str] = settings["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    return found


def _with_a_name(found: re.Match[str]) -> str:
    """Links and table heads that hold nothing but a formula have a name in words."""
    return f'{found[1]}<span class="cif-said">{spoken(found[3])}</span>{found[4]}'


def spoken(tex: str) -> str:
    """TeX as one would say it: commands by their names, without braces."""
    bare = re.sub(r"\\(?:mathrm|text|left|right|[,;!])", " ", tex)
    return " ".join(re.sub(r"[\\{}]", " ", bare).split())
