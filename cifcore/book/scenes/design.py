"""Scene: the three numbers on which all depends that stands still."""

import numpy as np

from cifcore import LinearBias, barriers, branch, folds, least_bias, paper_device
from cifcore.book.designs import twin
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import marks, on_stage, rest_marks, rest_positions
from cifcore.book.scenes.words import listed, number

_FIG = paper_device("2b")  # its energy, spring and lengths are on the stage
LARGEST = 100.0  # w


def _design(w: float, y_c: float, c: float) -> Picture:
    response = LinearBias(twin(c, y_c))  # y is its position, and w its bias
    stable, unstable = rest_positions(response, w)
    turning, log_w = folds(response, LARGEST), np.log10(w)
    ahead = turning.bias > 0
    y, unit = np.linspace(0.05, 14.0, 280), _FIG.a0 / (2 * _FIG.b)
    needed = branch(response, y)
    rises = np.gradient(needed) > 0
    like = LinearBias(twin(c, y_c, _FIG.E_dot, _FIG.b, _FIG.a0, _FIG.k))
    bias = w * float(least_bias(_FIG)) / 4
    stage = on_stage(like, bias, stable=stable * unit, unstable=unstable * unit)
    place, dot = Axis("$y$", (0.0, 14.0)), stage.x / unit
    panels = (
        panel(
            place,
            Axis("force$/w$", (0.0, 0.55)),
            Trace(y, y / w, "spring, $y/w$", "ink", width=1.2),
            Trace(y, y / needed, "$u/(1 + u^2)$", "positive"),
            *rest_marks(stable, unstable, lambda at: at / w, "positive"),
            cursor=(dot, dot / w),
        ),
        panel(
            Axis(r"log$_{10}\,w$", (0.0, 2.0)),
            place,
            Trace(np.log10(needed), np.where(rises, y, np.nan), "stable", "muted"),
            Trace(np.log10(needed), np.where(rises, np.nan, y), "unstable", "muted", "dashed"),
            Trace(np.log10(turning.bias[ahead]), turning.x[ahead], "folds", "ink", "none", "open"),
            Trace(np.full(2, log_w), np.array(place.range), "", "muted", "dashed", width=1.0),
            marks(np.full(len(stable), log_w), stable, True, "positive"),
            marks(np.full(len(unstable), log_w), unstable, False, "positive"),
            cursor=(np.full(len(dot), log_w), dot),
        ),
    )
    said = f"At w = {number(w)} the dot can rest at y = {listed(stable)}"
    if len(unstable):
        least = number(100 / w * min(height for *_, height in barriers(response, w)), 2)
        said += f"; {listed(unstable)}, in between, is unstable, and the lowest climb over a"
        said += f" barrier takes {least} % of the bias"
    bends = f"folds at w = {listed(np.sort(turning.bias[ahead]))}" if any(ahead) else "has no fold"
    return Picture(panels, f"{said}. Up to w = {LARGEST:g} the branch {bends}.", stage)


SCENE = Scene(
    "Three numbers",
    (
        Control("w", "bias against the spring, $w$", "", 1.0, LARGEST, 25.0, frames=21),
        Control("y_c", "place of equal couplings, $y_c$", "", -6.0, 6.0, 1.75, 0.25),
        Control("c", "coupling over detuning, $c$", "", 0.01, 2.0, 0.05),
    ),
    _design,
    presets=(
        ("A symmetric device", {"w": 10.0, "y_c": 0.0}),
        ("Both humps far out", {"y_c": 5.0}),
        ("Near resonance", {"c": 0.5}),
    ),
    code="""from cifcore import LinearBias, equilibria, folds
from cifcore.book.designs import twin

response = LinearBias(twin({c}, {y_c}))  # y is its position, and w its bias
rest = equilibria(response, {w})
print(rest.x, rest.stable)
print(folds(response, 100).bias)
""",
    origin="chapter",
)
