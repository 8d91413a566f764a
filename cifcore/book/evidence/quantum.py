"""Does it hold? The dot as a classical particle."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from cifcore import LinearBias, Response, barriers, folds, potential, rectification
from cifcore.book.evidence.curves import asymmetry, halved
from cifcore.book.evidence.hysteresis import AMPLITUDE, PERIOD
from cifcore.book.evidence.registry import Verdict, assumption, judged
from cifcore.book.evidence.validity import BIAS, LIGHT, device_of
from cifcore.quantum.capped import lobatto
from cifcore.quantum.states import extent, thermal_density, wells


def mean_current(response: Response, bias: float) -> float:
    """The current averaged over the ground state of the dot."""
    x, density = thermal_density(response, bias, 0.0)
    return float(density @ response.current(x, bias) * (x[1] - x[0]))


def averaged_rectification(bias: float, mass: float = LIGHT) -> float:
    """R_I of Fig. 4 with the current averaged over the dot's ground state at each bias."""
    response = LinearBias(device_of("4", M=mass))
    return float(asymmetry(*(mean_current(response, sign * bias) for sign in (1, -1))))


class State(NamedTuple):
    """Ground state of one well by itself: energy, mean current, and whether the top holds it."""

    energy: float
    current: float
    held: bool


def each_well(response: Response, bias: float) -> list[State]:
    """The ground state of every well, ascending in x, with psi' = 0 at its tops.

    A well holds it from its `threshold_mass` on: there the energy is that of the lower top.
    """
    device, found = response.device, wells(response, bias)
    floor = found.energy.min()
    ceiling = max(found.top.max(initial=floor) - floor, 20 * device.omega)
    ends = extent(partial(potential, response, bias=bias), found.x, floor + ceiling, device.M)
    cuts = np.concatenate([ends[:1], found.x_top, ends[1:]])
    tops = np.concatenate([[np.inf], found.top, [np.inf]])
    s, weights, slope = lobatto(120)
    stiff = slope.T @ (weights[:, None] * slope) / (2 * device.M)
    root, out = np.sqrt(weights), []
    for i, half in enumerate(np.diff(cuts) / 2):
        x = cuts[i] + half * (s + 1)
        kinetic = stiff / half**2 / root / root[:, None]
        energy, psi = np.linalg.eigh(kinetic + np.diag(potential(response, x, bias)))
        flow = psi[:, 0] ** 2 @ response.current(x, bias)
        out.append(State(energy[0], float(flow), bool(energy[0] < min(tops[i : i + 2]))))
    return out


class Loop(NamedTuple):
    """A slow cycle of Fig. 6: where it jumps (eV), what it loses (gamma0), its charge, both spins.

    `whole` is the charge of a dot that is always in the ground state of the whole potential.
    """

    jumps: tuple[float, ...]
    lost: float
    charge: float
    whole: float


@lru_cache
def branch_by_branch(mass: float) -> Loop:
    """The cycle of Fig. 6 at absolute zero, the dot in the ground state of the well it is in.

    It goes over when its well no longer holds that state, and loses by how much the other one's
    is lower. Where no bias lets both wells hold one there is no loop, and nothing is lost.
    """
    response = LinearBias(device_of("6", M=mass))
    low, high = folds(response, AMPLITUDE).bias

    def swept(start: float, end: float, well: int | None = None) -> float:
        """Integral of the current over the bias; the dot in one well, or in the whole."""
        nodes, weights = np.polynomial.legendre.leggauss(12)
        V = start + (end - start) * (1 + nodes) / 2
        if well is None:
            flow = [mean_current(response, v) for v in V]
        else:
            flow = [each_well(response, v)[well].current for v in V]
        return (end - start) / 2 * float(weights @ flow)

    def first_not(wanted: Callable[[list[State]], bool], good: float, bad: float) -> float:
        """The bias up to which the wells are as wanted."""
        return float(halved(lambda V: wanted(each_well(response, V)), good, bad, 1e-7)[0])

    times = 2 * PERIOD / (4 * AMPLITUDE)
    back = 2 * swept(-AMPLITUDE, 0.0, 0)  # there is one well, and outside the window
    even = first_not(lambda both: both[0].energy < both[1].energy, low, high)
    forth = swept(0.0, low, 0) + swept(low, even) + swept(even, high) + swept(high, AMPLITUDE, 0)
    whole = times * (2 * forth + back)
    down = first_not(lambda both: both[1].held, high, low)
    up = first_not(lambda both: both[0].held, low, high)
    if down >= up:
        return Loop((), 0.0, whole, whole)
    lost, charge = 0.0, back
    for sign, jump in ((-1, down), (1, up)):
        home, out = each_well(response, jump)
        lost += sign * (home.energy - out.energy)
        charge += swept(0.0, jump, 0) + swept(jump, AMPLITUDE, -1)
    return Loop((down, up), float(lost), times * charge, whole)


def zero_point(figure: str, mass: float = LIGHT) -> float:
    """hbar omega/2 over the barrier of the inner well at the figure's bias."""
    response = LinearBias(device_of(figure, M=mass))
    return float(response.device.omega / 2 / barriers(response, BIAS[figure])[0][2])


@assumption("a classical dot")
def classical(figure: str, mass: float) -> Verdict | None:
    """A well lower than the zero-point energy is none. Fig. 4: what is left of R_I."""
    if figure == "4":
        still = rectification(LinearBias(device_of("4")), BIAS["4"])
        left = averaged_rectification(BIAS["4"], mass)
        return judged(left >= 0.65, 1 - left / still, f"$R_I$ {left:.2f}")
    if figure not in "35":
        ratio = zero_point(figure, mass)
        return judged(ratio < 1, ratio, f"{ratio:.1g} barrier")
    return None
