"""Do the electrons keep up? The dot with electrons in time, and with a bias that takes its time.

The heavy numbers are in `book/data/delay.json`, made by `python -m benchmarks.delay` from what
is here.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cifcore import FullBias, LinearBias, electronic_friction, equilibria, simulate
from cifcore.book.evidence.bias import TAU, protocol
from cifcore.book.evidence.curves import halved
from cifcore.book.evidence.registry import Measured, Verdict, answers, assumption, judged
from cifcore.book.evidence.symmetry import Kind
from cifcore.book.evidence.units import TIME
from cifcore.book.evidence.validity import DAMPINGS, LIGHT, device_of
from cifcore.device import Array
from cifcore.electrons.chain import inverse_coupling, width
from cifcore.force.table import Tabulated
from cifcore.motion.drive import pulses, ramp, triangle
from cifcore.motion.explicit import Explicit, ehrenfest

DATA = Path(__file__).parents[3] / "book" / "data" / "delay.json"

STEPS = {"2b": (0.0, 0.2), "7": (0.1, -0.1), "8": (0.0, 0.2), "9": (0.26, -0.26)}
"""Each figure's jump of the bias: before, after. At both the exact force has two wells, or rest."""

LONG = 6000.0
"""How long a motion is followed at the paper's mass, in hbar/gamma0; longer by its root."""


def start(figure: str) -> float:
    """Where the dot rests before the jump: its natural position, or the inner well."""
    before = STEPS[figure][0]
    return float(equilibria(FullBias(device_of(figure)), before).x[0]) if before else 0.0


def explicit(figure: str, zeta: float, M: float = LIGHT, front: bool = True) -> Explicit:
    """The figure's motion with electrons in time."""
    (before, after), long = STEPS[figure], LONG * sqrt(M / LIGHT)
    device = device_of(figure, zeta, M)
    return ehrenfest(device, after, long, start(figure), before=before, front=front)


@lru_cache(maxsize=32)
def _drag(figure: str) -> tuple[Array, Array]:
    x = np.linspace(-4, 4, 4001)
    return x, electronic_friction(device_of(figure), x, STEPS[figure][1])


def frozen(
    figure: str, zeta: float, M: float, times: Array, spins: int = 1, v0: float = 0.0
) -> Array:
    """Positions with the exact frozen force, and with the friction of `spins` spins."""
    after = STEPS[figure][1]
    table = Tabulated(FullBias(device_of(figure, zeta, M)), [after], -5, 5, 1e-8)
    x, drag = _drag(figure)
    still, rubs = ramp(after, after, float(times[-1])), lambda at, bias: np.interp(at, x, drag)
    friction = rubs if spins else None
    return simulate(table, still, start(figure), v0, friction=friction, rtol=1e-8, times=times).x


@lru_cache
def impulse(figure: str) -> float:
    """What the push lacks until the electrons of the new bias are there: int (F(t) - F) dt.

    Of a dot held where it rests before the jump, so of any mass, in hbar/a.
    """
    (before, after), x0, held = STEPS[figure], start(figure), device_of(figure)
    run = ehrenfest(held, after, 400.0, x0, before=before, path=lambda t: x0)
    return float(np.trapezoid(run.force - FullBias(held).force(x0, after), run.t))


@lru_cache
def left(figure: str, zeta: float, M: float) -> tuple[float, float]:
    """Largest distances over the way: of the frozen dot, and of one that the impulse starts.

    From the dot with friction. For a heavy dot the wait for the new bias is short, and no more
    than an initial velocity.
    """
    times = np.linspace(0, LONG * sqrt(M / LIGHT), 4001)
    rubbed = frozen(figure, zeta, M, times)
    push = impulse("2b" if figure == "8" else figure)  # one device and one jump
    others = frozen(figure, zeta, M, times, 0), frozen(figure, zeta, M, times, 1, push / M)
    bare, late = (float(np.max(np.abs(x - rubbed)) / np.ptp(rubbed)) for x in others)
    return bare, late


def edge(outer: Callable[[float], bool], low: float, high: float, within: float) -> float:
    """Damping above which the dot stays in the inner well; it must be between the two given."""
    if not outer(low) or outer(high):
        return float("nan")
    return sum(halved(outer, low, high, within)) / 2


# --- a bias that takes its time -------------------------------------------------------------------


@lru_cache
def slowest_rise(kind: Kind, figure: str, bias: float, zeta: float) -> float:
    """Longest rise of the bias, times omega, that still leads to the outer well; 0 if none does.

    From rest: Fig. 2(d) from no bias, Figs. 7 and 9 from the inner well at -`bias`.
    """
    response = kind(device_of(figure, zeta))
    omega, before = response.device.omega, 0.0 if figure == "2b" else -bias
    x0 = float(equilibria(response, before).x[-1]) if before else 0.0
    top = equilibria(response, bias).x[1]

    def outer(rise: float) -> bool:
        drive = ramp(before, bias, max(rise, 1e-3) / omega) + pulses([(bias, 40 / omega)])
        return bool(simulate(response, drive, x0, rtol=1e-6).x[-1] > top)

    return edge(outer, 0.0, 12.0, 0.01) if outer(0.0) else 0.0


@answers("switch-sudden")
def switch_sudden() -> Measured:
    """Longest rise of Fig. 7's bias that leads to the outer well, in periods; NaN if none does."""
    rise = slowest_rise(LinearBias, "7", 0.1, 0.16)
    picoseconds = rise / float(device_of("7", 0.16).omega) * TIME * 1e12
    return rise / (2 * np.pi) or np.nan, {"picoseconds": picoseconds}


@answers("switch-electrons")
def switch_electrons() -> Measured:
    """How far the electrons' push after the switch of Fig. 7 is from that of Eq. 9 in the frozen.

    Their force in time minus that at the same positions, integrated over the first half period
    and divided by the integral of the latter.
    """
    device, bias = device_of("7", 0.16), STEPS["7"][1]
    run = ehrenfest(device, bias, np.pi / device.omega, start("7"), before=-bias, dt=3.0)
    still = FullBias(device).force(run.x, bias)
    off = run.force - still
    push = np.trapezoid(np.abs(still), run.t)
    most = float(np.max(np.abs(off)) / np.max(np.abs(still)))
    return float(abs(np.trapezoid(off, run.t)) / push), {"most": most}


# --- how late, by the rates -----------------------------------------------------------------------


class Delay(NamedTuple):
    """Along a figure's motion: largest A and where; least half width of the level over omega.

    A = |dS/dt|/(2 S w): relative change of the level's width while an electron stays.
    """

    largest: float
    at: float
    width: float


@lru_cache
def delay(figure: str, zeta: float, M: float = LIGHT) -> Delay:
    """To first order in the bias, along the figure's motion, slower with the root of the mass."""
    response = LinearBias(device_of(figure, zeta, M))
    long = sqrt(M / LIGHT)
    if figure in ("2b", "8"):
        drive, start = ramp(0.2, 0.2, 8000 * long), 0.0
    elif figure == "7":
        drive = pulses([(-0.1, 1e4 * long), (0.1, 1e4 * long)])
        start = float(equilibria(response, 0.1).x[0])
    elif figure == "9":
        drive, start = protocol(0.3, tau=TAU * long), 0.0
    else:
        drive, start = triangle({"4": 0.1, "6": 0.15}[figure], 1e6 * long), 0.0
    motion = simulate(response, drive, start, rtol=1e-6)
    # between the integrator's steps as well
    between = np.linspace(0, 1, 32)[:, None] * np.diff(motion.t)
    motion = motion.at((motion.t[:-1] + between).T.ravel())
    device, steep = response.device, 2 * response.device.b / response.device.a0
    w = width(device.mu0) / inverse_coupling(device, motion.x)
    slope = steep * np.abs(np.tanh(steep * motion.x - 2 * np.arctanh(device.lam)))
    A = np.abs(motion.v) * slope / (2 * w)
    most = int(np.argmax(A))
    return Delay(float(A[most]), float(motion.x[most]), float(w.min() / device.omega))


@lru_cache
def measured() -> dict[str, Any]:
    """The heavy numbers."""
    return dict(json.loads(DATA.read_text(encoding="utf-8")))


def apart(name: str, mass: float = LIGHT) -> tuple[bool, float]:
    """Whether all wells are those with friction; largest distance from it, over the way.

    Followed at the paper's mass. For a heavier dot the wait (`left`), and of what the motion adds
    at the paper's mass the share LIGHT/mass, as it falls.
    """
    rows = [r for r in measured()["cases"] if r["figure"] == name and r["M"] == LIGHT]
    if mass == LIGHT:
        shares = [r["friction"] / r["way"] for r in rows]
    else:
        adds = LIGHT / mass
        shares = [left(name, r["zeta"], mass)[1] + adds * r["motion"] / r["way"] for r in rows]
    return all(r["outer"][0] == r["outer"][2] for r in rows), max(shares)


@assumption("electrons without delay")
def no_delay(figure: str, mass: float) -> Verdict | None:
    """Beyond friction. Figs. 2, 7, 8, 9: electrons followed in time; slow cycles: A alone."""
    if figure in STEPS:
        same, share = apart(figure, mass)
        return judged(same, share, f"way {100 * share:.2g} %")
    if figure not in DAMPINGS:
        return None
    A = max(delay(figure, zeta, mass).largest for zeta in DAMPINGS[figure])
    return judged(A < 0.15, A, f"$A$ = {A:.2g}" if A >= 0.001 else "$A$ < 0.001")
