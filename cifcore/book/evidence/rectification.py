"""Numbers for the ledger: rectification of charge and heat (Figs. 4 and 5)."""

from __future__ import annotations

import numpy as np

from cifcore.book.evidence.dynamics import fermi_level_window
from cifcore.book.evidence.registry import answers
from cifcore.device import Device, paper_device
from cifcore.electrons import chain
from cifcore.force.linear import LinearBias, LinearThermal
from cifcore.motion.drive import triangle
from cifcore.motion.path import simulate
from cifcore.positions.diode import rectification, rest_position

_BIAS = np.linspace(0.001, 0.1, 100)


def thermal_force(device: Device, x: float, kT: float) -> float:
    """Force per delta T/T0 to first order in it (Eq. 10), the energy integral left whole.

    (1/2 pi) int (eps - mu0) (-f0') (F_L - F_R) deps; Eq. 13 follows from it when the kernel is
    a straight line in energy over the width of -f0'. Trapezoid on nodes that resolve both the
    Fermi function and the resonance, relative error below 1e-6 for kT up to 0.01.
    """
    # eps - mu0 = c sinh(u): dense near mu0, where the resonance is, and out to 40 kT
    core = 1e-3 * min(kT, float(device.gamma) ** 2)
    u = np.linspace(-1, 1, 20001) * np.arcsinh(40 * kT / core)
    offset, measure = core * np.sinh(u), core * np.cosh(u)
    weight = offset / (4 * kT * np.cosh(offset / (2 * kT)) ** 2)
    kernel = chain.bias_kernel(device, x, device.mu0 + offset)
    return float(np.trapezoid(weight * kernel * measure, u) / (2 * np.pi))


@answers("thermal-quadratic")
def thermal_quadratic() -> float:
    """Logarithmic slope of the thermal force in kT0, from the whole energy integral."""
    device = paper_device("5")
    device = device.replace(mu0=device.E_dot)
    low, high = (thermal_force(device, 0.0, kT) for kT in (2e-6, 4e-6))
    return float(np.log2(high / low))


@answers("thermal-comparable")
def thermal_comparable() -> float:
    """Largest thermal force of Fig. 3 over the largest bias force of Fig. 2(a), per b/a0."""
    x = np.linspace(-6, 6, 1201)
    tuned = paper_device("3")
    offsets = np.linspace(-3e-4, 3e-4, 61)[:, None]
    thermal = LinearThermal(tuned.replace(mu0=tuned.E_dot + offsets)).force(x, 0.5)
    electric = LinearBias(paper_device("2a"))
    ours = np.max(np.abs(thermal)) * tuned.a0 / tuned.b
    theirs = np.max(np.abs(electric.force(x, 0.2))) * electric.device.a0 / electric.device.b
    return float(ours / theirs)


@answers("rectification-zero")
def rectification_zero() -> float:
    """Largest abs(R_I) of the symmetric device of Fig. 4."""
    return float(np.max(np.abs(rectification(LinearBias(paper_device("4", lam=0.0)), _BIAS))))


@answers("rectification-forms")
def rectification_forms() -> float:
    """Largest difference between Eq. 18, from the currents, and Eq. 19, from transmissions."""
    response = LinearBias(paper_device("4"))
    right, left = rest_position(response, _BIAS), rest_position(response, -_BIAS)
    forward, backward = response.current(right, _BIAS), response.current(left, -_BIAS)
    currents = (forward + backward) / (forward - backward)
    forward, backward = response.transmission(right), response.transmission(left)
    transmissions = (forward - backward) / (forward + backward)
    return float(np.max(np.abs(currents - transmissions)))


@answers("rectification-shape")
def rectification_shape() -> float:
    """Maximum of R_I in Fig. 4(a); NaN unless it lies in 0.04 < eV < 0.06 after a linear start."""
    bias = np.linspace(0.0, 0.1, 1001)
    factor = rectification(LinearBias(paper_device("4")), bias)
    top = int(np.argmax(factor))
    start = bias <= 0.01
    slope = np.sum(factor[start] * bias[start]) / np.sum(bias[start] ** 2)
    straight = np.max(np.abs(factor[start] - slope * bias[start])) < 0.05 * factor[start][-1]
    return float(factor[top]) if straight and 0.04 < bias[top] < 0.06 else float("nan")


@answers("displacement-asymmetric")
def displacement_asymmetric() -> float:
    """Smallest ratio of the displacements at +V and -V in Fig. 4(a)."""
    response = LinearBias(paper_device("4"))
    return float(np.min(-rest_position(response, _BIAS) / rest_position(response, -_BIAS)))


@answers("rectification-map")
def rectification_map() -> float:
    """Largest abs(R_I) for abs(lam) <= 0.99 and eV up to 0.1."""
    lam = np.linspace(-0.99, 0.99, 67)[:, None]
    return float(np.max(np.abs(rectification(LinearBias(paper_device("4", lam=lam)), _BIAS))))


@answers("charge-per-cycle")
def charge_per_cycle() -> float:
    """Largest relative deviation from Q proportional to tau (lam = 0.5), and from 0 (lam = 0)."""

    def charge(tau: float, **changes: float) -> float:
        response = LinearBias(paper_device("4", **changes))
        return float(simulate(response, triangle(0.1, tau)).charge[-1])

    taus = np.array([2.5e5, 5e5, 1e6])
    rate = np.array([charge(tau) / tau for tau in taus])
    symmetric = abs(charge(1e6, lam=0.0)) / charge(1e6)
    return float(max(np.max(np.abs(rate / rate[-1] - 1)), symmetric))


@answers("thermal-diode")
def thermal_diode() -> float:
    """Best of min(R_J, T) for abs(delta T) <= 2 T0, over the mu0 that give Fig. 3 as described."""
    levels = np.concatenate([np.linspace(*fermi_level_window(side), 41) for side in (-1, 1)])
    response = LinearThermal(paper_device("5", mu0=levels[:, None]))
    bias = np.linspace(0.05, 2.0, 40)
    open_way = response.transmission(rest_position(response, bias))
    return float(np.max(np.minimum(rectification(response, bias), open_way)))
