"""Numbers for the ledger: symmetry."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cifcore.book.evidence.registry import answers
from cifcore.device import paper_device
from cifcore.force.linear import LinearBias
from cifcore.motion.drive import pulses, ramp
from cifcore.motion.path import Motion, simulate
from cifcore.positions.rest import equilibria

BIAS, TAU = 0.1, 1e6
"""Height of the pulses of Fig. 7, eV in gamma0, and the period."""


@lru_cache
def pulsed(zeta: float, first: float = BIAS) -> Motion:
    """The motion of Fig. 7(b) at the ends of its segments: a smooth ramp, then two cycles."""
    drive = ramp(0, first, TAU / 2, smooth=True) + pulses([(first, TAU / 2), (-first, TAU / 2)] * 2)
    response = LinearBias(paper_device("7", zeta=zeta))
    return simulate(response, drive, rtol=1e-7).at(drive.breaks)


def cycle_charge(motion: Motion) -> float:
    """Charge of the second cycle: the first begins at rest and knows nothing of the last."""
    return float(motion.charge[-1] - motion.charge[-3])


def distance_from(motion: Motion, plus: float, minus: float) -> float:
    """Largest distance of the ends of the pulses from `plus` and `minus`, in turn."""
    return float(np.max(np.abs(motion.x[2:] - [plus, minus, plus, minus])))


@answers("two-windows")
def windows() -> float:
    """Number of windows of bias with three rest positions, if each has its mirror image."""
    bias = np.linspace(-0.3, 0.3, 6001)
    rest = equilibria(LinearBias(paper_device("7", zeta=0.2)), bias)
    several = rest.count == 3
    mirrored = np.array_equal(several, several[::-1]) and np.allclose(
        rest.x[several], -rest.x[::-1][several][:, ::-1]
    )
    stable = np.all(np.sum(rest.stable[several], axis=1) == 2)
    return float(np.sum(np.diff(several.astype(int)) == 1)) if mirrored and stable else np.nan


@answers("pulse-symmetric")
def symmetric_positions() -> float:
    """Distance of the visited positions from 2 and 3 = -2."""
    inner = equilibria(LinearBias(paper_device("7", zeta=0.2)), BIAS).x[0]
    return distance_from(pulsed(0.2), inner, -inner)


@answers("pulse-broken")
def broken_positions() -> float:
    """Distance of the visited positions from 2 and 4."""
    response = LinearBias(paper_device("7", zeta=0.2))
    return distance_from(
        pulsed(0.16), equilibria(response, BIAS).x[0], equilibria(response, -BIAS).x[0]
    )


@answers("pump-charge")
def pumped_charge() -> float:
    """Charge per cycle at zeta = 0.16, if there is none at zeta = 0.2."""
    none = abs(cycle_charge(pulsed(0.2)))
    pumped = abs(cycle_charge(pulsed(0.16)))
    return pumped if none < 1e-3 * pumped else np.nan


@answers("pump-direction")
def direction() -> float:
    """Charge per cycle when ramp and first pulse are negative, over that when positive."""
    return cycle_charge(pulsed(0.16, -BIAS)) / cycle_charge(pulsed(0.16))
