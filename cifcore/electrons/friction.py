"""Friction, Berry force and noise of the electrons, in and out of equilibrium.

The electrons feel H(x + dx) = H - sum_j Lambda_j dx_j. To first order in the velocities the force
on coordinate i lags by -sum_j gamma_ij dx_j/dt, and its noise is white,
<xi_i(t) xi_j(t')> = D_ij delta(t - t') (Bode, Kusminskiy, Egger and von Oppen, Phys. Rev. Lett.
107, 036804 (2011); Beilstein J. Nanotechnol. 3, 144 (2012)). With G^< = i sum_a f_a A_a

    gamma_ij = sum_a integral deps/(2 pi) f_a i Tr[Lambda_i G' Lambda_j A_a - h.c.],
    D_ij     = sum_ab integral deps/(2 pi) f_a (1 - f_b) K_ab,
    K_ab     = Re Tr[Lambda_i A_a Lambda_j A_b].

The antisymmetric part of gamma is the Berry force. Its symmetric part is friction, and by parts

    1/(4 pi) sum_ab integral (-f_b') K_ab + 1/(4 pi) integral (f_R - f_L) B,
    B = Re Tr[Lambda_i A_L' Lambda_j A_R] - Re Tr[Lambda_i A_L Lambda_j A_R'].

H must contain every bond that moves; bound states take no part. At equilibrium D = 2 kT gamma.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import band, chain
from cifcore.electrons.junction import RESOLVED, Junction
from cifcore.electrons.occupation import fermi

_DOTS = 128  # positions at a time, with about two thousand energies each, stay in the cache
_ENTRIES = 2_000_000  # of all products of matrices at once


def electronic_friction(
    device: Device | Junction, x: ArrayLike, eV: ArrayLike = 0.0, kT: ArrayLike = 0.0
) -> Any:
    """Friction coefficient of the electrons: their force gains -gamma_el dx/dt.

    Parameters
    ----------
    device : Device or Junction
    x : array_like
        Position, in a.
    eV : array_like
        Bias: chemical potentials mu0 + eV/2 on the left and mu0 - eV/2 on the right.
    kT : array_like, 0 or at least 1e-10
        Temperature of the electrons, in gamma0.

    Returns
    -------
    float or array
        In hbar/a^2, per spin; all broadcast. Error below 1e-8 from a resonance width of 1e-5 on.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> round(float(electronic_friction(paper_device("2b"), 0.0)), 6)
    0.102013
    """
    return _friction_and_noise(device, x, eV, kT)[0][()]


def electronic_noise(
    device: Device | Junction, x: ArrayLike, eV: ArrayLike = 0.0, kT: ArrayLike = 0.0
) -> Any:
    """Strength D of the electrons' force noise, <xi(t) xi(t')> = D delta(t - t').

    Arguments and shape as of `electronic_friction`; in gamma0 hbar/a^2, per spin.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> f"{electronic_noise(paper_device('2b'), 0.0, eV=0.2):.2e}"
    '6.59e-05'
    """
    return _friction_and_noise(device, x, eV, kT)[1][()]


class Tensors(NamedTuple):
    """What the electrons do to m coordinates at one place or many; each of shape (..., m, m).

    The force on coordinate i gains -sum_j (friction + berry)_ij dx_j/dt, of which `friction` is
    symmetric and `berry` antisymmetric; `noise` is <xi_i xi_j>.
    """

    friction: Array
    berry: Array
    noise: Array


def electronic_tensors(
    junction: Junction, x: ArrayLike, eV: float = 0.0, kT: float = 0.0
) -> Tensors:
    """Friction, Berry and noise matrices of the electrons for a junction's m coordinates.

    Arguments as of `electronic_friction`, positions of shape (..., m). Error below 1e-9 of the
    largest element, or 1e-6 where a band that is given by `leads` begins or ends (tested).

    Examples
    --------
    >>> from cifcore import paper_device
    >>> dot = Junction.from_device(paper_device("2b"))
    >>> f"{electronic_tensors(dot, 0.0).friction[0, 0]:.6f}"
    '0.102013'
    """
    _check.instance("junction", junction, Junction)
    bias, hot = _check.real("eV", eV), _check.real("kT", kT, *RESOLVED)
    at, matrix = _check.real_array("x", x), junction.matrix(x)
    shape, m = matrix.shape[:-2], max(junction.coordinates, 1)
    at = at.reshape(-1, *at.shape[len(shape) :])
    block = junction.together
    few = max(1, _ENTRIES // (block * m * matrix.shape[-1] ** 2))
    blocks = (at[i : i + block] for i in range(0, max(len(at), 1), block))
    parts = [_of_junction(junction, one, bias, hot, few) for one in blocks]
    return Tensors(*np.concatenate(parts, axis=1).reshape(3, *shape, m, m))


def _friction_and_noise(device: Any, x: ArrayLike, eV: ArrayLike, kT: ArrayLike) -> Array:
    """Broadcast, split by temperature and into blocks, and put the results together."""
    _check.instance("device", device, Device, Junction)
    if getattr(device, "coordinates", 0):
        raise ValueError("device: must be of one coordinate; electronic_tensors has the matrices")
    x, eV = _check.real_array("x", x), _check.real_array("eV", eV)
    kT = _check.within("kT", kT, *RESOLVED)
    family = getattr(device, "shape", ())
    shape = _check.common_shape(x=x.shape, eV=eV.shape, kT=kT.shape, device=family)
    x, eV, kT = (np.broadcast_to(array, shape).ravel() for array in (x, eV, kT))
    result = np.empty((2, len(x)))
    if isinstance(device, Junction):
        for pair in np.unique(np.stack([eV, kT]), axis=1).T:
            here = np.flatnonzero((eV == pair[0]) & (kT == pair[1]))
            found = electronic_tensors(device, x[here], *pair.tolist())
            result[:, here] = found.friction[:, 0, 0], found.noise[:, 0, 0]
        return result.reshape(2, *shape)
    members = device.members(shape)
    for chosen in (np.flatnonzero(kT == 0), np.flatnonzero(kT > 0)):
        for i in range(0, len(chosen), _DOTS):
            at = chosen[i : i + _DOTS]
            result[:, at] = _of_dots(device.select(members[at]), x[at], eV[at], kT[at])
    return result.reshape(2, *shape)


def _of_dots(device: Device, x: Array, eV: Array, kT: Array) -> tuple[Array, Array]:
    """Friction and noise of runs of dots, all at zero temperature or none."""
    many, poles = device.stretched(), chain.Dot(device).poles(x)
    left, right = ((device.mu0 + sign * eV / 2)[:, None] for sign in (1, -1))

    def kernels(energy: Array) -> tuple[Any, ...]:
        return chain.pair_kernels(many, x[:, None], energy)

    if not kT[0] and not np.any(eV):  # of the Fermi energy alone
        return _surface(kernels, left, right, 2.0), np.zeros(len(x))
    leads = np.concatenate([left, right], axis=-1)
    energy, weight = band.quadrature(poles, leads, kT[:, None])
    friction, noise = _integrands(kernels(energy), energy, left, right, kT[:, None])
    friction, noise = (np.sum(weight * part, axis=-1) for part in (friction, noise))
    return friction if kT[0] else friction + _surface(kernels, left, right, 2.0), noise


def _of_junction(junction: Junction, at: Array, bias: float, kT: float, few: int) -> Array:
    """Friction, Berry and noise matrices at some places, which share their energies."""
    left, right = (junction.mu0 + np.array([sign * bias / 2]) for sign in (1, -1))
    m, (low, high) = max(junction.coordinates, 1), junction.band

    def kernels(energy: Array, lags: bool = False) -> list[Any]:
        parts = junction.pair_kernels(at[:, None], energy, lags)
        return [np.moveaxis(part.reshape(len(at), len(energy), m, m), 1, -1) for part in parts]

    def integrand(angle: Array) -> tuple[Array, Array]:
        energy = np.clip(junction.mu0 + np.tan(angle), low + 1e-15, high - 1e-15)
        *pairs, lag_left, lag_right = kernels(energy, lags=True)
        friction, noise = _integrands(pairs, energy, left, right, kT)
        f_left, f_right = (_occupied(energy, mu, kT)[0] for mu in (left, right))
        delay = f_left * lag_left + f_right * lag_right
        berry = (np.swapaxes(delay, 1, 2) - delay).imag / (4 * np.pi)
        # each of them may cancel, by symmetry to nothing
        size = np.abs(lag_left) + np.abs(lag_right)
        ways = np.abs(f_left - f_right)
        sizes = (
            np.abs(friction) + ways * size,
            (f_left + f_right) * size,
            np.abs(noise) + ways * np.sqrt(np.abs(pairs[0] * pairs[1])),
        )
        jacobian = 1 / np.cos(angle) ** 2
        return np.array([friction, berry, noise]) * jacobian, np.array(sizes) * jacobian

    breaks = junction.breaks(at, bias, kT)
    if kT or m > 1:
        breaks = np.append(breaks, [low, high])
    else:
        breaks = np.clip(breaks, *np.sort([left[0], right[0]]))
    # the whole axis, by eps = mu0 + tan(angle); with no lead of a finite band it does not end
    angles = np.clip(np.arctan(breaks - junction.mu0), -1.570796, 1.570796)
    found = band.adaptive(integrand, angles, alike=(-2, -1), few=few)
    if not kT:
        found[0] += _surface(kernels, left, right, high)
    return found


def _occupied(energy: Array, mu: Array, kT: Any) -> tuple[Array, Array]:
    """f and 1 - f."""
    if not np.any(kT):
        f = np.where(energy < mu, 1.0, 0.0)
        return f, 1 - f
    u = (energy - mu) / kT
    return fermi(u), fermi(-u)


def _integrands(
    kernels: Sequence[Any], energy: Array, left: Array, right: Array, kT: Any
) -> tuple[Array, Array]:
    """Those of friction, at zero temperature without the Fermi edges (`_surface`), and noise."""
    of_left, of_right, cross, window = kernels
    (f_left, e_left), (f_right, e_right) = (_occupied(energy, mu, kT) for mu in (left, right))
    friction = (f_right - f_left) * window
    if np.any(kT):
        edges = f_left * e_left * (of_left + cross) + f_right * e_right * (of_right + cross)
        friction = friction + edges / kT
    noise = f_left * e_left * of_left + f_right * e_right * of_right
    noise = noise + (f_left * e_right + f_right * e_left) * cross
    return friction / (4 * np.pi), noise / (2 * np.pi)


def _surface(kernels: Callable[[Array], Any], left: Array, right: Array, edge: float) -> Array:
    """What the Fermi edges add to friction at zero temperature, if they are inside the band."""
    total: Any = 0.0
    for which, mu in enumerate((left, right)):
        parts = kernels(np.clip(mu, -edge + 1e-15, edge - 1e-15))
        total = total + np.where(np.abs(mu) < edge, parts[which] + parts[2], 0.0)
    return np.sum(total, axis=-1) / (4 * np.pi)
