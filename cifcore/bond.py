"""A bare potential U(x) in place of the harmonic spring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cifcore import _check
from cifcore.device import Array

_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)  # of a central difference, for 1 to 4 steps
_REACH = 40  # lengths to either side of x = 0 where a bond is looked at closely


class Bond:
    """A bare potential, for `Device(..., bond=...)` or `Mechanics(..., bond=...)`.

    Parameters
    ----------
    energy, length : callable, and float, > 0
        U(x) in gamma0, of an array of positions; and the distance in a over which it changes.
    slope, curvature : callable, optional
        U'(x) and U''(x); else by differences, to about 1e-14 U/length and 1e-12 U/length^2.

    Examples
    --------
    A dot that a spring holds on one side and a Morse bond lets go of on the other:

    >>> from cifcore import LinearBias, equilibria, paper_device
    >>> bond = Bond.morse(depth=0.04, rate=0.5)
    >>> device = paper_device("2b", k=bond.k, bond=bond)
    >>> equilibria(LinearBias(device), 0.05).x.round(2).tolist()
    [0.15, 1.08, 1.61]
    """

    def __init__(
        self,
        energy: Callable[[Array], Any],
        length: float,
        slope: Callable[[Array], Any] | None = None,
        curvature: Callable[[Array], Any] | None = None,
    ) -> None:
        for name, value in (("energy", energy), ("slope", slope), ("curvature", curvature)):
            _check.function(name, value, "position", needed=name == "energy")
        self.energy, self.length = energy, _check.real("length", length, *_check.POSITIVE)
        step = 0.02 * self.length
        self.slope = slope or _derivative(energy, step)
        self.curvature = curvature or _derivative(self.slope, step)

    def __add__(self, other: Bond) -> Bond:
        """Both together."""
        return Bond(
            lambda x: self.energy(x) + other.energy(x),
            min(self.length, other.length),
            lambda x: self.slope(x) + other.slope(x),
            lambda x: self.curvature(x) + other.curvature(x),
        )

    def __rmul__(self, factor: float) -> Bond:
        """All of it, times a number."""
        factor = _check.real("factor", factor)
        parts = (self.energy, self.slope, self.curvature)
        energy, slope, curvature = (lambda x, f=f: factor * f(x) for f in parts)
        return Bond(energy, self.length, slope, curvature)

    @classmethod
    def spring(cls, k: float) -> Bond:
        """U = k x^2/2."""
        k = _check.real("k", k)
        return cls(lambda x: k * x**2 / 2, 1.0, lambda x: k * x, lambda x: k + 0 * x)

    @classmethod
    def morse(cls, depth: float, rate: float) -> Bond:
        """U = depth (1 - exp(-rate x))^2, which breaks at a pull of depth rate/2."""
        depth = _check.real("depth", depth, *_check.POSITIVE)
        rate = _check.real("rate", rate, *_check.POSITIVE)

        def fade(x: Any) -> Any:
            return np.exp(np.minimum(-rate * np.asarray(x, float), 300.0))

        return cls(
            lambda x: depth * (1 - fade(x)) ** 2,
            1 / rate,
            lambda x: 2 * depth * rate * (1 - fade(x)) * fade(x),
            lambda x: 2 * depth * rate**2 * (2 * fade(x) - 1) * fade(x),
        )

    @property
    def k(self) -> float:
        """U''(0): the spring constant of small vibrations about x = 0, in gamma0/a^2."""
        return float(self.curvature(np.array(0.0)))

    def nodes(self, low: float, high: float) -> Array:
        """Positions between two ends that resolve the bond."""
        x = self.length * np.arange(-10 * _REACH, 10 * _REACH + 1) / 10
        return x[(x > low) & (x < high)]


def difference(function: Callable[[int], Any]) -> Any:
    """Central difference of eighth order of a function of the number of steps."""
    return sum(weight * (function(n) - function(-n)) for n, weight in enumerate(_WEIGHTS, start=1))


def _derivative(function: Callable[[Array], Any], step: float) -> Callable[[Array], Any]:
    return lambda x: difference(lambda n: function(np.asarray(x) + n * step)) / step
