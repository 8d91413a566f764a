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
        return self._integrated(x, bias, current=False)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self._integrated(x, bias, current=True)

    # by differences and one after the other, as for any response
    force_slope = Response.force_slope
    force_and_slope = Response.force_and_slope
    force_and_current = Response.force_and_current

    def _integrated(self, x: ArrayLike, bias: ArrayLike, current: bool) -> Any:
        x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
        shape = _check.common_shape(x=x.shape, bias=bias.shape)
        flat_x, flat_bias = (np.broadcast_to(part, shape).reshape(-1) for part in (x, bias))
        way: Any = self._by_poles
        groups = [np.arange(flat_x.size)]
        if self.junction.leads is not None or self.junction.S is not None:
            way = self._by_halving
            groups = [np.flatnonzero(flat_bias == one) for one in np.unique(flat_bias)]
        total = np.empty(flat_x.size)
        for group in groups:
            for i in range(0, len(group), _BLOCK):
                block = group[i : i + _BLOCK]
                total[block] = way(flat_x[block], flat_bias[block], current)
        return total.reshape(shape)[()]

    def _by_poles(self, x: Array, bias: Array, current: bool) -> Any:
        """Sum over the leads of the integral of a kernel times the change of occupation."""
        junction, mu0, poles = self.junction, self.junction.mu0, self.junction.poles(x)
        if current:
            energy, weight = energies(Change(mu0 - bias / 2, self.kT, bias, 0.0), poles)
            through = junction.transmission(x[:, None], energy)
            return np.sum(weight * through, axis=-1) / (2 * np.pi)
        total: Any = 0.0
        for lead, step in enumerate((bias / 2, -bias / 2)):
            energy, weight = energies(Change(mu0, self.kT, step, 0.0), poles)
            kernel = junction.lead_kernels(x[:, None], energy)[lead]
            total = total + np.sum(weight * kernel, axis=-1) / np.pi
        return total

    def _by_halving(self, x: Array, biases: Array, current: bool) -> Any:
        """The same between any leads: one bias, energies for all positions together."""
        junction, mu0, bias = self.junction, self.junction.mu0, float(biases[0])
        if bias == 0:
            return 0.0
        ladder = self.kT * np.array([0, 3, 6, 12, 24, 40])
        steps = mu0 + np.array([-bias / 2, 0, bias / 2])[:, None] + ladder * [[[1]], [[-1]]]
        resonances = junction.resonances(x)
        width = np.abs(resonances.imag)[..., None] * [-4, -1, 0, 1, 4]
        edges = [e for lead, _ in junction.leads or () for e in getattr(lead, "band_edges", ())]
        breaks = np.concatenate(
            [steps.ravel(), (resonances.real[..., None] + width).ravel(), np.ravel(edges)]
        )
        breaks = np.clip(breaks, np.min(steps), np.max(steps))
        change = [Change(mu0, self.kT, sign * bias / 2, 0.0) for sign in (1, -1)]
        few = max(1, _ENTRIES // (len(x) * resonances.shape[-1] ** 2))

        def integrand(energy: Array) -> Array:
            left, right = (occupation_change(energy, lead) for lead in change)
            if current:
                return junction.transmission(x[:, None], energy) * (left - right) / (2 * np.pi)
            f_left, f_right = junction.lead_kernels(x[:, None], energy)
            return (left * f_left + right * f_right) / np.pi

        def chunked(energy: Array) -> Array:
            cuts = range(0, len(energy), few)
            return np.concatenate([integrand(energy[i : i + few]) for i in cuts], axis=-1)

        return adaptive(chunked, breaks)
