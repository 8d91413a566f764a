"""The built book in a browser: what a reader has, on every page, offline, and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifcore import paper_device
from tests.book.test_plotting import contrast
from tools.files import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# What is inside a drawing or a formula has no rules to keep, and is most of a page.
AXE_RUN = """without => {
    for (const drawing of document.querySelectorAll('svg[role=img]')) drawing.replaceChildren();
    for (const set of document.querySelectorAll('mjx-container')) set.replaceWith(set.textContent);
    return axe.run(document, {
        resultTypes: ['violations'],
        preload: false,
        rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}])),
    }).then(found => found.violations);
}"""
SLOW = ["color-contrast", "link-in-text-block", "avoid-inline-spacing"]
"""Rules for which axe draws a map of the page: run where pages differ in kind."""
KINDS = {"book/claims.html", "book/intro.html", "book/play.html", "search.html"}
# Colours of visible text, its size, and what is behind it, from the front to what covers all.
LETTERS = """theme => {
    document.documentElement.dataset.theme = theme;
    const behind = node => {
        if (!node) return [];
        const {backgroundColor: colour, backgroundImage: image, opacity} = getComputedStyle(node);
        if (/^rgb\\(/.test(colour) && opacity === '1') return [colour];
        const own = image === 'none' && opacity === '1' ? colour : 'a picture';
        return [...(own === 'rgba(0, 0, 0, 0)' ? [] : [own]), ...behind(node.parentElement)];
    };
    const nodes = [...document.querySelectorAll('input:not([type=range]), textarea')], found = {};
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        if (texts.currentNode.data.trim().length > 1) nodes.push(texts.currentNode.parentElement);
    }
    for (const node of nodes) {
        if (node.closest('svg, :disabled')) continue;
        if (!node.checkVisibility({visibilityProperty: true})) continue;
        const {color, fontSize, fontWeight} = getComputedStyle(node);
        const large = Number.parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
        found[JSON.stringify([color, large, ...behind(node)])] = node.outerHTML.slice(0, 90);
    }
    return found;
}"""
NARROW = {
    "wider than the screen": "[document.documentElement.scrollWidth].filter(w => w > innerWidth)",
    "equations cut off on the left": """[...document.querySelectorAll('article div.math')]
        .filter(box => box.querySelector('mjx-math')?.getBoundingClientRect().left
            < box.getBoundingClientRect().left - 1)
        .map(box => box.id || box.textContent.slice(0, 60))""",
}
WIDE = {
    "code that scrolls sideways": """[...document.querySelectorAll('article pre')]
        .filter(code => !code.closest('details:not([open])') && code.scrollWidth > code.clientWidth)
        .map(code => code.textContent.slice(0, 60))""",
    "drawings without a name": """[...document.querySelectorAll('article svg[viewBox]')]
        .filter(one => !one.matches('[aria-hidden=true], [role=img][aria-label], [class*=icon]'))
        .map(one => one.outerHTML.slice(0, 120))""",
    "formulas that scroll inside themselves": """[
        ...document.querySelectorAll('article mjx-container')]
        .filter(box => getComputedStyle(box).overflowY !== 'visible').map(box => box.innerText)""",
}
HEAVIEST = 1_500_000
"""Bytes of a page and all it asks for, uncompressed, before a reader touches a scene."""
PLAY = "book/play.html"
Watch = Callable[..., Any]


def test_every_page(watch: Watch, html: Path, names: list[str]) -> None:
    """Nothing from outside, no error, light enough; axe; both themes; no width too narrow."""
    watched = watch(viewport={"width": 360, "height": 900}, reduced_motion="reduce")
    found: dict[str, Any] = {}
    watched.context.add_init_script(path=AXE)
    for name in names:
        watched.asked.clear()
        page = watched.open(name)
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            for what, look in (NARROW if width < 1000 else WIDE).items():
                found[f"{name} at {width}: {what}"] = page.evaluate(look)
        for theme in ("dark", "light"):
            for letters, where in page.evaluate(LETTERS, theme).items():
                if faint(*json.loads(letters)):
                    found[f"{theme}: {letters}"] = (name, where)
        paths = {html / url[len(watched.site) :].split("?")[0] for url in watched.asked}
        size = sum(path.stat().st_size for path in paths if path.is_file())
        found[f"{name}: heavier than is allowed"] = size if size > HEAVIEST else 0
        for each in page.evaluate(AXE_RUN, [] if name in KINDS else SLOW):
            found[f"{name}: {each['id']}"] = [
                (node["target"], node.get("failureSummary", "")[:250]) for node in each["nodes"][:3]
            ]
        page.set_viewport_size({"width": 360, "height": 900})
    found |= {"asked elsewhere": watched.outside, "errors": watched.errors}
    found = {what: where for what, where in found.items() if where}
    assert not found, json.dumps(found, indent=1)


def faint(colour: str, large: bool, *behind: str) -> bool:
    """Whether letters stand out too little from what is behind them (WCAG 2, level AA)."""
    if "a picture" in behind:
        return False
    ground = np.full(3, 255.0)
    for each in reversed(behind):
        ground = over(each, ground)
    parts = (over(colour, ground).round().astype(int), ground.round().astype(int))
    letters, paper = ("#{:02x}{:02x}{:02x}".format(*part) for part in parts)
    return contrast(letters, paper) < (3 if large else 4.5)


def over(colour: str, ground: np.ndarray) -> np.ndarray:
    """A colour of CSS on a ground."""
    told = [float(part) for part in re.findall(r"[\d.]+", colour)]
    share = told[3] if len(told) > 3 else 1.0
    whole = 255 if colour.startswith("color(srgb") else 1
    return whole * share * np.array(told[:3]) + (1 - share) * ground


def test_without_javascript_figures_and_formulas_are_there(
    watch: Watch, html: Path, names: list[str]
) -> None:
    watched = watch(java_script_enabled=False)
    gone = []
    for name in names:
        boxes = watched.open(name).evaluate(DRAWN)
        gone += [(name, box) for box in boxes if box[0] < 40 or box[1] < 20]
        text = (html / name).read_text(encoding="utf-8")
        assert text.count("<mjx-container") == text.count('math notranslate nohighlight"'), name
        assert text.count("<mjx-assistive-mml") == text.count("<mjx-container"), name
    assert gone == []
    equation = watched.open("book/model.html").locator("#equation-eq-17 mjx-math")
    assert equation.bounding_box()["height"] > 30


DRAWN = """() => [...document.querySelectorAll(
    'article svg[role=img], article img:not(.only-dark, .toggler), figure.cif-scene .cif-still')]
    .filter(drawing => !drawing.closest('details:not([open])'))
    .map(drawing => [drawing.getBoundingClientRect().width, drawing.getBoundingClientRect().height])
"""


def test_nothing_moves_while_a_page_loads(watch: Watch) -> None:
    watched = watch(viewport={"width": 1280, "height": 900})
    watched.context.add_init_script(SHIFTS)
    moved = {}
    for name in ("book/intro.html", "book/hysteresis.html", PLAY):
        page = watched.open(name)
        page.evaluate("() => new Promise(done => setTimeout(done, 300))")
        if (shift := page.evaluate("() => window.shifted")) > MOST_SHIFTED:
            moved[name] = shift
    assert moved == {}


MOST_SHIFTED = 0.05
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    window.shifted += entry.value;
})).observe({type: "layout-shift", buffered: true})"""


def test_a_reference_shows_what_it_refers_to(watch: Watch, html: Path, names: list[str]) -> None:
    watched = watch()
    for kind in ("#equation-", "#fig-", "references.html#"):
        pattern = re.compile(rf'class="reference internal" href="[^"]*{kind}')
        name = next(n for n in names if pattern.search((html / n).read_text(encoding="utf-8")))
        page = watched.open(name)
        link = page.locator(f"article a.reference.internal[href*='{kind}']").first
        link.hover()
        card = page.locator(".cif-preview")
        card.wait_for(state="visible", timeout=5000)
        assert card.bounding_box()["height"] > 20
        page.keyboard.press("Escape")
        assert card.count() == 0
        page.mouse.move(0, 0)


def test_a_figure_leads_to_the_code_that_draws_it(
    watch: Watch, html: Path, names: list[str]
) -> None:
    page = watch(java_script_enabled=False).open("book/rectification.html")
    link = page.locator("#fig-4 + .cif-how a")
    code = page.locator("#how-fig-4")
    assert not code.is_visible()
    link.click()
    code.wait_for(state="visible", timeout=5000)
    assert "plt.figure" in code.inner_text()
    for name in names:
        text = (html / name).read_text(encoding="utf-8")
        drawn = re.findall(r'class="cell_output [^"]*">\s*<figure [^>]*id="([^"]+)"', text)
        assert [f for f in drawn if f'href="#how-{f}"' not in text] == [], name


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Eq 17", "book/model.html#equation-eq-17"),
        ("Fig. 4", "book/rectification.html#fig-4"),
        ("rectification factor", "book/notation.html#rectification-factor"),
        ("γ0", "book/notation.html#hopping-in-the-leads"),
    ],
)
def test_a_search_leads_to_the_place_itself(watch: Watch, words: str, place: str) -> None:
    first = watch().open(f"search.html?q={words}").locator("#search-results li > a").first
    first.wait_for(timeout=10_000)
    assert place in (first.get_attribute("href") or "")


def test_a_symbol_says_what_it_stands_for(watch: Watch) -> None:
    watched = watch()
    page = watched.open("book/model.html")
    equation = page.locator("#equation-eq-2")
    equation.focus()
    said = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
        said.append(equation.locator(".cif-said").inner_text())
    assert "coupling" in said[0] and "asymmetry" in said[1]
    assert f"{paper_device('4').lam} in Fig. 4" in said[1]
    equation.locator("mjx-math .cif-symbol").last.hover()
    card = page.locator(".cif-preview")
    card.get_by_text("length of the decay").wait_for(timeout=5000)
    # an index makes another symbol: gamma_L is not the gamma of the table
    assert "γ" not in {n.inner_text() for n in equation.locator("math > msub .cif-symbol").all()}
    assert watched.errors == []


def test_the_switch_for_folded_code_is_remembered(watch: Watch) -> None:
    page = watch().open("book/rectification.html")
    code = page.locator("#how-fig-4")
    assert not code.is_visible()
    page.locator("[data-does=unfold]").click()
    assert code.is_visible()
    page.goto(page.url.replace("rectification", "hysteresis"))
    assert page.locator("details.hide:not([open])").count() == 0
    page.locator("[data-does=unfold]").click()
    page.reload()
    assert page.locator("details.hide[open]").count() == 0


def test_panels_stack_on_a_phone(watch: Watch) -> None:
    page = watch(viewport={"width": 390, "height": 844}).open("book/rectification.html")
    figure = page.locator("#fig-4 .cif-figure")
    figure.scroll_into_view_if_needed()
    panels = figure.locator(".cif-axes > :first-child")
    boxes = [panels.nth(i).bounding_box() for i in range(panels.count())]
    wide = figure.bounding_box()
    assert all(wide["x"] - 1 <= box["x"] < wide["x"] + wide["width"] for box in boxes)
    assert figure.evaluate("f => f.scrollWidth <= f.clientWidth") and wide["height"] > 800
