"""Numbers for the ledger: symmetry."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import LinearBias, Response, equilibria, folds, pulses, ramp, triangle
from cifcore.book.evidence.curves import spans
from cifcore.book.evidence.registry import Measured, answers
from cifcore.book.wells import rests, visited
from cifcore.device import Array, Device, paper_device
from cifcore.motion.basins import settle
from cifcore.motion.path import Motion, simulate

BIAS, TAU = 0.1, 1e6
"""Height of the pulses of Fig. 7, eV in gamma0, and the period."""


Kind = Callable[[Device], Response]
Friction = Callable[[Array, float], Any] | None


@lru_cache
def pulsed(zeta: float, first: float = BIAS) -> Motion:
    """The motion of Fig. 7(b) at the ends of its segments: a smooth ramp, then two cycles."""
    drive = ramp(0, first, TAU / 2, smooth=True) + pulses([(first, TAU / 2), (-first, TAU / 2)] * 2)
    response = LinearBias(paper_device("7", zeta=zeta))
    return simulate(response, drive, rtol=1e-7).at(drive.breaks)


def cycle_charge(motion: Motion) -> float:
    """Charge of the second cycle: the first begins at rest and knows nothing of the last."""
    return float(motion.charge[-1] - motion.charge[-3])


def _distance(zeta: float, plus: float, minus: float) -> float:
    """Largest distance of the ends of the pulses from `plus` and `minus`, in turn."""
    return float(np.max(np.abs(pulsed(zeta).x[2:] - [plus, minus, plus, minus])))


def jumps(response: Response, zeta: ArrayLike, bias: ArrayLike) -> tuple[Any, Any, Any]:
    """Whether the dot ends in the outer well, for dampings and biases that broadcast.

    At the switching on of a bias, from rest at the natural position; and at its reversal, from
    rest in the inner well and from rest in the outer one. Pulses long enough to settle.
    """
    rest = equilibria(response, bias).x
    inner, top, outer = rest[..., 0], rest[..., 1], rest[..., 2]
    family = response.of(response.device.replace(zeta=zeta))
    dt = 2 * np.pi / response.device.omega / 24
    on = settle(family, bias, 0.0, dt=dt).x > top
    back, again = (settle(family, -np.asarray(bias), x, dt=dt).x < -top for x in (inner, outer))
    return on, back, again


INNER, FORWARD, OUTER, BACKWARD = range(4)
"""Wells of a cycle at +V and -V: inner and inner, inner and outer, outer twice, outer and inner."""


def cycle_wells(
    response: Response, bias: float, zeta: ArrayLike, reset: bool, friction: Friction = None
) -> Any:
    """Wells of a symmetric device under long pulses +V, -V (and 0, a `reset`), for dampings `zeta`.

    One of `INNER`, `FORWARD`, `OUTER`, `BACKWARD` for each damping, once it repeats. With a reset
    the dot begins at its natural position and always returns to it; without one it begins in the
    inner well at +V, as in Fig. 7. Only cycles in unlike wells pump.
    """
    inner, top, _ = rests(response, bias).x
    sequence = [bias, -bias, 0.0] if reset else [bias, -bias]
    cycles = 1 if reset else 3  # a reset forgets
    ends = visited(response, sequence * cycles, 0.0 if reset else inner, zeta, friction=friction)
    plus, minus = np.abs(ends[-len(sequence) :][:2]) > top
    return np.where(plus, np.where(minus, OUTER, BACKWARD), np.where(minus, FORWARD, INNER))


@lru_cache(maxsize=32)
def pumping(
    kind: Kind, figure: str, bias: float, reset: bool, low: float = 0.05
) -> list[tuple[float, float]]:
    """Damping ratios from `low` to 0.6 at which a figure's device pumps forward, as spans."""
    one = kind(paper_device(figure, zeta=0.2))
    return spans(lambda z: cycle_wells(one, bias, z, reset) == FORWARD, low, 0.6, 276)


@answers("two-windows")
def windows() -> float:
    """Number of windows of bias with three rest positions, if each has its mirror image."""
    response = LinearBias(paper_device("7", zeta=0.2))
    ends = folds(response, 0.3).bias.reshape(-1, 2)
    rest = equilibria(response, ends.mean(axis=1))
    mirrored = np.allclose(ends, -ends[::-1, ::-1]) and np.allclose(rest.x, -rest.x[::-1, ::-1])
    return float(len(ends)) if mirrored and np.all(rest.stable.sum(axis=1) == 2) else np.nan


@answers("pulse-symmetric")
def symmetric_positions() -> float:
    """Distance of the visited positions from 2 and 3 = -2."""
    inner = equilibria(LinearBias(paper_device("7", zeta=0.2)), BIAS).x[0]
    return _distance(0.2, inner, -inner)


@answers("pulse-broken")
def broken_positions() -> float:
    """Distance of the visited positions from 2 and 4."""
    response = LinearBias(paper_device("7", zeta=0.2))
    return _distance(0.16, *(equilibria(response, sign * BIAS).x[0] for sign in (1, -1)))


@answers("pump-charge")
def pumped_charge() -> float:
    """Charge per cycle at zeta = 0.16, if there is none at zeta = 0.2."""
    none, pumped = (abs(cycle_charge(pulsed(zeta))) for zeta in (0.2, 0.16))
    return pumped if none < 1e-3 * pumped else np.nan


@answers("pump-direction")
def direction() -> float:
    """Charge per cycle when ramp and first pulse are negative, over that when positive."""
    return cycle_charge(pulsed(0.16, -BIAS)) / cycle_charge(pulsed(0.16))


@answers("adiabatic-no-pump")
def slow_cycle() -> float:
    """Net charge of a slow cycle of the device of Fig. 7, over that of its first half."""
    response = LinearBias(paper_device("7", zeta=0.16))
    motion = simulate(response, triangle(BIAS, TAU), rtol=1e-7)
    half = float(np.interp(TAU / 2, motion.t, motion.charge))
    return abs(float(motion.charge[-1])) / abs(half)


@answers("settled-after-pulse")
def settled_after_pulses() -> Measured:
    """Distance from positions 2 and 4 at the ends of pulses of lengths out of any resonance.

    Lengths in periods of the free oscillator, from ten on, none a whole number of them.
    """
    response = LinearBias(paper_device("7", zeta=0.16))
    plus, minus = (float(equilibria(response, sign * BIAS).x[0]) for sign in (1, -1))
    lengths = np.array([10.2, 12.6, 17.3]) * 2 * np.pi / response.device.omega
    x, worst = np.full(len(lengths), plus), 0.0
    for bias, place in ((-BIAS, minus), (BIAS, plus), (-BIAS, minus)):
        x = settle(response, bias, x, duration=lengths).x
        worst = max(worst, float(np.max(np.abs(x - place))))
    return worst, {"lengths": len(lengths)}
