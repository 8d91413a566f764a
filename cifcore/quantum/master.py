"""Quantum dynamics in the heat: a master equation in the eigenstates of the effective potential.

    d rho/dt = -i [H + D, rho] + L rho L^+ - (L^+ L rho + rho L^+ L)/2

with one jump operator of the Ohmic bath, L_ij = sqrt(g(E_j - E_i)) x_ij, g(w) = 2 nu w/
(1 - exp(-w/kT)), and D = (nu/4M)(x p + p x) (Nathan and Rudner, Phys. Rev. B 102, 115109 (2020);
D makes the friction act on the velocity alone, as in Eq. 6). It is right to first order in nu:
the mean of x obeys Eq. 6 in a harmonic well, but its spread there is that of the undamped
oscillator and more. The cost grows as M^2: for light dots only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, check_response
from cifcore.motion.drive import Drive, check_drive
from cifcore.positions.landscape import potential
from cifcore.quantum.states import extent, hamiltonian, wells

Complex = NDArray[np.complex128]

_LARGEST = 150


@dataclass(frozen=True)
class Evolution:
    """What `master_equation` returns.

    Attributes
    ----------
    t : array, shape (segments,)
        Ends of the segments.
    share : array, shape (segments, wells)
        Probability between neighbouring `edges` there; one well without them.
    charge : array, shape (segments,)
        Mean charge that passed in each segment, per spin.
    x, spread : array, shape (segments,)
        Mean and variance of the position at the end of each segment.
    lost : float
        Probability outside the states kept, at the worst change of bias; it is put back.
    states : int
        How many states were kept.
    """

    t: Array
    share: Array
    charge: Array
    x: Array
    spread: Array
    lost: float
    states: int


def master_equation(
    response: Response,
    drive: Drive,
    kT: float,
    *,
    edges: ArrayLike = (),
    ceiling: float | None = None,
    dt: float | None = None,
) -> Evolution:
    """Follow the dot's density matrix along a drive of constant pieces.

    It begins in thermal equilibrium at the bias of the first piece; when the bias jumps, the
    dot stays as it is.

    Parameters
    ----------
    response : Response
        Of a single device: its k, M and friction count.
    drive : Drive
        Made of constant pieces, as by `cifcore.pulses`.
    kT : float, > 0
        Thermal energy of the bath, in gamma0.
    edges : array, ascending
        Boundaries between wells, for `share`.
    ceiling : float, optional
        Energy above the lowest minimum, at each bias, up to which states are kept. By default
        that of a dot that comes from any well of any other bias of the drive, and
        eighteen quanta hbar omega and twelve kT more.
    dt : float, optional
        Step of Runge and Kutta's method; by default a tenth below its limit of stability.

    Raises
    ------
    ValueError
        If the drive has ramps, or the dot is so heavy that more than 150 states are needed.
    """
    check_response(response, single=True)
    check_drive("drive", drive)
    kT = _check.real("kT", kT, *_check.POSITIVE)
    bounds = _check.real_array("edges", edges if np.size(edges) else np.zeros(0))
    if any(segment.start != segment.stop for segment in drive.segments):
        raise ValueError("drive: must be made of constant pieces, as by cifcore.pulses")
    biases = [float(segment.start) for segment in drive.segments]
    if ceiling is not None:
        ceiling = _check.real("ceiling", ceiling, *_check.POSITIVE)
    bases = _bases(response, sorted(set(biases)), kT, ceiling)
    step = None if dt is None else _check.real("dt", dt, *_check.POSITIVE)
    now = bases[biases[0]]
    rho, lost = now.thermal(kT), 0.0
    rows = []
    for segment, bias in zip(drive.segments, biases, strict=True):
        after = bases[bias]
        if after is not now:
            turn = after.psi @ now.psi.T * (now.x[1] - now.x[0])
            rho, now = turn @ rho @ turn.T, after
            lost = max(lost, 1 - float(np.trace(rho).real))
            rho = rho / np.trace(rho)
        rho, charge = now.evolve(rho, segment.duration, step)
        rows.append((now.share(rho, bounds), charge, *now.moments(rho)))
    share, charges, mean, spread = (np.array(column) for column in zip(*rows, strict=True))
    return Evolution(drive.breaks[1:], share, charges, mean, spread, lost, len(now.energy))


class Basis:
    """The eigenstates at one bias, `states` of them on a uniform grid, and operators between
    them.
    """

    def __init__(self, response: Response, bias: float, kT: float, x: Array, states: int) -> None:
        device = response.device
        self.x = x
        height = potential(response, x, bias)
        _, matrix = hamiltonian(lambda _: height, x[0], x[-1], len(x), device.M)
        energy, vectors = np.linalg.eigh(matrix)
        self.energy = energy[:states]
        self.psi = vectors[:, :states].T / np.sqrt(x[1] - x[0])
        position = self.of(x)
        down = self.energy - self.energy[:, None]  # E_j - E_i
        # w/(1 - exp(-w/kT)), kT at w = 0
        with np.errstate(over="ignore"):
            small = np.abs(down) < 1e-9 * kT
            rate = np.where(small, kT, down / -np.expm1(-np.where(small, kT, down) / kT))
        self.jump = np.sqrt(2 * device.nu * rate) * position
        # x p + p x = i M [H, x^2]
        shift = -0.25j * device.nu * down * self.of(x**2)
        self.drift = -1j * (np.diag(self.energy) + shift) - self.jump.T @ self.jump / 2
        self.current = self.of(np.asarray(response.current(x, bias)))
        self.position, self.square = position, self.of(x**2)

    def of(self, values: Array) -> Array:
        """Matrix of a function of position, given on the grid."""
        return np.asarray((self.psi * values) @ self.psi.T * (self.x[1] - self.x[0]))

    def thermal(self, kT: float) -> Complex:
        """Boltzmann's occupation of these states."""
        weight = np.exp(-(self.energy - self.energy[0]) / kT)
        return np.diag(weight / weight.sum()).astype(complex)

    def rate(self, rho: Complex) -> Complex:
        """d rho/dt."""
        # a sum with its own adjoint: what rounding leaves that is not Hermitian cannot grow
        half = self.drift @ rho + 0.5 * (self.jump @ rho @ self.jump.T)
        return np.asarray(half + half.conj().T)

    def evolve(self, rho: Complex, duration: float, dt: float | None) -> tuple[Complex, float]:
        """Over a time, by Runge and Kutta's classical method; and the charge that passed."""
        if dt is None:
            # coherences turn and decay at most as fast as this; the limit is about 2.8
            turns = np.ptp(np.linalg.eigvalsh(1j * (self.drift - self.drift.conj().T) / 2))
            dt = 2.4 / float(np.hypot(turns, 2 * np.linalg.norm(self.jump, 2) ** 2))
        steps = int(np.ceil(duration / dt))
        h = duration / steps
        charge = 0.0
        for step in range(steps + 1):
            weight = 0.5 if step in (0, steps) else 1.0
            charge += weight * h * self.mean(self.current, rho)
            if step < steps:
                first = self.rate(rho)
                second = self.rate(rho + h / 2 * first)
                third = self.rate(rho + h / 2 * second)
                fourth = self.rate(rho + h * third)
                rho = rho + h / 6 * (first + 2 * second + 2 * third + fourth)
        return rho, charge

    @staticmethod
    def mean(operator: Array, rho: Complex) -> float:
        """Expectation value of a real symmetric operator."""
        return float(np.sum(operator * rho.real))

    def moments(self, rho: Complex) -> tuple[float, float]:
        """Mean and variance of the position."""
        mean = self.mean(self.position, rho)
        return mean, self.mean(self.square, rho) - mean**2

    def density(self, rho: Complex) -> Array:
        """Probability density on the grid."""
        return np.asarray(np.sum(self.psi * (rho.real @ self.psi), axis=0))

    def share(self, rho: Complex, bounds: Array) -> Array:
        """Probability between neighbouring bounds."""
        step = self.x[1] - self.x[0]
        reached = np.concatenate([[0], np.cumsum(self.density(rho) * step)])
        at = np.interp(bounds, np.append(self.x, self.x[-1] + step) - step / 2, reached)
        return np.diff(np.concatenate([[0], at, [reached[-1]]]))


def _bases(
    response: Response, biases: list[float], kT: float, ceiling: float | None
) -> dict[float, Basis]:
    """The states at each bias, on one grid and as many of each."""
    device = response.device
    found = {bias: wells(response, bias) for bias in biases}
    places = np.concatenate([each.x for each in found.values()])
    more = 18 * device.omega + 12 * kT
    ends: list[float] = []
    count = 1
    for bias, each in found.items():
        floor = each.energy.min()

        def height(x: Array, bias: float = bias, floor: float = floor) -> Any:
            return potential(response, x, bias) - floor

        top = ceiling if ceiling is not None else float(np.max(height(places))) + more
        ends += extent(height, each.x, top, device.M)
        # as many states as cells of phase space, and some more
        x = np.linspace(ends[-2], ends[-1], 2001)
        momentum = np.sqrt(2 * device.M * np.maximum(top - height(x), 0))
        count = max(count, 2 + int(np.trapezoid(momentum, x) / np.pi))
    if count > _LARGEST:
        raise ValueError(
            f"response.device.M = {device.M:.6g}: must be so small that {_LARGEST} states are "
            f"enough; {count} are needed"
        )
    # each state has fewer waves than twice its number
    x = np.linspace(min(ends), max(ends), 3 * count + 60)
    return {bias: Basis(response, bias, kT, x, count) for bias in biases}
