"""The electrons in time: the scattering states of a dot that moves, between absorbing leads.

An electron that comes in on lead a with energy eps brings exp(-i eps t) to the end site of that
lead. With the dot at x(t), the amplitudes psi on the dot and phi_b on the end sites, less this, are

    i psi' = (E_dot - eps) psi - sum_b g_b(x) phi_b,
    phi_b(t) = delta_ab - integral dt' g(t - t') exp(i eps (t - t')) g_b(x(t')) psi(t').

The half-chain answers by g(t) = -i J_1(2t)/t = -i integral dz rho(z) exp(-i z t) along the band,
rho = sqrt(4 - z^2)/2 pi; along an arc below it the tanh-sinh quadrature is a sum of `MODES` damped
modes, good to 1e-6 for all times. So a lead is a few dozen numbers, and what leaves never returns
(A. Croy and U. Saalmann, Phys. Rev. B 80, 245311 (2009), and tkwant).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore.device import Array, Device

Waveform = NDArray[np.complex128]

MODES = 48
_DEPTH, _REACH = 4.0, 2.3  # of the arc below the band; of the tanh-sinh rule


def lead_modes(n: int = MODES) -> tuple[Waveform, Waveform]:
    """Complex z and W, shape (n,), with g(t) = -i sum W exp(-i z t), the half-chain's answer."""
    s = np.linspace(-_REACH, _REACH, n)
    # from either end of the band, without cancellation: 1 - u and 1 + u, u = tanh(pi/2 sinh s)
    right = 2 / (1 + np.exp(np.pi * np.sinh(s)))
    left, near = right[::-1], right * right[::-1]
    z = left - right - 1j * _DEPTH * near
    rho = np.sqrt(2 * right + 1j * _DEPTH * near) * np.sqrt(2 * left - 1j * _DEPTH * near)
    slope = (2 + 1j * _DEPTH * (left - right)) * np.pi / 2 * np.cosh(s) * near
    return z, rho * slope * (s[1] - s[0]) / (2 * np.pi)


class Waves:
    """Scattering states of given energies, from the left (first) and from the right lead.

    Of a single device that has been resting at `x`, energies inside the band and a step in time.
    Of waves `arriving` the front is only now at the end sites: nothing of them is on the dot yet.
    """

    def __init__(
        self, device: Device, energy: Array, dt: float, x: float, arriving: ArrayLike = False
    ) -> None:
        self.device = device
        z, self._weights = (part[:, None] for part in lead_modes())
        away = z - energy
        self._parts = []
        for share in (0.5 + 0.5j / np.sqrt(3), 0.5 - 0.5j / np.sqrt(3)):
            c = 0.5j * dt * share
            kept = 1 / (1 + c * away)
            weighed = self._weights * kept
            detuned = 1 + c * (device.E_dot - energy)
            closed = c * c * weighed.sum(axis=0)
            self._parts.append((c, weighed, 2 * kept - 1, 2 * c * kept, detuned, closed))
        g = np.array(device.couplings(x))
        sigma = -(self._weights / away).sum(axis=0)
        psi = -g[:, None] / (energy - device.E_dot - (g @ g) * sigma)
        self.psi: Waveform = np.where(arriving, 0, psi)
        # mode by mode what the dot has sent into the leads: (from lead, to lead, mode, energy)
        self._sent = g[:, None, None] * self.psi[:, None, None, :] / away

    def step(self, x: float) -> None:
        """Go on by one step, with the dot resting at `x`, where it is half way.

        By two Crank-Nicolson steps of conjugate complex lengths, of fourth order together:
        stationary states stay as they are.
        """
        g = np.array(self.device.couplings(x))
        column = g[:, None]
        for c, weighed, kept, gained, detuned, closed in self._parts:
            ends = column * self.ends(weighed)
            middle = (self.psi + c * ends.sum(axis=1)) / (detuned - (g @ g) * closed)
            self._sent *= kept
            self._sent += gained * (column * middle[:, None])[:, :, None, :]
            self.psi = 2 * middle - self.psi

    def ends(self, weights: Any = None) -> Waveform:
        """Amplitudes on the end sites; shape (from lead, at lead, energies)."""
        weights = self._weights if weights is None else weights
        # no product of matrices: threads for one as small as this cost far more than they save
        return np.eye(2)[:, :, None] + (weights * self._sent).sum(axis=2)

    def force_and_current(self, x: float, psi: Waveform, phi: Waveform) -> tuple[Any, Any]:
        """<-dH/dx> and the current from left to right of each state, shape (2, energies).

        Of unit incoming amplitude; the density of incoming states is sqrt(4 - eps^2)/2 pi.
        """
        bond = np.array(self.device.couplings(x))[:, None] * (2 * phi.conj() * psi[:, None])
        across = bond[:, 0] - bond[:, 1]
        return -self.device.b / self.device.a0 * across.real, across.imag / 2
