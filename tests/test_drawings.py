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

from cifcore.book.figures import COLOURS, COLOURS_DARK, RC
from tests.drawings import difference
from tools import cover
from tools.chapters import compact_png, compact_svg


def drawn(kind: str, curve: Callable[[np.ndarray], np.ndarray] = np.sin, shade: float = 0.5) -> str:
    with mpl.rc_context({**RC, "figure.constrained_layout.use": False}):
        figure, out = Figure((2, 1)), io.BytesIO()
        axes = figure.add_subplot(xlabel="place", ylim=(-2, 2))
        x = np.linspace(0, 6, 61)
        axes.plot(x, curve(x))
        axes.pcolormesh([[shade, 0.2]], rasterized=True, vmin=0, vmax=1)
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
    told = out.getvalue()
    return told.decode() if kind == "svg" else base64.b64encode(told).decode()


SVG, PNG = drawn("svg"), drawn("png")


def black(found: re.Match[str]) -> str:
    size, out = Image.open(io.BytesIO(base64.b64decode(found[0]))).size, io.BytesIO()
    Image.new("RGB", size).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_what_does_not_show_may_differ() -> None:
    assert difference(SVG, compact_svg(SVG)) == ""
    assert difference(PNG, compact_png(PNG)) == ""
    renamed = re.sub(r"\bp([0-9a-f]{10})\b", "pfedcba9876", SVG)
    assert renamed != SVG and difference(renamed, SVG) == ""
    assert difference(drawn("svg", lambda x: np.sin(x) + 3e-4), SVG) == ""


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (drawn("svg", lambda x: x / 3 - 1), "points apart"),  # a straight line
        (drawn("svg", lambda x: np.sin(x) + 2e-3), "points apart"),
        (SVG.replace("place", "plane"), "words"),
        (SVG.replace("stroke-width: 1.6", "stroke-width: 1.7"), "structure"),
        (re.sub(r"iVBOR[^\"]*", black, SVG), "levels"),  # a black square
        (drawn("svg", shade=0.52), "levels"),
    ],
)
def test_what_shows_may_not(other: str, why: str) -> None:
    assert why in difference(SVG, other)
    assert why in difference(other, compact_svg(SVG))


def test_a_png_may_not_show_something_else() -> None:
    for other in (drawn("png", lambda x: x / 3 - 1), re.sub(".+", black, PNG, flags=re.DOTALL)):
        assert "levels" in difference(other, compact_png(PNG))


def test_the_cover_is_what_the_package_computes() -> None:
    out = io.BytesIO()
    with mpl.rc_context():
        figure = cover.draw()
        figure.savefig(out, format="svg")
        light = out.getvalue().decode()
        dark = light
        for name, colour in COLOURS.items():
            dark = dark.replace(colour, COLOURS_DARK[name])
        for theme, told in (("light", light), ("dark", dark)):
            kept = (cover.STATIC / f"cover-{theme}.svg").read_text(encoding="utf-8")
            assert difference(kept, told) == "", theme
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=120, facecolor=COLOURS["paper"])
    kept_png = base64.b64encode((cover.STATIC / "preview.png").read_bytes()).decode()
    assert difference(kept_png, base64.b64encode(out.getvalue()).decode()) == ""
