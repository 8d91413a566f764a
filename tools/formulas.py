"""Set the formulas of pages beforehand, so that they need no script to be read.

Sphinx leaves TeX between ``\\(`` and ``\\)`` or ``\\[`` and ``\\]``; MathJax, run here, makes
of it HTML, MathML for those who listen, and one style sheet for all. A formula with a mistake
is an error. (Tried as well: sphinxcontrib-katex. Its HTML is half as long again.) Symbols in
formulas say what they stand for: each has a card, made of the page of notation.
"""

import html
import json
import re
from functools import cache, partial
from pathlib import Path

import yaml

from tools.files import ROOT, node

SHEET = "_static/formulas.css"
FONTS = "mathjax/es5/output/chtml/fonts/woff-v2"  # a package's, put beside the sheet later
# letters of the text, Source Serif 4, are so much higher than MathJax's
_LETTERS = f"mjx-container {{ font-size: {100 * 0.475 / 0.442:.1f}%; }}\n"

_FORMULA = re.compile(
    r'(?P<before>(?:\(|<span class="pasted-text">[^<]*</span>)?)'
    r'(?P<open><(?P<kind>span|div) class="[^"]*\bmath notranslate nohighlight"[^>]*>\s*'
    r'(?:<span class="eqno">.*?</span>\s*)?)(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<alone>.*?)\\\])\s*'
    r"(?P<close></(?P=kind)>)(?P<after>[,.;:!?)’”]*)",
    re.DOTALL,
)
_ALONE = re.compile(
    r'(<(a|th)\b[^>]*>(?:\s|<[a-z][^>]*>)*<span class="math [^>]*>\\\(([^<]*?)\\\)</span>)'
    r"((?:\s|</[a-z]+>)*</\2>)"
)


def typeset(folder: Path, pages: dict[Path, str]) -> dict[Path, str]:
    """The pages with their formulas set; what these need beside them is written in the folder."""
    notation, script = folder / "book" / "notation.html", folder / "_static/previews/symbols.js"
    cards = _cards(pages[notation]) if notation in pages else {}  # in print there are none
    named = {path: _ALONE.sub(_with_a_name, page) for path, page in pages.items()}
    named[script] = "\0".join(cards.values())
    wanted = sorted({_told(found) for page in named.values() for found in _FORMULA.finditer(page)})
    told = {"formulas": wanted, "macros": macros(), "fonts": FONTS, "symbols": [*cards]}
    answer = json.loads(node("node", Path(__file__).with_suffix(".cjs"), told=json.dumps(told)))
    made = dict(zip(wanted, answer["set"], strict=True))
    done = {path: _FORMULA.sub(partial(_put, made), page) for path, page in named.items()}
    (folder / SHEET).write_text(answer["style"] + _LETTERS, encoding="utf-8")
    said = done.pop(script).split("\0")
    if cards:
        script.write_text(f"cifSymbols({json.dumps(said, ensure_ascii=False)});\n", "utf-8")
    return done


def _told(found: re.Match[str]) -> tuple[str, bool]:
    """TeX of a formula, and whether it stands on lines of its own."""
    return html.unescape(found["inline"] or found["alone"]).strip(), found["alone"] is not None


def _put(made: dict[tuple[str, bool], str], found: re.Match[str]) -> str:
    """A formula in its place: no line ends between it and its number or what closes it."""
    before, opening, _, inline, _, closing, after = found.groups()
    whole = before + opening + made[_told(found)] + closing + after
    return f'<span class="cif-bound">{whole}</span>' if inline and (before or after) else whole


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


def _cards(page: str) -> dict[str, str]:
    """What is said of each symbol, by the tables of meanings and of values on this page."""
    cell = re.compile(r"<t[dh]\b[^>]*>(?:<p>)?(.*?)(?:</p>)?</t[dh]>", re.DOTALL)
    (_, *meanings), values = (
        [cell.findall(row) for row in table.split("<tr")[1:]] for table in page.split("<table")[1:]
    )
    columns = {_bare(head): cells for head, *cells in zip(*values, strict=True)}
    figures = [re.sub(r"<[^>]*>|Fig. |,.*", "", name) for name in columns["figure"]]
    cards = {}
    for symbol, name, code, unit, defined in meanings:
        card = f"<p>{symbol}: <strong>{name}</strong>. Unit: {unit}. Defined in {defined}."
        card += f" In code: {code}." if code else ""
        of, known = columns.get(_bare(symbol), ()), []
        for value in dict.fromkeys(of):
            at = dict.fromkeys(f for v, f in zip(of, figures, strict=True) if v == value)
            known.append(f"{value} in Fig. {', '.join(at)}")
        card += f"</p><p>The paper’s values: {'; '.join(known)}." if known else ""
        cards[re.findall(r"\\\((.*?)\\\)", symbol)[0]] = f"{card}</p>"
    return cards


def _bare(symbol: str) -> str:
    """The letters of a symbol, however its parts are written."""
    return re.sub(r"\\(?:rm|mathrm)|<[^>]*>|[\\{}()_\s]", "", symbol)
