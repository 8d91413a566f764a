"""Scene: the diode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import LinearBias, paper_device, rest_position
from cifcore.book.scenes.controls import COUPLING, E_DOT, LAM
from cifcore.book.scenes.picture import Axis, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import under_way
from cifcore.book.scenes.words import number
from cifcore.device import Array


def _diode(lam: float, E_dot: float, gamma: float) -> Picture:
    device = paper_device("4", lam=lam, E_dot=E_dot, gamma=gamma)
    response = LinearBias(device)
    bias = np.linspace(0, 0.1, 81)
    rest = rest_position(response, np.concatenate([bias, -bias]))
    plus, minus = rest[: len(bias)], rest[len(bias) :]
    open_plus, open_minus = response.transmission(plus), response.transmission(minus)
    factor = (open_plus - open_minus) / (open_plus + open_minus)
    # the stage goes from the largest negative bias to the largest positive one
    swept, way = np.concatenate([-bias[::-1], bias]), np.concatenate([minus[::-1], plus])
    size = np.abs(swept)
    stage = under_way(response, np.linspace(-1.0, 1.0, len(way)), "", way, swept)
    window = (0.0, float(bias[-1]))
    across = r"size of the bias, $|eV|$ ($\gamma_0$)"
    panels = (
        panel(
            Axis(across, window),
            Axis(r"$|x_{st}|$ ($a$)", (0.0, 1.2), (0.0, 1.1 * float(np.max(np.abs(rest))) + 1e-3)),
            Trace(bias, np.abs(plus), "$eV > 0$", "positive"),
            Trace(bias, np.abs(minus), "$eV < 0$", "negative", "dashed"),
            cursor=(size, np.abs(way)),
        ),
        panel(
            Axis(across, window),
            Axis(
                "transmission",
                (0.0, 1.0),
                (0.0, 1.1 * float(np.max([open_plus, open_minus])) + 1e-3),
            ),
            Trace(bias, open_plus, "$eV > 0$", "positive"),
            Trace(bias, open_minus, "$eV < 0$", "negative", "dashed"),
            cursor=(size, np.concatenate([open_minus[::-1], open_plus])),
        ),
        panel(
            Axis(across, window),
            Axis("rectification $R_I$", (-1.0, 1.0)),
            Trace(bias, factor),
            cursor=(size, np.concatenate([factor[::-1], factor])),
        ),
    )
    return Picture(panels, _said(lam, bias, factor, plus, minus), stage)


def _said(lam: float, bias: Array, factor: Array, plus: Array, minus: Array) -> str:
    most = int(np.argmax(np.abs(factor)))
    if np.abs(factor[most]) < 1e-9:
        said = "The current only changes its sign with the bias: the rectification is zero. "
        said += (
            "Without asymmetry the two positions are mirror images."
            if lam == 0
            else "No force moves the dot."
        )
    else:
        ratio = (1 + abs(factor[most])) / (1 - abs(factor[most]))
        easy = "positive" if factor[most] > 0 else "negative"
        more = (
            f"{number(ratio)} times the current of its opposite"
            if ratio > 1.1
            else f"{number(100 * (ratio - 1), 2)} % more current than its opposite"
        )
        said = (
            f"The rectification reaches {number(factor[most])} at |eV| = {number(bias[most])} γ₀:"
            f" there a {easy} bias drives {more},"
            f" with the dot at x = {number(plus[most])} a and {number(minus[most])} a."
        )
    return said


SCENE = Scene(
    "diode",
    "A diode made of one moving dot",
    (
        replace(LAM, default=0.5, frames=19),
        replace(E_DOT, also=(-0.05,)),
        replace(COUPLING, high=0.8, default=0.5),
    ),
    _diode,
    together=("lam", "E_dot"),
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
