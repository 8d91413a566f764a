"""Energy integrals of the dot's Green function against Fermi functions.

The lead kernels of Eq. 9 are imaginary parts of functions without singularities above the real
axis, Sigma G_dot and G_dot. So their integrals may leave the axis: at zero temperature for an arch
from one end of the window to the other. At a finite one, closing the contour above gives a sum over
the Matsubara energies mu + i pi kT (2n + 1). Fourteen of its terms and an arch from mu + 20 i pi kT
are the whole of it, to 1e-12 for any resonance, with the weights, at last other than one, for which

    psi(1/2 + q) = ln(10 + q) - sum_n c_n/(n + 1/2 + q)      for every q with Re q >= 0,

the sum of a single pole. Poles outside the band (bound states) are taken off.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cifcore.device import Array
from cifcore.electrons.occupation import Change, occupation_change

MATSUBARA_START = 10.0  # the arch begins at mu + i MATSUBARA_START * (2 pi kT)
MATSUBARA_WEIGHTS = np.array(
    [
        1.0,
        1.0,
        1.0,
        0.99999995966723786,
        1.0000013582171037,
        0.99997978659548518,
        1.000183411036057,
        0.99879512974200909,
        1.0069210913318354,
        0.94253657375139315,
        0.05729489683121585,
        -0.0065747293636875361,
        0.00094158079900837565,
        -7.9058607633578123e-5,
    ]
)
Sums = Callable[[Any, Any, Any], Any]
"""Weights, d = energy - E_dot and z = Sigma, energies on the first axis, to sums over them."""

_INDEX = np.arange(len(MATSUBARA_WEIGHTS)) + 0.5
_ABOVE = 2j * np.pi * MATSUBARA_START
_GAUSS = np.polynomial.legendre.leggauss(16)
_NEAREST = 1e-20  # of the way: panels shrink no further towards its ends


class Integrals(NamedTuple):
    """Integrals of Im(Sigma G) and Im G over the band, weighted with a change of occupation."""

    sigma_g: Any
    g: Any


def difference(S: Array, E_dot: Any, change: Change) -> Integrals:
    """The integrals for a change of occupation from a `mu` inside the band; arguments broadcast."""
    mu, kT, d_mu, d_kT = change = change.cut()
    what, hot = _lead_functions(S), kT + d_kT
    found = _along_arch(what, S, E_dot, mu + _ABOVE * kT, mu + d_mu + _ABOVE * hot)
    if np.any(kT) or np.any(hot):
        found = found + _matsubara(what, S, E_dot, mu + d_mu, hot)
        found = found - _matsubara(what, S, E_dot, mu, kT)
        found = found + 1j * np.pi * _bound_states(S, E_dot, change)
    return Integrals(*np.imag(found))


def filled(S: Array, E_dot: Any, mu: Any, kT: Any) -> tuple[Any, Any]:
    """Integrals over all energies, bound states included, of f Im(Sigma G) and of f Im G."""
    return tuple(_filled(_lead_functions(S), S, E_dot, mu, kT))


def grand_potential(S: Array, least: Any, E_dot: Any, mu: Any, kT: Any) -> Any:
    """That of all electrons at S, less that at `least`: integral of f Im ln(D/D_least)/pi."""

    def logarithm(weight: Any, d: Any, z: Any) -> Any:
        values = weight * np.log1p((least - S) * z / (d - least * z))
        return np.sum(values, axis=0, keepdims=True)

    return _filled(logarithm, S, E_dot, mu, kT)[0] / np.pi


def _lead_functions(S: Any) -> Sums:
    """Of Sigma G and of G."""

    def both(weight: Any, d: Any, z: Any) -> Any:
        g = weight / (d - S * z)
        return np.array([np.einsum("p...,p...->...", z, g), np.sum(g, axis=0)])

    return both


def _filled(what: Sums, S: Any, E_dot: Any, mu: Any, kT: Any) -> Any:
    lowest = -2 * np.max(np.abs(poles(S, E_dot)), initial=2.0)  # below all states
    found = _along_arch(what, S, E_dot, lowest, mu + _ABOVE * kT)
    return np.imag(found + _matsubara(what, S, E_dot, mu, kT))


def self_energy_above(energy: Any, offset: Any = 0.0) -> Any:
    """Self-energy of a half-chain on or above the axis: z inside the unit circle, of z + 1/z."""
    # 2/(...) does not cancel far away
    root = np.sqrt((2 - energy - offset) * (2 + energy + offset) + 0j)
    return 2 / (energy + offset + 1j * root)


def poles(S: Any, E_dot: Any) -> Any:
    """Energies w + 1/w of the poles of G_dot, either sheet, shape (2, ...); infinite ones large."""
    # with Sigma = 1/w, 1/G_dot = 0 is w^2 - E_dot w + 1 - S = 0
    root = np.sqrt(discriminant(S, E_dot) + 0j)
    w = np.array([E_dot + root, E_dot - root]) / 2
    return w + 1 / np.where(np.abs(w) < 1e-6, 1e-6, w)


def discriminant(S: Any, E_dot: Any) -> Any:
    """E_dot^2 - 4 (1 - S), the square of the difference of the two w."""
    return (E_dot - 2) * (E_dot + 2) + 4 * S


def _along_arch(what: Sums, S: Any, E_dot: Any, start: Any, stop: Any) -> Any:
    """Integrals of functions over the energy from `start` to `stop`, on or above the axis."""
    # Gauss points on panels that grow threefold away from either end, from about the distance of
    # the next pole or edge of the band on; in the root of the way, that an edge may be the end
    way = stop - start
    width = np.abs(way)
    shape = np.broadcast_shapes(np.shape(S), np.shape(E_dot), np.shape(way))
    singular = poles(S, E_dot)
    total: Any = 0.0
    for end, sign in ((start, 1), (stop, -1)):
        edge = np.abs(np.abs(np.real(end)) - 2)
        near = np.minimum(np.min(np.abs(end - singular), axis=0), np.where(edge == 0, 1.0, edge))
        near = np.maximum(near, np.imag(end)) / np.maximum(width, 1e-300)
        first = np.sqrt(np.clip(np.min(near, initial=1.0), _NEAREST, 0.75) / 3)
        root, weight = (part.reshape(-1, *(1 for _ in shape)) for part in _panels(first))
        part = root * root * (3 - 2 * root)
        offset = sign * way * part + 3j * width * part * (1 - part)
        weight = 6 * weight * root * (1 - root) * (way + sign * 3j * width * (1 - 2 * part))
        z = self_energy_above(end, offset)
        total = total + what(weight, end - E_dot + offset, z)
    return total


def _panels(first: float) -> tuple[Array, Array]:
    """Gauss points and weights from 0 to 1/2, on panels that grow threefold from `first` on."""
    count = int(np.ceil(np.log(0.5 / first) / np.log(3)))
    ends = np.append(0.5 * 3.0 ** -np.arange(count + 1), 0.0)
    middle, half = (ends[:-1] + ends[1:]) / 2, (ends[:-1] - ends[1:]) / 2
    points, weights = _GAUSS
    return middle[:, None] + half[:, None] * points, half[:, None] * weights


def _matsubara(what: Sums, S: Any, E_dot: Any, mu: Any, kT: Any) -> Any:
    """-2 pi i kT times the weighted sum over the first energies mu + i pi kT (2n + 1)."""
    ones = (1,) * np.broadcast(S, E_dot, mu, kT).ndim
    index, counts = (part.reshape(-1, *ones) for part in (_INDEX, MATSUBARA_WEIGHTS))
    # where a cold lead meets a pole it counts for nothing
    above = 2j * np.pi * np.maximum(kT, 1e-100) * index
    return -2j * np.pi * kT * what(counts, mu - E_dot + above, self_energy_above(mu, above))


def _bound_states(S: Any, E_dot: Any, change: Change) -> Any:
    """Residues of Sigma G and G at the poles outside the band, times the change of occupation."""
    square = np.asarray(discriminant(S, E_dot))
    root = np.sqrt(np.maximum(square, 0.0))
    gap = np.array([root, -root])
    w = (E_dot + gap) / 2
    bound = (square > 0) & (np.abs(w) > 1)
    if not np.any(bound):
        return 0.0
    w, gap = np.where(bound, w, 2.0), np.where(bound, gap, 1.0)
    energy = w + 1 / w
    weight = np.where(bound, occupation_change(energy, change), 0.0)
    g = (w - 1 / w) / gap
    return np.array([np.sum(weight * g / w, axis=0), np.sum(weight * g, axis=0)])
