"""Which mass does it take for a well to hold a state?

The well is seen with the potential continued flat beyond its tops. At the threshold mass its n-th
state reaches the lower one: -psi'' = 2 M [U_top - U(x)] psi, psi' = 0 there, and at the other end a
decay into the wall, or psi'/psi = -sqrt(2 M D) (outwards) at a top higher by D. This eigenvalue
problem in M is solved in its weak form on Gauss-Lobatto nodes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.landscape import drop
from cifcore.quantum.states import extent, wells

_TOLERANCE = 1e-10
_LARGEST = 1200


def threshold_mass(response: Response, bias: float, n: int = 1) -> Array:
    """Mass at which each well, capped at its top, holds its `n`-th state.

    Parameters
    ----------
    response, bias
        See `levels`; the mass of the device is not used.
    n : int, at least 1
        Which state, counted from the ground state.

    Returns
    -------
    array, shape (wells,)
        One mass a well, ascending in x, in hbar^2/(gamma0 a^2): a heavier dot has at least `n`
        states below the (lower) top. 0 for a single well, which has no top and holds every state,
        and, for n = 1, between two tops of the same height. Relative error 1e-10;
        next to a fold, what rounding leaves of the barrier.

    Raises
    ------
    ValueError
        If `n` is so large that it needs more than 1200 nodes.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> threshold_mass(LinearBias(paper_device("2b")), 0.2).round(1).tolist()
    [1477.5, 27.7]
    """
    n = _check.whole("n", n, 1)
    return np.array([_threshold(well, n) for well in _capped(response, bias)] or [0.0])


def threshold_mass_wkb(response: Response, bias: float, n: int = 1) -> Array:
    """The same by the semiclassical approximation, shape (wells,).

    int sqrt(2 M (U_top - U)) dx = (n - 5/8) pi between the lower top and the turning point: a
    quarter is lost at the turning point, and an eighth at the top, a parabola with psi' = 0.
    """
    n = _check.whole("n", n, 1)
    return np.array([_semiclassical(well, n) for well in _capped(response, bias)] or [0.0])


class _Capped(NamedTuple):
    """A well seen from its lower top, at distance s = 0 from there."""

    response: Response
    bias: float
    start: float  # the lower top
    sign: int  # +1 if the well is on its right
    bottom: float  # distance of the bottom
    other: float  # distance of the other top, infinite if there is none

    def depth(self, s: ArrayLike) -> Array:
        """U_top - U at distance s, into the well."""
        x = self.start + self.sign * np.asarray(s, dtype=float)
        return np.asarray(drop(self.response, self.start, x, self.bias))


def _capped(response: Response, bias: float) -> list[_Capped]:
    """Every well, if there are several; the walls count as tops of infinite height."""
    found, out = wells(response, bias), []
    x_top = np.concatenate([[-np.inf], found.x_top, [np.inf]])
    top = np.pad(found.top, 1, constant_values=np.inf)
    for i, bottom in enumerate(found.x if len(found.top) else []):
        low, other, sign = (i, i + 1, 1) if top[i] <= top[i + 1] else (i + 1, i, -1)
        start, far = float(x_top[low]), float(abs(x_top[other] - x_top[low]))
        out.append(_Capped(response, bias, start, sign, float(abs(bottom - start)), far))
    return out


def _semiclassical(well: _Capped, n: int) -> float:
    end = min(well.other, 2 * well.bottom)
    while end < well.other and well.depth(end) > 0:
        end += well.bottom
    s = np.linspace(0, end, 2001)
    action = np.trapezoid(np.sqrt(2 * np.maximum(well.depth(s), 0)), s)
    return float(((n - 0.625) * np.pi / action) ** 2)


def _threshold(well: _Capped, n: int) -> float:
    """The n-th mass on more and more nodes, until it does not change."""
    deep = float(well.depth(well.bottom))
    # of the depth, relative: forces that nearly cancel
    rounding = 2e-16 * abs(float(well.response.device.tension(well.start))) * well.bottom / deep
    mass, end = _semiclassical(well, n), well.other
    level = bool(np.isfinite(end) and abs(well.depth(end)) <= 1e-12 * deep)
    if level and n == 1:
        return 0.0
    nodes = 40 + 4 * n
    while nodes <= _LARGEST:
        before = mass
        if not np.isfinite(well.other):
            end = extent(lambda s: -well.depth(s), np.array([well.bottom]), 0.0, 0.7 * before)[1]
        mass = _on_nodes(well, end, n, level, nodes, before)
        if abs(mass - before) <= max(_TOLERANCE, rounding) * mass:
            return mass
        nodes = int(1.4 * nodes)
    raise ValueError(f"n = {n}: must be so small that {_LARGEST} nodes resolve the state")


def _on_nodes(well: _Capped, end: float, n: int, level: bool, nodes: int, mass: float) -> float:
    """n-th M of -psi'' = 2 M depth psi in its weak form, psi' = 0 at the top."""
    s, weights, slope = lobatto(nodes)
    depth = well.depth(end / 2 * (s + 1))
    weight = depth * weights * (end / 2)
    # with psi' = 0 at both ends the constant is a state of mass zero: masses are shifted
    shift, beyond = (mass, 0.0) if level else (0.0, max(-depth[-1], 0.0))
    stiff = slope.T @ (weights[:, None] * slope) * (2 / end) + np.diag(2 * shift * weight)
    corner = stiff[-1, -1]
    while True:
        stiff[-1, -1] = corner + np.sqrt(2 * mass * beyond)  # psi'/psi there has the mass in it
        inverse = np.linalg.inv(np.linalg.cholesky(stiff))
        before, mass = mass, 0.5 / np.linalg.eigvalsh(inverse * weight @ inverse.T)[-n] - shift
        if level or abs(mass - before) <= 0.1 * _TOLERANCE * mass:
            return float(mass)


@lru_cache(maxsize=16)
def lobatto(nodes: int) -> tuple[Array, Array, Array]:
    """Gauss-Lobatto nodes on [-1, 1], their weights, and the matrix of derivatives."""
    degree = nodes - 1
    # between the ends the zeros of P', eigenvalues of its recurrence
    k = np.arange(1, degree - 1)
    beside = np.sqrt(k * (k + 2) / ((2 * k + 1) * (2 * k + 3)))
    x = np.concatenate([[-1.0], np.linalg.eigvalsh(np.diag(beside, -1)), [1.0]])
    value = np.polynomial.legendre.Legendre.basis(degree)(x)
    apart = x[:, None] - x
    np.fill_diagonal(apart, 1.0)
    slope = value[:, None] / value / apart
    np.fill_diagonal(slope, 0.0)
    np.fill_diagonal(slope, -slope.sum(axis=1))
    return x, 2 / (degree * nodes * value**2), slope
