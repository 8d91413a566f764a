"""Eigenstates of the dot in the effective potential of spring and electrons.

H = p^2/2M + U_eff(x) (Eq. 28) on a uniform grid, by sinc functions (Colbert and Miller, J. Chem.
Phys. 96, 1982 (1992)), refined until no energy moves by more than 1e-10 of the ceiling.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.force.response import Response
from cifcore.positions.landscape import potential
from cifcore.positions.rest import equilibria

_TOLERANCE = 1e-10
_DECAY = 20.0
_LARGEST = 3000
_QUANTA = 20


class Wells(NamedTuple):
    """Bottoms `x`, where U_eff is `energy`, and tops `x_top` between them, where it is `top`."""

    x: Array
    energy: Array
    x_top: Array
    top: Array


def wells(response: Response, bias: float) -> Wells:
    """The stable rest positions, and the tops between; ValueError if there are none."""
    _check.instance("response", response, Response, single=True)
    bias = _check.real("bias", bias)
    rest = equilibria(response, bias)
    x = rest.x[rest.stable]
    if not len(x):
        raise ValueError(f"bias = {bias}: there must be a stable rest position")
    between = [rest.x[~rest.stable & (rest.x > a) & (rest.x < b)] for a, b in pairwise(x)]
    x_top = np.array([t[np.argmax(potential(response, t, bias))] for t in between], dtype=float)
    return Wells(x, potential(response, x, bias), x_top, potential(response, x_top, bias))


class Levels(NamedTuple):
    """What `levels` returns: n states in some wells, and the uniform grid `x`.

    `energy` above the lowest minimum of U_eff, shape (n,), ascending, in gamma0; `well` in which
    the dot is found most often, counted from the left; `share`, shape (n, wells), probability of
    each well, the tops taken as boundaries; `ceiling` as below; `psi`, shape (n, points), real
    wave functions, ``sum(psi**2, axis=1) * (x[1] - x[0]) == 1``.
    """

    energy: Array
    well: NDArray[np.intp]
    share: Array
    ceiling: float
    x: Array
    psi: Array


def levels(
    response: Response, bias: float, M: float | None = None, *, ceiling: float | None = None
) -> Levels:
    """Eigenstates of p^2/2M + U_eff below the highest top; possibly none, of a light dot.

    Parameters
    ----------
    M : float, optional
        Mass, in hbar^2/(gamma0 a^2); by default that of the (single) device. ValueError, at once,
        if it is so large that the states would take a grid of more than 3000 points.
    ceiling : float, optional
        Largest energy above the lowest minimum; by default the highest top, or twenty quanta.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> found = levels(LinearBias(paper_device("2b")), 0.2)
    >>> found.energy.round(5).tolist(), found.well.tolist()
    ([0.00531, 0.01456], [1, 1])
    """
    found = wells(response, bias)
    device = response.device
    mass = _check.real("M", device.M if M is None else M, *_check.POSITIVE)
    floor = float(found.energy.min())
    if ceiling is not None:
        ceiling = _check.real("ceiling", ceiling, *_check.POSITIVE)
    elif len(found.top):
        ceiling = float(found.top.max() - floor)
    else:
        stiffness = device.stiffness(found.x[0]) - response.force_slope(found.x[0], bias)
        ceiling = float(_QUANTA * np.sqrt(stiffness / mass))
    height = partial(potential, response, bias=bias)
    x, energy, psi = _converged(height, found.x, floor, ceiling, mass)
    side = np.searchsorted(found.x_top, x)[:, None]
    share = psi**2 @ (side == np.arange(len(found.x))) * (x[1] - x[0])
    return Levels(energy, np.argmax(share, axis=1), share, ceiling, x, psi)


def thermal_density(
    response: Response, bias: float, kT: float, M: float | None = None
) -> tuple[Array, Array]:
    """Probability density of the dot in equilibrium with a weakly coupled bath: x, density.

    Boltzmann's occupation of the eigenstates of `levels`, of all within 25 kT of the ground state;
    for kT = 0 that alone. The grid is uniform, and ``density.sum() * (x[1] - x[0]) == 1``.
    """
    kT = _check.real("kT", kT, *_check.NOT_NEGATIVE)
    mass = response.device.M if M is None else M
    ceiling = 25 * kT + 2 * np.sqrt(response.device.k / mass)
    found = levels(response, bias, mass, ceiling=ceiling)
    while not len(found.energy) or found.energy[0] + 25 * kT >= ceiling:
        ceiling *= 1.5
        found = levels(response, bias, mass, ceiling=ceiling)
    above = found.energy - found.energy[0]
    weight = np.exp(-above / kT) if kT > 0 else (above == 0).astype(float)
    return found.x, weight @ found.psi**2 / weight.sum()


def effective_hbar(device: Device) -> Any:
    """hbar in the device's own length a0/2b and energy k (a0/2b)^2: 4 b^2/(a0^2 sqrt(k M))."""
    _check.instance("device", device, Device)
    return np.divide(4 * np.square(device.b), np.square(device.a0) * np.sqrt(device.k * device.M))


def _converged(
    height: Callable[[Array], Array], bottoms: Array, floor: float, ceiling: float, mass: float
) -> tuple[Array, Array, Array]:
    """Grid, energies above the floor and states, once a coarser grid gives the same energies."""
    left, right = extent(height, bottoms, floor + ceiling, mass)
    waves = (right - left) * np.sqrt(2 * mass * ceiling) / np.pi
    n, coarse = int(1.2 * waves) + 40, np.zeros(0)
    # a grid that could not be judged by a finer one is not begun
    while n <= _LARGEST and (len(coarse) or int(1.25 * n) + 8 <= _LARGEST):
        x = np.linspace(left, right, n)
        energy, vectors = np.linalg.eigh(hamiltonian(height(x) - floor, x[1] - x[0], mass))
        keep = energy < ceiling
        if len(coarse):
            m = min(np.count_nonzero(keep), np.count_nonzero(coarse < ceiling))
            if np.max(np.abs(energy[:m] - coarse[:m]), initial=0.0) <= _TOLERANCE * ceiling:
                return x, energy[keep], vectors.T[keep] / np.sqrt(x[1] - x[0])
        n, coarse = int(1.25 * n) + 8, energy
    fit = f"the states below {ceiling:.6g} gamma0 fit on a grid of {_LARGEST} points"
    raise ValueError(f"M = {mass:.6g}: must be so small that {fit}; a lower ceiling helps")


def hamiltonian(height: Array, step: float, mass: float) -> Array:
    """p^2/2M + `height`, given on a uniform grid, as a matrix between its points."""
    n = np.arange(len(height))
    row = np.append(np.pi**2 / 3, 2 * (-1.0) ** n[1:] / n[1:] ** 2.0) / (2 * mass * step**2)
    return np.asarray(row[np.abs(n[:, None] - n)] + np.diag(height))


def extent(
    height: Callable[[Array], Array], bottoms: Array, ceiling: float, mass: float
) -> tuple[float, float]:
    """Where a state at the ceiling has fallen off by exp(-20) beyond its turning points."""
    reach = 1.0 + np.ptp(bottoms)
    while True:
        x = np.linspace(bottoms[0] - reach, bottoms[-1] + reach, 4001)
        decay = np.sqrt(2 * mass * np.maximum(height(x) - ceiling, 0)) * (x[1] - x[0])
        decay[np.searchsorted(x, bottoms)] = 0.0
        first, last = np.flatnonzero(decay == 0)[[0, -1]]
        left, right = np.cumsum(decay[first::-1]), np.cumsum(decay[last:])
        if left[-1] > _DECAY and right[-1] > _DECAY:
            first, last = first - np.argmax(left > _DECAY), last + np.argmax(right > _DECAY)
            return float(x[first]), float(x[last])
        reach *= 1.5
