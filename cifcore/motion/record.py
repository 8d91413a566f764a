"""What `simulate` and `langevin` return, and how to hand it on."""

from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array

_UNITS = {"v": "a gamma0/hbar", "bias": "gamma0, or 1", "charge": "e, or gamma0"}
_UNITS |= dict.fromkeys(("work", "dissipated", "supplied", "extracted"), "gamma0")
_UNITS |= {"charge_per_cycle": _UNITS["charge"], "v_end": _UNITS["v"], "occupation": "1"}


def _dataset(result: Any, axes: dict[str, Any]) -> Any:
    """Some fields of a result along the first of these axes, with their units."""
    xarray = _check.library("xarray", "to_xarray")
    parts = {}
    for name, along in axes.items():
        values = getattr(result, name)
        parts[name] = (along[: np.ndim(values)], values, {"units": _UNITS.get(name, "a")})
    return xarray.Dataset(parts, {"time": ("time", result.t, {"units": "hbar/gamma0"})})


def times_within(times: ArrayLike, end: float) -> Array:
    """`times` as one sequence, if they lie within a drive."""
    inside = (lambda a: (a >= 0) & (a <= end * (1 + 1e-12)), f"from 0 to {end:.6g}")
    times = np.atleast_1d(_check.within("times", times, *inside))
    if times.ndim > 1:
        raise ValueError(f"times of shape {times.shape}: must be a number or one sequence")
    return times


def out_of_steps(max_steps: int, t: float, duration: float) -> ArithmeticError:
    """What is said where the steps allowed in a segment end before it."""
    where = f"end at t = {t:.6g}, before the segment of duration {duration:.6g}"
    how = "take more steps, a larger rtol, a shorter drive, or zeta above 0"
    return ArithmeticError(f"max_steps = {max_steps} steps {where}: {how}")


@dataclass(frozen=True)
class Motion:
    """A trajectory: arrays over time, all of one shape; the integrals run from t = 0.

    Of several coordinates, `x` and `v` have them on one more axis, the last.

    Attributes
    ----------
    t, x, v, bias : array
        Time, position, velocity, bias. At a jump of the bias, its value before it.
    charge : array
        Transported charge (Eq. 21) per spin, or heat for a thermal response.
    work, dissipated : array
        Work of the current-induced force (Eq. 24), and energy lost to friction (Eq. 25).
    supplied, extracted : array
        Integrals of bias times current, for a voltage the energy put in; and of -load velocity.
    """

    t: Array
    x: Array
    v: Array
    bias: Array
    charge: Array
    work: Array
    dissipated: Array
    supplied: Array
    extracted: Array
    _steps: Any = field(default=None, repr=False, kw_only=True)

    def at(self, times: ArrayLike) -> Self:
        """The same motion at other times, from the collocation polynomials of the steps."""
        if self._steps is None:
            raise ValueError("at: a family is kept at the times of simulate(times=...) alone")
        return self._steps.motion(times_within(times, self._steps.t[-1]))

    def to_xarray(self) -> Any:
        """The same as an `xarray.Dataset`, labelled, with units; needs xarray."""
        along = [*(f"family_{i}" for i in range(np.ndim(self.bias) - 1)), "time", "coordinate"]
        names = [part.name for part in fields(self) if part.name not in ("t", "_steps")]
        return _dataset(self, dict.fromkeys(names, along))


@dataclass(frozen=True)
class Ensemble:
    """What `langevin` returns; of several coordinates, positions have them on the last axis.

    Attributes
    ----------
    t, x : array, shape (m,) and (m, n)
        Times, and positions at the steps nearest to them.
    charge_per_cycle : array, shape (n, cycles)
        Transported charge (or heat) of each trajectory in each cycle, per spin.
    x_end, v_end, x_break : array, shape (n,) and (n, segments)
        Positions and velocities at the end, and positions at the end of each segment.
    occupation : array, shape (n, segments, wells)
        Fraction of each segment spent between neighbouring `edges`; one well without them.
    """

    t: Array
    x: Array
    charge_per_cycle: Array
    x_end: Array
    v_end: Array
    x_break: Array
    occupation: Array

    def to_xarray(self) -> Any:
        """The same as an `xarray.Dataset`, labelled, with units; needs xarray."""
        n, end = "trajectory", ("trajectory", "coordinate")
        axes = {"x": ("time", *end), "charge_per_cycle": (n, "cycle"), "x_end": end, "v_end": end}
        axes |= {"x_break": (n, "segment", "coordinate"), "occupation": (n, "segment", "well")}
        return _dataset(self, axes)
