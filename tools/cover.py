"""Draw the cover of the book, forces in balance and the loop they make: python -m tools.cover.

For light and for dark pages (the book itself takes the light one and exchanges its colours), and
small for what goes with a shared address.
"""

from __future__ import annotations

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from cifcore import LinearBias, branch, equilibria, folds, paper_device
from cifcore.book import figures
from cifcore.book.figures import COLOURS, COLOURS_DARK, bias_colour
from cifcore.book.published import write_whole
from tools.files import ROOT

STATIC = ROOT / "book" / "_static"


def draw() -> Figure:
    """Left: where the spring holds the electrons' push. Right: the branch of rest positions."""
    figures.use_style()
    figure, (balance, loop) = plt.subplots(1, 2, figsize=(figures.FULL, 3.0))
    response = LinearBias(paper_device("2b"))
    x = np.linspace(-4.0, 4.0, 401)
    balance.plot(x, response.device.k * x, color=COLOURS["ink"], linewidth=1.1)
    for bias, where in ((0.2, (-3.8, 0.058)), (-0.2, (1.55, -0.058))):
        rest, colour = equilibria(response, bias), bias_colour(bias)
        balance.plot(x, response.force(x, bias), color=colour)
        pull = response.device.k * rest.x
        figures.mark_equilibria(balance, rest.x, pull, rest.stable, colour)
        label = rf"$\mathrm{{e}}V = {bias}\,\gamma_0$"
        balance.text(*where, label, color=colour, verticalalignment="center")
    balance.set(xlabel="position of the dot, $x$ ($a$)", ylabel=r"force ($\gamma_0/a$)")
    balance.set(xlim=(-4, 4), ylim=(-0.075, 0.075))
    response = LinearBias(paper_device("6"))
    x = np.linspace(-5.0, 5.0, 4001)
    x = x[np.abs(x) > 1e-3]
    bias = branch(response, x)
    x, bias = x[np.abs(bias) <= 0.3], bias[np.abs(bias) <= 0.3]
    stable = np.gradient(bias, x) * np.sign(response.force(x, 1.0)) > 0
    for part, line, width in ((stable, "-", 1.8), (~stable, ":", 1.3)):
        shown = np.where(part, bias, np.nan)
        loop.plot(shown, x, line, color=COLOURS["third"], linewidth=width)
    turns = folds(response, 0.3)
    loop.plot(turns.bias, turns.x, "o", color=COLOURS["third"], markersize=4)
    loop.set(xlabel=r"bias, $\mathrm{e}V$ ($\gamma_0$)", ylabel="rest position ($a$)")
    figures.panel_labels([balance, loop])
    return figure


if __name__ == "__main__":
    figure = draw()
    drawn = figures.svg(figure) + "\n"
    write_whole(STATIC / "cover-light.svg", drawn)
    for name, colour in COLOURS.items():
        drawn = drawn.replace(colour, COLOURS_DARK[name])
    write_whole(STATIC / "cover-dark.svg", drawn)
    figure.savefig(STATIC / "preview.png", dpi=120, facecolor=COLOURS["paper"])
