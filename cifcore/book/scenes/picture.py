"""What a scene is made of: controls, and a picture of panels, a stage and a sentence.

Labels are TeX between dollar signs; units gamma0 = a = hbar = e = kB = 1.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

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
        The values are low, low + step, ... up to high; without a step the preferred numbers
        1, 1.25, 1.6, 2 ... of each decade.
    frames : int
        About how many values to compute beforehand.
    also : tuple of float
        More values, to compute beforehand too; those of a scene's presets are.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    default: float
    step: float = 0.0
    frames: int = 13
    also: tuple[float, ...] = ()

    def replace(self, **changes: Any) -> Self:
        """The same with other ends, steps or whatever."""
        return replace(self, **changes)

    @property
    def values(self) -> Array:
        """Every value the control can take, ascending."""
        if not self.step:
            first, last = int(np.floor(np.log10(self.low))), int(np.floor(np.log10(self.high)))
            decades = 10.0 ** np.arange(first, last + 1)[:, None]
            every = np.array([float(f"{v:.3g}") for v in (decades * _PREFERRED).ravel()])
            slack = 1 + 1e-9
            every = every[(every >= self.low / slack) & (every <= self.high * slack)]
        else:
            count = round((self.high - self.low) / self.step)
            every = np.array([float(f"{self.low + i * self.step:.10g}") for i in range(count + 1)])
        return np.union1d(every, self.also)

    @property
    def frame_values(self) -> Array:
        """About `frames` of them, evenly spread, with both ends, the default and `also`."""
        every = self.values
        pick = np.unique(np.round(np.linspace(0, len(every) - 1, self.frames)).astype(int))
        return np.unique(np.concatenate([every[pick], [self.default], self.also]))


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


Range = tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes
    ----------
    x_range, y_range : pair of float
        Of the axes: the same whatever the values of the controls.
    x_fit, y_fit : pair of float, optional
        Ranges that suit this picture better.
    cursor : pair of array, optional
        Where the dot of the stage is on these axes: x and y, point by point as in `Stage`.
    """

    x_label: str
    y_label: str
    traces: tuple[Trace, ...]
    x_range: Range
    y_range: Range
    x_fit: Range | None = None
    y_fit: Range | None = None
    cursor: tuple[Array, Array] | None = None


class Axis(NamedTuple):
    """Label, range whatever the values of the controls, and a range that suits a picture better."""

    label: str
    range: Range
    fit: Range | None = None


def panel(x: Axis, y: Axis, *traces: Trace, cursor: tuple[Array, Array] | None = None) -> Panel:
    """A panel of these curves and marks."""
    return Panel(x.label, y.label, traces, x.range, y.range, x.fit, y.fit, cursor)


@dataclass(frozen=True)
class Stage:
    """The device itself, as computed: where its dot is and what goes with that.

    Attributes
    ----------
    lead : float
        Distance of each lead from x = 0, in a.
    place, left, right : array, shape (m,)
        Positions, ascending, and the couplings to the leads there, in gamma0.
    x, bias, current : array, shape (n,)
        Positions of the dot, the bias there (gamma0), the current (gamma0/hbar, per spin).
    clock : array, shape (n,), optional
        When the dot is at `x`, ascending. Without it the dot rests, and `x` is `place`.
    clock_label : str
        What the clock counts, as TeX.
    stable, unstable : array
        Without a clock: where the dot can rest, and the watersheds between, ascending.
    swarm : tuple of array, shape (n,)
        Positions of other dots at the same times.
    energy : array, shape (m,), optional
        The potential at `place`, for a swarm to move in.
    """

    lead: float
    place: Array
    left: Array
    right: Array
    x: Array
    bias: Array
    current: Array
    clock: Array | None = None
    clock_label: str = ""
    stable: Array = field(default_factory=lambda: np.zeros(0))
    unstable: Array = field(default_factory=lambda: np.zeros(0))
    swarm: tuple[Array, ...] = ()
    energy: Array | None = None


@dataclass(frozen=True)
class Picture:
    """What a scene shows for one set of values."""

    panels: tuple[Panel, ...]
    sentence: str
    stage: Stage

    def __post_init__(self) -> None:
        # no line ends between a number and its unit, or within the unit
        bound = re.sub(r"(?<=\d) (?=[ae]\b|[ħγ])", "\u00a0", self.sentence)
        object.__setattr__(self, "sentence", bound.replace("/γ₀", "/\u2060γ₀"))


@dataclass(frozen=True)
class Scene:
    """A title, the controls, and the function from their values to a picture.

    Attributes
    ----------
    together : pair of str
        Two controls that matter together, by default the first two: frames have every pair of
        their values, and move any other control alone, from the default of all.
    presets : tuple of (str, dict)
        Words on a button, and the values it sets; the others go to their defaults.
    code : str
        A few lines that compute what is shown, with the names of controls in braces.
    origin : str
        Where the defaults are from: the "paper" or the "chapter".
    """

    title: str
    controls: tuple[Control, ...]
    function: Callable[..., Picture]
    presets: tuple[tuple[str, dict[str, float]], ...]
    code: str
    origin: str = "paper"
    together: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        preset = [one for _, values in self.presets for one in values.items()]
        controls = tuple(
            c.replace(also=c.also + tuple(v for name, v in preset if name == c.name))
            for c in self.controls
        )
        object.__setattr__(self, "controls", controls)
        object.__setattr__(self, "together", self.together or tuple(self.defaults)[:2])

    @property
    def defaults(self) -> dict[str, float]:
        """The values at the start: those of a figure."""
        return {control.name: control.default for control in self.controls}
