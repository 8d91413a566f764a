"""Scenes: declared once, never failing inside their ranges, and telling the truth."""

from __future__ import annotations

import base64
import itertools
import json
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from book._ext import cif_scenes
from cifcore import (
    LinearBias,
    equilibria,
    folds,
    paper_device,
    rectification,
    rest_position,
    simulate,
)
from cifcore.book.motor import switched_load
from cifcore.book.scenes import modes
from cifcore.book.scenes.catalogue import SCENES, compute, declaration, evaluate
from cifcore.book.scenes.cell import run
from cifcore.book.scenes.draw import draw
from cifcore.book.scenes.frames import packed
from cifcore.book.wells import visited
from cifcore.force.exact import FullBias
from cifcore.motion.drive import pulses, triangle
from cifcore.units import C60, Scales
from tools.files import ROOT

RANDOM = {"motion": 8, "pump": 8, "fluctuations": 6, "linear": 8, "heat": 6, "superconductor": 12}
RANDOM["modes"] = 8
COLOURS = {"ink", "muted", "faint", "paper", "positive", "negative", "third", "fourth"}


def sound(picture: dict[str, Any]) -> None:
    """What every face relies on."""
    text = json.dumps(picture, allow_nan=False)
    assert json.loads(text) == picture
    assert picture["sentence"].endswith(".")
    assert not re.search(r"\d [aeγħ]\b", picture["sentence"])  # no line ends there
    assert "nan" not in picture["sentence"] and "inf" not in picture["sentence"].replace(
        "infinit", ""
    )
    assert 2 <= len(picture["panels"]) <= 3
    for panel in picture["panels"]:
        assert panel["x_label"] and panel["y_label"]
        for key in ("x_range", "y_range", "x_fit", "y_fit"):
            assert (panel[key] is None and "fit" in key) or panel[key][0] < panel[key][1]
        for trace in panel["traces"]:
            assert len(trace["x"]) == len(trace["y"])
            assert trace["base"] is None or len(trace["base"]) == len(trace["y"])
            assert trace["colour"] in COLOURS
            assert trace["line"] in {"solid", "dashed", "none"}
            assert trace["marker"] in {"", "filled", "open"}
            assert trace["line"] != "none" or trace["marker"]
        if panel["cursor"] is not None:
            assert [len(each) for each in panel["cursor"]] == [len(picture["stage"]["x"])] * 2
    stage = picture["stage"]
    assert len(stage["left"]) == len(stage["right"]) == len(stage["place"])
    assert len(stage["bias"]) == len(stage["current"]) == len(stage["x"])
    if stage["clock"] is None:
        assert stage["x"] == stage["place"]
        assert sorted(stage["stable"]) == stage["stable"]
        assert sorted(stage["unstable"]) == stage["unstable"]
    else:
        assert len(stage["clock"]) == len(stage["x"]) and stage["clock"] == sorted(stage["clock"])
        assert all(len(path) == len(stage["x"]) for path in stage["swarm"])


@pytest.mark.parametrize("name", SCENES)
def test_defaults_are_on_the_sliders_and_give_a_picture(name: str) -> None:
    for control in SCENES[name].controls:
        assert control.default in control.values
        assert control.default in control.frame_values
        assert set(control.frame_values) <= set(control.values)
        assert np.all(np.diff(control.values) > 0)
        assert control.values[0] >= control.low and control.values[-1] <= control.high
    sound(evaluate(name))
    json.dumps(declaration(name), allow_nan=False)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_never_fails_in_its_corners(name: str) -> None:
    ends = [(c.low, c.high) for c in SCENES[name].controls]
    corners = list(itertools.product(*ends))
    rng = np.random.default_rng(1)
    for i in rng.permutation(len(corners))[:16]:
        keys = [c.name for c in SCENES[name].controls]
        sound(evaluate(name, dict(zip(keys, corners[i], strict=True))))


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_never_fails_inside_its_ranges(name: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(RANDOM.get(name, 40)):
        sound(
            evaluate(
                name, {c.name: float(rng.uniform(c.low, c.high)) for c in SCENES[name].controls}
            )
        )


def test_zero_is_inside_and_harmless() -> None:
    sound(evaluate("force", {"eV": 0.0}))
    sound(evaluate("force", {"E_dot": 0.0}))
    sound(evaluate("diode", {"E_dot": 0.0}))
    sound(evaluate("motion", {"eV": 0.0}))
    assert "mirror images" in evaluate("diode", {"lam": 0.0})["sentence"]


def test_bad_requests_say_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"name = 'forces': must be one of force, motion"):
        evaluate("forces")
    with pytest.raises(ValueError, match=r"'V' is no control of 'force': has eV, lam"):
        evaluate("force", {"V": 0.1})
    with pytest.raises(ValueError, match=r"eV = 5: must be from -0.4 to 0.4"):
        evaluate("force", {"eV": 5})
    with pytest.raises(TypeError, match=r"eV = '1'"):
        evaluate("force", {"eV": "1"})  # type: ignore[dict-item]


# --- the pictures say what the package computes -------------------------------------------


def numbers(name: str, values: dict[str, float] | None = None) -> list[float]:
    """The numbers of a scene's sentence."""
    said = compute(name, values).sentence.replace("−", "-").replace("±", "")
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", said)]


@pytest.mark.parametrize("lam", [0.5, -0.3])
def test_the_diode_says_what_its_currents_are(lam: float) -> None:
    response = LinearBias(paper_device("4", lam=lam))
    bias = np.linspace(0, 0.1, 81)[1:]
    most = bias[np.argmax(np.abs(rectification(response, bias)))]
    rest = rest_position(response, [most, -most])
    forward, backward = response.current(rest, [most, -most])
    factor = (forward + backward) / (forward - backward)
    ratio = max(-forward / backward, -backward / forward)
    assert numbers("diode", {"lam": lam}) == pytest.approx([factor, most, ratio, *rest], rel=6e-3)
    assert ("a positive bias drives" in compute("diode", {"lam": lam}).sentence) is (lam > 0)


def test_the_pump_says_what_flows_in_a_cycle() -> None:
    """By the rest positions that long pulses choose, and the currents there."""
    response, pulse = LinearBias(paper_device("7", zeta=0.16)), 5e5
    there, back = visited(response, [-0.1, 0.1, -0.1, 0.1, -0.1], 0.2146, 0.16)[-2:]
    charge = pulse * np.sum(response.current(np.array([there, back]), np.array([0.1, -0.1])))
    swings, *ends, said = numbers("pump")
    assert swings == pytest.approx(pulse * response.device.omega / (2 * np.pi), rel=6e-3)
    assert ends == pytest.approx([there, back], abs=6e-3)
    assert said == pytest.approx(charge, rel=0.03)


def trace(name: str, panel: int, label: str, values: dict[str, float] | None = None) -> Any:
    (found,) = [t for t in compute(name, values).panels[panel].traces if t.label == label]
    return found


def test_the_modes_move_as_a_fine_integration_says() -> None:
    picture = compute("modes", {"x0": 0.3})
    molecule = modes.TwoSites(2, k=3.0, nu=10.0, length=0.4)
    drive, path = pulses([(0.8, picture.stage.clock[60])]), picture.panels[0].traces[1]
    fine = simulate(molecule, drive, [path.x[0], path.y[0]], rtol=1e-6).at(picture.stage.clock[:61])
    np.testing.assert_allclose(np.array([path.x, path.y])[:, :61], fine.x.T, rtol=0, atol=0.01)


def test_marks_are_the_equilibria() -> None:
    found = equilibria(LinearBias(paper_device("2b")), 0.2)
    np.testing.assert_allclose(trace("force", 0, "stable").x, found.x[found.stable], rtol=1e-9)
    np.testing.assert_allclose(trace("force", 0, "unstable").x, found.x[~found.stable], rtol=1e-9)


def test_the_motion_is_that_of_a_fine_integration() -> None:
    device = paper_device("2b", zeta=0.2)
    path = trace("motion", 0, "position", {"zeta": 0.2})
    swing = 2 * np.pi / float(device.omega)
    fine = simulate(LinearBias(device), pulses([(0.2, 6 * swing)])).at(path.x * swing)
    assert np.max(np.abs(path.y - fine.x)) < 1e-4
    assert "0.345\u00a0a holds it" in compute("motion", {"zeta": 0.2}).sentence


def test_the_diode_is_the_rectification() -> None:
    (shown,) = compute("diode").panels[2].traces
    np.testing.assert_allclose(
        shown.y, rectification(LinearBias(paper_device("4")), shown.x), rtol=0, atol=1e-9
    )


def test_the_loop_s_area_is_what_friction_takes_in_a_slow_cycle() -> None:
    picture = compute("hysteresis")
    area = sum(
        abs(np.sum(np.diff(t.x) * (t.y - t.base)[:-1] + np.diff(t.x) * (t.y - t.base)[1:]) / 2)
        for t in picture.panels[1].traces
        if t.base is not None
    )
    response = LinearBias(paper_device("6"))
    # a sweep at a finite rate loses more, by an amount that goes as the rate to the power 2/3
    faster, slower = (
        simulate(response, triangle(0.15, period), rtol=1e-6).dissipated[-1] - area
        for period in (1e6, 8e6)
    )
    assert 0 < slower < 0.04 * area
    assert faster / slower == pytest.approx(4.0, rel=0.2)
    marks = trace("hysteresis", 0, "folds")
    np.testing.assert_allclose(marks.x, folds(response, 0.15).bias, rtol=1e-9)
    low, high = np.sort(marks.x)
    assert numbers("hysteresis") == pytest.approx([0.15, low, high, area, high - low], rel=6e-3)


def test_the_area_of_the_load_s_diagram_is_the_work_of_a_slow_motion() -> None:
    shaded = trace("load", 1, "work of a cycle", {"f": 0.01})
    area = float(np.diff(shaded.x)[0] * (shaded.y - shaded.base)[0])
    response, f, period = LinearBias(paper_device("6")), 0.01, 1e7
    start = compute("load", {"f": f}).stage.x[30]
    run = simulate(
        response, triangle(0.15, period), start, load=switched_load(f, period), rtol=1e-6
    )
    assert area == pytest.approx(run.extracted[-1], rel=1e-2)
    said = [compute("load", {"f": v}).sentence for v in (0.004, 0.005, 0.02, 0.021)]
    jumps = [re.search(r"jumps (\w+) a cycle", text) for text in said]
    assert [found and found[1] for found in jumps] == ["twice", "once", "twice", None]
    assert ["does not come home" in text for text in said] == [False, False, False, True]


@pytest.mark.parametrize(("zeta", "broken"), [(0.16, True), (0.2, False)])
def test_the_pump_breaks_the_symmetry_where_the_paper_says(zeta: float, broken: bool) -> None:
    assert ("not mirror images" in compute("pump", {"zeta": zeta}).sentence) is broken


def test_the_three_numbers_fold_where_the_chapter_says() -> None:
    marks = trace("design", 1, "folds")
    u, slope = 0.05 * np.cosh(marks.y - 1.75), np.tanh(marks.y - 1.75)
    np.testing.assert_allclose(10**marks.x, marks.y * (u + 1 / u), rtol=1e-9)
    np.testing.assert_allclose(marks.y * slope * (u**2 - 1) / (u**2 + 1), -1, rtol=1e-6)


def test_noise_leaves_the_shallow_well_and_the_same_seed_gives_the_same_dots() -> None:
    once, again = evaluate("fluctuations"), evaluate("fluctuations")
    assert once == again
    inside = compute("fluctuations", {"kT": 1e-4}).panels[1].traces[0].y
    warm = compute("fluctuations").panels[1].traces[0].y
    assert inside[-1] > 0.9 > 0.1 > warm[-1]


def test_the_exact_force_rests_where_its_equilibria_are() -> None:
    found = equilibria(FullBias(paper_device("2b")), 0.2)
    said = compute("linear").sentence
    for x in found.x[found.stable]:
        assert f"{x:.3g}" in said


# --- the stage, the axes, the presets and the code ---------------------------------------------


def test_the_stage_shows_couplings_currents_and_rest_positions() -> None:
    device = paper_device("2b")
    response = LinearBias(device)
    stage = compute("force").stage
    found = equilibria(response, 0.2)
    np.testing.assert_allclose(stage.stable, found.x[found.stable], rtol=1e-9)
    np.testing.assert_allclose(stage.unstable, found.x[~found.stable], rtol=1e-9)
    shift = np.exp(device.b * stage.place / device.a0)
    np.testing.assert_allclose(stage.left, 0.1 * 1.7 / shift, rtol=1e-12)
    np.testing.assert_allclose(stage.right, 0.1 * 0.3 * shift, rtol=1e-12)
    current = response.transmission(stage.place) * 0.2 / (2 * np.pi)
    np.testing.assert_allclose(stage.current, current, rtol=1e-9)
    exact = FullBias(device)
    stage = compute("linear").stage
    np.testing.assert_allclose(exact.force(stage.unstable, 0.2), 0.02 * stage.unstable, atol=1e-5)
    np.testing.assert_allclose(stage.current, exact.current(stage.place, 0.2), rtol=1e-9)


@pytest.mark.parametrize("name", ["motion", "pump", "hysteresis", "diode", "fluctuations"])
def test_the_current_on_the_stage_is_that_of_the_place_and_the_bias(name: str) -> None:
    stage = compute(name).stage
    figure = {"motion": "2b", "pump": "7", "hysteresis": "6", "diode": "4", "fluctuations": "2b"}
    response = LinearBias(paper_device(figure[name], zeta=0.16))
    np.testing.assert_allclose(stage.current, response.current(stage.x, stage.bias), rtol=1e-9)
    if name in {"hysteresis", "diode"}:  # slow: at rest all along
        force = response.force(stage.x, stage.bias)
        np.testing.assert_allclose(force, 0.02 * stage.x, rtol=0, atol=1e-8)


def test_the_charge_of_the_pump_is_the_current_on_its_stage() -> None:
    picture = compute("pump")
    stage, charge = picture.stage, picture.panels[2].traces[0]
    late = (stage.clock > 1.1) & (stage.clock < 1.45)
    at = np.flatnonzero(late)
    flowed = charge.y[at[-1]] - charge.y[at[0]]
    passed = (stage.clock[at[-1]] - stage.clock[at[0]]) * 1e6
    assert flowed == pytest.approx(np.mean(stage.current[late]) * passed, rel=1e-3)


@pytest.mark.parametrize("name", SCENES)
def test_axes_are_the_same_for_all_values(name: str) -> None:
    def axes(values: dict[str, float]) -> dict[Any, Any]:
        return {
            (p.x_label, p.y_label): (p.x_range, p.y_range) for p in compute(name, values).panels
        }

    usual = axes({})
    rng = np.random.default_rng(3)
    for _ in range(4):
        values = {c.name: float(rng.uniform(c.low, c.high)) for c in SCENES[name].controls}
        assert usual.items() >= axes(values).items()


@pytest.mark.parametrize("name", SCENES)
def test_presets_have_frames_and_show_something_else(name: str) -> None:
    scene = SCENES[name]
    framed = {c.name: set(c.frame_values.tolist()) for c in scene.controls}
    assert len(scene.presets) >= 2
    for words, values in scene.presets:
        assert all(value in framed[key] for key, value in values.items()), words
        assert len(values) == 1 or set(values) <= set(scene.together), words
        assert evaluate(name, values)["sentence"] != evaluate(name)["sentence"], words


def test_just_past_the_fold_is_just_past_the_fold() -> None:
    (bias,) = (v["eV"] for words, v in SCENES["force"].presets if "fold" in words)
    turning = folds(LinearBias(paper_device("2b")), 0.4).bias
    assert 0 < bias - np.max(turning) < 0.01


@pytest.mark.parametrize("name", SCENES)
def test_the_code_for_a_view_computes_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    scene = SCENES[name]
    for _, values in (("", {}), *scene.presets[:1]):
        chosen = scene.defaults | values
        space: dict[str, Any] = {}
        exec(scene.code.format(**chosen), space)
        assert capsys.readouterr().out
        picture = compute(name, values)
        said, stage = picture.sentence.replace("−", "-"), picture.stage
        if name == "force":
            np.testing.assert_allclose(space["rest"].x[space["rest"].stable], stage.stable)
        elif name == "motion":
            assert space["motion"].x[-1] == pytest.approx(stage.x[-1], abs=1e-3)
        elif name == "diode":
            np.testing.assert_allclose(space["factor"], picture.panels[2].traces[0].y, atol=1e-9)
        elif name == "hysteresis":
            np.testing.assert_allclose(space["turning"].bias, trace(name, 0, "folds", values).x)
        elif name == "pump":
            ends = re.search(r"x = (\S+)\sa and (\S+)\sa", said)
            assert ends is not None
            assert [float(x) for x in ends.groups()] == pytest.approx(space["at"].x[1:], abs=2e-3)
        elif name == "fluctuations":
            assert space["run"].x_end[0] == pytest.approx(picture.panels[0].traces[0].y[-1])
        elif name == "load":
            assert numbers(name, values)[-1] == pytest.approx(space["cycle"].work, rel=6e-3)
        elif name == "modes":
            swing = 2 * np.pi / space["molecule"].fastest
            growth = 100 * np.expm1(space["rest"].rates.real.max() * swing)
            assert numbers(name, values)[1] == pytest.approx(abs(growth), rel=0.03)
            assert ("die out" in said) == (growth < 0)
        else:
            assert all(f"{x:.3g}" in said for x in space["rest"].x[space["rest"].stable])


def test_fold_marks_lie_on_the_curve_at_small_coupling() -> None:
    for values in ({"gamma": 0.05}, {"gamma": 0.05, "lam": 0.9}, {"gamma": 0.05, "b": 2.0}):
        first, second, *_, marks = compute("hysteresis", values).panels[0].traces
        way = np.concatenate([first.x, second.x]), np.concatenate([first.y, second.y])
        for bias, x in zip(marks.x, marks.y, strict=True):
            near = np.hypot((way[0] - bias) / 0.15, (way[1] - x) / 2)
            assert np.nanmin(near) < 0.01, (values, bias, x)


def test_counts_and_ratios_are_said_in_words() -> None:
    said = [
        evaluate("diode", {"lam": lam, "gamma": gamma, "E_dot": energy})["sentence"]
        for lam in (-0.05, 0.05, 0.5)
        for gamma in (0.1, 0.8)
        for energy in (-0.5, -0.01, 0.2)
    ]
    said.append(evaluate("motion", {"zeta": 0.9})["sentence"])
    assert not any(f" {count} times" in text for text in said for count in (0, 1, 2))


def _words(label: str) -> str:
    """What a control is called, without its symbol."""
    return re.sub(r",? *\$.*", "", label).strip()


def prompts() -> list[tuple[str, str, str]]:
    return [
        (page.stem, *found)
        for page in sorted((ROOT / "book").glob("*.md"))
        for found in re.findall(r"```\{scene\} (\w+)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]


def test_every_scene_says_what_to_try() -> None:
    assert len(prompts()) >= 2 * len(SCENES) - 1
    assert {name for page, name, _ in prompts() if page == "play"} == set(SCENES)


@pytest.mark.parametrize(("page", "name", "prompt"), prompts())
def test_a_prompt_names_controls_that_its_scene_has(page: str, name: str, prompt: str) -> None:
    scene = SCENES[name]
    here = {_words(c.label) for c in scene.controls} | {words for words, _ in scene.presets}
    named = [" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", prompt, re.DOTALL)]
    assert named and set(named) <= here
    # no control of another scene, in bold or not
    text = " ".join(re.sub(r"\*\*.+?\*\*", "", prompt, flags=re.DOTALL).split())
    elsewhere = {_words(c.label) for other in SCENES.values() for c in other.controls} - here
    assert [words for words in elsewhere if re.search(rf"\b{re.escape(words)}\b", text)] == []


# --- faces --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_drawn(name: str) -> None:
    import matplotlib.pyplot as plt

    figure = draw(name)
    assert len(figure.axes) == len(compute(name).panels)
    plt.close(figure)


def test_explore_moves_the_scene() -> None:
    pytest.importorskip("ipywidgets")
    from cifcore.book.scenes.widgets import explore

    box = explore("diode")
    _, lam, *_, sentence = box.children
    before = sentence.value
    lam.value = -0.5
    assert sentence.value != before
    assert sentence.value == compute("diode", {"lam": -0.5}).sentence
    button = box.children[-3]
    button.click()
    assert sentence.value == before


def test_scenes_need_numpy_alone() -> None:
    code = (
        "import sys; from cifcore.book.scenes.catalogue import SCENES, evaluate;"
        "[evaluate(name) for name in SCENES];"
        "bad = {'scipy', 'matplotlib', 'ipywidgets'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_wheel_is_the_same_each_time_and_complete() -> None:
    made = cif_scenes.wheel()
    assert made == cif_scenes.wheel()
    names = set(zipfile.ZipFile(BytesIO(made)).namelist())
    assert {"cifcore/__init__.py", "cifcore/book/scenes/force.py"} <= names


def test_a_still_keeps_the_factors_of_its_scales() -> None:
    drawn = cif_scenes.still("diode")
    scales = {float(v) for m in re.findall(r"scale\(([^)]*)\)", drawn) for v in m.split()}
    assert scales and all(abs(value) > 1e-3 for value in scales)
    assert any(value != round(value, 2) for value in scales)


def test_frames_are_packed_to_a_part_in_sixty_thousand() -> None:
    values: list[float | None] = [None, *np.sin(np.linspace(0, 7, 40)).tolist()]
    told = packed(values)
    level = np.frombuffer(base64.b64decode(told["data"]), "<u2")
    back = told["low"] + (told["high"] - told["low"]) * level / 65534
    assert level[0] == 65535
    np.testing.assert_allclose(back[1:], values[1:], rtol=0, atol=2.0 / 60000)


CELLS = {
    ("play", "A better diode"): ("lam=0.5", "lam=0.75"),
    ("play", "A drive of your own"): ("zeta=0.1", "zeta=0.1, M=C60"),
    ("your-own-molecule", "A molecule of yours"): (
        "0.2, -0.2, 0], [0.4, soft, 0.4]",
        "0.2, 0.2, 0], [0.4, soft, 0.6]",
    ),
}
"""Cells of the pages, and a change that passes the check, where there is one."""


@pytest.mark.parametrize(("page", "title"), CELLS)
def test_a_cell_runs_and_its_exercise_can_be_done(page: str, title: str) -> None:
    text = (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```{{cell}} {title}\n(.*?)```", text, re.DOTALL)
    code, _, check = found.partition("\n# check\n")
    before, after = run(code, check), run(code.replace(*CELLS[page, title]), check)
    assert before["error"] == after["error"] == ""
    assert before["panels"] != after["panels"]
    assert (before["passed"], after["passed"]) == ((False, True) if check else (None, None))
    json.dumps(after, allow_nan=False)


def test_a_cell_says_where_it_went_wrong() -> None:
    assert run("x = 1\n1 / 0")["error"] == "line 2: ZeroDivisionError: division by zero"
    assert run("def f(:")["error"].startswith("line 1: SyntaxError")
    assert "has from 1 to" in run("plot([], [])")["error"]
    assert run("x = 1", "assert y")["verdict"] == "name 'y' is not defined"


def test_the_mass_of_c60_is_what_pint_makes_of_it() -> None:
    other = dict(E_dot="0 eV", gamma="1 eV", b=1, a0="1 angstrom", k="1 N/m")
    measured = Scales("3.88 eV", "2.5 angstrom").device(M="720.66 dalton", **other).M
    assert measured == pytest.approx(C60, rel=1e-7)
