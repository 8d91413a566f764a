"""Quadrature over the band of the leads, with nodes where the integrand moves.

Integrands are analytic between the band edges except at the poles of the Green function and of the
Fermi functions: panels grow geometrically away from each pole, with 16 Gauss points in each, in
theta with eps = 2 sin(theta). The error is below 1e-10 of the integral of the modulus, and 1e-16/d
for a pole at a distance d from the band.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore.device import Array

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NARROWEST = 1e-12  # widths below this are not resolved: energies are stored to 1e-16


def _ladder(width: Array, first: list[float], reach: float) -> Array:
    """Offsets from a centre, in units of `width`: `first`, then growing threefold to `reach`."""
    longest = reach / max(float(np.min(width, initial=reach)), _NARROWEST)
    more = max(0, int(np.ceil(np.log(max(longest / first[-1], 1.0)) / np.log(3))))
    side = np.concatenate([first, first[-1] * 3.0 ** np.arange(1, more + 1)])
    return np.concatenate([-side[::-1], [0.0], side])


def quadrature(
    poles: Any, mu: Any = None, kT: Any = 0.0, low: ArrayLike = -2.0, high: ArrayLike = 2.0
) -> tuple[Array, Array]:
    """Energies and weights, shape (..., n), that integrate over [low, high], inside the band.

    `poles` (..., m) are the Green function's, on either sheet. The ends (...) are clipped to the
    band; if `mu` and `kT` (..., p) of leads are given, they are where occupations differ by no more
    than rounding: all leads are cold, or of no element all.
    """
    poles = np.nan_to_num(np.asarray(poles, complex), nan=1e6, posinf=1e6, neginf=-1e6)
    centre = np.clip(poles.real, -2, 2)
    width = np.maximum(np.abs(poles - centre), _NARROWEST)
    offsets = width[..., None] * _ladder(width, [1.0], 4.0)
    breaks = [(centre[..., None] + offsets).reshape(*centre.shape[:-1], -1)]
    if mu is not None:
        reach = 60 * np.max(kT, axis=-1)
        low, high = np.min(mu, axis=-1) - reach, np.max(mu, axis=-1) + reach
    if mu is not None and np.any(kT):
        # panels start from the colder lead that is not at zero
        warm = np.where(kT > 0, kT, np.max(kT, axis=-1, keepdims=True))
        colder = np.min(warm, axis=-1)[..., None, None]
        fermi = mu[..., None] + colder * _ladder(colder, [3.0, 6.0, 12.0, 24.0, 40.0, 60.0], 4.0)
        breaks.append(fermi.reshape(*fermi.shape[:-2], -1))
    low, high = np.broadcast_arrays(np.clip(low, -2, 2), np.clip(high, -2, 2))
    breaks += [low[..., None], high[..., None]]
    shape = np.broadcast_shapes(*(part.shape[:-1] for part in breaks))
    edges = np.concatenate([np.broadcast_to(b, (*shape, b.shape[-1])) for b in breaks], axis=-1)
    edges = np.sort(np.clip(edges, low[..., None], high[..., None]), axis=-1)
    theta = np.arcsin(edges / 2)
    half = np.diff(theta, axis=-1) / 2
    used = np.any(half > 0, axis=tuple(range(half.ndim - 1)))
    half = half[..., used, None]
    angle = theta[..., :-1][..., used, None] + half * (1 + _POINTS)
    weight = half * _WEIGHTS * 2 * np.cos(angle)
    # a panel of no length may sit on the band edge itself: step off it, its weight is zero
    energy = np.clip(2 * np.sin(angle), -2 + 1e-15, 2 - 1e-15)
    return energy.reshape(*shape, -1), weight.reshape(*shape, -1)


def adaptive(
    function: Callable[[Array], Any], breaks: Array, alike: tuple[int, ...] = (), few: int = 10**9
) -> Array:
    """Integral from the first of `breaks` to the last, where no poles are known.

    Panels of 16 Gauss points are halved until the two halves agree with the whole within 1e-10
    of the integral of the modulus, for every element alike: all share the energies.
    `breaks` are also where the integrand is not smooth or has a peak.

    Parameters
    ----------
    function : callable
        Of energies, shape (n,), `few` at a time; gives values of shape (..., n), or a pair: values,
        and what stands for their modulus where they cancel.
    alike : tuple of int
        Axes of the result whose elements share the largest modulus: some of them may vanish.
    """
    breaks = np.unique(breaks)
    low, high = breaks[:-1], breaks[1:]

    def pair(energy: Array) -> tuple[Array, Array]:
        found = function(energy)
        return found if isinstance(found, tuple) else (found, np.abs(found))

    def panels(low: Array, high: Array) -> list[Array]:
        half = (high - low)[:, None] / 2
        at = (low[:, None] + half * (1 + _POINTS)).ravel()
        parts = [pair(at[i : i + few]) for i in range(0, max(len(at), 1), few)]
        both = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
        return [np.sum(one.reshape(*one.shape[:-1], -1, 16) * half * _WEIGHTS, -1) for one in both]

    whole, size = panels(low, high)
    total = np.zeros(whole.shape[:-1])
    modulus = np.max(np.sum(size, axis=-1), axis=alike, keepdims=True)
    for _ in range(60):
        if not low.size:
            return total
        middle = (low + high) / 2
        low, high = np.stack([low, middle], axis=-1), np.stack([middle, high], axis=-1)
        parts, _ = panels(low.ravel(), high.ravel())
        parts = parts.reshape(*parts.shape[:-1], -1, 2)
        error = np.abs(np.sum(parts, axis=-1) - whole)
        bad = np.any(error > 1e-10 * modulus[..., None], axis=tuple(range(error.ndim - 1)))
        total = total + np.sum(parts[..., ~bad, :], axis=(-2, -1))
        low, high = low[bad].ravel(), high[bad].ravel()
        whole = parts[..., bad, :].reshape(*parts.shape[:-2], -1)
    raise ArithmeticError("adaptive: 60 halvings of the energies are not enough")
