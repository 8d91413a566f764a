"""Drawings compared: what may differ, and what may not; the picture on the first page."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cifcore.book.figures import COLOURS, COLOURS_DARK, RC, png, save_cover, svg
from tests.drawings import difference
from tools.files import ROOT


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


def test_the_first_page_shows_what_a_chapter_drew() -> None:
    book = ROOT / "book"
    cells = nbformat.read(book / "replication.ipynb", as_version=4).cells
    (source,) = (cell for cell in cells if "save_cover(" in cell.source)
    data = source.outputs[0].data
    light = dark = data["image/svg+xml"] + "\n"
    for name, colour in COLOURS.items():
        dark = dark.replace(colour, COLOURS_DARK[name])
    for theme, told in (("light", light), ("dark", dark)):
        assert (book / f"_static/cover-{theme}.svg").read_text(encoding="utf-8") == told
    shared = Image.open(book / "_static/preview.png").convert("RGB")
    drawn = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
    pictures = [np.asarray(one.resize((288, 120)), int) for one in (shared, drawn)]
    assert np.mean(np.abs(pictures[0] - pictures[1])) < 2 < np.mean(np.std(pictures[0], axis=1))


def test_a_cover_is_written_by_a_chapter_and_not_by_its_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIF_CHECK_DATA", "1")
    save_cover(Figure((2, 1)), tmp_path)
    assert not [*tmp_path.iterdir()]
    monkeypatch.delenv("CIF_CHECK_DATA")
    save_cover(Figure((2, 1)), tmp_path)
    assert len([*tmp_path.iterdir()]) == 3
