"""What a scene is made of: controls, and a picture of panels, curves and a sentence.

Labels are TeX between dollar signs; units gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cifcore.device import Array

_PREFERRED = np.array([1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8])


@dataclass(frozen=True)
class Control:
    """One thing to move.

    Attributes
    ----------
    name, label, unit : str
        Of the value; label and unit as TeX.
    low, high, step, default : float
        The values are low, low + step, ... up to high. With ``log`` they are the preferred
        numbers 1, 1.25, 1.6, 2 ... of each decade, and ``step`` is not used.
    frames : int
        About how many values to compute beforehand.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    default: float
    step: float = 0.0
    log: bool = False
    frames: int = 13

    @property
    def values(self) -> Array:
        """Every value the control can take, ascending."""
        if self.log:
            first, last = int(np.floor(np.log10(self.low))), int(np.floor(np.log10(self.high)))
            decades = 10.0 ** np.arange(first, last + 1)[:, None]
            every = np.array([float(f"{v:.3g}") for v in (decades * _PREFERRED).ravel()])
            slack = 1 + 1e-9
            return every[(every >= self.low / slack) & (every <= self.high * slack)]
        count = round((self.high - self.low) / self.step)
        return np.array([float(f"{self.low + i * self.step:.10g}") for i in range(count + 1)])

    @property
    def frame_values(self) -> Array:
        """About `frames` of them, evenly spread, with both ends and the default."""
        return self._spread(self.values, self.frames)

    def coarse_values(self, count: int) -> Array:
        """About `count` of `frame_values`, evenly spread, with both ends and the default."""
        return self._spread(self.frame_values, count)

    def _spread(self, every: Array, count: int) -> Array:
        pick = np.unique(np.round(np.linspace(0, len(every) - 1, count)).astype(int))
        return np.unique(np.append(every[pick], self.default))


@dataclass(frozen=True)
class Trace:
    """One curve or set of marks.

    ``colour`` is a meaning of `cifcore.book.figures.COLOURS`; ``line`` is "solid", "dashed" or
    "none"; ``marker`` is "", "filled" (stable) or "open" (unstable). With ``base``, of the
    shape of ``y``, the area between the two is shaded. NaN breaks the curve.
    """

    x: Array
    y: Array
    label: str = ""
    colour: str = "ink"
    line: str = "solid"
    marker: str = ""
    width: float = 1.6
    base: Array | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes; ranges that are None follow the traces."""

    x_label: str
    y_label: str
    traces: tuple[Trace, ...]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Picture:
    """What a scene shows for one set of values."""

    panels: tuple[Panel, ...]
    sentence: str


@dataclass(frozen=True)
class Scene:
    """A title, the controls, and the function from their values to a picture.

    ``together`` names two controls that matter together, and about how many values of each
    frames move at once; frames move any other control alone, from the default of all.
    """

    name: str
    title: str
    controls: tuple[Control, ...]
    function: Callable[..., Picture]
    together: tuple[tuple[str, int], tuple[str, int]]

    @property
    def defaults(self) -> dict[str, float]:
        """The values of the paper's figure."""
        return {control.name: control.default for control in self.controls}

    @property
    def grid(self) -> dict[str, Array]:
        """The values that frames combine, of each of the two controls of ``together``."""
        named = {control.name: control for control in self.controls}
        return {name: named[name].coarse_values(count) for name, count in self.together}
