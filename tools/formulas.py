"""Set the formulas of pages beforehand, so that they need no script to be read.

Sphinx leaves TeX between ``\\(`` and ``\\)`` or ``\\[`` and ``\\]``; MathJax, run here, makes
of it HTML, MathML for those who listen, and one style sheet for all. A formula with a mistake
is an error. (Tried as well: sphinxcontrib-katex. Its HTML is half as long again, and its server
takes Node from the PATH alone.)

Symbols in formulas say what they stand for: each has a card, made of the page of notation.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import yaml

from tools import node
from tools.files import ROOT

SHEET = "_static/formulas.css"
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


def typeset(folder: Path, pages: dict[Path, str]) -> dict[Path, str]:
    """The pages with their formulas set; what these need beside them is written in the folder."""
    named = {path: _ALONE.sub(_with_a_name, page) for path, page in pages.items()}
    wanted = sorted({_told(found) for page in named.values() for found in _FORMULA.finditer(page)})
    notation = folder / "book" / "notation.html"
    symbols = _names(pages[notation]) if notation in pages else []  # in print there are no cards
    told = {"formulas": wanted, "macros": macros(), "fonts": FONTS, "symbols": symbols}
    answer = json.loads(node.run("node", Path(__file__).with_suffix(".cjs"), told=json.dumps(told)))
    made = dict(zip(wanted, answer["set"], strict=True))
    done = {
        path: _FORMULA.sub(lambda found: found[1] + made[_told(found)] + found[5], page)
        for path, page in named.items()
    }
    (folder / SHEET).write_text(answer["style"] + _LETTERS, encoding="utf-8")
    if symbols:
        cards = json.dumps(_cards(pages[notation], done[notation]), ensure_ascii=False)
        script = folder / "_static/previews/symbols.js"
        script.write_text(f"cifSymbols({cards});\n", encoding="utf-8")
    return done


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
    """Links and table heads that hold nothing but a formula have a name: TeX as one says it."""
    bare = re.sub(r"\\(?:mathrm|text|left|right|[,;!])|[\\{}]", " ", found[3])
    return f'{found[1]}<span class="cif-said">{" ".join(bare.split())}</span>{found[4]}'


def _tables(page: str) -> list[list[list[str]]]:
    """Cells in the rows of the two tables on the page of notation: of meanings, and of values."""
    cell = re.compile(r"<t[dh]\b[^>]*>(?:<p>)?(.*?)(?:</p>)?</t[dh]>", re.DOTALL)
    return [
        [cell.findall(row) for row in table.split("<tr")[1:]] for table in page.split("<table")[1:]
    ]


def _names(page: str) -> list[str]:
    """TeX of the symbols with a meaning, on the page before its formulas are set."""
    return re.findall(r"\\\((.*?)\\\)", " ".join(row[0] for row in _tables(page)[0][1:]))


def _cards(told: str, done: str) -> list[str]:
    """What is said of each symbol, from the page before and after its formulas are set."""
    values: dict[str, dict[str, list[str]]] = {}
    head, *rows = _tables(told)[1]
    for place, symbol in enumerate(head):
        where = values[_bare(symbol)] = defaultdict(list)
        for row in rows:
            figure = re.sub(r"<[^>]*>|Fig. |,.*", "", row[0])
            if figure not in where[row[place]]:
                where[row[place]].append(figure)
    cards = []
    meanings = zip(_names(told), _tables(done)[0][1:], strict=True)
    for tex, (symbol, name, code, unit, defined) in meanings:
        card = f"<p>{symbol}: <strong>{name}</strong>. Unit: {unit}. Defined in {defined}."
        card += f" In code: {code}." if code else ""
        known = [f"{v} in Fig. {', '.join(at)}" for v, at in values.get(_bare(tex), {}).items()]
        card += f"</p><p>The paper’s values: {'; '.join(known)}." if known else ""
        cards.append(f"{card}</p>")
    return cards


def _bare(tex: str) -> str:
    """The letters of a symbol, however its parts are written."""
    return re.sub(r"\\(?:rm|mathrm)|<[^>]*>|[\\{}()_\s]", "", tex)
