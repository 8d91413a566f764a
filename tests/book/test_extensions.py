"""What the book adds to Sphinx: figures in the page, the paper's numbers, text and outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from book._ext import cif_figures as figures
from book._ext import cif_numbers as numbers
from book._ext import cif_pages as pages
from cifcore.book.figures import COLOURS, COLOURS_DARK
from tools.files import ROOT

SVG = f"""<svg width="288pt" height="216pt" viewBox="0 0 288 216" version="1.1">
 <g id="figure_1"><defs><path id="glyph" d="M 0 0"/><clipPath id="clip"/></defs>
 <use xlink:href="#glyph" style="fill: {COLOURS["positive"]}"/>
 <path clip-path="url(#clip)" style="stroke: #abcdef"/></g></svg>"""


def test_two_figures_on_a_page_keep_their_names_apart() -> None:
    first, second = (figures.inline_svg(SVG, "a curve", prefix) for prefix in ("p-1", "p-2"))
    names = [set(re.findall(r' id="([^"]*)"', markup)) for markup in (first, second)]
    assert '<path id="p-1-0"' in first and '<clipPath id="p-1-1"' in first
    assert not names[0] & names[1]
    assert 'href="#p-1-0"' in first and "url(#p-1-1)" in first


def test_colours_with_a_meaning_follow_the_theme_and_others_stay() -> None:
    markup = figures.inline_svg(SVG, "a curve", "p")
    assert "fill: var(--cif-positive)" in markup
    assert "stroke: #abcdef" in markup


def test_both_themes_have_their_colours(html: Path) -> None:
    (sheet,) = (path.read_text(encoding="utf-8") for path in html.glob("_static/book-*.css"))
    for theme, colours in ((":root", COLOURS), (r"html\[data-theme=.?dark.?\]", COLOURS_DARK)):
        told = "".join(rf"--cif-{name}: ?{colour};?" for name, colour in colours.items())
        assert re.search(theme + "{" + told + "}", sheet), theme


def test_the_alternative_text_names_the_picture() -> None:
    markup = figures.inline_svg(SVG, 'x < "y"', "p")
    assert 'role="img"' in markup
    assert 'aria-label="x &lt; &quot;y&quot;"' in markup


def test_only_wide_figures_scroll() -> None:
    assert "cif-wide" not in figures.inline_svg(SVG, "a", "p")
    wide = figures.inline_svg(SVG.replace("0 0 288", "0 0 520"), "a", "p")
    assert "cif-wide" in wide and 'tabindex="0"' in wide


def test_what_is_ours_has_the_letters_of_its_page_and_nothing_has_them_twice() -> None:
    pages = ["model", "book/motors-at-work", "motion", "mass", "book/beta"]
    assert list(numbers.letters(pages).values()) == ["M", "MAW", "Mo", "Ma", "B"]
    for kind in ("eq-", "fig-"):
        given = [p.number for label, p in numbers.places(ROOT).items() if label.startswith(kind)]
        assert len(given) == len(set(given)) > 20


def test_places_of_a_page_are_numbered_in_order_and_know_their_heading() -> None:
    text = "---\nname: fig-no\n---\n(sec-a)=\n# A\n:label: eq-own-a\n:label: eq-B6\n## C\n"
    text += "```{code-cell}\n---\n  name: fig-own\n---\n# name: fig-no\n```\n:label: eq-own-b\n"
    found = numbers._labelled(text, "page", "P")
    assert {label: place.number for label, place in found.items()} == {
        "sec-a": "A",
        "eq-own-a": "P.1",
        "eq-B6": "B6",
        "fig-own": "P.1",
        "eq-own-b": "P.2",
    }
    assert found["eq-own-b"].heading == "C" and found["sec-a"].heading == "A"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as Fig. 4(c) shows, 3 times", [("Fig. 4(c)", "fig-4")]),
        ("Figs. 2(d) and 3, 7", [("Figs. 2(d)", "fig-2"), ("3", "fig-3"), ("7", "fig-7")]),
        ("Eqs. 14-16 or (B7)", [("Eqs. 14", "eq-14"), ("16", "eq-16"), ("(B7)", "eq-B7")]),
        ("Fig. 9(c, d); Appendix B.", [("Fig. 9(c, d)", "fig-9")]),
        ("Appendix B tells", [("Appendix B", "sec-analytic")]),
        ("Figure 4, Sec. III, Fig. M.2", []),
    ],
)
def test_mentions_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert [(text[start:end], label) for start, end, label in numbers.mentions(text)] == found


def test_the_page_has_the_text_of_the_source_and_the_outputs_of_the_notebook(
    tmp_path: Path,
) -> None:
    output = nbformat.v4.new_output("stream", text="2")
    code = nbformat.v4.new_code_cell("1 + 1", execution_count=1, outputs=[output])
    told = [nbformat.v4.new_markdown_cell("plain"), code, nbformat.v4.new_markdown_cell("caption")]
    executed = nbformat.writes(nbformat.v4.new_notebook(cells=told))
    text = "{eq}`eq-17`\n\n```{code-cell} ipython3\n:tags: [hide-input]\n1 + 1\n```\n"
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    merged = pages.merged(tmp_path / "page.md", executed)
    words, cell = nbformat.reads(merged, as_version=4).cells
    assert words.source == "{eq}`eq-17`"
    assert cell.outputs == [output] and cell.metadata.tags == ["hide-input"]
    assert cell.metadata.mystnb.code_prompt_show == "Show how this is computed"
