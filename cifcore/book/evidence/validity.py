"""Does it hold? The table of verdicts: figures, assumptions, and two masses of the dot.

A `Row` is a number of a figure to first order and exactly.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from cifcore import Device, Response, equilibria, folds, paper_device
from cifcore.book.evidence.curves import asymmetry
from cifcore.book.evidence.registry import VERDICTS, Verdict, judged
from cifcore.book.evidence.symmetry import FORWARD, Friction, Kind, cycle_wells
from cifcore.book.published import table
from cifcore.book.wells import rests, visited
from cifcore.units import C60, Scales

FIGURES = ("2", "3", "4", "5", "6", "7", "8", "9")

BIAS = {"2a": 0.2, "2b": 0.2, "4": 0.05, "6": 0.09, "7": 0.1, "8": 0.2, "9": 0.3}
"""Bias of each figure, eV in gamma0; of the sweep of Fig. 6, one inside its window."""

DAMPINGS = {
    "2b": (0.1, 0.2),
    "4": (0.5,),
    "6": (0.3,),
    "7": (0.16, 0.2),
    "8": (0.1, 0.5),
    "9": (0.16,),
}
"""Damping ratios that the paper states for each figure with a motion."""

LIGHT = 1000.0
"""Mass of the paper's dot."""


def scales() -> Scales:
    """Those of the paper's Appendix A."""
    return Scales("3.88 eV", "2.5 angstrom")


def device_of(figure: str, zeta: float | None = None, M: float = LIGHT) -> Device:
    """A figure's device; by default with the first damping that the paper states."""
    stated = DAMPINGS.get(figure, (0.1,))[0]
    return paper_device(figure, zeta=stated if zeta is None else zeta, M=M)


@lru_cache
def response_of(kind: Kind, figure: str) -> Response:
    """The response of this device."""
    return kind(device_of(figure))


def table_of_verdicts() -> dict[str, dict[str, tuple[Verdict | None, Verdict | None]]]:
    """For each assumption and figure, the verdicts at the paper's mass and at that of C60."""
    judges = VERDICTS.items()
    return {name: {f: (judge(f, LIGHT), judge(f, C60)) for f in FIGURES} for name, judge in judges}


class Row(NamedTuple):
    """A number of a figure to first order and exactly; whether its statement survives, or where."""

    figure: str
    quantity: str
    linear: float
    exact: float
    holds: bool
    works_at: str = ""

    @property
    def moved(self) -> float:
        """Relative change."""
        return abs(self.exact - self.linear) / abs(self.linear)

    @property
    def verdict(self) -> str:
        """Holds, holds with shifted numbers (by more than a twentieth), or fails."""
        word = judged(self.holds, self.moved, "").word
        return "holds, shifted" if word == "shifted" else word


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Rows as columns, for a file."""
    names = "figure", "quantity", "linear", "exact", "verdict", "works_at"
    return {name.replace("_", " "): [getattr(row, name) for row in rows] for name in names}


def markdown(rows: list[Row]) -> Any:
    """Rows as a table for a page."""
    heads = "Fig. | what | first order | exact | difference | verdict | works at"
    cells = []
    for row in rows:
        change = round(100 * (row.exact - row.linear) / abs(row.linear)) + 0
        numbers = f"{row.linear:.4g}", f"{row.exact:.4g}", f"{change:+d} %"
        cells.append((row.figure, row.quantity, *numbers, row.verdict, row.works_at))
    return table(heads, cells)


def only_rectification(response: Response, bias: float) -> float:
    """Eq. 18 or 22 of a dot with one stable position in each direction; else not a number."""
    both = np.array([bias, -bias])
    rest = equilibria(response, both)
    if np.any(rest.stable.sum(axis=1) != 1):
        return np.nan
    return float(asymmetry(*response.current(rest.x[rest.stable], both)))


def wells_as_stated(response: Response, figure: str, friction: Friction = None) -> bool:
    """Whether a figure's rest positions are as the text has them, and its dampings do as stated.

    Figs. 2 and 8: two wells, and the dot, from its natural position, ends in the outer one at the
    smaller damping alone; Figs. 7 and 9: two wells, and the pulses pump at the first damping
    alone; Fig. 6: one window inside the sweep to eV = 0.15, for eV > 0 only.
    """
    if figure == "6":
        found = folds(response, 0.15).bias
        return len(found) == 2 and bool(np.all(found > 0))
    V, stated, rest = BIAS[figure], np.array(DAMPINGS[figure]), rests(response, BIAS[figure])
    if rest.stable.tolist() != [True, False, True]:
        return False
    if figure in ("2b", "8"):
        does = visited(response, [V], 0.0, stated, friction=friction)[0] > rest.x[1]
    else:
        does = cycle_wells(response, V, stated, figure == "9", friction) == FORWARD
    return bool(does.tolist() == [True, False][: len(stated)])
