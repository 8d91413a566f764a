"""Scenes: declared once, never failing inside their ranges, and telling the truth."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from cifcore import LinearBias, equilibria, folds, paper_device, rectification, simulate
from cifcore.book.scenes.catalogue import SCENES, compute, declaration, evaluate
from cifcore.book.scenes.draw import draw
from cifcore.force.exact import FullBias
from cifcore.motion.drive import pulses, triangle

RANDOM = {"motion": 8, "pump": 8, "fluctuations": 6, "linear": 8}
COLOURS = {"ink", "muted", "faint", "paper", "positive", "negative", "third", "fourth"}


def sound(picture: dict[str, Any]) -> None:
    """What every face relies on."""
    text = json.dumps(picture, allow_nan=False)
    assert json.loads(text) == picture
    assert picture["sentence"].endswith(".")
    assert "nan" not in picture["sentence"] and "inf" not in picture["sentence"].replace(
        "infinit", ""
    )
    assert 2 <= len(picture["panels"]) <= 3
    for panel in picture["panels"]:
        assert panel["x_label"] and panel["y_label"]
        for key in ("x_range", "y_range"):
            assert panel[key] is None or panel[key][0] < panel[key][1]
        for trace in panel["traces"]:
            assert len(trace["x"]) == len(trace["y"])
            assert trace["base"] is None or len(trace["base"]) == len(trace["y"])
            assert trace["colour"] in COLOURS
            assert trace["line"] in {"solid", "dashed", "none"}
            assert trace["marker"] in {"", "filled", "open"}
            assert trace["line"] != "none" or trace["marker"]


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
    with pytest.raises(ValueError, match=r"eV = 5: must be from -0.3 to 0.3"):
        evaluate("force", {"eV": 5})
    with pytest.raises(TypeError, match=r"eV = '1'"):
        evaluate("force", {"eV": "1"})  # type: ignore[dict-item]


# --- the pictures say what the package computes -------------------------------------------


def trace(name: str, panel: int, label: str, values: dict[str, float] | None = None) -> Any:
    (found,) = [t for t in compute(name, values).panels[panel].traces if t.label == label]
    return found


def test_marks_are_the_equilibria() -> None:
    found = equilibria(LinearBias(paper_device("2b")), 0.2)
    np.testing.assert_allclose(trace("force", 0, "stable").x, found.x[found.stable], rtol=1e-9)
    np.testing.assert_allclose(trace("force", 0, "unstable").x, found.x[~found.stable], rtol=1e-9)


def test_the_motion_is_that_of_a_fine_integration() -> None:
    device = paper_device("2b", zeta=0.2)
    path = trace("motion", 0, "position", {"zeta": 0.2})
    fine = simulate(LinearBias(device), pulses([(0.2, 8000.0)])).at(path.x)
    assert np.max(np.abs(path.y - fine.x)) < 1e-4
    assert "0.345 a holds it" in compute("motion", {"zeta": 0.2}).sentence


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


@pytest.mark.parametrize(("zeta", "broken"), [(0.16, True), (0.2, False)])
def test_the_pump_breaks_the_symmetry_where_the_paper_says(zeta: float, broken: bool) -> None:
    assert ("not mirror images" in compute("pump", {"zeta": zeta}).sentence) is broken


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
        "import sys; from cifcore.book.scenes.catalogue import evaluate;"
        "evaluate('force'); evaluate('linear');"
        "bad = {'scipy', 'matplotlib', 'ipywidgets'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_wheel_is_the_same_each_time_and_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.files import ROOT

    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import cif_scenes

    made = cif_scenes.wheel()
    assert made == cif_scenes.wheel()
    names = set(zipfile.ZipFile(BytesIO(made)).namelist())
    assert {"cifcore/__init__.py", "cifcore/book/scenes/force.py"} <= names
    assert {
        f"cifcore-{cif_scenes.VERSION}.dist-info/{part}" for part in ("METADATA", "RECORD")
    } <= (names)


def test_frames_are_packed_to_a_part_in_sixty_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.files import ROOT

    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import base64

    import cif_scenes

    values: list[float | None] = [None, *np.sin(np.linspace(0, 7, 40)).tolist()]
    packed = cif_scenes._packed(values)
    level = np.frombuffer(base64.b64decode(packed["data"]), "<u2")
    back = packed["low"] + (packed["high"] - packed["low"]) * level / 65534
    assert level[0] == 65535
    np.testing.assert_allclose(back[1:], values[1:], rtol=0, atol=2.0 / 60000)
