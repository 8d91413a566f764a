"""The dot as a motor: a switched load on it, and slow cycles under it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Device, Drive, LinearBias, follow, pulses
from cifcore.device import Array

AMPLITUDE = 0.15
"""Largest bias of the cycle of Fig. 6, eV in gamma0."""


class Loaded(LinearBias):
    """The paper's response with a constant force on the dot."""

    proportional = False

    def __init__(self, device: Device, load: float) -> None:
        super().__init__(device)
        self.load = load

    def of(self, device: Device) -> "Loaded":
        """The same load on another device."""
        return Loaded(device, self.load)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Force of the electrons and of the load."""
        return super().force(x, bias) + self.load


def switched_load(f: float, period: float) -> Drive:
    """-f while a triangular bias rises, +f while it falls."""
    return pulses([(-f, period / 4), (f, period / 2), (-f, period / 4)])


class SlowCycle(NamedTuple):
    """A slow cycle under a switched load: rest positions alone.

    Attributes: work taken per cycle; mean electrical power; positions at the largest and at the
    smallest bias, and at zero bias on the way out; the biases on that way, from the smallest on,
    and the positions there and, at the same biases from the largest on, back.
    """

    work: float
    power: float
    highest: float
    lowest: float
    start: float
    bias: Array
    out: Array
    home: Array


def slow_cycle(device: Device, f: float, amplitude: float = AMPLITUDE) -> SlowCycle:
    """The second of two cycles from x = 0, in the limit of a slow bias."""
    sweep, x = np.linspace(-amplitude, amplitude, 61), 0.0
    for _ in range(2):
        out = follow(Loaded(device, -f), sweep, x0=x)
        home = follow(Loaded(device, f), sweep[::-1], x0=out[-1])
        x = float(home[-1])
    power = 0.0
    for p, v in ((out, sweep), (home, sweep[::-1])):
        heat = v * LinearBias(device).current(p, v)
        power += float(np.trapezoid(heat, np.abs(v - v[0]))) / (4 * amplitude)
    travel = float(out[-1]) - x
    ends = float(out[-1]), x, float(out[len(sweep) // 2])
    return SlowCycle(2 * f * travel, power, *ends, sweep, out, home)


def special_loads(device: Device) -> tuple[float, float]:
    """Loads at which the jump out of Fig. 6 stalls, and at which the dot is overhauled.

    The smallest surplus F - k x on the way at the largest bias; and what spring and force can hold
    at the smallest bias, wherever the dot stands: beyond it, it does not come home.
    """
    x = np.linspace(0, 1.4, 14001)
    response = LinearBias(device)
    surplus = response.force(x, AMPLITUDE) - device.k * x
    stall = float(surplus[(x > 0.3) & (x < 1.2)].min())
    return stall, float(np.min(device.k * x - response.force(x, -AMPLITUDE)))
