"""Friction and noise that the electrons exert on the dot, in and out of equilibrium.

The electrons feel H(x + dx) = H - Lambda dx. By Kubo the delayed part of <c^+ Lambda c> is, for
slow motion, -gamma_el dx/dt, and its noise white, <xi(t) xi(t')> = D delta(t - t'):

    gamma_el = integral deps/(2 pi) Tr[Lambda G^< Lambda dG^>/deps],
    D        = integral deps/(2 pi) Tr[Lambda G^< Lambda G^>],

the symmetric friction and the noise of Bode, Kusminskiy, Egger and von Oppen (Phys. Rev. Lett.
107, 036804 (2011); Beilstein J. Nanotechnol. 3, 144 (2012)). No wide band and no contacts that
stand still are asked for, as long as the local Hamiltonian contains every bond that moves. States
bound outside the band take no part: slow motion cannot excite them. With
G^< = i sum f_alpha A_alpha, G^> = -i sum (1 - f_alpha) A_alpha and an integration by parts

    gamma_el = 1/(4 pi) sum_ab integral (-f_b') K_ab + 1/(4 pi) integral (f_R - f_L) B,
    D        = 1/(2 pi) sum_ab integral f_a (1 - f_b) K_ab,
    K_ab = Tr[Lambda A_a Lambda A_b],
    B    = Tr[Lambda A_L' Lambda A_R] - Tr[Lambda A_L Lambda A_R'].

At equilibrium f (1 - f) = -kT f', so D = 2 kT gamma_el; kT is the electrons' temperature.

Units: friction in hbar/a^2, noise in gamma0 hbar/a^2, both per spin, as the force of Eq. 9.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import band, chain
from cifcore.electrons.junction import Junction, temperature
from cifcore.electrons.occupation import fermi, fermi_slope
from cifcore.electrons.tensors import electronic_tensors

_CHUNK = {Device: 2_000_000, Junction: 100_000}  # energies at once, to bound the memory


class _Case:
    """Runs of positions, biases and temperatures of one system, all of one length."""

    kernels: Callable[[Array], tuple[Any, Any, Any, Any]]  # of energies (points, n) or (points, 1)

    def __init__(
        self, device: Device | Junction, x: Array, eV: Array, kT: Array, members: Any
    ) -> None:
        if isinstance(device, Device):
            one: Any = device.select(members)
            self.kernels = partial(chain.pair_kernels, one.stretched(), x[:, None])
            self.poles = chain.Dot(one).poles(x)
        else:
            one = device
            self.kernels = partial(one.pair_kernels, x[:, None])
            self.poles = one.poles(x)
        self.left, self.right, self.kT = one.mu0 + eV / 2, one.mu0 - eV / 2, kT

    def at(self, mu: Array) -> list[Array]:
        """The kernels at chemical potentials; zero outside the band."""
        just_inside = np.clip(mu, -2 + 1e-15, 2 - 1e-15)[:, None]
        inside = np.abs(mu) < 2
        return [np.where(inside, part[..., 0], 0.0) for part in self.kernels(just_inside)]

    def window(self) -> tuple[Array, Array, tuple[Any, Any, Any, Any]]:
        """Quadrature over the bias window at zero temperature: sign, weights, kernels."""
        low, high = np.minimum(self.left, self.right), np.maximum(self.left, self.right)
        energy, weight = band.quadrature(self.poles, low=low, high=high)
        return np.sign(self.left - self.right), weight, self.kernels(energy)

    def warm(self) -> tuple[Array, Array, Array, tuple[Any, Any, Any, Any]]:
        """Quadrature over the band: weights, (eps - mu)/kT of each lead, kernels."""
        steps = np.stack([self.left, self.right], axis=-1)
        energy, weight = band.quadrature(self.poles, steps, self.kT)
        left, right = ((energy - mu[:, None]) / self.kT[:, None] for mu in (self.left, self.right))
        return weight, left, right, self.kernels(energy)


def _friction_cold(case: _Case) -> Array:
    left, _, left_cross, _ = case.at(case.left)
    _, right, right_cross, _ = case.at(case.right)
    surface = left + left_cross + right + right_cross
    if np.array_equal(case.left, case.right):
        return surface / (4 * np.pi)
    sign, weight, (*_, window) = case.window()
    return (surface - sign * np.sum(weight * window, axis=-1)) / (4 * np.pi)


def _friction_warm(case: _Case) -> Array:
    weight, u_left, u_right, (left, right, cross, window) = case.warm()
    surface = fermi_slope(u_left) * (left + cross) + fermi_slope(u_right) * (right + cross)
    difference = fermi(u_right) - fermi(u_left)
    integrand = surface / case.kT[:, None] + difference * window
    return np.sum(weight * integrand, axis=-1) / (4 * np.pi)


def _noise_cold(case: _Case) -> Array:
    _, weight, (_, _, cross, _) = case.window()
    return np.sum(weight * cross, axis=-1) / (2 * np.pi)


def _noise_warm(case: _Case) -> Array:
    weight, u_left, u_right, (left, right, cross, _) = case.warm()
    same = fermi_slope(u_left) * left + fermi_slope(u_right) * right
    exchange = fermi(u_left) * fermi(-u_right) + fermi(u_right) * fermi(-u_left)
    return np.sum(weight * (same + exchange * cross), axis=-1) / (2 * np.pi)


def _evaluate(
    device: Device | Junction,
    x: ArrayLike,
    eV: ArrayLike,
    kT: ArrayLike,
    cold: Callable[[_Case], Array],
    warm: Callable[[_Case], Array],
) -> Any:
    """Broadcast, split by temperature and into chunks, and put the results together."""
    if not isinstance(device, Device | Junction):
        raise TypeError(f"device = {device!r}: must be a cifcore.Device or a cifcore.Junction")
    if getattr(device, "coordinates", 0):
        raise ValueError("device: must be of one coordinate; electronic_tensors has the matrices")
    arrays = {"x": _check.real_array("x", x), "eV": _check.real_array("eV", eV)}
    arrays["kT"] = temperature(kT)
    shapes = {name: array.shape for name, array in arrays.items()}
    shape = _check.common_shape(**shapes, device=getattr(device, "shape", ()))
    x, eV, kT = (np.broadcast_to(array, shape).ravel() for array in arrays.values())
    members = device.members(shape) if isinstance(device, Device) else np.arange(len(x))
    result = np.empty(len(x))
    if isinstance(device, Junction) and (device.leads is not None or device.S is not None):
        if cold is _friction_cold and not (np.any(eV) or np.any(kT)):  # of the Fermi energy alone
            left, right, cross, _ = device.pair_kernels(x, device.mu0)
            return ((left + right + 2 * cross) / (4 * np.pi)).reshape(shape)[()]
        for pair in np.unique(np.stack([eV, kT]), axis=1).T:  # poles are not known
            here = (eV == pair[0]) & (kT == pair[1])
            found = electronic_tensors(device, x[here], None, *pair.tolist())
            part = found.friction if cold is _friction_cold else found.noise
            result[here] = part[:, 0, 0]
        return result.reshape(shape)[()]
    for function, chosen in ((cold, kT == 0), (warm, kT > 0)):
        remaining = np.flatnonzero(chosen)
        block = 16
        while remaining.size:
            index, remaining = remaining[:block], remaining[block:]
            case = _Case(device, x[index], eV[index], kT[index], members[index])
            result[index] = function(case)
            # about as many energies at each position
            block = max(1, _CHUNK[type(device)] // (1000 * case.poles.shape[-1]))
    return result.reshape(shape)[()]


def electronic_friction(
    device: Device | Junction, x: ArrayLike, eV: ArrayLike = 0.0, kT: ArrayLike = 0.0
) -> Any:
    """Friction coefficient of the electrons: their force gains -gamma_el dx/dt.

    Parameters
    ----------
    device : Device or Junction
        The dot between two chains (closed-form kernels), or any local Hamiltonian (matrices).
    x : array_like
        Position, in a.
    eV : array_like
        Bias: chemical potentials mu0 + eV/2 on the left and mu0 - eV/2 on the right.
    kT : array_like, 0 or at least 1e-10
        Temperature of the electrons, in gamma0.

    Returns
    -------
    float or array
        In hbar/a^2, per spin, of the shape to which all arguments and the device broadcast;
        positive at equilibrium. Relative error below 1e-8 from a resonance width of 1e-5 on.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> round(float(electronic_friction(paper_device("2b"), 0.0)), 6)
    0.102013
    """
    return _evaluate(device, x, eV, kT, _friction_cold, _friction_warm)


def electronic_noise(
    device: Device | Junction, x: ArrayLike, eV: ArrayLike = 0.0, kT: ArrayLike = 0.0
) -> Any:
    """Strength D of the electrons' force noise, <xi(t) xi(t')> = D delta(t - t').

    Arguments and shape as of `electronic_friction`; in gamma0 hbar/a^2, per spin, never negative.
    D/(2 gamma) is the effective temperature of the dot, with gamma the total friction.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> f"{electronic_noise(paper_device('2b'), 0.0, eV=0.2):.2e}"
    '6.59e-05'
    """
    return _evaluate(device, x, eV, kT, _noise_cold, _noise_warm)
