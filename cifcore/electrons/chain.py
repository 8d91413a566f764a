"""One dot between two chains, in closed form.

The leads are homogeneous half-chains (hopping 1, centre of the band at zero energy), so
their self-energy is Sigma = (eps - i sqrt(4 - eps^2))/2, a pure phase inside the band
(Eq. 16). Eliminating the two end sites leaves one Green function for the dot,

    1/G_dot = D = eps - E_dot - S Sigma,    S = gL^2 + gR^2,

and everything the paper needs is a rational function of eps, S and the product
P = gL^2 gR^2 = gamma^4 (1 - lam^2)^2, which does not depend on x. To be finite at any
distance from the leads, the functions work with s = 1/S, which goes to zero there,
and with |D|^2 s^2 = q, which does not.

Units: gamma0 = a = hbar = e = kB = 1. Energies must lie strictly inside the band.
All arguments broadcast: positions, energies and the fields of the device.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device, check_device


def _inside_band(energy: ArrayLike) -> Array:
    return _check.within(
        "energy", energy, lambda a: np.abs(a) < 2, "inside the band of the leads, -2 < energy < 2"
    )


def self_energy(energy: ArrayLike) -> Any:
    """Retarded self-energy Delta - i Gamma of a half-chain (Eq. 16), complex, in gamma0."""
    eps = _inside_band(energy)
    return eps / 2 - 1j * np.sqrt(1 - eps**2 / 4)


def width(energy: ArrayLike) -> Any:
    """Escape rate Gamma(eps) = sqrt(1 - eps^2/4) of a half-chain (Eq. 16), in gamma0."""
    return np.sqrt(1 - _inside_band(energy) ** 2 / 4)


def inverse_coupling(device: Device, x: ArrayLike) -> Any:
    """s = 1/(gL^2 + gR^2) at position `x` (Eq. B7), without overflow at any distance."""
    check_device(device)
    position = _check.real_array("x", x)
    _check.common_shape(x=position.shape, device=device.shape)
    # S = 2 gamma^2 (1 - lam^2) cosh w; only the exponential that cannot overflow
    w = 2 * (device.b / device.a0) * position - 2 * np.arctanh(device.lam)
    far = np.exp(-np.abs(w))
    return far / (device.gamma**2 * (1 - np.square(device.lam)) * (1 + far * far))


def _arguments(device: Device, x: ArrayLike, energy: ArrayLike) -> tuple[Array, Any]:
    """The energy, checked, and s at `x`; their shapes must fit each other and the device."""
    eps, s = _inside_band(energy), inverse_coupling(device, x)
    _check.common_shape(x=np.shape(x), energy=eps.shape, device=device.shape)
    return eps, s


class _Slopes(NamedTuple):
    """s = 1/S and its logarithmic slope (ds/dx)/s."""

    s: Any
    log_slope: Any


def _coupling_slope(device: Device, x: ArrayLike) -> _Slopes:
    s, beta = inverse_coupling(device, x), device.b / device.a0
    # S = 2 gamma^2 (1 - lam^2) cosh(2 beta (x - centre)), and beta * centre = arctanh(lam)
    w = 2 * (beta * np.asarray(x, float) - np.arctanh(device.lam))
    return _Slopes(s, -2 * beta * np.tanh(w))


def _product(device: Device) -> Any:
    """P = gL^2 gR^2, the same at every position."""
    return (device.gamma**2 * (1 - device.lam**2)) ** 2


def dot_green(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Retarded Green function of the dot, 1/(eps - E_dot - (gL^2 + gR^2) Sigma), in 1/gamma0."""
    eps, s = _arguments(device, x, energy)
    return s / ((eps - device.E_dot) * s - self_energy(eps))


def transmission(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Transmission 4 Gamma^2 |G_13|^2 (Eq. 20, Fisher and Lee), between 0 and 1.

    Parameters
    ----------
    device : Device
    x : array_like
        Position, in a.
    energy : array_like
        Energy inside the band, in gamma0.

    Returns
    -------
    float or array
        Of the shape to which `x`, `energy` and the device broadcast.
    """
    eps, s = _arguments(device, x, energy)
    gamma2 = 1 - eps**2 / 4
    q = ((eps - device.E_dot) * s - eps / 2) ** 2 + gamma2
    return 4 * gamma2 * _product(device) * s**2 / q


def lead_kernels(device: Device, x: ArrayLike, energy: ArrayLike) -> tuple[Any, Any]:
    """Force kernels (F_L, F_R) = Tr[Lambda G Gamma_alpha G^+] of each lead (Eq. 9), in 1/a.

    F_L = 2 Gamma (b/a0) gL^2 (eps - E_dot - gR^2 eps) / |D|^2, and F_R with the
    sides exchanged and the sign reversed.
    """
    eps, s = _arguments(device, x, energy)
    y = 2 * device.b * np.asarray(x, float) / device.a0
    ratio = ((1 + device.lam) / (1 - device.lam)) ** 2  # gL^2/gR^2 at x = 0
    with np.errstate(over="ignore"):
        left = 1 / (1 + np.exp(2 * y) / ratio)  # gL^2 s
        right = 1 / (1 + ratio * np.exp(-2 * y))  # gR^2 s
    detuning = (eps - device.E_dot) * s
    q = (detuning - eps / 2) ** 2 + 1 - eps**2 / 4
    scale = 2 * np.sqrt(1 - eps**2 / 4) * (device.b / device.a0) / q
    return scale * left * (detuning - right * eps), -scale * right * (detuning - left * eps)


def bias_kernel(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """F_L - F_R: what a bias between the leads weighs (Eqs. 12 and 17), in 1/a.

    2 Gamma (b/a0) [(eps - E_dot) S - 2 P eps] / |D|^2. Arguments and shapes as in
    `transmission`.
    """
    eps, s = _arguments(device, x, energy)
    return _bias_kernel(device, s, eps)


class BiasLoop:
    """`bias_kernel`, its slope and `transmission` at one energy, for inner loops.

    What does not depend on the position is worked out once, positions are taken as they
    are, without a check, and what is asked for together shares one exponential. In
    u = sqrt(P)/S = 1/(2 cosh w), with w = 2 b x/a0 - 2 artanh(lam) and Gamma = Gamma(energy),

        F_L - F_R = 2 Gamma (b/a0) (d u - 2 eps u^2)/q,   T = 4 Gamma^2 u^2/q,
        d = (eps - E_dot)/sqrt(P),   q = (d u - eps/2)^2 + Gamma^2.
    """

    def __init__(self, device: Device, energy: ArrayLike) -> None:
        eps = _inside_band(energy)[()]
        self._eps, self._gamma = eps, np.sqrt(1 - eps**2 / 4)
        self._detuning = (eps - device.E_dot) / (device.gamma**2 * (1 - np.square(device.lam)))
        self._rate = 2 * device.b / device.a0
        self._offset = 2 * np.arctanh(device.lam)
        self._scale = self._gamma * self._rate
        self._middle = bool(np.all(eps == 0))

    def _parts(self, x: Any) -> tuple[Any, ...]:
        w = self._rate * x - self._offset
        far = np.exp(-np.abs(w))
        square = far * far
        u = far / (1 + square)
        top = self._detuning * u
        if self._middle:
            return w, square, u, top, top, top * top + 1
        bend = top - self._eps / 2
        return w, square, u, top, bend, bend * bend + self._gamma**2

    def kernel_and_transmission(self, x: Any) -> tuple[Any, Any]:
        """`bias_kernel` and `transmission`."""
        _, _, u, top, _, q = self._parts(x)
        if not self._middle:
            top = top - 2 * self._eps * (u * u)
        inverse = 1 / q
        return self._scale * top * inverse, (4 * self._gamma**2) * (u * u) * inverse

    def kernel_and_slope(self, x: Any) -> tuple[Any, Any]:
        """`bias_kernel` and `bias_kernel_slope`."""
        w, square, u, top, bend, q = self._parts(x)
        # du/dw = -u tanh w; a prime for the derivative u d/du
        prime = top
        second = 2 * bend * top
        if not self._middle:
            curved = 2 * self._eps * (u * u)
            top, prime = top - curved, prime - 2 * curved
        inverse = self._scale / q
        kernel = top * inverse
        tanh = np.copysign(self._rate, w) * ((1 - square) / (1 + square))
        return kernel, (kernel * (second / q) - prime * inverse) * tanh

    def inflections(self) -> Any:
        """Positions where `bias_kernel` changes its curvature, at energy 0 only (else None).

        There the kernel is proportional to z/(1 + z^2), z = S/abs(E_dot) = c cosh w, and its
        second derivative vanishes where z^2 = 3 + c^2 +- sqrt(c^4 + 8). Shape (..., 4),
        ascending; what does not exist stands at the ends or in the middle, at a position
        where nothing changes.
        """
        if not self._middle:
            return None
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            c2 = np.square(np.asarray(2 / self._detuning, float))
            root = np.sqrt(c2 * c2 + 8)
            # cosh(w)^2 at the outer and the inner pair; the latter without cancellation
            outer = (3 + c2 + root) / c2
            inner = (6 + 1 / c2) / (3 + c2 + root)
            pair = np.stack([inner, outer], axis=-1)
            w = np.where(pair > 1, np.arccosh(np.sqrt(pair)), 0.0)
            w = np.where(np.isfinite(w), w, 0.0)
            w = np.concatenate([-w[..., ::-1], w], axis=-1) + np.asarray(self._offset)[..., None]
            return np.nan_to_num(w / np.asarray(self._rate)[..., None])


def _bias_kernel(device: Device, s: Any, eps: Array) -> Any:
    detuning = (eps - device.E_dot) * s
    numerator = detuning - 2 * _product(device) * s**2 * eps
    gamma2 = 1 - eps**2 / 4
    q = (detuning - eps / 2) ** 2 + gamma2
    return 2 * (device.b / device.a0) * np.sqrt(gamma2) * numerator / q


def bias_kernel_slope(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Derivative of `bias_kernel` with respect to position, in 1/a^2."""
    eps = _arguments(device, x, energy)[0]
    s, log_slope = _coupling_slope(device, x)
    offset = eps - device.E_dot
    gamma2 = 1 - eps**2 / 4
    p_eps = 2 * _product(device) * eps
    numerator = offset * s - p_eps * s**2
    bend = offset * s - eps / 2
    q = bend**2 + gamma2
    # s d/ds of numerator/q, times dlog(s)/dx
    slope = ((offset * s - 2 * p_eps * s**2) - numerator * 2 * bend * offset * s / q) / q
    return 2 * (device.b / device.a0) * np.sqrt(gamma2) * slope * log_slope


def bias_kernel_energy_derivative(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Derivative of `bias_kernel` with respect to energy (the kernel of Eq. 13), in 1/(a gamma0).

    Analytic: with numerator n and q = |D|^2 s^2, (Gamma n/q)' is the sum of three terms.
    """
    eps, s = _arguments(device, x, energy)
    return 2 * (device.b / device.a0) * _energy_derivative(device, s, eps)


def _energy_derivative(device: Device, s: Any, eps: Array) -> Any:
    """d/deps of Gamma n/q, without the prefactor 2 b/a0."""
    product = _product(device)
    offset = eps - device.E_dot
    gamma = np.sqrt(1 - eps**2 / 4)
    numerator = offset * s - 2 * product * s**2 * eps
    bend = offset * s - eps / 2
    q = bend**2 + gamma**2
    d_gamma = -eps / (4 * gamma)
    d_numerator = s - 2 * product * s**2
    d_q = 2 * bend * (s - 0.5) - eps / 2
    return (d_gamma * numerator + gamma * d_numerator - gamma * numerator * d_q / q) / q


def bias_kernel_energy_derivative_slope(device: Device, x: ArrayLike, energy: ArrayLike) -> Any:
    """Position derivative of `bias_kernel_energy_derivative`, in 1/(a^2 gamma0)."""
    eps = _arguments(device, x, energy)[0]
    s, log_slope = _coupling_slope(device, x)
    product = _product(device)
    offset = eps - device.E_dot
    gamma = np.sqrt(1 - eps**2 / 4)
    # each quantity and its derivative s d/ds (a prime)
    n = offset * s - 2 * product * s**2 * eps
    n_ = offset * s - 4 * product * s**2 * eps
    bend = offset * s - eps / 2
    bend_ = offset * s
    q = bend**2 + gamma**2
    q_ = 2 * bend * bend_
    dn = s - 2 * product * s**2
    dn_ = s - 4 * product * s**2
    dq = 2 * bend * (s - 0.5) - eps / 2
    dq_ = 2 * bend_ * (s - 0.5) + 2 * bend * s
    d_gamma = -eps / (4 * gamma)
    top = d_gamma * n + gamma * dn - gamma * n * dq / q
    top_ = d_gamma * n_ + gamma * dn_ - gamma * (n_ * dq + n * dq_ - n * dq * q_ / q) / q
    return 2 * (device.b / device.a0) * (top_ - top * q_ / q) / q * log_slope
