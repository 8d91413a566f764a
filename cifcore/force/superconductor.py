"""The dot between two superconducting leads: a force and a supercurrent from a phase.

Each half-chain is a BCS superconductor of the same gap, and their phases differ by phi. All follows
from the thermodynamic potential of both spins, a sum over Matsubara frequencies w:

    Omega = -kB T sum_w ln D(w),
    D = w^2 (1 + S A/W)^2 + (E_dot - mu0 - S B)^2 + (A gap/W)^2 [S^2 - 4 P sin(phi/2)^2],

W = sqrt(w^2 + gap^2), S = gL^2 + gR^2, P = gL^2 gR^2, self-energy (Eq. 16) -B - i A at mu0 + i W.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.integrals import MATSUBARA_START, MATSUBARA_WEIGHTS, self_energy_above
from cifcore.force.linear import ChainResponse
from cifcore.force.response import Joint
from cifcore.roots import bracketed_root

_GAUSS = np.polynomial.legendre.leggauss(16)
_BLOCK = 256  # positions at a time: their arrays stay in the cache
_GAP: _check.Rule = (lambda a: (a >= 1e-100) & (a <= 1e6), "positive, at most 1e6")


class Josephson(ChainResponse, Joint):
    """Response to a phase between two superconducting half-chains; `bias` is that phase phi.

    Of both spins; force -d[Omega(phi) - Omega(0)]/dx, current 2 dOmega/dphi.

    Parameters
    ----------
    device : Device
        Of which `kT0` is not used.
    gap, kT : float, gap > 0, kT >= 0
        Gap of both leads and temperature, in gamma0.

    Examples
    --------
    >>> from cifcore import Device
    >>> dot = Device(E_dot=-0.02, gamma=0.1, b=8, a0=4, k=0.001)
    >>> junction = Josephson(dot, gap=0.01, kT=0.0)
    >>> f"{junction.current(0.0, 1.0):.2e} {junction.force(0.1, 3.0):.2e}"
    '1.37e-03 3.06e-03'
    """

    _options = ("gap", "kT")

    def __init__(self, device: Device, gap: float, kT: float = 0.0) -> None:
        super().__init__(device)
        self.gap = _check.real("gap", gap, *_GAP)
        self.kT = _check.real("kT", kT, *_check.NOT_NEGATIVE)
        least = np.min(2 * chain.Dot(device).root, initial=self.gap)
        frequency, self._weight = _frequencies(self.gap, float(least), self.kT)
        self._square = frequency**2

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        ways = {"force": _Dot.push, "current": _Dot.flow}
        return tuple(self._of_dots(x, bias, *(ways[name] for name in names)))

    def energy(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Omega(phi) - Omega(0), in gamma0."""
        return self._of_dots(x, bias, _Dot.cost)[0]

    def andreev_level(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Energy of the bound state in the gap, 0 < E < gap, where D(i E) = 0."""
        return self._of_dots(x, bias, _Dot.level)[0]

    def nodes(self) -> Array:
        """More than of any chain around the centre: there the Andreev level may touch zero."""
        return self._nodes_beside(np.zeros(1), np.geomspace(1e-6, 0.5, 24))

    def _of_dots(self, x: ArrayLike, bias: ArrayLike, *what: Callable[[Any], Any]) -> Any:
        def of(device: Device, x: Array, phase: Any) -> Any:
            dot = _Dot(device, x, phase, self.gap, self._square)
            found = (one(dot) for one in what)
            return [part if part.ndim == 2 else part @ self._weight for part in found]

        return self._in_rows(of, x, bias, _BLOCK, len(what))


class _Dot:
    """The dot at some positions (first axis) under phases, and frequencies along the last one.

    Divided by S^2 so that nothing overflows: s = 1/S, slope = dlnS/dx, t = 4 P s^2 sin(phi/2)^2.
    """

    def __init__(self, device: Device, x: Array, phase: Any, gap: float, square: Array) -> None:
        dot = chain.Dot(device)
        place = dot.at(x)
        parts = (place.u / dot.root, dot.rate * place.lean, device.E_dot - device.mu0)
        turns = (4 * np.square(place.u) * turn for turn in (np.sin(phase / 2) ** 2, np.sin(phase)))
        columns = (np.broadcast_to(part, x.shape)[..., None] for part in (*parts, *turns))
        self.s, self.slope, self.detuning, self.t, self.turn = columns
        self.gap, self.mu0 = gap, np.asarray(device.mu0)[..., None]
        self.square = square
        self.moved, self.still, self.a, self.b, self.pair = self.at(square)

    def at(self, square: Any) -> tuple[Any, ...]:
        """D/S^2 at the phase and at phase zero, A/W, B, (A gap/W)^2, by squares of frequencies."""
        root = np.sqrt(square + self.gap**2)
        sigma = self_energy_above(self.mu0, 1j * root)
        with np.errstate(divide="ignore"):
            a, b = -sigma.imag / root, -sigma.real
        pair = (a * self.gap) ** 2
        still = square * (self.s + a) ** 2 + (self.detuning * self.s - b) ** 2 + pair
        return still - pair * self.t, still, a, b, pair

    def level(self) -> Any:
        """The Andreev level, where D(i E) vanishes."""
        low, high = np.zeros(self.s.shape), np.full(self.s.shape, (1 - 1e-15) * self.gap)
        return bracketed_root(lambda E: self.at(-(E**2))[0], low, high)[..., 0]

    def cost(self) -> Any:
        """-ln D(phi)/D(0)."""
        return -np.log1p(-self.pair * self.t / self.still)

    def flow(self) -> Any:
        """-2 dlnD/dphi = 4 P sin(phi) (A gap/W)^2/D."""
        return self.turn * self.pair / self.moved

    def push(self) -> Any:
        """d ln[D(phi)/D(0)]/dx."""
        a, b, pair = self.a, self.b, self.pair  # top is S dD/dS over S^2
        top = 2 * (self.square * (self.s + a) * a - b * (self.detuning * self.s - b) + pair)
        return self.slope * top * (pair * self.t) / (self.moved * self.still)


def _frequencies(gap: float, least: float, kT: float) -> tuple[Array, Array]:
    """Positive frequencies, and weights for kB T times the sum over all of an even function."""
    # the first one by one, the rest (cold: all) as an integral over dw/pi on growing panels;
    # `least` of gap and S sets the first
    step = 2 * np.pi * kT
    first, start = step * (np.arange(len(MATSUBARA_WEIGHTS)) + 0.5), MATSUBARA_START * step
    low, high = max(1e-7 * least, 2 * start), 1e3 * max(gap, 1.0)
    ends = np.append(start, low * 4.0 ** np.arange(max(np.log(high / low) / np.log(4) + 2, 4)))
    half = np.diff(ends)[:, None] / 2
    energy = ends[:-1, None] + half * (1 + _GAUSS[0])
    weight = half * _GAUSS[1] / np.pi
    if not kT:
        return energy.ravel(), weight.ravel()
    return np.append(first, energy), np.append(2 * kT * MATSUBARA_WEIGHTS, weight)
