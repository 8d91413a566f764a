"""Which mass does it take for a well to hold a state?

The well is asked about with the potential continued flat beyond each of its tops; the wall of the
spring, where there is no top, stays as it is. It holds its n-th state if that lies below its lower
top. At the threshold mass the state reaches the top; there

    -psi'' = 2 M [U_top - U(x)] psi,

with psi' = 0 at the lower top and a decay into the wall, or psi'/psi = -sqrt(2 M D) (outwards) at
another top, higher by D: an eigenvalue problem in M. Its weak form is solved on Gauss-Lobatto
nodes, until the mass does not move by more than 1e-10 of itself.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.landscape import drop
from cifcore.quantum.states import Wells, wells
from cifcore.roots import crossing

_TOLERANCE = 1e-10
_DECAY = 20.0
_LARGEST = 1200


def threshold_mass(response: Response, bias: float, n: int = 1) -> Array:
    """Mass at which each well, capped at its top, holds its `n`-th state.

    Parameters
    ----------
    response : Response
        Of a single device; its mass is not used.
    bias : float
        Constant bias.
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
    return _of_each(response, bias, n, _threshold)


def threshold_mass_wkb(response: Response, bias: float, n: int = 1) -> Array:
    """The same by the semiclassical approximation, shape (wells,).

    int sqrt(2 M (U_top - U)) dx = (n - 5/8) pi between the lower top and the turning point: a
    quarter is lost at the turning point, and an eighth at the top, a parabola with psi' = 0.
    """
    return _of_each(response, bias, n, _semiclassical)


def _of_each(response: Response, bias: float, n: int, mass: Callable[..., float]) -> Array:
    n = _check.whole("n", n, 1)
    found = wells(response, bias)
    if not len(found.top):
        return np.zeros(1)
    return np.array([mass(well, n) for well in _capped(response, bias, found)])


class _Capped(NamedTuple):
    """A well seen from its lower top, at distance s = 0 from there."""

    depth: Callable[[Array], Array]  # U_top - U at distance s, into the well
    bottom: float  # distance of the bottom
    other: float  # distance of the other top, infinite if there is none
    step: float  # how much higher that is
    rounding: float  # of the depth, relative: forces that nearly cancel


def _capped(response: Response, bias: float, found: Wells) -> list[_Capped]:
    # the walls count as tops of infinite height
    x_top = np.concatenate([[-np.inf], found.x_top, [np.inf]])
    top = np.concatenate([[np.inf], found.top, [np.inf]])
    out = []
    for i, bottom in enumerate(found.x):
        low, other, sign = (i, i + 1, 1) if top[i] <= top[i + 1] else (i + 1, i, -1)
        start, far = x_top[low], x_top[other]

        def depth(s: Any, start: float = start, sign: int = sign) -> Any:
            return drop(response, start, start + sign * np.asarray(s), bias)

        step = -float(drop(response, start, far, bias)) if np.isfinite(far) else np.inf
        inside = abs(bottom - start)
        cancelled = abs(float(response.device.tension(start))) * inside / float(depth(inside))
        out.append(_Capped(depth, inside, abs(far - start), step, 2e-16 * cancelled))
    return out


def _semiclassical(well: _Capped, n: int) -> float:
    end = _turning_point(well)
    # s = end sin^2(angle/2) smooths both ends
    nodes, weights = np.polynomial.legendre.leggauss(120)
    angle = np.pi / 2 * (nodes + 1)
    depth = well.depth(end * np.sin(angle / 2) ** 2)
    action = np.pi / 4 * end * weights @ (np.sqrt(2 * np.maximum(depth, 0)) * np.sin(angle))
    return float(((n - 0.625) * np.pi / action) ** 2)


def _turning_point(well: _Capped) -> float:
    """Where the depth, positive at the bottom, comes to zero on the far side."""
    inside, outside = well.bottom, 2 * well.bottom
    if np.isfinite(well.other):
        outside = well.other
        if well.step == 0:
            return outside
    while well.depth(np.array(outside)) > 0:
        outside += well.bottom
    return float(crossing(well.depth, inside, outside, 8)[0])


def _threshold(well: _Capped, n: int) -> float:
    depth = float(well.depth(np.array(well.bottom)))
    if np.isfinite(well.other):
        if well.step <= 1e-12 * depth:
            return 0.0 if n == 1 else _refined(well, well.other, n, "level")
        return _refined(well, well.other, n, "top")
    guess = _semiclassical(well, n)
    while True:
        mass = _refined(well, _wall(well, 0.7 * guess), n, "wall")
        if mass > 0.7 * guess:
            return mass
        guess = mass


def _wall(well: _Capped, mass: float) -> float:
    """Distance at which psi has fallen off by exp(-20) in the wall, for this mass."""
    turning = _turning_point(well)
    reach = turning
    while True:
        s = turning + np.linspace(0, reach, 1001)
        decay = np.sqrt(2 * mass * np.maximum(-well.depth(s), 0)) * (s[1] - s[0])
        total = np.cumsum(decay)
        if total[-1] > _DECAY:
            return float(s[int(np.argmax(total > _DECAY))])
        reach *= 1.5


def _refined(well: _Capped, end: float, n: int, far: str) -> float:
    """The n-th mass on more and more nodes, until it does not change."""
    nodes, before = 40 + 4 * n, np.nan
    while nodes <= _LARGEST:
        mass = _on_nodes(well, end, n, far, nodes)
        if abs(mass - before) <= max(_TOLERANCE, well.rounding) * mass:
            return mass
        before, nodes = mass, int(1.4 * nodes)
    raise ValueError(f"n = {n}: must be so small that {_LARGEST} nodes resolve the state")


def _on_nodes(well: _Capped, end: float, n: int, far: str, nodes: int) -> float:
    s, weights, slope = lobatto(nodes)
    stiff = slope.T @ (weights[:, None] * slope) * (2 / end)
    weight = np.diag(well.depth(end / 2 * (s + 1)) * weights * (end / 2))
    if far == "top":
        mass = _mass(stiff, weight, n, np.inf)
        while True:  # psi'/psi there depends on the mass itself
            new = _mass(stiff, weight, n, np.sqrt(2 * mass * well.step))
            if abs(new - mass) <= 0.1 * _TOLERANCE * new:
                return new
            mass = new
    if far == "level":
        # psi' = 0 at both ends: the constant is the first state, the others are orthogonal to it
        row = weight.sum(axis=0)
        return _mass(stiff, weight - np.outer(row, row) / row.sum(), n - 1, np.inf)
    return _mass(stiff, weight, n, np.inf)


def _mass(stiff: Array, weight: Array, n: int, slope: float) -> float:
    """n-th M of stiff psi = 2 M weight psi, with psi' = -slope psi at the far end."""
    if np.isinf(slope):
        stiff, weight = stiff[:-1, :-1], weight[:-1, :-1]
    else:
        stiff = stiff.copy()
        stiff[-1, -1] += slope
    lower = np.linalg.cholesky(stiff)
    half = np.linalg.solve(lower, weight)
    values = np.linalg.eigvalsh(np.linalg.solve(lower, half.T))
    return float(0.5 / values[-n])


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
