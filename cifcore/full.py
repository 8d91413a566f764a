"""The exact response: Eq. 9 with the full Fermi functions, over the whole band.

Force and currents are integrals over energy of the closed-form kernels of `cifcore.chain`
between the leads' Fermi functions, minus equilibrium. At zero temperature the functions are
steps and the integrals run between the chemical potentials; at finite temperature over the
whole band. The nodes follow the resonance and the Fermi steps (`cifcore._band`), so nobody
has to choose a grid. A state bound outside the band keeps its occupation and takes no part.

Units: gamma0 = a = hbar = e = kB = 1; currents per spin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _check, chain
from ._band import fermi, quadrature
from .device import Array, Device
from .friction import _chain_poles
from .response import _Chain

_CHUNK = 400_000  # energies at once

Integrand = Callable[[Device, Any, Any, Array, Array], Any]


class _Full(_Chain):
    """Integrals over the band; what the leads' Fermi functions are is the subclasses' part."""

    proportional = False

    def _leads(self, device: Device, bias: Array) -> tuple[Array, Array, Array, Array]:
        """Chemical potentials and temperatures: mu_L, mu_R, kT_L, kT_R."""
        raise NotImplementedError

    def _bias(self, bias: ArrayLike) -> Array:
        return _check.real_array("bias", bias)

    def _integral(
        self, x: ArrayLike, bias: ArrayLike, kernels: Callable[[Device, Any, Array], Any]
    ) -> Any:
        """int deps [(f_L - f_0) k_L + (f_R - f_0) k_R], with k_L, k_R = kernels(...)."""
        x, bias = _check.real_array("x", x), self._bias(bias)
        family = self.device.shape
        shape = np.broadcast_shapes(x.shape, bias.shape, family)
        flat_x, flat_bias = (np.broadcast_to(a, shape).reshape(-1) for a in (x, bias))
        index = np.arange(int(np.prod(family, dtype=int))).reshape(family)
        member = np.broadcast_to(index, shape).reshape(-1)
        out = np.zeros(flat_x.shape)
        todo, size = np.flatnonzero(flat_bias != 0), 16
        while len(todo):
            now, todo = todo[:size], todo[size:]
            device = self.device.select(member[now]) if family else self.device
            out[now], points = self._block(device, flat_x[now], flat_bias[now], kernels)
            size = max(16, _CHUNK // points)
        return out.reshape(shape)[()]

    def _block(
        self, device: Device, x: Array, bias: Array, kernels: Callable[[Device, Any, Array], Any]
    ) -> tuple[Array, int]:
        wide = device.stretched()
        poles = _chain_poles(device, x)
        zero = 0 * bias
        mu0, kT0 = device.mu0 + zero, device.kT0 + zero
        mu_left, mu_right, kT_left, kT_right = self._leads(device, bias)
        if np.all(kT0 == 0):
            total, points = zero, 1
            for side, mu in enumerate((mu_left, mu_right)):
                low, high = np.minimum(mu0, mu), np.maximum(mu0, mu)
                energy, weight = quadrature(poles, low=low, high=high)
                weight = weight * np.sign(mu - mu0)[:, None]
                total = total + np.sum(weight * kernels(wide, x[:, None], energy)[side], axis=-1)
                points += energy.shape[-1]
            return total, points
        steps = np.stack([mu_left, mu0, mu_right], axis=-1)
        coldest = np.min(np.stack([k for k in (kT_left, kT_right, kT0)]), axis=0)
        energy, weight = quadrature(poles, steps, np.maximum(coldest, 1e-9))
        left, right = kernels(wide, x[:, None], energy)
        total = np.sum(
            weight
            * (
                left * _difference(energy, mu_left, kT_left, mu0, kT0)
                + right * _difference(energy, mu_right, kT_right, mu0, kT0)
            ),
            axis=-1,
        )
        return total, energy.shape[-1]

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """F_el(bias) - F_el(0) by Eq. 9, in gamma0/a."""
        return self._integral(x, bias, chain.lead_kernels) / np.pi


def _difference(energy: Array, mu: Array, kT: Array, mu0: Array, kT0: Array) -> Any:
    """f(energy; mu, kT) - f(energy; mu0, kT0) without cancellation in the tails."""
    u = (energy - mu[:, None]) / np.maximum(kT, 1e-9)[:, None]
    u0 = (energy - mu0[:, None]) / np.maximum(kT0, 1e-9)[:, None]
    # f(u) - f(u0) = f(u) f(-u0) (1 - exp(u - u0)), with the smaller exponential
    gap = u - u0
    with np.errstate(over="ignore"):
        return np.where(
            gap > 0,
            fermi(-u) * fermi(u0) * np.expm1(-np.abs(gap)),
            -fermi(u) * fermi(-u0) * np.expm1(-np.abs(gap)),
        )


class FullBias(_Full):
    """The exact response to a voltage, `bias` = eV, at the temperature kT0 of the leads.

    Chemical potentials mu0 + eV/2 on the left and mu0 - eV/2 on the right, both leads at
    `device.kT0`; zero means zero temperature, exactly.
    """

    def _leads(self, device: Device, bias: Array) -> tuple[Array, Array, Array, Array]:
        kT0 = device.kT0 + 0 * bias
        return device.mu0 + bias / 2, device.mu0 - bias / 2, kT0, kT0

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Charge current int deps/2 pi T (f_L - f_R) per spin (Landauer), in e gamma0/hbar."""

        def kernels(device: Device, x: Any, energy: Array) -> tuple[Any, Any]:
            passing = chain.transmission(device, x, energy)
            return passing, -passing

        return self._integral(x, bias, kernels) / (2 * np.pi)


class FullThermal(_Full):
    """The exact response to a temperature difference, `bias` = delta T/T0, from -2 to 2.

    Temperatures T0 (1 + bias/2) on the left and T0 (1 - bias/2) on the right, both leads at
    the chemical potential mu0. At kT0 = 0 nothing flows and nothing pushes.
    """

    def _bias(self, bias: ArrayLike) -> Array:
        return _check.within(
            "bias",
            bias,
            lambda a: np.abs(a) <= 2,
            "between -2 and 2, for no lead to be colder than absolute zero",
        )

    def _leads(self, device: Device, bias: Array) -> tuple[Array, Array, Array, Array]:
        mu, kT0 = device.mu0 + 0 * bias, device.kT0 + 0 * bias
        return mu, mu, kT0 * (1 + bias / 2), kT0 * (1 - bias / 2)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Heat current int deps/2 pi (eps - mu0) T (f_L - f_R) per spin, in gamma0^2/hbar."""

        def kernels(device: Device, x: Any, energy: Array) -> tuple[Any, Any]:
            heat = chain.transmission(device, x, energy) * (energy - device.mu0)
            return heat, -heat

        return self._integral(x, bias, kernels) / (2 * np.pi)
