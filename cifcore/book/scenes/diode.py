"""Scene: the diode."""

import numpy as np

from cifcore import LinearBias, paper_device, rest_position
from cifcore.book.scenes.controls import COUPLING, E_DOT, LAM
from cifcore.book.scenes.picture import Axis, Panel, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import on_stage
from cifcore.book.scenes.words import number
from cifcore.device import Array


def _diode(lam: float, E_dot: float, gamma: float) -> Picture:
    response = LinearBias(paper_device("4", lam=lam, E_dot=E_dot, gamma=gamma))
    bias = np.linspace(0, 0.1, 81)
    plus, minus = np.split(rest_position(response, np.concatenate([bias, -bias])), 2)
    open_plus, open_minus = response.transmission(plus), response.transmission(minus)
    factor = (open_plus - open_minus) / (open_plus + open_minus)
    # the stage goes from the largest negative bias to the largest positive one
    swept, way = np.concatenate([-bias[::-1], bias]), np.concatenate([minus[::-1], plus])
    across = Axis(r"size of the bias, $|eV|$ ($\gamma_0$)", (0.0, float(bias[-1])))

    def both_ways(label: str, top: float, plus: Array, minus: Array) -> Panel:
        fit = (0.0, 1.1 * float(np.max([plus, minus])) + 1e-3)
        return panel(
            across,
            Axis(label, (0.0, top), fit),
            Trace(bias, plus, "$eV > 0$", "positive"),
            Trace(bias, minus, "$eV < 0$", "negative", "dashed"),
            cursor=(np.abs(swept), np.concatenate([minus[::-1], plus])),
        )

    panels = (
        both_ways(r"$|x_{st}|$ ($a$)", 1.2, np.abs(plus), np.abs(minus)),
        both_ways("transmission", 1.0, open_plus, open_minus),
        panel(
            across,
            Axis("rectification $R_I$", (-1.0, 1.0)),
            Trace(bias, factor),
            cursor=(np.abs(swept), np.concatenate([factor[::-1], factor])),
        ),
    )
    stage = on_stage(response, swept, way, clock=np.linspace(-1.0, 1.0, len(way)))
    return Picture(panels, _said(lam, bias, factor, plus, minus), stage)


def _said(lam: float, bias: Array, factor: Array, plus: Array, minus: Array) -> str:
    most = int(np.argmax(np.abs(factor)))
    if np.abs(factor[most]) < 1e-9:
        said = "The current only changes its sign with the bias: the rectification is zero."
        if lam == 0:
            return f"{said} Without asymmetry the two positions are mirror images."
        return f"{said} No force moves the dot."
    ratio = (1 + abs(factor[most])) / (1 - abs(factor[most]))
    easy = "positive" if factor[most] > 0 else "negative"
    more = f"{number(ratio)} times the current of its opposite"
    if ratio <= 1.1:
        more = f"{number(100 * (ratio - 1), 2)} % more current than its opposite"
    return (
        f"The rectification reaches {number(factor[most])} at |eV| = {number(bias[most])} γ₀:"
        f" there a {easy} bias drives {more},"
        f" with the dot at x = {number(plus[most])} a and {number(minus[most])} a."
    )


SCENE = Scene(
    "A diode made of one moving dot",
    (
        LAM.replace(default=0.5, frames=19),
        E_DOT,
        COUPLING.replace(high=0.8, default=0.5),
    ),
    _diode,
    presets=(
        ("A symmetric device", {"lam": 0.0}),
        ("The other lead stronger", {"lam": -0.5}),
        ("A dot near the Fermi level", {"E_dot": -0.05}),
    ),
    code="""import numpy as np
from cifcore import LinearBias, paper_device, rectification, rest_position

response = LinearBias(paper_device("4", lam={lam}, E_dot={E_dot}, gamma={gamma}))
bias = np.linspace(0, 0.1, 81)
factor = rectification(response, bias)
most = np.argmax(np.abs(factor))
print(bias[most], factor[most])
print(rest_position(response, [bias[most], -bias[most]]))
""",
)
