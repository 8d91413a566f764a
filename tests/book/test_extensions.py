"""What the book adds to Sphinx: figures in the page, the paper's numbers, plain docstrings."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from cifcore.book.figures import COLOURS, COLOURS_DARK
from tools.files import ROOT


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "_ext" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


figures, equations, docstrings = map(load, ("cif_figures", "cif_equations", "cif_docstrings"))

SVG = f"""<svg width="288pt" height="216pt" viewBox="0 0 288 216" version="1.1">
 <g id="figure_1"><defs><path id="glyph" d="M 0 0"/><clipPath id="clip"/></defs>
 <use xlink:href="#glyph" style="fill: {COLOURS["positive"]}"/>
 <path clip-path="url(#clip)" style="stroke: #abcdef"/></g></svg>"""


def test_two_figures_on_a_page_keep_their_names_apart() -> None:
    first, second = (figures.inline_svg(SVG, "a curve", prefix) for prefix in ("p-1", "p-2"))
    names = [set(re.findall(r' id="([^"]*)"', markup)) for markup in (first, second)]
    assert names[0] == {"p-1-glyph", "p-1-clip"}
    assert not names[0] & names[1]
    assert 'href="#p-1-glyph"' in first and "url(#p-1-clip)" in first


def test_colours_with_a_meaning_follow_the_theme_and_others_stay() -> None:
    markup = figures.inline_svg(SVG, "a curve", "p")
    assert "fill: var(--cif-positive)" in markup
    assert "stroke: #abcdef" in markup
    sheet = figures.palette_css()
    for name in COLOURS:
        assert sheet.count(f"--cif-{name}:") == 2
        assert COLOURS[name] in sheet and COLOURS_DARK[name] in sheet


def test_the_alternative_text_names_the_picture() -> None:
    markup = figures.inline_svg(SVG, 'x < "y"', "p")
    assert 'role="img"' in markup
    assert 'aria-label="x &lt; &quot;y&quot;"' in markup


def test_only_wide_figures_scroll() -> None:
    assert "cif-wide" not in figures.inline_svg(SVG, "a", "p")
    wide = figures.inline_svg(SVG.replace("288pt", "520pt"), "a", "p")
    assert "cif-wide" in wide and 'tabindex="0"' in wide


@pytest.mark.parametrize(
    ("label", "number"),
    [("eq-17", "17"), ("eq-B6", "B6"), ("eq-own-scale", None), ("fig-2", None), ("eq-", None)],
)
def test_labels_say_the_papers_number(label: str, number: str | None) -> None:
    assert equations.paper_number(label) == number


def test_equations_of_our_own_have_roman_numbers() -> None:
    assert [equations.roman(n) for n in (1, 4, 9, 14)] == ["i", "iv", "ix", "xiv"]


def test_bars_and_stars_of_a_docstring_mean_themselves() -> None:
    lines = ["|G|^2 and x*y, not ``|a|``", ".. math::", "", "   |G|", "", "a|b", ">>> 2 * 3"]
    assert docstrings.escape(lines) == [
        r"\|G\|^2 and x\*y, not ``|a|``",
        ".. math::",
        "",
        "   |G|",
        "",
        r"a\|b",
        ">>> 2 * 3",
    ]


def test_a_figure_from_a_folded_cell_leads_to_its_code_and_no_other_does() -> None:
    code = '<div class="cell_input docutils container">code</div>'
    drawn = '<figure class="align-default" id="fig-1">a</figure>'
    folded = f'<div class="cell tag_hide-input docutils container">{code}{drawn}</div>'
    body = figures.with_origins(f"{drawn.replace('fig-1', 'fig-0')}{code}{folded}{folded}")
    assert "how-fig-0" not in body
    assert body.count('class="cell_input docutils container" id="how-fig-1"') == 2
    assert body.count('</figure>\n<p class="cif-how"><a href="#how-fig-1">') == 2
    only_code = f'<div class="cell tag_hide-input docutils container">{code}</div>'
    assert figures.with_origins(only_code) == only_code
