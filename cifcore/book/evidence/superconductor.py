"""When a rest at phase zero lets the dot change its well, between superconducting leads."""

from __future__ import annotations

from typing import Any

import numpy as np

from cifcore import Josephson, equilibria
from cifcore.device import Array
from cifcore.force.table import Tabulated
from cifcore.motion.basins import settle


def exchanged(response: Josephson, phase: float, damping: Array, wait: Array) -> Any:
    """Whether the dot changes its well both ways, shape (len(damping), len(wait)).

    It sets out at rest in a well of `phase`, is free at phase zero for the times `wait`, a damped
    oscillator, and then caught at -phase, by the same force.
    """
    device = response.device
    lower, top, upper = equilibria(response, phase).x
    zeta, omega = np.asarray(damping)[:, None], device.omega
    weakest = device.replace(zeta=float(np.min(zeta)))
    table = Tabulated(response.of(weakest), [phase], -1.0, 1.0, tolerance=1e-5)
    turned = omega * np.sqrt(1 - zeta**2)
    fading = np.exp(-zeta * omega * wait)
    swing = fading * (np.cos(turned * wait) + zeta * omega / turned * np.sin(turned * wait))
    speed = -fading * omega**2 / turned * np.sin(turned * wait)
    more = 2 * device.M * omega * zeta - weakest.nu
    start = np.array([lower, upper])[:, None, None]
    begin = start * swing, start * speed, 5 / (zeta * omega)
    low, high = settle(table, phase, *begin, friction=lambda x, bias: more).x
    return (low > top) & (high < top)
