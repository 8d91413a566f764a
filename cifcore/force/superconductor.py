"""The dot between two superconducting leads: a force and a supercurrent from a phase.

Each half-chain is a BCS superconductor of the same gap, and their phases differ by phi. The
electrons are in equilibrium, so everything follows from the thermodynamic potential, which for
one site between two half-chains is closed in Matsubara frequencies w (both spins):

    Omega = -kB T sum_w ln D(w),
    D = w^2 (1 + S A/W)^2 + (E_dot - mu0 - S B)^2 + (A gap/W)^2 [S^2 - 4 P sin(phi/2)^2],

with W = sqrt(w^2 + gap^2), S = gL^2 + gR^2, P = gL^2 gR^2, and Sigma(mu0 + i W) = -B - i A the
self-energy of the normal chain (Eq. 16) off the real axis. The force is -dOmega/dx and the
supercurrent 2 dOmega/dphi. P does not depend on x, so the phase acts on the dot
through S alone, and evenly: force(phi) = force(-phi), current(phi) = -current(-phi).

Units: gamma0 = a = hbar = e = kB = 1; currents of both spins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.integrals import MATSUBARA_START, MATSUBARA_WEIGHTS
from cifcore.force.linear import ChainResponse

_GAUSS = np.polynomial.legendre.leggauss(16)
_BLOCK = 128  # positions at a time: their arrays stay in the cache


class Josephson(ChainResponse):
    """Response to a phase between two superconducting half-chains; `bias` is that phase.

    The spring stands for all forces at phase zero, where no current flows, as in the paper it
    stands for all forces at zero voltage; `force` is what the phase adds to them.

    Parameters
    ----------
    device : Device
        The dot and its couplings; `device.kT0` is not used.
    gap : float, > 0
        Gap of both leads, in gamma0.
    kT : float, >= 0
        Temperature, in gamma0.

    Examples
    --------
    >>> from cifcore import Device
    >>> dot = Device(E_dot=-0.02, gamma=0.1, b=8, a0=4, k=0.001)
    >>> junction = Josephson(dot, gap=0.01, kT=0.0)
    >>> f"{junction.current(0.0, 1.0):.2e} {junction.force(0.1, 3.0):.2e}"
    '1.37e-03 3.06e-03'
    """

    def __init__(self, device: Device, gap: float, kT: float = 0.0) -> None:
        super().__init__(device)
        self.gap = float(_check.positive("gap", _check.real("gap", gap)))
        self.kT = float(_check.not_negative("kT", _check.real("kT", kT)))
        frequency, self._weight = _frequencies(self.gap, self.kT)
        self._terms = self._energies(frequency**2, frequency)

    def __repr__(self) -> str:
        return f"Josephson({self.device!r}, gap={self.gap}, kT={self.kT})"

    def of(self, device: Device) -> Josephson:
        """The same leads around another device."""
        return Josephson(device, self.gap, self.kT)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """-d[Omega(phi) - Omega(0)]/dx of both spins, in gamma0/a."""
        return self._over_blocks(lambda dot: self._sum(dot.push()), x, bias)

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Its derivative in x, analytic, in gamma0/a^2."""
        return self._over_blocks(lambda dot: self._sum(dot.push_slope()), x, bias)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Supercurrent 2 dOmega/dphi of both spins, in e gamma0/hbar."""
        return self._over_blocks(lambda dot: self._sum(dot.flow()), x, bias)

    def energy(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Omega(phi) - Omega(0) of both spins, in gamma0."""
        return self._over_blocks(lambda dot: self._sum(dot.cost()), x, bias)

    def andreev_level(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Energy of the bound state in the gap, 0 < E < gap, where D(i E) = 0."""

        def level(dot: _Dot) -> Any:
            low, high = np.zeros(dot.s.shape), np.full(dot.s.shape, self.gap)
            for _ in range(60):
                middle = (low + high) / 2
                terms = self._energies(-(middle**2), 0.0)
                above = dot.with_terms(terms).determinant()[0] > 0
                low, high = np.where(above, middle, low), np.where(above, high, middle)
            return ((low + high) / 2)[:, 0]

        return self._over_blocks(level, x, bias)

    def nodes(self) -> Array:
        """Those of the chain, closer around the centre: there the Andreev level may touch zero."""
        beside = np.geomspace(1e-6, 0.5, 24)
        offsets = np.concatenate([-beside[::-1], [0.0], beside])
        length = np.broadcast_to(self.length, self.device.shape)[..., None]
        centre = np.broadcast_to(2 * np.arctanh(self.device.lam), self.device.shape)[..., None]
        more = (centre + offsets) * length
        return np.sort(np.concatenate([super().nodes(), more], axis=-1), axis=-1)

    def _energies(self, square: Any, frequency: Any) -> _Terms:
        """What D needs at frequencies of these squares: A/W, B and (A gap/W)^2."""
        root = np.sqrt(square + self.gap**2)
        energy = np.asarray(self.device.mu0)[..., None] + 1j * root
        sigma = 2 / (energy + np.sqrt(energy - 2) * np.sqrt(energy + 2))
        with np.errstate(divide="ignore"):
            a = -sigma.imag / root
        return _Terms(square, a, -sigma.real, (a * self.gap) ** 2)

    def _sum(self, values: Any) -> Any:
        """kB T times the sum over all Matsubara frequencies of an even function."""
        return values @ self._weight

    def _over_blocks(self, what: Callable[[_Dot], Any], x: ArrayLike, bias: ArrayLike) -> Any:
        device = self.device
        x, phase = _check.real_array("x", x), _check.real_array("bias", bias)
        shape = _check.common_shape(x=x.shape, bias=phase.shape, device=device.shape)
        flat_x, flat_phase = (np.broadcast_to(part, shape).reshape(-1) for part in (x, phase))
        family = np.arange(int(np.prod(device.shape, dtype=int))).reshape(device.shape)
        member = np.broadcast_to(family, shape).reshape(-1)
        out = np.empty(flat_x.size)
        for start in range(0, out.size, _BLOCK):
            cut = slice(start, start + _BLOCK)
            one = device.select(member[cut]) if device.shape else device
            terms = self._terms
            if np.ndim(device.mu0):
                terms = _Terms(*(np.broadcast_to(t, (*device.shape, t.shape[-1])) for t in terms))
                terms = _Terms(*(t.reshape(-1, t.shape[-1])[member[cut]] for t in terms))
            out[cut] = what(_Dot.at(one, flat_x[cut], flat_phase[cut], terms))
        return out.reshape(shape)[()]


class _Terms(NamedTuple):
    """Of each frequency: its square, A/W, B, and (A gap/W)^2."""

    square: Any
    a: Any
    b: Any
    pair: Any


class _Dot(NamedTuple):
    """The dot at some positions (first axis) under phases, and frequencies along the last one.

    Divided by S^2 so that nothing overflows: s = 1/S, slope = dlnS/dx, t = 4 P s^2 sin(phi/2)^2.
    """

    s: Any
    slope: Any
    bend: Any
    detuning: Any
    t: Any
    turn: Any
    terms: _Terms

    @classmethod
    def at(cls, device: Device, x: Array, phase: Array, terms: _Terms) -> _Dot:
        rate = np.divide(2 * np.asarray(device.b), device.a0)
        w = rate * x - 2 * np.arctanh(device.lam)
        s = chain.inverse_coupling(device, x)
        open_ = 4 * np.square(np.square(device.gamma) * (1 - np.square(device.lam)) * s)
        tanh = np.tanh(w)
        detuning = np.broadcast_to(np.subtract(device.E_dot, device.mu0), x.shape)
        parts = (s, rate * tanh, rate**2 * (1 - tanh**2), detuning)
        turns = (open_ * np.sin(phase / 2) ** 2, open_ * np.sin(phase))
        s, slope, bend, detuning, t, turn = (
            np.broadcast_to(part, x.shape)[:, None] for part in (*parts, *turns)
        )
        return cls(s, slope, bend, detuning, t, turn, terms)

    def with_terms(self, terms: _Terms) -> _Dot:
        return self._replace(terms=terms)

    def determinant(self) -> tuple[Any, Any]:
        """D/S^2 at the phase, and at phase zero."""
        square, a, b, pair = self.terms
        still = square * (self.s + a) ** 2 + (self.detuning * self.s - b) ** 2 + pair
        return still - pair * self.t, still

    def cost(self) -> Any:
        """-ln D(phi)/D(0)."""
        _, still = self.determinant()
        return -np.log1p(-self.terms.pair * self.t / still)

    def flow(self) -> Any:
        """-2 dlnD/dphi = 4 P sin(phi) (A gap/W)^2/D."""
        return self.turn * self.terms.pair / self.determinant()[0]

    def push(self) -> Any:
        """d ln[D(phi)/D(0)]/dx."""
        square, a, b, pair = self.terms
        moved, still = self.determinant()
        # S dD/dS over S^2
        top = 2 * (square * (self.s + a) * a - b * (self.detuning * self.s - b) + pair)
        return self.slope * top * (pair * self.t) / (moved * still)

    def push_slope(self) -> Any:
        """d/dx of `push`."""
        square, a, b, pair = self.terms
        s, e = self.s, self.detuning * self.s
        moved, still = self.determinant()
        # a prime stands for s d/ds
        top = 2 * (square * (s + a) * a - b * (e - b) + pair)
        top_ = 2 * square * s * a - 2 * b * e
        still_ = 2 * square * (s + a) * s + 2 * (e - b) * e
        moved_ = still_ - 2 * pair * self.t
        both = pair * self.t / (moved * still)
        changed = 2 * top + top_ - top * (moved_ / moved + still_ / still)
        return self.bend * top * both - self.slope**2 * both * changed


def _frequencies(gap: float, kT: float) -> tuple[Array, Array]:
    """Positive frequencies and weights: kB T times the sum over all of an even function.

    The first Matsubara frequencies one by one and the rest, at zero temperature all, as the
    integral over dw/pi, on panels each four times as long as the one before.
    """
    step = 2 * np.pi * kT
    first = step * (np.arange(len(MATSUBARA_WEIGHTS)) + 0.5)
    start = MATSUBARA_START * step
    low = max(1e-7 * gap, 2 * start)
    ends = np.append(start, low * 4.0 ** np.arange(max(np.log(1e3 / low) / np.log(4) + 2, 4)))
    half = np.diff(ends)[:, None] / 2
    energy = ends[:-1, None] + half * (1 + _GAUSS[0])
    weight = half * _GAUSS[1] / np.pi
    if not kT:
        return energy.ravel(), weight.ravel()
    return np.append(first, energy), np.append(2 * kT * MATSUBARA_WEIGHTS, weight)
