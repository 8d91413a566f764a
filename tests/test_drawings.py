"""Drawings compared: what may differ, and what may not; the pictures on the cover."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cifcore.book.figures import COLOURS, COLOURS_DARK, RC, png, svg
from tests.drawings import difference
from tools import cover


def drawn(
    kind: str, curve: Callable[[np.ndarray], np.ndarray] = np.sin, shade: float = 0.5
) -> tuple[str, str]:
    """A figure as matplotlib writes it, and as notebooks keep it."""
    with mpl.rc_context({**RC, "figure.constrained_layout.use": False}):
        figure, out = Figure((2, 1)), io.BytesIO()
        axes = figure.add_subplot(xlabel="place", ylim=(-2, 2))
        x = np.linspace(0, 6, 61)
        axes.plot(x, curve(x))
        axes.pcolormesh([[shade, 0.2]], rasterized=True, vmin=0, vmax=1)
        if kind == "svg":
            figure.savefig(out, format="svg", dpi=100, metadata={"Date": None})
            return out.getvalue().decode(), svg(figure)
        figure.savefig(out, format="png", dpi=200)
        return base64.b64encode(out.getvalue()).decode(), png(figure)[0]


(SVG, KEPT_SVG), (PNG, KEPT_PNG) = drawn("svg"), drawn("png")


def black(found: re.Match[str]) -> str:
    size, out = Image.open(io.BytesIO(base64.b64decode(found[0]))).size, io.BytesIO()
    Image.new("RGB", size).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_what_does_not_show_may_differ() -> None:
    assert difference(SVG, KEPT_SVG) == ""
    assert difference(PNG, KEPT_PNG) == ""
    renamed = re.sub(r"\bp([0-9a-f]{10})\b", "pfedcba9876", SVG)
    assert renamed != SVG and difference(renamed, SVG) == ""
    assert difference(drawn("svg", lambda x: np.sin(x) + 3e-4)[0], SVG) == ""


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (drawn("svg", lambda x: x / 3 - 1)[0], "points apart"),  # a straight line
        (drawn("svg", lambda x: np.sin(x) + 2e-3)[0], "points apart"),
        (SVG.replace("place", "plane"), "words"),
        (SVG.replace("stroke-width: 1.6", "stroke-width: 1.7"), "structure"),
        (re.sub(r"iVBOR[^\"]*", black, SVG), "levels"),  # a black square
        (drawn("svg", shade=0.52)[0], "levels"),
    ],
)
def test_what_shows_may_not(other: str, why: str) -> None:
    assert why in difference(SVG, other)
    assert why in difference(other, KEPT_SVG)


def test_a_png_may_not_show_something_else() -> None:
    for other in (drawn("png", lambda x: x / 3 - 1)[0], re.sub(".+", black, PNG, flags=re.DOTALL)):
        assert "levels" in difference(other, KEPT_PNG)


def test_what_is_kept_has_few_digits_and_no_dates() -> None:
    paths = "".join(re.findall(r' d="([^"]*)"', KEPT_SVG))
    assert re.findall(r"\.\d", paths) and not re.findall(r"\.\d{3}", paths)
    assert "metadata" not in KEPT_SVG and "<?xml" not in KEPT_SVG and len(KEPT_SVG) < len(SVG)


def test_the_cover_is_what_the_package_computes() -> None:
    out = io.BytesIO()
    with mpl.rc_context():
        figure = cover.draw()
        light = dark = svg(figure)
        for name, colour in COLOURS.items():
            dark = dark.replace(colour, COLOURS_DARK[name])
        figure.savefig(out, format="png", dpi=120, facecolor=COLOURS["paper"])
    for theme, told in (("light", light), ("dark", dark)):
        kept = (cover.STATIC / f"cover-{theme}.svg").read_text(encoding="utf-8")
        assert difference(kept, told) == "", theme
    kept_png = base64.b64encode((cover.STATIC / "preview.png").read_bytes()).decode()
    assert difference(kept_png, base64.b64encode(out.getvalue()).decode()) == ""
