"""The exact response of a molecule of the reader's own: Eq. 9 in full, by matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.electrons.band import adaptive
from cifcore.electrons.junction import Junction, temperature
from cifcore.electrons.occupation import Change, occupation_change
from cifcore.force.exact import energies
from cifcore.force.molecule import LinearJunction
from cifcore.force.response import Response

_BLOCK = 64  # positions at a time, each with hundreds of energies
_ENTRIES = 4_000_000  # of all Green functions at once


class FullJunction(LinearJunction):
    """Eq. 9 between leads of full Fermi functions, for any junction; `bias` = eV.

    The chemical potentials are mu0 + eV/2 on the left and mu0 - eV/2 on the right, both leads at
    `kT`; the force is counted from zero bias. States bound outside the band keep their filling, as
    for `FullBias`. Positions, spring and mass as for `LinearJunction`.

    Parameters
    ----------
    junction : Junction
    kT : float, zero or at least 1e-10
        Temperature of the leads, in gamma0.
    **mechanics
        `k`, `length`, `positions`, `M`, `zeta`: see `LinearJunction`.

    Notes
    -----
    The energies are chosen from the poles of the Green function at each position; the error is
    below 1e-9 of the integral of the modulus of Eq. 9's integrand (tested), beside that of a
    numerical gradient. With `leads` or an overlap the poles are not known: energies shared by all
    positions are halved until the integral changes by less than 1e-10 of that of the modulus.

    `positions` are taken at their word (`resolved` is True), since to look between them takes
    about thirty times as long. Set `resolved = False` on an instance to have them checked.

    Examples
    --------
    >>> from cifcore import FullBias, Junction, paper_device
    >>> device, x = paper_device("2b"), np.linspace(-4, 4, 161)
    >>> exact = FullJunction(Junction.from_device(device), k=0.02, length=0.25, positions=x)
    >>> bool(abs(exact.force(1.0, 0.2) / FullBias(device).force(1.0, 0.2) - 1) < 1e-9)
    True
    """

    proportional = False
    resolved = True

    def __init__(self, junction: Junction, *, kT: float = 0.0, **mechanics: Any) -> None:
        super().__init__(junction, **mechanics)
        self.kT = float(temperature(_check.real("kT", kT)))

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return integrated(self.junction, self.kT, x, bias, current=False)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return integrated(self.junction, self.kT, x, bias, current=True)

    # by differences and one after the other, as for any response
    force_slope = Response.force_slope
    force_and_slope = Response.force_and_slope
    force_and_current = Response.force_and_current


def integrated(junction: Junction, kT: float, x: ArrayLike, bias: ArrayLike, current: bool) -> Any:
    """Landauer's current, or F_el(bias) - F_el(0): several coordinates stand on its last axis."""
    x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
    own = (junction.coordinates,) if junction.coordinates else ()
    places, rest = x.shape[: x.ndim - len(own)], x.shape[x.ndim - len(own) :]
    shape = _check.common_shape(x=places, bias=bias.shape)
    flat_x = np.broadcast_to(x, shape + rest).reshape(-1, *rest)
    flat_bias = np.broadcast_to(bias, shape).reshape(-1)
    way: Any = _by_poles
    groups = [np.arange(flat_bias.size)]
    if junction.leads is not None or junction.S is not None:
        way = _by_halving
        groups = [np.flatnonzero(flat_bias == one) for one in np.unique(flat_bias)]
    total = np.empty((flat_bias.size, *(() if current else own)))
    for group in groups:
        for i in range(0, len(group), _BLOCK):
            block = group[i : i + _BLOCK]
            total[block] = way(junction, kT, flat_x[block], flat_bias[block], current)
    return total.reshape(shape + total.shape[1:])[()]


def _by_poles(junction: Junction, kT: float, x: Array, bias: Array, current: bool) -> Any:
    """Sum over the leads of the integral of a kernel times the change of occupation."""
    mu0, poles = junction.mu0, junction.poles(x)
    if current:
        energy, weight = energies(Change(mu0 - bias / 2, kT, bias, 0.0), poles)
        through = junction.transmission(x[:, None], energy)
        return np.sum(weight * through, axis=-1) / (2 * np.pi)
    total: Any = 0.0
    for lead, step in enumerate((bias / 2, -bias / 2)):
        energy, weight = energies(Change(mu0, kT, step, 0.0), poles)
        kernel = junction.lead_kernels(x[:, None], energy)[lead]
        total = total + np.einsum("xe,xe...->x...", weight, kernel) / np.pi
    return total


def _by_halving(junction: Junction, kT: float, x: Array, biases: Array, current: bool) -> Any:
    """The same between any leads: one bias, energies for all positions together."""
    mu0, bias, size = junction.mu0, float(biases[0]), junction.matrix(x[:1]).shape[-1]
    if bias == 0:
        return 0.0
    breaks, reach = junction.breaks(x, bias, kT), abs(bias) / 2 + 40 * kT
    change = [Change(mu0, kT, sign * bias / 2, 0.0) for sign in (1, -1)]
    few = max(1, _ENTRIES // (len(x) * size**2 * max(1, junction.coordinates)))

    def integrand(energy: Array) -> Array:
        left, right = (occupation_change(energy, lead) for lead in change)
        if current:
            return junction.transmission(x[:, None], energy) * (left - right) / (2 * np.pi)
        f_left, f_right = (np.moveaxis(f, 1, -1) for f in junction.lead_kernels(x[:, None], energy))
        return (left * f_left + right * f_right) / np.pi

    def chunked(energy: Array) -> Array:
        cuts = range(0, len(energy), few)
        return np.concatenate([integrand(energy[i : i + few]) for i in cuts], axis=-1)

    alike = (-1,) if junction.coordinates and not current else ()
    return adaptive(chunked, np.clip(breaks, mu0 - reach, mu0 + reach), alike=alike)
