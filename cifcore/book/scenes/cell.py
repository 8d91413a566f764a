"""A cell that a reader edits in the page: what the code prints and plots, told as a scene is."""

import contextlib
import io
import traceback
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore.book.scenes.catalogue import plain
from cifcore.book.scenes.picture import Panel, Trace
from cifcore.book.scenes.pieces import window

COLOURS = ("positive", "negative", "third", "fourth", "ink")
LONGEST = 10_000
"""Most characters that a cell may print, and most points of a curve."""


class Plots:
    """Panels that fill up: `panel` begins one, `plot` adds a curve to the last."""

    def __init__(self) -> None:
        self.panels: list[Panel] = []

    def panel(self, x_label: str = "", y_label: str = "") -> None:
        """Begin a panel; labels are TeX between dollar signs."""
        self.panels.append(Panel(x_label, y_label, (), (0.0, 1.0), (0.0, 1.0)))

    def plot(self, x: ArrayLike, y: ArrayLike, label: str = "", marker: str = "") -> None:
        """Add a curve, or marks: "filled" or "open".

        Raises
        ------
        ValueError
            If `x` and `y` do not go together, have no finite point or too many.
        """
        x, y = np.broadcast_arrays(np.asarray(x, float).ravel(), np.asarray(y, float).ravel())
        if not (np.isfinite(x) & np.isfinite(y)).any() or x.size > LONGEST:
            raise ValueError(f"a curve of {x.size} points: has from 1 to {LONGEST} finite ones")
        if not self.panels:
            self.panel()
        panel = self.panels[-1]
        colour = COLOURS[len(panel.traces) % len(COLOURS)]
        line = "none" if marker else "solid"
        traces = (*panel.traces, Trace(x, y, label, colour, line, marker))
        whole = [np.concatenate([getattr(t, axis) for t in traces]) for axis in "xy"]
        ends = [window(values[np.isfinite(values)], 0.05) for values in whole]
        self.panels[-1] = replace(panel, traces=traces, x_range=ends[0], y_range=ends[1])


def run(code: str, check: str = "") -> dict[str, Any]:
    """Run a reader's code, and an exercise's check after it, in the same names.

    The code knows ``np``, ``panel`` and ``plot``. A check asserts; it says what is missing.

    Returns
    -------
    dict
        ``text`` that was printed; ``panels``; ``error`` or ""; of a check, whether it ``passed``
        and what it says in ``verdict``.
    """
    plots, out = Plots(), io.StringIO()
    names = {"np": np, "plot": plots.plot, "panel": plots.panel, "__name__": "cell"}
    told: dict[str, Any] = {"error": "", "passed": None, "verdict": ""}
    with contextlib.redirect_stdout(out), np.errstate(all="ignore"):
        try:
            exec(compile(code, "cell", "exec"), names)
        except (Exception, SystemExit) as error:
            told["error"] = _where(error)
    if check and not told["error"]:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(check, "check", "exec"), names)
            told |= {"passed": True, "verdict": said.getvalue().strip()}
        except (Exception, SystemExit) as error:
            told |= {"passed": False, "verdict": str(error)}
    panels = [plain(panel) for panel in plots.panels if panel.traces]
    return told | {"text": out.getvalue()[:LONGEST], "panels": panels}


def _where(error: BaseException) -> str:
    """The error with the line of the cell it comes from."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "cell"]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    what = error.msg if isinstance(error, SyntaxError) else error
    return f"line {line}: {type(error).__name__}: {what}" if line else f"{what}"
