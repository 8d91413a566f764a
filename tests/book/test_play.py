"""Scenes and cells in a browser: sliders, frames, the stage, and Python in the page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sphinx.errors import ExtensionError

from book._ext.cif_scenes import PUBLIC, PYODIDE, bring_python
from cifcore import LinearBias, folds, paper_device
from cifcore.book.scenes.catalogue import SCENES, compute, evaluate

PLAY = "book/play.html"
ONE = "book/intro.html"
"""A page with the scene of the force alone."""
Watch = Callable[..., Any]


def scenes_ready(page: Any) -> list[Any]:
    """Every scene of the page, its frames loaded."""
    figures = page.query_selector_all("figure.cif-scene")
    for figure in figures:
        figure.query_selector(".cif-control input").focus()
    page.locator("figure.cif-scene[data-frames]").nth(len(figures) - 1).wait_for()
    return list(figures)


MOVING = {"motion", "pump", "fluctuations", "modes"}
MOVE = "(s, i) => { s.value = i; s.dispatchEvent(new Event('input', {bubbles: true})); }"
BACK = """f => { f.querySelector('.cif-presets button').click();
    return JSON.stringify(f.scene.current); }"""
MOVED = """s => { const f = s.closest('figure');
    return [JSON.stringify(f.scene.current), s.ariaValueText, f.getAttribute('data-stale')]; }"""
SHOWN = """figure => JSON.stringify(figure.scene.current)"""


# --- scenes by frames -------------------------------------------------------------------


def test_every_slider_moves_its_scene_from_a_folder_too(watch: Watch, html: Path) -> None:
    watched = watch()
    page = watched.open((html / PLAY).as_uri())
    figures = scenes_ready(page)
    assert len(figures) == len(SCENES)
    for figure in figures:
        for slider in figure.query_selector_all(".cif-control input"):
            before = figure.evaluate(BACK)
            start = slider.evaluate("s => [s.focus(), s.ariaValueText, Number(s.value)]")
            page.keyboard.press("ArrowRight" if start[2] == 0 else "ArrowLeft")
            now, text, stale = slider.evaluate(MOVED)
            assert text != start[1] and now != before, slider.get_attribute("id")
            assert stale is None
            before = now
        said = figure.query_selector(".cif-shown").inner_text()
        assert "all else as in the " in said
        assert figure.query_selector(".cif-sentence").inner_text() == json.loads(before)["sentence"]
    assert watched.errors == []
    assert watched.outside == []


def test_sliders_stand_at_their_values_from_the_first_moment(watch: Watch) -> None:
    told = watch(java_script_enabled=False).open(PLAY).evaluate(STANDING)
    page = watch().open(PLAY)
    assert page.evaluate(STANDING) == told  # the script has no frames yet
    assert page.locator("figure.cif-scene[data-frames]").count() == 0
    for name, scene in SCENES.items():
        for control in scene.controls:
            values = control.frame_values.tolist()
            at = told[f"cif-{name}-{control.name}"]
            assert at == [values.index(control.default), len(values) - 1]


STANDING = """() => Object.fromEntries([...document.querySelectorAll('.cif-control input')]
    .map(slider => [slider.id, [Number(slider.value), Number(slider.max)]]))"""


def test_frames_are_what_the_package_computes(watch: Watch) -> None:
    """One control off its default, and the two that move together."""
    page = watch(reduced_motion="reduce").open(PLAY)
    scenes_ready(page)
    for name, scene in SCENES.items():
        figure = page.query_selector(f"figure.cif-scene:has(#cif-{name}-{scene.controls[0].name})")
        chosen = {}
        for control in scene.together:
            values = scene_values(name, control)
            index = len(values) // 3
            if values[index] == scene.defaults[control]:
                index += 1
            figure.query_selector(f"#cif-{name}-{control}").evaluate(MOVE, index)
            chosen[control] = float(values[index])
            shown = json.loads(figure.evaluate(SHOWN))
            same(shown, evaluate(name, chosen), 2e-5)
            assert figure.evaluate("f => f.scene.chosen()") == {**scene.defaults, **chosen}
        said = figure.query_selector(".cif-shown").inner_text()
        assert said.count(" = ") == 2 and f"all else as in the {scene.origin}" in said


def scene_values(name: str, control: str) -> Any:
    """The values of a control that frames have with all others at rest."""
    return next(c for c in SCENES[name].controls if c.name == control).frame_values


def test_a_slider_leaves_the_others_where_they_are(watch: Watch) -> None:
    """Values without a frame are kept, and Python is offered with what it costs."""
    page = watch(reduced_motion="reduce").open(ONE)
    figure = scenes_ready(page)[0]
    wanted = {}
    for control, index in (("eV", 3), ("lam", 2), ("k", 4)):
        figure.query_selector(f"#cif-force-{control}").evaluate(MOVE, index)
        wanted[control] = float(scene_values("force", control)[index])
    assert figure.evaluate("f => f.scene.values") == wanted
    assert figure.get_attribute("data-stale") is not None
    said = figure.query_selector(".cif-shown").inner_text()
    assert "Not computed beforehand" in said and "17 MB, about 10 s" in said
    rest = int(np.flatnonzero(scene_values("force", "k") == SCENES["force"].defaults["k"])[0])
    figure.query_selector("#cif-force-k").evaluate(MOVE, rest)
    del wanted["k"]
    assert figure.get_attribute("data-stale") is None
    same(json.loads(figure.evaluate(SHOWN)), evaluate("force", wanted), 2e-5)


def test_axes_stay_and_fit_on_request(watch: Watch) -> None:
    page = watch(reduced_motion="reduce").open(ONE)
    figure = scenes_ready(page)[0]
    ticks = "f => [...f.querySelectorAll('.cif-panel .cif-axis text')].map(t => t.textContent)"
    first = figure.evaluate(ticks)
    figure.query_selector("#cif-force-eV").evaluate(MOVE, 2)
    assert figure.evaluate(ticks) == first
    assert figure.query_selector_all(".cif-ghost")
    figure.query_selector(".cif-fit").click()
    assert figure.evaluate(ticks) != first


# --- the stage -------------------------------------------------------------------------------

DOT = "f => [f.scene.stage.now.x, Number(f.querySelector('.cif-dot').getAttribute('cx'))]"


def test_the_dot_follows_its_branch_and_jumps_at_the_fold(watch: Watch) -> None:
    page = watch(reduced_motion="reduce").open(ONE)
    figure = scenes_ready(page)[0]
    stages = {v: compute("force", {"eV": float(v)}).stage for v in scene_values("force", "eV")}
    slider = figure.query_selector("#cif-force-eV")
    seen = []
    for index, (bias, stage) in enumerate(stages.items()):
        if bias < 0.2:
            continue
        slider.evaluate(MOVE, index)
        x, at = figure.evaluate(DOT)
        assert np.min(np.abs(stage.stable - x)) < 1e-4
        seen.append((float(bias), x, at))
    jumps = [i for i in range(1, len(seen)) if abs(seen[i][1] - seen[i - 1][1]) > 0.5]
    assert len(jumps) == 1 and figure.get_attribute("data-jumps") == "1"
    fold = float(np.max(folds(LinearBias(paper_device("2b")), 0.4).bias))
    assert seen[jumps[0] - 1][0] < fold < seen[jumps[0]][0]
    assert all(after[2] >= before[2] for before, after in itertools.pairwise(seen))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(700)
    assert figure.query_selector(".cif-spoken[aria-live]").inner_text().startswith("At eV")


def test_a_run_plays_pauses_and_is_scrubbed(watch: Watch) -> None:
    page = watch(viewport={"width": 1280, "height": 900}).open("book/adiabatic-dynamics.html")
    figure = page.query_selector("figure.cif-scene:has(#cif-motion-eV)")
    figure.query_selector(".cif-stage").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('figure.cif-scene').scene.stage.at > 3")
    figure.query_selector(".cif-play").click()
    stopped = figure.evaluate("f => f.scene.stage.at")
    page.wait_for_timeout(200)
    assert figure.evaluate("f => f.scene.stage.at") == pytest.approx(stopped, abs=1e-9)
    stage = compute("motion").stage
    scrub = figure.query_selector(".cif-scrub input")
    for index in (40, 200):
        scrub.evaluate(MOVE, index)
        x, _ = figure.evaluate(DOT)
        assert x == pytest.approx(stage.x[index], abs=1e-4)
        t = figure.query_selector(".cif-here").evaluate(
            "c => c.closest('figure').scene.chart.panels[0].x.invert(Number(c.getAttribute('cx')))"
        )
        swing = stage.clock[-1] / 6
        assert t * swing == pytest.approx(stage.clock[index], abs=1)
        told = scrub.get_attribute("aria-valuetext")
        assert f"t = {float(f'{stage.clock[index]:.3g}'):g}" in told


def test_nothing_moves_by_itself_for_those_who_ask(watch: Watch) -> None:
    page = watch(reduced_motion="reduce").open(PLAY)
    for figure in scenes_ready(page):
        assert not figure.query_selector(".cif-play").is_visible()
        figure.evaluate("f => f.scrollIntoView()")
        drawing = "f => f.querySelector('.cif-stage').innerHTML"
        before = figure.evaluate(drawing)
        page.wait_for_timeout(120)
        assert figure.evaluate(drawing) == before
        if scrub := figure.query_selector(".cif-scrub input"):
            scrub.evaluate(MOVE, 3)
            assert figure.evaluate(drawing) != before


def test_the_stage_has_its_colours(watch: Watch) -> None:
    """The style sheet keeps the rules of what the script draws."""
    (figure,) = scenes_ready(watch(reduced_motion="reduce").open("book/fluctuations.html"))
    style = "(n, key) => getComputedStyle(n)[key]"
    drawn = {"dot": "fill", "lead": "fill", "sea": "fill", "spring": "stroke", "coupling": "stroke"}
    for part, key in drawn.items():
        shown = figure.query_selector(f".cif-{part}").evaluate(style, key)
        assert shown not in {"none", "rgb(0, 0, 0)"}, part
    assert figure.query_selector(".cif-spring").evaluate(style, "fill") == "none"
    assert figure.query_selector(".cif-one").evaluate(style, "fill") != "rgb(0, 0, 0)"


def test_a_link_restores_a_view(watch: Watch) -> None:
    watched = watch(reduced_motion="reduce")
    page = watched.open("book/rectification.html#scene-diode:lam=0,E_dot=-0.05,evil=1,gamma=x")
    page.locator("figure.cif-scene[data-frames]").first.wait_for()
    figure = page.query_selector("figure.cif-scene:has(#cif-diode-lam)")
    assert figure.evaluate("f => f.scene.values") == {"lam": 0, "E_dot": -0.05}
    same(json.loads(figure.evaluate(SHOWN)), evaluate("diode", {"lam": 0.0, "E_dot": -0.05}), 2e-5)
    assert figure.query_selector(".cif-stage").is_visible()
    figure.query_selector(".cif-presets button:nth-child(2)").click()
    page.wait_for_timeout(400)
    assert page.url.endswith("#scene-diode:lam=0")
    with page.expect_download() as download:
        figure.query_selector(".cif-csv").click()
    head = Path(download.value.path()).read_text(encoding="utf-8").splitlines()[:4]
    assert head[1].startswith("# lam = 0; E_dot = -0.2") and head[2].endswith("#scene-diode:lam=0")
    assert head[3] == "panel,curve,x,y"
    assert "lam=0, E_dot=-0.2" in figure.query_selector(".cif-code pre").text_content()
    # off the frames: kept, and Python offered
    page = watched.open("book/intro.html#scene-force:eV=0.11,k=0.03")
    page.reload()
    page.locator("figure.cif-scene[data-stale]").wait_for()
    assert page.locator("figure.cif-scene").evaluate("f => f.scene.chosen()")["k"] == 0.03


FIRST = ("intro", "model", "adiabatic-dynamics", "rectification", "hysteresis", "load")
FIRST += ("symmetry-breaking", "damping-windows", "fluctuations", "retention", "pump-in-the-heat")
FIRST += ("holds-bias", "design-space", "your-own-molecule", "two-modes", "heat")
FIRST += ("superconducting-leads",)


SIZES = [(390, 844), (1440, 900)]


def test_the_first_screen_has_something_to_move(watch: Watch) -> None:
    watched = watch(reduced_motion="reduce")
    for name, (wide, high) in itertools.product(FIRST, SIZES):
        watched.page.set_viewport_size({"width": wide, "height": high})
        if wide == SIZES[0][0]:
            page = watched.open(f"book/{name}.html")
            page.locator(".cif-stage svg").first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        boxes = page.evaluate(BOXES)
        for part in ("stage", "first", *(["byline"] if name == "intro" else [])):
            top, bottom = boxes[part]
            assert top >= 0 and bottom <= high, (name, wide, part, top, bottom)
        assert boxes["plot"][1] <= boxes["dock"][0] + 1, (name, wide)
        assert page.locator(".cif-control input").first.bounding_box()["width"] > 80, (name, wide)
        # the plot stays in sight while a slider moves
        boxes = page.evaluate(TOUCHED)
        top, bottom = boxes["plot"]
        assert top >= 0 and top + 0.8 * (bottom - top) <= boxes["first"][0], (name, wide)
        assert boxes["first"][1] <= high, (name, wide)


BOXES = """() => Object.fromEntries(Object.entries({
    stage: '.cif-stage svg', first: '.cif-control input', byline: '.cif-byline',
    plot: 'figure.cif-scene .cif-frame', dock: 'figure.cif-scene .cif-controls',
}).filter(([, where]) => document.querySelector(where)).map(([part, where]) => {
    const {top, bottom} = document.querySelector(where).getBoundingClientRect();
    return [part, [top, bottom]];
}))"""
TOUCHED = f"""() => {{
    [...document.querySelectorAll('.cif-control input')].at(-1).focus();
    document.querySelector('figure.cif-scene .cif-frame').scrollIntoView({{block: 'center'}});
    return ({BOXES})();
}}"""


def test_a_playing_stage_and_a_frame_are_fast(watch: Watch) -> None:
    page = watch(viewport={"width": 1440, "height": 900}).open("book/adiabatic-dynamics.html")
    (figure,) = scenes_ready(page)
    figure.query_selector(".cif-stage").scroll_into_view_if_needed()
    # 16 ms on a quiet machine; a busy one must not fail this
    assert figure.evaluate(WORK) < 8 and figure.evaluate(DRAG) < 100


WORK = """f => { const stage = f.scene.stage; stage.play(true); const begin = performance.now();
    for (let i = 0; i < 200; i++) { stage.last = 0; stage.tick(16); }
    return (performance.now() - begin) / 200; }"""
DRAG = """f => { const slider = f.querySelector('.cif-control input'); const took = [];
    for (let i = 0; i < Number(slider.max); i++) {
        slider.value = i; const begin = performance.now();
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        f.getBoundingClientRect(); took.push(performance.now() - begin); }
    return took.sort((a, b) => a - b)[Math.floor(took.length / 2)]; }"""


def test_a_slider_moved_before_its_frames_arrive_is_where_it_was_put(watch: Watch) -> None:
    watched = watch()
    held: list[Any] = []
    watched.context.route("**/frames/force.js*", lambda route: held.append(route))
    page = watched.open(ONE)
    figure = page.query_selector("figure.cif-scene")
    figure.query_selector("#cif-force-eV").evaluate(MOVE, 3)
    figure.query_selector("#cif-force-lam").evaluate(MOVE, 2)
    assert "Fetching" in figure.query_selector(".cif-shown").inner_text()
    page.wait_for_timeout(50)
    held[0].continue_()
    page.locator("figure.cif-scene[data-frames]").first.wait_for()
    chosen = figure.evaluate("f => f.scene.values")
    assert set(chosen) == {"eV", "lam"}
    same(json.loads(figure.evaluate(SHOWN)), evaluate("force", chosen), 2e-5)


def same(
    shown: dict[str, Any], ours: dict[str, Any], tolerance: float, least: float = 1e-12
) -> None:
    """Two pictures agree: the same traces, numbers to `tolerance` of each array's largest.

    `least` is the least that this largest number counts as.
    """
    assert shown["sentence"] == ours["sentence"]
    assert len(shown["panels"]) == len(ours["panels"])
    for here, there in zip(shown["panels"], ours["panels"], strict=True):
        assert len(here["traces"]) == len(there["traces"])
        for a, b in zip(here["traces"], there["traces"], strict=True):
            assert {k: a[k] for k in ("label", "colour", "line", "marker")} == {
                k: b[k] for k in ("label", "colour", "line", "marker")
            }
            for key in ("x", "y"):
                one, two = (np.array([np.nan if v is None else v for v in t[key]]) for t in (a, b))
                finite = two[np.isfinite(two)]
                scale = max(float(np.max(np.abs(finite), initial=0.0)), least)
                np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * scale)
    for key in ("left", "right", "x", "bias", "current", "stable", "unstable"):
        one, two = np.array(shown["stage"][key]), np.array(ours["stage"][key])
        scale = max(float(np.max(np.abs(two), initial=0.0)), least)
        np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * scale)


def test_values_can_be_read_by_keyboard_and_by_touch(watch: Watch) -> None:
    page = watch(has_touch=True).open(ONE)
    chart = page.locator("figure.cif-scene .cif-frame > svg").first
    tip = page.locator("figure.cif-scene .cif-tip").first
    assert tip.is_hidden()
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert tip.is_visible()
    first = tip.inner_text()
    page.keyboard.press("ArrowRight")
    assert tip.inner_text() != first
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    box = chart.bounding_box()  # the middle of the left panel, where spring and force cross
    chart.tap(position={"x": 0.25 * box["width"], "y": 0.5 * box["height"]})
    assert tip.is_visible()


# --- Python in the page -----------------------------------------------------------------


def answered(watched: Any, folder: Path, address: str = PUBLIC, changed: str = "") -> None:
    """Answer what is asked of an address from a folder, one file with a changed byte."""

    def answer(route: Any) -> None:
        name = route.request.url.rpartition("/")[2].partition("?")[0]
        data = bytearray((folder / name).read_bytes())
        if name == changed:
            data[len(data) // 2] ^= 1
        kinds = {".js": "text/javascript", ".wasm": "application/wasm"}
        kind = kinds.get(Path(name).suffix, "application/octet-stream")
        named = {"access-control-allow-origin": "*", "content-type": kind}
        route.fulfill(body=bytes(data), headers=named)

    watched.allowed += (address,)
    watched.context.route(f"{address}**", answer)


def test_python_in_the_page(watch: Watch, pyodide: Path) -> None:
    """A broken download, then a good one; numbers off the frames; fast dragging."""
    watched = watch()
    watched.allowed += (PUBLIC,)
    watched.context.route(f"{PUBLIC}**", lambda route: route.abort())
    page = watched.open(PLAY)
    figures = scenes_ready(page)
    first = figures[0]

    first.query_selector(".cif-python").click()
    page.locator("figure.cif-scene[data-python=failed]").first.wait_for()
    assert "did not start" in first.query_selector(".cif-status").inner_text()
    before = first.evaluate(SHOWN)
    first.query_selector(".cif-control input").focus()
    page.keyboard.press("ArrowLeft")
    assert first.evaluate(SHOWN) != before
    watched.errors.clear()

    watched.context.unroute(f"{PUBLIC}**")
    answered(watched, pyodide)
    first.query_selector(".cif-python").click()
    page.locator("figure.cif-scene[data-python=ready]").first.wait_for(timeout=60_000)

    # all scenes share the worker: every one is live, at values that no frame has
    for figure, (name, scene) in zip(figures, SCENES.items(), strict=True):
        for control in scene.controls:
            off = [i for i, v in enumerate(control.values) if v not in control.frame_values]
            off = off or list(range(len(control.values)))
            slider = figure.query_selector(f"#cif-{name}-{control.name}")
            slider.evaluate(MOVE, off[len(off) // 3])
        settle(page, figure)
        shown, chosen = figure.evaluate("f => [f.scene.current, f.scene.chosen()]")
        # a motion amplifies the last bit wherever it passes an unstable position
        same(shown, evaluate(name, chosen), 1e-12, 1.0 if name in MOVING else 1e-12)
        said = figure.query_selector(".cif-shown").inner_text()
        assert "Python 3.12" in said and "numpy 2." in said and "cifcore" in said

    # dragging faster than it computes: the last position is what is shown
    slider = first.query_selector(".cif-control input")
    before_drag = first.evaluate("f => f.scene.pictures || 0")
    slider.evaluate(
        "s => { for (let i = 0; i < 60; i++) "
        "{ s.value = i; s.dispatchEvent(new Event('input', {bubbles: true})); } }"
    )
    settle(page, first)
    shown, chosen = first.evaluate("f => [f.scene.current, f.scene.chosen()]")
    assert chosen["eV"] == pytest.approx(SCENES["force"].controls[0].values[59])
    same(shown, evaluate("force", chosen), 1e-12)
    assert first.evaluate("f => f.scene.pictures") - before_drag < 30
    assert watched.errors == []
    assert watched.outside == []


def test_a_cell_is_edited_run_judged_stopped_and_reset(
    watch: Watch, html: Path, pyodide: Path, tmp_path: Path
) -> None:
    """In a book that serves Python itself, as built with PYODIDE=folder."""
    bring_python(pyodide, tmp_path)
    watched = watch()
    answered(watched, tmp_path, f"{watched.site}_static/scenes/pyodide/")
    text = (html / PLAY).read_text(encoding="utf-8")
    text = text.replace(f'"pyodide":"{PUBLIC}"', '"pyodide":"pyodide/"').replace(PUBLIC, "")
    told = {"body": text, "content_type": "text/html"}
    watched.context.route(f"**/{PLAY}*", lambda route: route.fulfill(**told))
    page = watched.open(f"{PLAY}?code=print(1)#print(1)")
    cell = page.locator("figure.cif-cell").first
    area, run, verdict = (cell.locator(f".cif-{part}") for part in ("typed", "run", "verdict"))
    given = area.input_value()
    assert not any("editor.js" in url for url in watched.asked)
    area.click()
    code = cell.locator(".cm-content")
    code.wait_for()
    assert page.evaluate(CODE) == given and area.count() == 0
    code.fill(given.replace("lam=0.5", "lam=0.75"))
    code.press("Control+Enter")
    cell.locator(".cif-verdict:not(:empty)").wait_for(timeout=60_000)
    assert verdict.inner_text().startswith("✓")
    assert cell.locator(".cif-curve").count() == 3
    code.fill("def f():")
    code.press("End")
    code.press("Enter")
    assert page.evaluate(CODE) == "def f():\n    "
    code.press("Tab")
    assert page.evaluate(CODE) == "def f():\n        "
    code.press("Escape")
    code.press("Tab")
    assert run.evaluate("button => button === document.activeElement")
    code.fill("while True:\n    pass")
    run.click()
    cell.locator(".cif-stop").click()
    assert "Stopped" in cell.locator(".cif-status").inner_text() and run.is_enabled()
    cell.locator(".cif-reset").click()
    assert page.evaluate(CODE) == given and verdict.inner_text() == ""
    assert watched.errors == watched.outside == []


CODE = "() => document.querySelector('figure.cif-cell').cell.area.value"


def test_a_cell_is_edited_where_no_editor_comes(watch: Watch) -> None:
    watched = watch()
    watched.context.route("**/editor.js", lambda route: route.abort())
    page = watched.open(PLAY)
    area = page.locator("figure.cif-cell .cif-typed").first
    area.click()
    area.fill("x = 1\n")
    assert page.evaluate(CODE) == "x = 1\n"


@pytest.mark.parametrize("name", ["pyodide.js", next(n for n in PYODIDE if n[:5] == "numpy")])
def test_other_bytes_than_the_known_ones_are_refused(
    watch: Watch, pyodide: Path, tmp_path: Path, name: str
) -> None:
    """A changed byte of a script, or of what the worker loads, and nothing of it runs."""
    watched = watch()
    answered(watched, pyodide, changed=name)
    page = watched.open("book/intro.html")
    page.locator(".cif-python").click()
    page.locator("figure.cif-scene[data-python=failed]").wait_for(timeout=60_000)
    assert "did not start" in page.locator(".cif-status").inner_text()
    for known in PYODIDE:
        (tmp_path / known).write_bytes(b"changed")
    with pytest.raises(ExtensionError, match=r"is not the pyodide\.js that the page knows"):
        bring_python(tmp_path, tmp_path / "again")


def settle(page: Any, figure: Any) -> None:
    """Wait until what is shown belongs to the values chosen."""
    figure.evaluate(
        "async f => { while (f.scene.waiting()) await new Promise(requestAnimationFrame); }"
    )


def test_python_says_why_it_does_not_start_from_a_folder(watch: Watch, html: Path) -> None:
    page = watch().open((html / ONE).as_uri())
    page.locator(".cif-python").first.click()
    page.locator("figure.cif-scene[data-python=failed]").first.wait_for()
    assert "web server" in page.locator(".cif-status").first.inner_text()
