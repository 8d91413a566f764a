"""Numbers for the ledger: validity."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cifcore.book.evidence.registry import answers
from cifcore.device import Device, paper_device
from cifcore.electrons.friction import electronic_friction
from cifcore.force.exact import FullBias, FullThermal
from cifcore.force.linear import LinearBias, LinearThermal
from cifcore.force.response import Response
from cifcore.force.table import tabulated
from cifcore.motion.basins import settle
from cifcore.motion.drive import pulses
from cifcore.motion.noise import langevin
from cifcore.positions.diode import rectification
from cifcore.positions.rest import equilibria, folds

WAYS = (
    (paper_device("2b"), 0.2),
    (paper_device("4"), 0.05),
    (paper_device("6"), 0.1),
    (paper_device("7", zeta=0.16), 0.1),
    (paper_device("8", zeta=0.1), 0.2),
    (paper_device("9"), 0.3),
)
"""Figures with a motion, and a bias of each, eV in gamma0."""


def _end(response: Response, start: float, bias: float, zeta: float) -> float:
    """Where the dot comes to rest at a constant bias, from rest at `start`."""
    device = response.device.replace(zeta=zeta)
    fast = tabulated(response.of(device), [bias], -4, 4, 1e-6)
    return float(settle(fast, bias, start).x)


def figure_2() -> bool:
    """Two wells at eV = 0.2, and zeta = 0.1 and 0.2 end in different ones."""
    response = FullBias(paper_device("2b"))
    rest = equilibria(response, 0.2)
    if len(rest.x) != 3:
        return False
    top = rest.x[1]
    return (_end(response, 0.0, 0.2, 0.1) > top) != (_end(response, 0.0, 0.2, 0.2) > top)


def figure_3() -> bool:
    """The thermal force is at least half of the linear one, and turns round at lam = 0.7."""
    x = np.linspace(-3, 3, 121)
    largest = [
        np.max(kind(paper_device("3")).force(x, 0.5)) for kind in (LinearThermal, FullThermal)
    ]
    tilted = FullThermal(paper_device("3", lam=0.7)).force(x, 0.5)
    return bool(largest[1] > 0.5 * largest[0] and np.ptp(np.sign(tilted)) > 0)


def figure_4() -> bool:
    """R_I peaks between 0.65 and 0.75, at a bias from 0.04 to 0.06."""
    bias = np.linspace(0.004, 0.1, 25)
    factor = rectification(FullBias(paper_device("4")), bias)
    peak = int(np.argmax(factor))
    return bool(0.65 <= factor[peak] <= 0.75 and 0.04 <= bias[peak] <= 0.06)


def figure_5() -> bool:
    """R_J is at least 0.1 at delta T = T0."""
    response = FullThermal(paper_device("5"))
    currents = [response.current(equilibria(response, s).x[0], s) for s in (1.0, -1.0)]
    return bool((currents[0] + currents[1]) / (currents[0] - currents[1]) >= 0.1)


def figure_6() -> bool:
    """One window of several rest positions, inside the sweep to eV = 0.15, for eV > 0 only."""
    found = folds(FullBias(paper_device("6")), 0.15).bias
    return len(found) == 2 and bool(np.all(found > 0))


def figure_7() -> bool:
    """Pulses of +-0.1 from the inner well break the symmetry at zeta = 0.16, not at 0.2."""
    response = FullBias(paper_device("7", zeta=0.2))
    if len(equilibria(response, 0.1).x) != 3:
        return False
    inner, top, outer = equilibria(response, 0.1).x
    broken = [
        _end(response, inner, -0.1, zeta) < -top < _end(response, outer, -0.1, zeta)
        for zeta in (0.16, 0.2)
    ]
    return broken == [True, False]


def figure_8() -> bool:
    """At zeta = 0.5 and kT = 2e-4 most runs are in the inner well, and still are at t_f."""
    response = FullBias(paper_device("8", zeta=0.5))
    top = equilibria(response, 0.2).x[1]
    fast = tabulated(response, [0.0, 0.2], -3, 4, 1e-6)
    run = langevin(fast, pulses([(0.0, 2.5e4), (0.2, 7.5e4)]), 2e-4, 100, 8)
    return bool(np.mean(run.x_end < top) > 0.5)


def figure_9() -> bool:
    """Two wells at eV = 0.3."""
    return len(equilibria(FullBias(paper_device("9")), 0.3).x) == 3


@lru_cache
def surviving() -> tuple[str, ...]:
    """The figures whose statements survive the exact response at the stated parameters."""
    tests = (figure_2, figure_3, figure_4, figure_5, figure_6, figure_7, figure_8, figure_9)
    return tuple(test.__name__[-1] for test in tests if test())


@answers("linear-response-valid")
def figures_that_hold() -> float:
    """Number of figures, of eight, that survive the exact response."""
    return float(len(surviving()))


def friction_on_the_way(device: Device, bias: float) -> float:
    """Largest gamma_el/nu, per spin, from the natural position to the farthest well."""
    rest = equilibria(LinearBias(device), bias).x
    x = np.linspace(min(0.0, rest[0]), rest[-1], 201)
    return float(np.max(electronic_friction(device, x, bias)) / device.nu)


@answers("electronic-noise-small")
def largest_share() -> float:
    """The largest of these, over the figures with a motion, each at its weakest damping."""
    return max(friction_on_the_way(device, bias) for device, bias in WAYS)
