"""One dot between two chains, in closed form; positions, energies and the device broadcast.

Eliminating the two end sites leaves one Green function for the dot, and all is rational in eps, S
and P = gL^2 gR^2, which does not depend on x. The functions work with u, which goes to zero far
from the centre where S overflows, and with q = abs(D)^2/S^2, which does not vanish:

    1/G_dot = D = eps - E_dot - S Sigma,   Sigma = (eps - i sqrt(4 - eps^2))/2,   S = gL^2 + gR^2,
    w = 2 b x/a0 - 2 artanh(lam),   gR^2/gL^2 = exp(2 w),   u = sqrt(P)/S = 1/(2 cosh w),
    d = (eps - E_dot)/sqrt(P),   q = (d u - eps/2)^2 + Gamma^2,   Gamma = sqrt(1 - eps^2/4).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons.integrals import poles


def self_energy(energy: ArrayLike) -> Any:
    """Retarded self-energy Delta - i Gamma of a half-chain (Eq. 16), complex, in gamma0."""
    eps = _check.within("energy", energy, *_check.IN_BAND)
    return eps / 2 - 1j * np.sqrt(1 - eps**2 / 4)


def width(energy: ArrayLike) -> Any:
    """Escape rate Gamma(eps) = sqrt(1 - eps^2/4) of a half-chain (Eq. 16), in gamma0."""
    return np.sqrt(1 - _check.within("energy", energy, *_check.IN_BAND) ** 2 / 4)


class Place(NamedTuple):
    """Where the dot is, as the electrons see it; without overflow at any distance."""

    w: Any
    square: Any  # exp(-2 abs(w))
    u: Any

    @property
    def lean(self) -> Any:
        """tanh w = (gR^2 - gL^2)/S."""
        return np.copysign((1 - self.square) / (1 + self.square), self.w)

    @property
    def shares(self) -> tuple[Any, Any]:
        """gL^2/S and gR^2/S."""
        larger = 1 / (1 + self.square)
        smaller = self.square * larger
        right = self.w > 0
        return np.where(right, smaller, larger), np.where(right, larger, smaller)


class Dot:
    """The dot of a device, or of each of a family; `root` is half of the least S."""

    def __init__(self, device: Device) -> None:
        self.E_dot = device.E_dot
        self.rate = 2 * device.b / device.a0  # dw/dx
        self.offset = 2 * np.arctanh(device.lam)  # w at the centre of the couplings
        self.root = device.gamma**2 * (1 - np.square(device.lam))  # sqrt(P)

    def at(self, x: Any) -> Place:
        """The dot at `x`, which is taken as it is, without a check."""
        w = self.rate * x - self.offset
        far = np.exp(-np.abs(w))
        square = far * far
        return Place(w, square, far / (1 + square))

    def poles(self, x: Any) -> Any:
        """Energies where abs(D)^2 vanishes with the dot at `x`, shape (..., 2)."""
        with np.errstate(all="ignore"):
            return np.moveaxis(poles(self.root / self.at(x).u, self.E_dot), 0, -1)


def _position(device: Device, x: ArrayLike, energy: ArrayLike = 0.0) -> Array:
    """The position, checked; its shape must fit those of the energy and the device."""
    _check.instance("device", device, Device)
    position = _check.real_array("x", x)
    _check.common_shape(x=position.shape, energy=np.shape(energy), device=device.shape)
    return position


def inverse_coupling(device: Device, x: ArrayLike) -> Any:
    """s = 1/(gL^2 + gR^2) at position `x` (Eq. B7), without overflow at any distance."""
    position, dot = _position(device, x), Dot(device)
    return dot.at(position).u / dot.root


def transmission(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Transmission ``4 Gamma^2 |G_13|^2`` (Eq. 20, Fisher and Lee)."""
    return BiasLoop(device, energy).transmission(_position(device, x, energy))


def bias_kernel(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """F_L - F_R: what a bias between the leads weighs (Eqs. 12 and 17), in 1/a.

    ``2 Gamma (b/a0) [(eps - E_dot) S - 2 P eps] / |D|^2``.
    """
    return BiasLoop(device, energy).kernel_and_transmission(_position(device, x, energy))[0]


def bias_kernel_energy_derivative(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Derivative of `bias_kernel` in energy (the kernel of Eq. 13), in 1/(a gamma0)."""
    return BiasLoop(device, energy).energy_derivative_and_slope(_position(device, x, energy))[0]


def lead_kernels(device: Device, x: ArrayLike, energy: ArrayLike) -> tuple[Any, Any]:
    """Force kernels (F_L, F_R) = Tr[Lambda G Gamma_alpha G^+] of each lead (Eq. 9), in 1/a.

    ``F_L = 2 Gamma (b/a0) gL^2 (eps - E_dot - gR^2 eps) / |D|^2``; F_R is minus that, L for R.
    """
    return BiasLoop(device, energy).lead_kernels(_position(device, x, energy))


def pair_kernels(device: Device, x: ArrayLike, energy: ArrayLike) -> tuple[Any, Any, Any, Any]:
    """Kernels of `cifcore.electrons.friction`, inside the band, in 1/a^2: K_LL, K_RR, K_LR and B.

    K_aa = 4 F_a^2,   K_LR = 16 Gamma^2 (b/a0)^2 P (S^2 - P eps^2)/abs(D)^4,
    B = 16 Gamma^2 (b/a0)^2 P (gL^2 - gR^2) eps/abs(D)^4.
    """
    return BiasLoop(device, energy).pair_kernels(_position(device, x, energy))


class BiasLoop:
    """The kernels above and `transmission`, for inner loops: positions are taken without a check.

    With one exponential, F_L - F_R = 2 Gamma (b/a0) (d u - 2 eps u^2)/q,   T = 4 Gamma^2 u^2/q.
    """

    def __init__(self, device: Device, energy: ArrayLike) -> None:
        _check.instance("device", device, Device)
        eps = _check.within("energy", energy, *_check.IN_BAND)[()]
        self._dot = dot = Dot(device)
        self._eps, self._gamma = eps, np.sqrt(1 - eps**2 / 4)
        self._detuning = (eps - device.E_dot) / dot.root
        self._scale = self._gamma * dot.rate
        self._middle = bool(np.all(eps == 0))

    def _parts(self, x: Any) -> tuple[Place, Any, Any, Any]:
        """The place, d u, d u - eps/2 and q."""
        place = self._dot.at(x)
        top = self._detuning * place.u
        if self._middle:
            return place, top, top, top * top + 1
        bend = top - self._eps / 2
        return place, top, bend, bend * bend + self._gamma**2

    def lead_kernels(self, x: Any) -> tuple[Any, Any]:
        """`lead_kernels`."""
        place, top, _, q = self._parts(x)
        (left, right), scale, eps = place.shares, self._scale / q, self._eps
        return scale * left * (top - right * eps), -scale * right * (top - left * eps)

    def pair_kernels(self, x: Any) -> tuple[Any, Any, Any, Any]:
        """`pair_kernels`."""
        (place, _, _, q), (left, right) = self._parts(x), self.lead_kernels(x)
        cross = 4 * np.square(self._scale / q * place.u)
        window = -cross * (place.u / self._dot.root) * place.lean * self._eps
        return 4 * left**2, 4 * right**2, cross * (1 - (place.u * self._eps) ** 2), window

    def transmission(self, x: Any) -> Any:
        """`transmission`."""
        place, _, _, q = self._parts(x)
        return (4 * self._gamma**2) * (place.u * place.u) / q

    def kernel_and_transmission(self, x: Any) -> tuple[Any, Any]:
        """`bias_kernel` and `transmission`."""
        (_, _, u), top, _, q = self._parts(x)
        if not self._middle:
            top = top - 2 * self._eps * (u * u)
        inverse = 1 / q
        return self._scale * top * inverse, (4 * self._gamma**2) * (u * u) * inverse

    def kernel_and_slope(self, x: Any) -> tuple[Any, Any]:
        """`bias_kernel` and its derivative in x."""
        place, top, bend, q = self._parts(x)
        # du/dw = -u tanh w; a prime for the derivative u d/du
        prime, second = top, 2 * bend * top
        if not self._middle:
            curved = 2 * self._eps * (place.u * place.u)
            top, prime = top - curved, prime - 2 * curved
        inverse = self._scale / q
        kernel = top * inverse
        return kernel, (kernel * (second / q) - prime * inverse) * (self._dot.rate * place.lean)

    def energy_derivative_and_slope(self, x: Any) -> tuple[Any, Any]:
        """`bias_kernel_energy_derivative` and its derivative in x."""
        # (Gamma n/q)' is the sum of three terms, n = d u - 2 eps u^2
        place, top, bend, q = self._parts(x)
        eps, gamma, rate, s = self._eps, self._gamma, self._dot.rate, place.u / self._dot.root
        square, d_gamma = place.u * place.u, -eps / (4 * gamma)
        n, dn, dq = top - 2 * eps * square, s - 2 * square, 2 * bend * (s - 0.5) - eps / 2
        all_three = d_gamma * n + gamma * dn - gamma * n * dq / q
        # each quantity's derivative u d/du
        n_, dn_ = top - 4 * eps * square, s - 4 * square
        q_, dq_ = 2 * bend * top, 2 * top * (s - 0.5) + 2 * bend * s
        three_ = d_gamma * n_ + gamma * dn_ - gamma * (n_ * dq + n * dq_ - n * dq * q_ / q) / q
        slope = -rate * (three_ - all_three * q_ / q) / q * (rate * place.lean)
        return rate * all_three / q, slope

    def inflections(self) -> Any:
        """Positions where `bias_kernel` changes its curvature, at energy 0 only (else None).

        There the kernel is z/(1 + z^2), z = S/abs(E_dot) = c cosh w, and its second derivative
        vanishes where z^2 = 3 + c^2 +- sqrt(c^4 + 8). Shape (..., 4), ascending; what does not
        exist stands at the ends or in the middle, where nothing changes.
        """
        if not self._middle:
            return None
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            c2 = np.square(np.asarray(2 / self._detuning, float))
            most = 3 + c2 + np.sqrt(c2 * c2 + 8)
            # cosh(w)^2 at the inner pair, without cancellation, and at the outer one
            w = np.arccosh(np.sqrt(np.stack([(6 + 1 / c2) / most, most / c2], axis=-1)))
            w = np.where(np.isfinite(w), w, 0.0)
            both = np.concatenate([-w[..., ::-1], w], axis=-1)
            offset, rate = (np.asarray(v)[..., None] for v in (self._dot.offset, self._dot.rate))
            return np.nan_to_num((both + offset) / rate)
