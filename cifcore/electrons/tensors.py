"""Friction, Berry force and noise of the electrons for several mechanical coordinates.

Perturb H by -sum_j Lambda_j x_j(t). To first order in the velocities the force on coordinate i is
-sum_j gamma_ij dx_j/dt, and with G^< = i sum_a f_a A_a an integration by parts leaves

    gamma_ij = sum_a integral deps/(2 pi) f_a i Tr[Lambda_i G^r' Lambda_j A_a - h.c.],
    D_ij     = sum_ab integral deps/(2 pi) f_a (1 - f_b) Re Tr[Lambda_i A_a Lambda_j A_b].

The symmetric part of gamma is friction, the antisymmetric one the Berry force (Bode, Kusminskiy,
Egger and von Oppen, Beilstein J. Nanotechnol. 3, 144 (2012)).

Units: gamma0 = a = hbar = e = kB = 1, per spin.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.electrons import band
from cifcore.electrons.junction import Junction, temperature
from cifcore.electrons.occupation import fermi

_BLOCK = 64  # positions at a time, which share their energies
_ENTRIES = 2_000_000  # of all products at once


class Tensors(NamedTuple):
    """What the electrons do to m coordinates at one place or many; each of shape (..., m, m)."""

    friction: Array
    berry: Array
    noise: Array


def electronic_tensors(
    junction: Junction,
    x: ArrayLike,
    operators: ArrayLike | None = None,
    eV: float = 0.0,
    kT: float = 0.0,
) -> Tensors:
    """Friction, Berry and noise matrices of the electrons for m coordinates.

    Parameters
    ----------
    junction : Junction
        Gives H and the leads at `x`.
    x : array_like
        Positions, as the junction takes them.
    operators : array, shape (m, n, n), optional
        Lambda_i = -dH/dx_i of each coordinate, Hermitian, in gamma0/a; by default those of the
        junction's own coordinates.
    eV, kT : float
        Bias, and temperature of both leads, zero or at least 1e-10, in gamma0.

    Returns
    -------
    Tensors
        `friction`, symmetric, and `berry`, antisymmetric, in hbar/a^2: the force on coordinate i
        gains -sum_j (friction + berry)_ij dx_j/dt. `noise`: <xi_i xi_j> = noise_ij delta(t - t').
        Error below 1e-9 of the largest element (tested). Where bands end, states bound beyond
        them take no part.

    Raises
    ------
    TypeError, ValueError
        On bad arguments; the message names the argument, the value and what is allowed.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> dot = Junction.from_device(paper_device("2b"))
    >>> found = electronic_tensors(dot, 0.0, [dot.force_operator(0.0)])
    >>> f"{found.friction[0, 0]:.6f}"
    '0.102013'
    """
    if not isinstance(junction, Junction):
        raise TypeError(f"junction = {junction!r}: must be a cifcore.Junction")
    bias, hot = _check.real("eV", eV), float(temperature(_check.real("kT", kT)))
    at, matrix = _check.real_array("x", x), junction.matrix(x)
    shape, size = matrix.shape[:-2], matrix.shape[-1]
    if operators is None:
        push = junction.force_operator(at)
        push = push if junction.coordinates else push[..., None, :, :]
    else:
        push = _check.plain("operators", operators)
        if push.ndim != 3 or push.shape[1:] != (size, size) or push.dtype.kind not in "iufc":
            raise ValueError(
                f"operators of shape {push.shape}: must be of shape (m, {size}, {size})"
            )
        if not np.allclose(push, np.conj(np.swapaxes(push, -1, -2))):
            raise ValueError("operators: must be Hermitian")
    places = int(np.prod(shape, dtype=int))
    push = np.broadcast_to(push, (*shape, *push.shape[-3:])).reshape(places, *push.shape[-3:])
    at = at.reshape(places, *at.shape[len(shape) :])
    found = np.empty((2, *push.shape[:2], push.shape[1]))
    for i in range(0, places, _BLOCK):
        one = slice(i, i + _BLOCK)
        found[:, one] = _integrated(junction, at[one], push[one], bias, hot)
    drag, noise = found.reshape(2, *shape, *found.shape[-2:])
    back = np.swapaxes(drag, -1, -2)
    return Tensors((drag + back) / 2, (drag - back) / 2, noise)


def _integrated(junction: Junction, at: Array, push: Any, bias: float, hot: float) -> Array:
    mu = junction.mu0 + np.array([bias / 2, -bias / 2])
    # the whole axis, by eps = mu0 + tan(angle); with no lead of a finite band it does not end
    low, high = (-2.0, 2.0) if junction.leads is None else (-np.inf, np.inf)
    breaks = np.concatenate([[low, high], np.clip(junction.breaks(at, bias, hot), low, high)])
    few = max(1, _ENTRIES // (len(at) * push[0].size))

    def integrand(angle: Array) -> Array:
        energy = junction.mu0 + np.tan(angle)
        if junction.leads is None:
            energy = np.clip(energy, -2 + 1e-15, 2 - 1e-15)
        spectral = np.array(junction.spectral(at[:, None], energy))
        slope = junction.green_slope(at[:, None], energy)
        if hot:
            f = fermi((energy - mu[:, None]) / hot)
        else:
            f = np.where(energy < mu[:, None], 1.0, 0.0)
        filled, empty = (np.einsum("ae,axeij->xeij", part, spectral) for part in (f, 1 - f))
        lead = push[:, :, None]  # (places, m, 1, n, n), beside (places, 1, energies, n, n)
        turned, swung, gone = (lead @ part[:, None] for part in (slope, filled, empty))
        rate = np.einsum("xaeij,xbeji->xabe", turned, swung)
        swing = np.einsum("xaeij,xbeji->xabe", swung, gone)
        jacobian = 1 / np.cos(angle) ** 2 / (2 * np.pi)
        return np.array([-2 * rate.imag, swing.real]) * jacobian

    def chunked(angle: Array) -> Array:
        cuts = range(0, len(angle), few)
        return np.concatenate([integrand(angle[i : i + few]) for i in cuts], axis=-1)

    angles = np.clip(np.arctan(breaks - junction.mu0), -1.570796, 1.570796)
    return band.adaptive(chunked, angles, alike=(-2, -1))
