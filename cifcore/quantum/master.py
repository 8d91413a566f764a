"""Quantum dynamics in the heat: a master equation in the eigenstates of the effective potential.

    d rho/dt = -i [H + G, rho] + L rho L^+ - (L^+ L rho + rho L^+ L)/2,
    L_ij = sqrt(g(E_j - E_i)) x_ij,  g(w) = 2 nu w/(1 - exp(-w/kT)),
    G_ij = -(i/2) tanh((E_j - E_i)/4kT) (L^+ L)_ij:

one jump operator of the Ohmic bath (Nathan and Rudner, Phys. Rev. B 102, 115109 (2020)), and what
makes Boltzmann's occupation stationary (Chen, Kastoryano and Gilyen, arXiv:2311.09207). For kT well
above hbar omega friction acts on the velocity alone, as in Eq. 6; below, on the position too. All
is right to first order in nu. The cost grows as M^2: for light dots only.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.motion.drive import Drive
from cifcore.positions.landscape import potential
from cifcore.quantum.states import extent, hamiltonian, wells

Complex = NDArray[np.complex128]

_LARGEST = 400


class Evolution(NamedTuple):
    """What `master_equation` returns.

    `share`, shape (segments, wells): probability between neighbouring edges at the end of each
    segment; `charge`, shape (segments,): what passed in it on average, per spin; `lost`:
    probability outside the states kept, at the worst change of bias (it is put back).
    """

    share: Array
    charge: Array
    lost: float


def master_equation(
    response: Response, drive: Drive, kT: float, edges: ArrayLike = ()
) -> Evolution:
    """Follow the dot's density matrix along a drive of constant pieces, as by `cifcore.pulses`.

    It begins in thermal equilibrium at the bias of the first piece; when the bias jumps, the dot
    stays as it is. States are kept up to 18 hbar omega and 12 kT above the wells of all biases.

    Parameters
    ----------
    response, drive : Response, Drive
        Of a single device: its k, M and friction count. ValueError if the drive has ramps, or the
        dot is so heavy that it needs more than 400 grid points.
    kT : float, > 0
        Thermal energy of the bath, in gamma0.
    edges : array, ascending
        Boundaries between wells, for `share`.
    """
    _check.instance("response", response, Response, single=True)
    _check.instance("drive", drive, Drive)
    kT = _check.real("kT", kT, *_check.POSITIVE)
    bounds = _check.real_array("edges", edges)
    if any(segment.start != segment.stop for segment in drive.segments):
        raise ValueError("drive: must be made of constant pieces, as by cifcore.pulses")
    bases = _bases(response, {segment.start for segment in drive.segments}, kT)
    now = bases[drive.segments[0].start]
    weight = np.exp(-(now.energy - now.energy[0]) / kT)
    rho, lost, rows = np.diag(weight / weight.sum()).astype(complex), 0.0, []
    for segment in drive.segments:
        after = bases[segment.start]
        if after is not now:
            turn = after.psi @ now.psi.T
            rho, now = turn @ rho @ turn.T, after
            kept = float(np.trace(rho).real)
            rho, lost = rho / kept, max(lost, 1 - kept)
        rho, charge = now.evolve(rho, segment.duration)
        rows.append((now.share(rho, bounds), charge))
    share, charges = zip(*rows, strict=True)
    return Evolution(np.array(share), np.array(charges), lost)


def _bases(response: Response, biases: set[float], kT: float) -> dict[float, "Basis"]:
    """The states at each bias, on one grid."""
    device = response.device
    found = {bias: wells(response, bias) for bias in biases}
    places = np.concatenate([each.x for each in found.values()])
    heights = {bias: partial(potential, response, bias=bias) for bias in biases}
    more = 18 * device.omega + 12 * kT
    tops = {bias: float(np.max(heights[bias](places))) + more for bias in biases}
    ends = [extent(heights[bias], found[bias].x, tops[bias], device.M) for bias in biases]
    left, right = np.min(ends), np.max(ends)
    depth = max(tops[bias] - float(found[bias].energy.min()) for bias in biases)
    points = int(1.3 * (right - left) * np.sqrt(2 * device.M * depth) / np.pi) + 50
    if points > _LARGEST:
        many = f"so small that {_LARGEST} grid points are enough, and needs {points}"
        raise ValueError(f"response.device.M = {device.M:.6g}: must be {many}")
    x = np.linspace(left, right, points)
    return {bias: Basis(response, bias, kT, x, tops[bias]) for bias in biases}


class Basis:
    """The eigenstates at one bias up to some energy, on a uniform grid, and the generator."""

    def __init__(self, response: Response, bias: float, kT: float, x: Array, top: float) -> None:
        device = response.device
        self.x, self.step = x, x[1] - x[0]
        height = potential(response, x, bias)
        energy, vectors = np.linalg.eigh(hamiltonian(height, self.step, device.M))
        self.energy, self.psi = energy[energy < top], vectors.T[energy < top]
        down = (self.energy - self.energy[:, None]) / kT  # (E_j - E_i)/kT
        rate = np.ones_like(down)
        with np.errstate(over="ignore"):
            np.divide(down, -np.expm1(-down), out=rate, where=np.abs(down) >= 1e-9)
            self.jump = np.sqrt(2 * device.nu * kT * rate) * ((self.psi * x) @ self.psi.T)
            # i G + L^+ L/2
            self.damping = (self.jump.T @ self.jump) / (1 + np.exp(-down / 2))
        self.current = (self.psi * response.current(x, bias)) @ self.psi.T

    def rate(self, rho: Complex) -> Complex:
        """d rho/dt, as a sum with its own adjoint: rounding that is not Hermitian cannot grow."""
        jumped = np.ascontiguousarray(_times(self.jump, rho).conj().T)
        half = 0.5 * _times(self.jump, jumped) - _times(self.damping, rho)
        half -= 1j * self.energy[:, None] * rho
        return half + half.conj().T

    def evolve(self, rho: Complex, duration: float) -> tuple[Complex, float]:
        """Over a time, in steps of four terms of the exponential; and the charge that passed."""
        # coherences turn and decay at most as fast as this; the limit of stability is about 2.8
        decays = np.ptp(np.linalg.eigvalsh(self.jump + self.jump.T)) ** 2 / 8
        steps = int(np.ceil(duration * np.hypot(np.ptp(self.energy), decays) / 2.4))
        h, flow = duration / steps, [np.sum(self.current * rho.real)]
        for _ in range(steps):
            part = rho
            for order in range(1, 5):
                part = h / order * self.rate(part)
                rho = rho + part
            flow.append(np.sum(self.current * rho.real))
        return rho, float(np.trapezoid(flow, dx=h))

    def share(self, rho: Complex, bounds: Array) -> Array:
        """Probability between neighbouring bounds, which may cut a cell of the grid."""
        density = np.sum(self.psi * (rho.real @ self.psi), axis=0)
        below = np.clip((bounds[:, None] - self.x) / self.step + 0.5, 0, 1) @ density
        return np.diff(below, prepend=0.0, append=density.sum())


def _times(matrix: Array, rho: Complex) -> Complex:
    """A real matrix times a complex one, in half the time."""
    return (matrix @ rho.view(float)).view(complex)
