"""One look for every figure of the book.

`use_style` sets it. Colours carry a fixed meaning throughout (`COLOURS`): warm for a
positive bias, cool for a negative one, ink for what belongs to neither. They are written
into the SVG exactly as given here, so that a page can exchange them for their counterparts
in a dark theme; see `COLOURS_DARK`.

This module needs matplotlib, which the rest of the package does not.
"""

import binascii
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.path import Path as MplPath
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from PIL import Image

from cifcore import _check
from cifcore.book.published import CHECK, publish, write_whole

COLUMN = 4.4
"""Width in inches of a figure with one panel side by side with nothing: readable on a phone."""

FULL = 7.2
"""Width in inches of a figure as wide as the text."""

COLOURS = {
    "ink": "#23272f",
    "muted": "#737b88",
    "faint": "#d3d7de",
    "paper": "#fefefd",
    "positive": "#c8431f",
    "negative": "#1d6fb3",
    "third": "#13876a",
    "fourth": "#8b51a5",
}
"""Colours on a light page, by meaning. ``third`` and ``fourth`` are for curves without a sign.
Told apart with every common form of colour blindness; still, give curves a line style too."""

COLOURS_DARK = {
    "ink": "#dde1e8",
    "muted": "#98a1b0",
    "faint": "#3a414d",
    "paper": "#14181e",
    "positive": "#ff8a66",
    "negative": "#6fb6f2",
    "third": "#52c9a5",
    "fourth": "#c79be0",
}
"""The same meanings on a dark page."""

SEQUENTIAL = "cividis"
"""Colour map for quantities without a sign."""

DIVERGING = LinearSegmentedColormap.from_list(
    "cif_diverging",
    [
        "#0b3c68",
        COLOURS["negative"],
        "#a9cbe6",
        "#f3f1ec",
        "#eeb8a2",
        COLOURS["positive"],
        "#6f1d07",
    ],
)
"""Colour map for quantities with a sign, neutral at the middle of its range."""


def use_style() -> None:
    """Set the look of the book for every figure drawn afterwards.

    In a notebook, figures become `svg`, with a `png` beside it. Draw dense maps with
    ``rasterized=True`` so that they stay small.
    """
    mpl.rcParams.update(RC)
    try:
        from IPython.core.getipython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    shell: Any = get_ipython()
    if shell is not None:
        set_matplotlib_formats()  # first, since it forgets what is set here
        formatters = shell.display_formatter.formatters
        checked = bool(os.environ.get(CHECK))
        formatters["image/svg+xml"].for_type(Figure, _readable if checked else svg)
        if not checked:  # one drawing says whether a figure still follows
            formatters["image/png"].for_type(Figure, png)


RC: Any = {
    "figure.figsize": (COLUMN, 3.0),
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "savefig.dpi": 220,
    "svg.fonttype": "path",
    "svg.hashsalt": "cifcore",
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 11.5,
    "axes.titlesize": 11.5,
    "axes.labelsize": 12,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.5,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlecolor": COLOURS["ink"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(
        color=[COLOURS[c] for c in ("ink", "positive", "negative", "third", "fourth", "muted")]
    ),
    "grid.color": COLOURS["faint"],
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 6.0,
    "patch.edgecolor": COLOURS["ink"],
    "hatch.color": COLOURS["muted"],
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "image.cmap": SEQUENTIAL,
}


def svg(figure: Figure) -> str:
    """The figure as SVG, on no background: the same figure gives the same bytes.

    Without prologue and dates, and with coordinates to a hundredth of a point.
    """
    out = io.StringIO()
    no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", dpi=figure.dpi, metadata=no_metadata)
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"\s*<style type=\"text/css\">\*\{[^}]*\}</style>", "", drawn)
    return re.sub(
        r'(?<= d=")[^"]*|(?<=translate\()[^)]*|(?<= x=")[^"]*|(?<= y=")[^"]*',
        lambda found: re.sub(
            r"-?\d+\.\d{3,}", lambda number: f"{round(float(number[0]), 2) + 0:.9g}", found[0]
        ),
        drawn,
    )


def png(figure: Figure) -> tuple[str, dict[str, int]]:
    """The figure at twice its size in few colours on that of paper, in base 64; and its size.

    Jupyter shows it where it does not trust a notebook to show its SVG.
    """
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=2 * figure.dpi)
    drawn = Image.open(out).convert("RGBA")
    page = Image.new("RGBA", drawn.size, COLOURS["paper"])
    page.alpha_composite(drawn)
    few = page.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(out := io.BytesIO(), "PNG", optimize=True)
    encoded = binascii.b2a_base64(out.getvalue()).decode()
    return encoded, {"width": drawn.width // 2, "height": drawn.height // 2}


def _readable(figure: Figure) -> str:
    """Let a figure with unreadable text say so on stderr, which no chapter may write to."""
    drawn = svg(figure)
    if found := text_over_data(figure):  # which lays it out once more
        raise ValueError(f"text over data: {', '.join(found)}")
    return drawn


def text_over_data(figure: Figure) -> list[str]:
    """Texts of a figure that lie on a curve or on a point of some panel.

    Parameters
    ----------
    figure : Figure
        With its panels, insets and legends; boxes are compared as they are drawn. Text with a
        box of its own behind it may lie anywhere, and so may text over maps and shaded areas.

    Returns
    -------
    list of str
        Those texts, none if all can be read.
    """
    figure.draw_without_rendering()
    curves = [curve for ax in figure.findobj(Axes) for curve in _curves(ax)]

    def meets(box: Bbox, curve: MplPath, panel: Bbox) -> bool:
        seen = Bbox.intersection(box.padded(-1), panel)
        return seen is not None and min(seen.size) > 0 and curve.intersects_bbox(seen, filled=False)

    return [words for words, box in _texts(figure) if any(meets(box, *each) for each in curves)]


def _curves(ax: Axes) -> Iterator[tuple[MplPath, Bbox]]:
    """Each curve in pixels, in pieces without gaps, or each point by itself; and their panel."""
    for line in ax.get_lines():
        data = line.get_transform().contains_branch_seperately(ax.transData)
        if not (all(data) and line.get_visible() and ax.get_visible()):
            continue  # a line from edge to edge is no data
        points = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
        there = np.isfinite(points).all(axis=1)
        if line.get_linestyle() == "None":
            pieces = [*np.repeat(points[there, None], 2, axis=1)]
        else:
            pieces = np.split(points, np.flatnonzero(~there))
        yield from ((MplPath(piece), ax.bbox) for piece in pieces)


def _texts(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    for ax in figure.findobj(Axes):
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            axes_texts = [tick.label1 for tick in ticks]
            yield from _boxes([*axes_texts, axis.label] if axis.get_visible() else [])
        legend = ax.get_legend()
        yield from _boxes([*ax.texts, ax.title, *(legend.get_texts() if legend else [])])
    yield from _boxes(figure.texts)


def _boxes(texts: Iterable[Text]) -> Iterator[tuple[str, Bbox]]:
    for text in texts:
        if text.get_visible() and text.get_text().strip() and text.get_bbox_patch() is None:
            yield text.get_text(), Text.get_window_extent(text)


def bias_colour(bias: float) -> str:
    """Colour of a curve at this bias: warm above zero, cool below, ink at zero."""
    bias = _check.real("bias", bias)
    if bias > 0:
        return COLOURS["positive"]
    return COLOURS["negative"] if bias < 0 else COLOURS["ink"]


def panel_labels(axes: Axes | Iterable[Axes], start: str = "a") -> None:
    """Write (a), (b), ... above the upper left corner of each panel.

    Parameters
    ----------
    axes : Axes or iterable of Axes
        Panels in reading order; an array of axes as made by ``plt.subplots`` is flattened.
    start : str
        Letter of the first panel.
    """
    panels = [axes] if isinstance(axes, Axes) else list(np.ravel(np.asarray(axes, dtype=object)))
    for offset, panel in enumerate(panels):
        panel.set_title(f"({chr(ord(start) + offset)})", loc="left")


def mark_equilibria(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    stable: ArrayLike,
    colour: str = COLOURS["ink"],
    size: float = 6.5,
) -> None:
    """Mark equilibria on a curve: filled where stable, open where unstable.

    Parameters
    ----------
    ax : Axes
    x, y : array_like, shape (n,)
        Positions of the marks.
    stable : array_like of bool, shape (n,)
    colour, size : str, float
        Of the marks; the diameter in points.
    """
    x, y, stable = (np.atleast_1d(np.asarray(a)) for a in (x, y, stable))
    if not (x.shape == y.shape == stable.shape):
        raise ValueError(
            f"x, y and stable must have one shape, got {x.shape}, {y.shape} and {stable.shape}"
        )
    for which, face in ((stable.astype(bool), colour), (~stable.astype(bool), COLOURS["paper"])):
        ax.plot(
            x[which],
            y[which],
            linestyle="none",
            marker="o",
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=1.4,
            zorder=5,
        )


def save_data(
    name: str, columns: Mapping[str, ArrayLike], folder: str | os.PathLike[str] = "data"
) -> Path:
    """Write what a figure shows as ``folder/name.csv``, beside the page that draws it.

    Parameters
    ----------
    name : str
        File name without its ending.
    columns : mapping of str to array_like, shape (n,)
        Header of each column, with its unit as in ``"x (a)"``, and its numbers. All columns
        have the same length; they are rounded to 9 significant digits.
    folder : path
        Where to write, by default ``data`` in the current folder.

    Returns
    -------
    Path
        The file. It is replaced as a whole, and left alone when nothing changed.

    Raises
    ------
    ValueError
        If the columns have different lengths; or, with ``CIF_CHECK_DATA`` set in the
        environment, if the numbers differ from those already there: so a test can ask whether
        the published data still follow from the code.
    """
    table = [np.asarray(column) for column in columns.values()]
    shapes = {column.shape for column in table}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        described = ", ".join(f"{key}: {np.shape(value)}" for key, value in columns.items())
        raise ValueError(f"columns must be one-dimensional and equally long, got {described}")
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([_cell(value) for value in row] for row in zip(*table, strict=True))
    path = Path(folder) / f"{name}.csv"
    publish(path, text.getvalue(), _same_numbers)
    return path


def save_cover(figure: Figure, folder: str | os.PathLike[str]) -> None:
    """Write the picture on the first page for light and for dark pages, and for shared addresses.

    Not with ``CIF_CHECK_DATA`` set; the page itself takes the light one and exchanges its colours.
    """
    if not os.environ.get(CHECK):
        light = dark = svg(figure) + "\n"
        for name, colour in COLOURS.items():
            dark = dark.replace(colour, COLOURS_DARK[name])
        write_whole(Path(folder) / "cover-light.svg", light)
        write_whole(Path(folder) / "cover-dark.svg", dark)
        figure.savefig(Path(folder) / "preview.png", dpi=120, facecolor=COLOURS["paper"])


def _cell(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return f"{value + 0.0:.9g}"
    return int(value) if isinstance(value, bool | np.bool_) else value


def _same_numbers(previous: str, text: str) -> bool:
    old, new = ([line.split(",") for line in version.splitlines()] for version in (previous, text))
    return old[0] == new[0] and len(old) == len(new) and _close(old[1:], new[1:])


def _close(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> bool:
    try:
        a, b = np.array(old, dtype=float), np.array(new, dtype=float)
    except ValueError:
        return old == new
    scale = np.max(np.abs(a), axis=0, initial=0.0, where=np.isfinite(a))
    return bool(np.all(np.isclose(a, b, rtol=1e-6, atol=1e-6 * scale, equal_nan=True)))
