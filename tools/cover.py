"""Draw the picture on the cover of the book: forces in balance, and the loop they make.

    python -m tools.cover

Two files come of it, for light and for dark pages; the book itself takes the light one and
exchanges its colours.
"""

from __future__ import annotations

import io
import re
import sys

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from cifcore import LinearBias, equilibria, folds, paper_device
from cifcore.book.figures import (
    COLOURS,
    COLOURS_DARK,
    FULL,
    bias_colour,
    mark_equilibria,
    panel_labels,
    use_style,
)
from tools.chapters import compact_svg
from tools.files import ROOT, write_atomically

STATIC = ROOT / "book" / "_static"


def draw() -> Figure:
    """Left: where the spring holds the electrons' push. Right: the branch of rest positions."""
    use_style()
    figure, (balance, loop) = plt.subplots(1, 2, figsize=(FULL, 3.0))

    bistable = LinearBias(paper_device("2b"))
    x = np.linspace(-4.0, 4.0, 401)
    balance.plot(x, bistable.device.k * x, color=COLOURS["ink"], linewidth=1.1)
    for bias in (0.2, -0.2):
        rest = equilibria(bistable, bias)
        balance.plot(
            x,
            bistable.force(x, bias),
            color=bias_colour(bias),
        )
        mark_equilibria(balance, rest.x, bistable.device.k * rest.x, rest.stable, bias_colour(bias))
    balance.set(xlabel="position of the dot, $x$ ($a$)", ylabel=r"force ($\gamma_0/a$)")
    balance.set(xlim=(-4, 4), ylim=(-0.075, 0.075))
    for bias, where in ((0.2, (-3.8, 0.058)), (-0.2, (1.55, -0.058))):
        label = rf"$\mathrm{{e}}V = {bias}\,\gamma_0$"
        balance.text(*where, label, color=bias_colour(bias), verticalalignment="center")

    window = LinearBias(paper_device("6"))
    position = np.linspace(-5.0, 5.0, 4001)
    position = position[np.abs(position) > 1e-3]
    bias = window.device.k * position / window.force(position, 1.0)
    shown = np.abs(bias) <= 0.3
    position, bias = position[shown], bias[shown]
    stable = np.gradient(bias, position) * np.sign(window.force(position, 1.0)) > 0
    for part, style in ((stable, "-"), (~stable, ":")):
        loop.plot(
            np.where(part, bias, np.nan),
            position,
            style,
            color=COLOURS["third"],
            linewidth=1.8 if style == "-" else 1.3,
        )
    for fold_bias, fold_x in zip(*_folds(window, 0.3), strict=True):
        loop.plot(fold_bias, fold_x, "o", color=COLOURS["third"], markersize=4)
    loop.set(xlabel=r"bias, $\mathrm{e}V$ ($\gamma_0$)", ylabel="rest position ($a$)")
    panel_labels([balance, loop])
    return figure


def _folds(response: LinearBias, reach: float) -> tuple[np.ndarray, np.ndarray]:
    found = folds(response, reach)
    return np.atleast_1d(found.bias), np.atleast_1d(found.x)


def main() -> int:
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    draw().savefig(buffer, format="svg", metadata=nothing)
    light = compact_svg(buffer.getvalue()) + "\n"
    exchange = {COLOURS[name]: COLOURS_DARK[name] for name in COLOURS}
    dark = re.sub("|".join(exchange), lambda colour: exchange[colour[0]], light)
    write_atomically(STATIC / "cover-light.svg", light)
    write_atomically(STATIC / "cover-dark.svg", dark)
    return 0


if __name__ == "__main__":
    sys.exit(main())
