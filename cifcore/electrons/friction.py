"""Friction and noise that the electrons exert on the dot, in and out of equilibrium.

Derivation. The electrons feel H(x + dx) = H - Lambda dx, and the force is <c^+ Lambda c>. By
Kubo, its delayed part for slow motion is -gamma_el dx/dt with gamma_el = S'(omega -> 0), where

    S(omega) = integral dt exp(i omega t) <dF(t) dF(0)>
             = integral deps/(2 pi) Tr[Lambda G^>(eps + omega) Lambda G^<(eps)],

and the noise, white on the time scale of the dot, is <xi(t) xi(t')> = D delta(t - t') with
D = S(0). Hence

    gamma_el = integral deps/(2 pi) Tr[Lambda G^< Lambda dG^>/deps],
    D        = integral deps/(2 pi) Tr[Lambda G^< Lambda G^>].

These are the symmetric friction and the noise of Bode, Kusminskiy, Egger and von Oppen
(Phys. Rev. Lett. 107, 036804 (2011) and Beilstein J. Nanotechnol. 3, 144 (2012)), whose D has
the same definition; with the frozen Hamiltonian of a dot between leads, the friction of Dou,
Miao and Subotnik (Phys. Rev. Lett. 119, 046001 (2017)) is the same. Nothing in the derivation
asks for a wide band or for contacts that stand still: the self-energies may depend on energy
and Lambda may act on the end sites of the leads, as long as the local Hamiltonian contains
every bond that moves. States bound outside the band take no part: slow motion cannot excite them.

With G^< = i sum f_alpha A_alpha, G^> = -i sum (1 - f_alpha) A_alpha and an integration by parts
(the kernels vanish at the band edges) the two become

    gamma_el = 1/(4 pi) sum_ab integral (-f_b') K_ab + 1/(4 pi) integral (f_R - f_L) B,
    D        = 1/(2 pi) sum_ab integral f_a (1 - f_b) K_ab,
    K_ab = Tr[Lambda A_a Lambda A_b],
    B    = Tr[Lambda A_L' Lambda A_R] - Tr[Lambda A_L Lambda A_R'],

a term of the Fermi surface and one of the bias window. At equilibrium f (1 - f) = -kT f', so
D = 2 kT gamma_el. Here kT is the temperature of the electrons, and mu0 + eV/2 and mu0 - eV/2
are the chemical potentials of the left and of the right lead. Both are per spin, like the force
of Eq. 9: multiply by two for a spin-degenerate device.

Units: gamma0 = a = hbar = e = kB = 1; friction in hbar/a^2, noise in gamma0 hbar/a^2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import band, chain
from cifcore.electrons.junction import Junction, temperature
from cifcore.electrons.occupation import fermi, fermi_slope

_CHUNK = {Device: 2_000_000, Junction: 100_000}  # energies at once, to bound the memory


class _Case(NamedTuple):
    """One-dimensional runs of positions, biases and temperatures of one system."""

    kernels: Callable[[Array], tuple[Any, Any, Any, Any]]  # of energies (points, n) or (points, 1)
    poles: Any
    left: Array  # chemical potentials
    right: Array
    kT: Array


def _inside(mu: Array) -> Array:
    """Chemical potentials pulled just inside the band, where the kernels can be taken."""
    return np.clip(mu, -2 + 1e-15, 2 - 1e-15)


def _at(case: _Case, mu: Array) -> list[Array]:
    """The kernels at chemical potentials; zero outside the band."""
    inside = np.abs(mu) < 2
    return [np.where(inside, part[..., 0], 0.0) for part in case.kernels(_inside(mu)[:, None])]


def _window(case: _Case) -> tuple[Array, Array, tuple[Any, Any, Any, Any]]:
    """Quadrature over the bias window at zero temperature: sign, weights, kernels."""
    low, high = np.minimum(case.left, case.right), np.maximum(case.left, case.right)
    energy, weight = band.quadrature(case.poles, low=low, high=high)
    return np.sign(case.left - case.right), weight, case.kernels(energy)


def _warm(case: _Case) -> tuple[Array, Array, Array, tuple[Any, Any, Any, Any]]:
    """Quadrature over the band: weights, (eps - mu)/kT of each lead, kernels."""
    steps = np.stack([case.left, case.right], axis=-1)
    energy, weight = band.quadrature(case.poles, steps, case.kT)
    kT = case.kT[:, None]
    left, right = (energy - case.left[:, None]) / kT, (energy - case.right[:, None]) / kT
    return weight, left, right, case.kernels(energy)


def _friction_cold(case: _Case) -> Array:
    left, _, left_cross, _ = _at(case, case.left)
    _, right, right_cross, _ = _at(case, case.right)
    surface = left + left_cross + right + right_cross
    if np.array_equal(case.left, case.right):
        return surface / (4 * np.pi)
    sign, weight, (*_, window) = _window(case)
    return (surface - sign * np.sum(weight * window, axis=-1)) / (4 * np.pi)


def _friction_warm(case: _Case) -> Array:
    weight, u_left, u_right, (left, right, cross, window) = _warm(case)
    surface = fermi_slope(u_left) * (left + cross) + fermi_slope(u_right) * (right + cross)
    difference = fermi(u_right) - fermi(u_left)
    integrand = surface / case.kT[:, None] + difference * window
    return np.sum(weight * integrand, axis=-1) / (4 * np.pi)


def _noise_cold(case: _Case) -> Array:
    _, weight, (_, _, cross, _) = _window(case)
    return np.sum(weight * cross, axis=-1) / (2 * np.pi)


def _noise_warm(case: _Case) -> Array:
    weight, u_left, u_right, (left, right, cross, _) = _warm(case)
    same = fermi_slope(u_left) * left + fermi_slope(u_right) * right
    exchange = fermi(u_left) * fermi(-u_right)
    exchange += fermi(u_right) * fermi(-u_left)
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
    arrays = [_check.real_array("x", x), _check.real_array("eV", eV), temperature(kT)]
    family = device.shape if isinstance(device, Device) else ()
    try:
        shape = np.broadcast_shapes(family, *(array.shape for array in arrays))
    except ValueError as error:
        raise ValueError(
            f"x, eV, kT and the device have shapes {[a.shape for a in arrays]} and {family}: "
            "must broadcast against each other"
        ) from error
    x, eV, kT = (np.broadcast_to(array, shape).ravel() for array in arrays)
    members = device.members(shape) if isinstance(device, Device) else np.zeros(x.shape, int)
    result = np.empty(x.shape)
    for function, chosen in ((cold, kT == 0), (warm, kT > 0)):
        remaining = np.flatnonzero(chosen)
        size = 16
        while remaining.size:
            index, remaining = remaining[:size], remaining[size:]
            case, points = _case(device, x[index], eV[index], kT[index], members[index])
            result[index] = function(case)
            size = max(1, _CHUNK[type(device)] // points)
    return result.reshape(shape)[()]


def _case(
    device: Device | Junction, x: Array, eV: Array, kT: Array, members: Any
) -> tuple[_Case, int]:
    """The run of some positions, and about how many energies each of them takes."""
    mu0: Any
    if isinstance(device, Device):
        one = device.select(members) if device.shape else device
        wide = one.stretched()
        mu0, poles = one.mu0, chain.Dot(one).poles(x)

        def kernels(energy: Array) -> tuple[Any, Any, Any, Any]:
            return chain.pair_kernels(wide, x[:, None], energy)
    else:
        mu0, poles = device.mu0, device.poles(x)

        def kernels(energy: Array) -> tuple[Any, Any, Any, Any]:
            return device.pair_kernels(x[:, None], energy)

    case = _Case(kernels, poles, mu0 + eV / 2, mu0 - eV / 2, kT)
    return case, 1000 * poles.shape[-1]


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
        Temperature of the electrons, in gamma0; zero means zero temperature.

    Returns
    -------
    float or array
        In hbar/a^2, per spin, of the shape to which all arguments and the device broadcast.
        Positive at equilibrium; under bias it may be negative.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, is not finite or out of range, or does not broadcast.

    See Also
    --------
    electronic_noise : the fluctuations that belong to it.

    Notes
    -----
    gamma_el = integral deps/(2 pi) Tr[Lambda G^< Lambda dG^>/deps], the convention of
    Bode et al. (2011, 2012) and, at equilibrium, of Head-Gordon and Tully; the module's
    docstring derives it. At equilibrium and zero temperature there is no integral, otherwise its
    relative error is below 1e-8 from a resonance width of 1e-5 on (tested). Compare with the
    mechanical friction `device.nu`.

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

    Parameters, shapes and errors as in `electronic_friction`.

    Returns
    -------
    float or array
        In gamma0 hbar/a^2, per spin; never negative. At equilibrium D = 2 kT gamma_el; at
        zero temperature and zero bias it is zero. Under bias, D/(2 gamma) is the effective
        temperature of the dot, with gamma the total friction.

    Notes
    -----
    D = integral deps/(2 pi) Tr[Lambda G^< Lambda G^>], the zero-frequency correlation of
    the force. In code that writes <xi xi'> = 2 D delta, half of this value is called D.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> f"{electronic_noise(paper_device('2b'), 0.0, eV=0.2):.2e}"
    '6.59e-05'
    """
    return _evaluate(device, x, eV, kT, _noise_cold, _noise_warm)
