"""Eq. 9 at zero temperature from a few energies between the chemical potentials.

Unless a sharp resonance stands in or beside that window, the leads' kernels are so smooth there
that Gauss-Legendre points integrate them to rounding. How many follows from where they are
singular: at the two zeros of abs(D)^2 and at the edges of the band. With v = 1/S, S = gL^2 + gR^2,
and a = eps - E_dot, every term has the denominator

    Q = abs(D)^2/S^2 = 1 + a^2 v^2 - a eps v,

so that for a single bias the sums over energies are products of small matrices with large ones.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.integrals import poles

_DIGITS = 12.0  # the sums leave out 10^-_DIGITS of the integral, by the rate of convergence
_MOST = 64  # points for a lead; where more are needed, integrals off the axis are cheaper
_GROWTH = np.geomspace(1, 1e10, 81)  # of S, along the way outwards


def points_needed(device: Device, half: float) -> int | None:
    """Gauss-Legendre points from mu0 to mu0 +- half, unless too many or beyond a band edge."""
    mu0 = float(device.mu0)
    if abs(mu0) + half >= 2:
        return None
    dot = chain.Dot(device)
    S = 2 * dot.root * _GROWTH  # least at the centre, and growing from there
    with np.errstate(all="ignore"):
        singular = np.append(poles(S, dot.E_dot), [-2.0, 2.0])
        z = (singular - mu0) / (half / 2)
        below, at_mu0, above = (np.sqrt(z - end) for end in (-2, 0, 2))
        # the ellipses with foci at the ends of the two windows that pass through z
        ellipses = np.stack([z + 1 + below * at_mu0, z - 1 + at_mu0 * above])
        slowest = float(np.nanmin(np.abs(ellipses)))
    if slowest <= 1 + 1e-6:
        return None
    points = int(np.ceil(_DIGITS * np.log(10) / (2 * np.log(slowest)))) + 1
    return points if points <= _MOST else None


@lru_cache(maxsize=128)
def _gauss(points: int) -> tuple[Array, Array]:
    """Points on (0, 1) for the left lead and on (-1, 0) for the right one, and their weights."""
    x, w = np.polynomial.legendre.leggauss(points)
    return np.concatenate([x + 1, -x - 1]) / 2, np.tile(w / 2, 2)


class WindowSum:
    """Force and current of a cold device under one bias or more, by points as `points_needed`."""

    def __init__(self, device: Device, points: int, bias: ArrayLike, spins: int = 1) -> None:
        self._dot = dot = chain.Dot(device)
        at, weight = _gauss(points)
        half = np.reshape(bias, (-1, 1)) / 2  # the biases on the first axis
        eps = device.mu0 + half * at
        a, width2 = eps - device.E_dot, 1 - eps**2 / 4
        weight = spins * half * weight
        kernel = weight * np.sqrt(width2) * (dot.rate / np.pi)
        push = kernel * a / 2  # times 1/Q, what pushes along the leads' shares of S
        tilt = -np.sign(at) * push
        both = -(dot.root**2) * kernel * eps  # and what does not ask for the shares
        through = weight * width2 * (2 * dot.root**2 / np.pi)
        self._terms = np.stack([push, tilt, both, through], axis=-2)
        self._denominator = np.stack([np.ones_like(a), a * a, -a * eps], axis=-1)

    def force_and_current(self, x: Array) -> tuple[Array, Array]:
        """Both at `x`, which is in rows if there are several biases."""
        place = self._dot.at(x.reshape(len(self._denominator), -1))
        v = place.u / self._dot.root
        powers = np.empty((len(v), 3, v.shape[1]))
        powers[:, 0], powers[:, 1], powers[:, 2] = 1.0, v * v, v
        quotient = self._denominator @ powers
        sums = self._terms @ np.divide(1.0, quotient, out=quotient)
        force, tilt, both, through = (sums[:, term] for term in range(4))
        # v (force + lean tilt + v both), in place
        force += np.multiply(tilt, place.lean, out=tilt)
        force += np.multiply(both, v, out=both)
        force *= v
        through *= powers[:, 1]
        return force.reshape(x.shape), through.reshape(x.shape)
