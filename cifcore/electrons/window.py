"""Eq. 9 at zero temperature from a few energies between the chemical potentials.

Unless a sharp resonance stands in or beside that window, the leads' kernels are so smooth there
that Gauss-Legendre points integrate them to rounding. How many follows from where they are
singular: at the two zeros of abs(D)^2 and at the edges of the band. With v = 1/S, S = gL^2 + gR^2,
and a = eps - E_dot, every term has the denominator

    Q = abs(D)^2/S^2 = 1 + a^2 v^2 - a eps v,

so that for a single bias the sums over energies are products of small matrices with large ones.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.integrals import poles

_DIGITS = 12.0  # the sums leave out 10^-_DIGITS of the integral, by the rate of convergence
_MOST = 64  # points for a lead; where more are needed, integrals off the axis are cheaper
_GROWTH = np.geomspace(1, 1e10, 81)  # of S, along the way outwards
_SINGLE, _MANY = 16384, 256  # positions at a time, under one bias and under a bias each


def points_needed(device: Device, half: float) -> int | None:
    """Gauss-Legendre points for the windows from mu0 to mu0 + half and to mu0 - half.

    None if the band's edge is in the way, or more points are needed than is worth while.
    """
    mu0 = float(device.mu0)
    if half == 0:
        return 2
    if abs(mu0) + half >= 2:
        return None
    dot = chain.Dot(device)
    S = 2 * dot.root * _GROWTH  # least at the centre, and growing from there
    with np.errstate(all="ignore"):
        singular = np.append(poles(S, dot.E_dot), [-2.0, 2.0])
        z = (singular - mu0) / (half / 2)
        z = np.stack([z - 1, z + 1])
        # the ellipses with foci at the ends of the two windows that pass through z
        slowest = float(np.nanmin(np.abs(z + np.sqrt(z - 1) * np.sqrt(z + 1))))
    if slowest <= 1 + 1e-6:
        return None
    points = int(np.ceil(_DIGITS * np.log(10) / (2 * np.log(slowest)))) + 1
    return points if points <= _MOST else None


@lru_cache(maxsize=128)
def _gauss(points: int) -> tuple[Array, Array]:
    """Points and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(points)
    return (x + 1) / 2, w / 2


class WindowSum:
    """Force and current of a single cold device under one bias, or one for each position.

    `points` for each lead, as `points_needed` has it for the largest bias.
    """

    def __init__(self, device: Device, points: int, bias: Any) -> None:
        self._dot = dot = chain.Dot(device)
        self.single = np.ndim(bias) == 0
        at, weight = (part if self.single else part[:, None] for part in _gauss(points))
        half = np.asarray(bias) / 2
        self._eps = eps = device.mu0 + np.concatenate([half * at, -half * at])
        self._a = eps - device.E_dot
        weight = np.concatenate([half * weight, half * weight])
        width2 = 1 - eps**2 / 4
        kernel = weight * np.sqrt(width2) * (dot.rate / np.pi)
        push = kernel * self._a  # times 1/Q, what pushes along the lead's share of S
        left, right = np.zeros_like(push), np.zeros_like(push)
        left[:points], right[points:] = push[:points], push[points:]
        both = -(dot.root**2) * kernel * eps  # and what does not ask for the lead
        through = weight * width2 * (2 * dot.root**2 / np.pi)
        self._terms = {"force": (left, right, both), "current": (through,)}
        if self.single:
            self._denominator = np.stack([np.ones_like(eps), self._a**2, -self._a * eps], axis=1)

    def _inverse(self, v: Array) -> Array:
        """1/Q, energies along the first axis."""
        if not self.single:
            slant = self._a * v
            return 1 / (1 + slant * (slant - self._eps))
        quotient = self._denominator @ np.array([np.ones_like(v), v * v, v])
        return np.divide(1.0, quotient, out=quotient)

    def parts(self, x: Array, *names: str) -> tuple[Array, ...]:
        """What is asked for, of "force" and "current", at `x` of shape (m,)."""
        place = self._dot.at(x)
        v, (_, share), found = place.u / self._dot.root, place.shares, {}
        terms = [part for name in names for part in self._terms[name]]
        inverse = self._inverse(v)
        if self.single:
            sums = list(np.stack(terms) @ inverse)
        else:
            sums = [np.sum(term * inverse, axis=0) for term in terms]
        if "force" in names:
            left, right, both, *sums = sums
            found["force"] = v * (left + share * (right - left) + v * both)
        if "current" in names:
            found["current"] = v * v * sums[0]
        return tuple(found[name] for name in names)


class Windows:
    """The window sums of a device, for whatever bias is asked."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._points: dict[float, int | None] = {}
        self._kept: dict[float, WindowSum] = {}

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...] | None:
        """What `WindowSum.parts` finds at `x` under `bias`, which broadcast.

        None if the device is a family or not at zero temperature, or if a sum over so few
        energies would not be exact.
        """
        device = self._device
        if device.shape or device.kT0:
            return None
        bias = _check.real_array("bias", bias)
        points = self._enough(float(np.max(np.abs(bias), initial=0.0)))
        if points is None:
            return None
        x = _check.real_array("x", x)
        shape = _check.common_shape(x=x.shape, bias=bias.shape)
        flat_x, biases = (np.broadcast_to(part, shape).reshape(-1) for part in (x, bias))
        one = self._of(points, float(bias.reshape(()))) if bias.size == 1 else None
        block = _SINGLE if one else _MANY
        found = []
        for start in range(0, max(flat_x.size, 1), block):
            cut = slice(start, start + block)
            sums = one or WindowSum(device, points, biases[cut])
            found.append(sums.parts(flat_x[cut], *names))
        return tuple(np.concatenate(part).reshape(shape)[()] for part in zip(*found, strict=True))

    def _enough(self, bias: float) -> int | None:
        """Points for biases up to this one, or up to a fifth more."""
        up = 2.0 ** (np.ceil(4 * np.log2(max(bias, 1e-12))) / 4)
        if up not in self._points:
            self._points[up] = points_needed(self._device, up / 2)
        return self._points[up]

    def _of(self, points: int, bias: float) -> WindowSum:
        if bias not in self._kept:
            if len(self._kept) > 32:
                self._kept.clear()
            self._kept[bias] = WindowSum(self._device, points, bias)
        return self._kept[bias]
