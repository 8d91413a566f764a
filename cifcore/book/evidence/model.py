"""Numbers for the ledger: model."""

from __future__ import annotations

from typing import Any

import numpy as np

from cifcore.book.evidence.registry import answers, digits
from cifcore.device import Array, Device, paper_device
from cifcore.electrons import band, chain
from cifcore.electrons.junction import Junction
from cifcore.electrons.occupation import fermi
from cifcore.force.linear import LinearBias, LinearThermal

_SEED = 20240


def _devices(count: int) -> list[Device]:
    """Random devices at mu0 = E0 = 0, as different as the paper's own and more."""
    draw = np.random.default_rng(_SEED)
    return [
        Device(
            E_dot=draw.uniform(-0.5, 0.5),
            gamma=10 ** draw.uniform(-2, -0.2),
            b=draw.uniform(0.5, 9),
            a0=draw.uniform(2, 8),
            k=0.02,
            lam=draw.uniform(-0.9, 0.9),
        )
        for _ in range(count)
    ]


def closed_form(device: Device, x: Array, bias: float) -> Any:
    """Eq. 17 = B6 as printed, in gamma0/a."""
    left, right = device.couplings(x)
    total = left**2 + right**2
    scale = -bias / np.pi * device.b / device.a0
    return scale * device.E_dot * total / (device.E_dot**2 + total**2)


@answers("bias-force-analytic")
def bias_force_analytic() -> float:
    """Digits to which Eq. 17 and the traces of Eq. 12 agree, of the largest force."""
    worst = 0.0
    for device in _devices(40):
        x = device.centre + np.linspace(-4, 4, 41) * device.a0 / (2 * device.b)
        left, right = Junction.from_device(device).lead_kernels(x, 0.0)
        by_trace = (0.5 * left - 0.5 * right) / np.pi
        formula = closed_form(device, x, 1.0)
        worst = max(worst, float(np.max(np.abs(formula - by_trace)) / np.max(np.abs(formula))))
    return digits(worst)


@answers("coupling-identity")
def coupling_identity() -> float:
    """Digits to which the two sides of Eq. B7 agree."""
    worst = 0.0
    for device in _devices(200):
        x = np.linspace(-1.5, 1.5, 61) * device.a0
        left, right = device.couplings(x)
        y = 2 * device.b * x / device.a0
        even, odd = (1 + device.lam**2) * np.cosh(y), 2 * device.lam * np.sinh(y)
        difference = np.abs(left**2 + right**2 - 2 * device.gamma**2 * (even - odd))
        # far out on the weak side the printed form subtracts nearly equal numbers
        size = 2 * device.gamma**2 * (np.abs(even) + np.abs(odd))
        worst = max(worst, float(np.max(difference / size)))
    return digits(worst)


@answers("force-sign")
def force_sign() -> float:
    """Share of devices and positions at which the force at V > 0 has the sign of -E_dot."""
    right = []
    for device in _devices(100):
        x = device.centre + np.linspace(-6, 6, 49) * device.a0 / (2 * device.b)
        force = LinearBias(device).force(x, 0.1)
        right.append(np.sign(force) == -np.sign(device.E_dot))
    return float(np.mean(right))


@answers("force-scaling")
def force_scaling() -> float:
    """Digits to which F(s V, s b/a0) = s^2 F(V, b/a0) at fixed y, and F = 0 at E_dot = 0."""
    worst = 0.0
    y = np.linspace(-6, 6, 49)
    for device in _devices(100):
        stretched = device.replace(b=3 * device.b)
        force = LinearBias(device).force(y * device.a0 / (2 * device.b), 0.1)
        more = LinearBias(stretched).force(y * device.a0 / (2 * stretched.b), 0.3)
        none = LinearBias(device.replace(E_dot=0.0)).force(y, 0.1)
        size = np.max(np.abs(force))
        worst = max(worst, float(np.max(np.abs(more - 9 * force)) / (9 * size)))
        worst = max(worst, float(np.max(np.abs(none)) / size))
    return digits(worst)


def full_force(device: Device, x: Array, shift: float, warming: float) -> Any:
    """Eq. 9 minus its equilibrium value, at kT0 > 0, by quadrature over the band.

    The chemical potentials are mu0 +- shift/2 and the temperatures kT0 (1 +- warming/2).
    """
    poles = Junction.from_device(device).poles(x)
    total = 0.0
    for sign, lead in ((1, 0), (-1, 1)):
        for here, factor in ((1.0, 1.0), (0.0, -1.0)):
            mu = device.mu0 + here * sign * shift / 2
            warm = device.kT0 * (1 + here * sign * warming / 2)
            energy, weight = band.quadrature(poles, mu, warm)
            weight = weight * fermi((energy - mu) / warm)
            kernel = chain.lead_kernels(device, x[:, None], energy)[lead]
            total = total + factor * np.sum(weight * kernel, axis=-1) / np.pi
    return total


@answers("sommerfeld")
def sommerfeld() -> float:
    """Order in h at which Eqs. 12 and 13 approach Eq. 9 when bias and temperature are O(h).

    The smaller of the two, from halving h once, at positions across the device of Fig. 4.
    """
    orders = []
    for kind in ("bias", "thermal"):
        deviation = []
        for h in (0.0025, 0.00125):
            device = paper_device("4", kT0=h)
            x = np.linspace(-1.5, 1.5, 7)
            if kind == "bias":
                linear = LinearBias(device).force(x, h)
                exact = full_force(device, x, h, 0.0)
            else:
                linear = LinearThermal(device).force(x, h)
                exact = full_force(device, x, 0.0, h)
            deviation.append(np.max(np.abs(exact - linear)) / np.max(np.abs(linear)))
        orders.append(np.log2(deviation[0] / deviation[1]))
    return float(min(orders))
