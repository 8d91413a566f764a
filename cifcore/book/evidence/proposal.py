"""One device and its protocol: memory and pump with everything that the tests allow for.

C60 between two leads, both spins, in a uniform field, with a charging energy of 1 eV and couplings
that saturate, under the exact force. `benchmarks/proposal.py` is the search that found it.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Device, FieldBias, Response, equilibria, langevin, ramp, simulate
from cifcore.book.evidence.granted import CHANGES, Splined
from cifcore.book.evidence.validity import scales
from cifcore.positions.escape import lifetimes
from cifcore.quantum.tunnelling import quantum_correction
from cifcore.units import C60

BIAS = 0.31
"""eV, in gamma0."""

KELVIN = 2.0
"""Temperature of the lattice and of the leads."""

PULSE = 1e-10
"""Length of a pulse, in seconds."""


def device() -> Device:
    """The dot, symmetric, with the mass of C60."""
    return Device(E_dot=-0.25, gamma=0.06, b=9.6, a0=6.0, k=0.06, M=C60, zeta=0.07)


def exact(chosen: Device) -> FieldBias:
    """The response with both spins and all of `CHANGES`."""
    every = {name: value for options in CHANGES.values() for name, value in options.items()}
    return FieldBias(chosen, **every, spins=2)


class Sheet(Splined):
    """Force and current of a response by bicubic splines over position and bias, for motions."""

    def __init__(self, response: Response, most: float, biases: int = 41) -> None:
        from scipy.interpolate import RectBivariateSpline

        self.device, self.length = response.device, response.length
        self._nodes, bias = np.linspace(-2.2, 2.2, 141), np.linspace(-most, most, biases)
        both = response.force_and_current(self._nodes[:, None], bias)
        self._force, self._current = (RectBivariateSpline(self._nodes, bias, y) for y in both)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self._force.ev(x, bias)[()]

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self._current.ev(x, bias)[()]


@lru_cache
def sheet() -> Sheet:
    """The proposal's response, to somewhat beyond the upper end of its window."""
    return Sheet(exact(device()), 1.25 * BIAS)


def seconds(time: Any) -> Any:
    """A time in hbar/gamma0, in seconds."""
    return time * float(scales().time.to("s").magnitude)


class Memory(NamedTuple):
    """Mean time in each well under a bias, in seconds, and the current there, in amperes."""

    time: tuple[float, ...]
    current: tuple[float, ...]


@lru_cache
def memory(bias: float = BIAS, response: Response | None = None) -> Memory:
    """Retention by Kramers' rate with its quantum correction, which shortens it."""
    kT, response = KELVIN / scales().kelvin(1.0), response or sheet()
    held = [seconds(time) for _, time in lifetimes(response, bias, kT)]
    time = np.divide(held, quantum_correction(response, bias, kT))
    rest, ampere = equilibria(response, bias), float(scales().current.to("A").magnitude)
    flow = ampere * response.current(rest.x[rest.stable], bias)
    return Memory(tuple(time.tolist()), tuple(flow.tolist()))


@lru_cache
def pump(
    rise: float = 0.0,
    kelvin: float = KELVIN,
    runs: int = 200,
    V: float = BIAS,
    response: Response | None = None,
) -> float:
    """Mean charge of both spins, in e, of a cycle of pulses +V, -V, 0 under the quantum bath.

    The edges last `rise` seconds. A single run is one without noise.
    """
    unit, response = float(seconds(1.0)), response or sheet()
    hold, edge = PULSE / unit, max(rise, 1e-16) / unit
    drive = ramp(0.0, 0.0, hold)
    for start, stop in ((0.0, V), (V, -V), (-V, 0.0)):
        drive = drive + ramp(start, stop, edge) + ramp(stop, stop, hold)
    if runs == 1:
        motion = simulate(response, drive, rtol=1e-6).at(drive.breaks)
        return float(motion.charge[-1] - motion.charge[1])
    kT = kelvin / scales().kelvin(1.0)
    run = langevin(response, drive, kT, runs, 1, bath="quantum")
    return float(np.mean(run.charge_per_cycle))
