"""Scenes drawn with matplotlib, for print and for readers without JavaScript."""

import re
from collections.abc import Mapping
from typing import Any

from cifcore.book.scenes.catalogue import compute


def draw(name: str, values: Mapping[str, float] | None = None) -> Any:
    """Draw a scene with matplotlib; returns the figure.

    Arguments as in `compute`. Figures are drawn in the style of the book, for print and for
    readers without JavaScript.
    """
    import matplotlib.pyplot as plt

    from cifcore.book.figures import COLOURS, FULL, panel_labels

    panels = compute(name, values).panels
    figure, axes = plt.subplots(1, len(panels), figsize=(FULL, 3.4 if len(panels) < 3 else 3.0))
    for ax, panel in zip(axes, panels, strict=True):
        named: set[str] = set()
        for trace in panel.traces:
            colour = COLOURS[trace.colour]
            label = trace.label if trace.label and trace.label not in named else None
            named.add(trace.label)
            if trace.base is not None:
                ax.fill_between(trace.x, trace.y, trace.base, color=colour, alpha=0.15, lw=0)
            ax.plot(
                trace.x,
                trace.y,
                color=colour,
                linestyle={"solid": "-", "dashed": "--", "none": "none"}[trace.line],
                linewidth=trace.width,
                marker="o" if trace.marker else None,
                markerfacecolor=COLOURS["paper"] if trace.marker == "open" else colour,
                zorder=5 if trace.marker else None,
                label=None if label is None else _upright(label),
            )
        ax.set(xlabel=_upright(panel.x_label), ylabel=_upright(panel.y_label))
        ax.set(xlim=panel.x_fit or panel.x_range, ylim=panel.y_fit or panel.y_range)
        handles, labels = ax.get_legend_handles_labels()
        if handles:  # beside none of the curves: below
            columns = 1 if max(map(len, labels)) > 18 else 2
            ax.legend(
                fontsize="small",
                loc="upper left",
                bbox_to_anchor=(0, -0.22),
                borderaxespad=0,
                ncols=columns,
            )
    panel_labels(axes)
    return figure


def _upright(label: str) -> str:
    """Subscripts that are words stand upright, as in print."""
    return re.sub(r"_\{(\w\w+)\}", r"_{\\mathrm{\1}}", label)
