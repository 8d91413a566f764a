"""What the exact force says of the figures that a bias drives, and warm leads of the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from cifcore import FullBias, LinearBias, Response, barriers, langevin, rectification, simulate
from cifcore.book.evidence.registry import halved
from cifcore.book.evidence.symmetry import FORWARD, INNER, Kind, cycle_wells, pumping, spans
from cifcore.book.evidence.units import KELVIN
from cifcore.book.evidence.validity import (
    BIAS,
    KEEPS,
    LIGHT,
    Row,
    Verdict,
    assumption,
    device_of,
    judged,
    only_rectification,
    response_of,
    wells_as_stated,
)
from cifcore.book.wells import visited
from cifcore.device import Array, paper_device
from cifcore.force.table import Tabulated
from cifcore.motion.drive import Drive, pulses, triangle
from cifcore.motion.path import Motion
from cifcore.positions.rest import equilibria, folds

TAU = 2 / 3 * 1e5
"""Period of Fig. 9, in hbar/gamma0."""

KINDS: tuple[Kind, Kind] = (LinearBias, FullBias)


@lru_cache
def window(kind: Kind, figure: str) -> tuple[float, float]:
    """Positive biases between which a figure's device has several rest positions."""
    found = folds(response_of(kind, figure), 0.45).bias
    low, high = found[found > 0]
    return float(low), float(high)


def protocol(bias: float, cycles: int = 1, tau: float = TAU) -> Drive:
    """Fig. 9: off for a third of a period, then a third each of +V, -V and off again."""
    third = tau / 3
    return pulses([(0, third)] + [(bias, third), (-bias, third), (0, third)] * cycles)


def pumped(response: Response, bias: float) -> float:
    """Charge of the second cycle of Fig. 9, per spin, along the motion."""
    drive = protocol(bias, 2)
    if not response.proportional:
        response = Tabulated(response, [-bias, 0, bias], -5, 5, 1e-6)
    motion = simulate(response, drive, rtol=1e-6).at(drive.breaks)
    return float(motion.charge[7] - motion.charge[4])


def lower_barrier(response: Response, bias: float) -> float:
    """The lowest of the barriers; 0 where there is none."""
    return min((height for *_, height in barriers(response, bias)), default=0.0)


@lru_cache
def pumping_biases() -> tuple[float, float]:
    """From which to which bias the pulses of Fig. 9 pump with the exact force, to 1e-4."""
    response = response_of(FullBias, "9")

    def pumps(bias: float) -> bool:
        return bool(cycle_wells(response, bias, 0.16, reset=True) == FORWARD)

    one, other = (halved(pumps, 0.26, end, 1e-4)[0] for end in window(FullBias, "9"))
    return one, other


def least_damping(response: Response, bias: float) -> float:
    """Damping of Fig. 2(d) from which on the dot ends in the inner well, from its natural place."""
    top = equilibria(response, bias).x[1]
    return spans(lambda z: visited(response, [bias], 0.0, z)[0] < top, 0.05, 0.5, 91)[-1][0]


@lru_cache
def stays(kind: Kind, kT: float, electrons: Any = None, M: float = LIGHT) -> float:
    """Fig. 8 at zeta = 0.5: share of 300 runs in the inner well at t_f/10 and at the end."""
    response = kind(device_of("8", 0.5, M))
    top = equilibria(response, 0.2).x[1]
    stretch = np.sqrt(M / LIGHT)
    drive = pulses([(b, t * stretch) for b, t in ((0.0, 2.5e4), (0.2, 1e4), (0.2, 6.5e4))])
    fast = Tabulated(response, [0.0, 0.2], -3, 4, 1e-6)
    more = electrons(response.device, (0.0, 0.2), kT) if electrons else {}
    run = langevin(fast, drive, kT, 300, 8, **more)
    return float(np.mean((run.x_break[:, 1] < top) & (run.x_end < top)))


def _both(function: Callable[[Response], float], figure: str) -> tuple[float, float]:
    first, second = (float(function(response_of(kind, figure))) for kind in KINDS)
    return first, second


@lru_cache
def _cycle(response: Response, height: float) -> Motion:
    """One slow triangular cycle."""
    return simulate(response, triangle(height, 1e6), rtol=1e-5)


@lru_cache
def bias_rows() -> list[Row]:
    """The figures that a bias drives."""
    rows = [*_wells(), *_dampings(), *_slow(), *_warm_and_pumped()]
    return sorted(rows, key=lambda row: row.figure)


def _wells() -> list[Row]:
    outer = _both(lambda r: equilibria(r.of(paper_device("2a")), 0.2).x[0], "2b")
    ends = [
        Row(
            name,
            "upper end of the window (gamma0)",
            window(LinearBias, figure)[1],
            window(FullBias, figure)[1],
            window(FullBias, figure)[1] > BIAS[figure],
        )
        for name, figure in (("2(b)", "2b"), ("6", "6"), ("7", "7"))
    ]
    lower = _both(partial(lower_barrier, bias=0.2), "8")
    return [
        Row("2(a)", "rest position at eV = 0.2 (a)", *outer, True),
        _counted("2(b)", "2b", 0.2),
        *ends,
        Row("8", "barrier beside x_st,1 (gamma0)", *lower, True),
        _counted("9", "9", 0.3, "eV from {:.3f} to {:.3f}".format(*window(FullBias, "9"))),
    ]


def _dampings() -> list[Row]:
    least = _both(lambda r: least_damping(r, 0.2), "2b")
    first, second = (pumping(kind, "7", 0.1, False)[-1] for kind in KINDS)

    def still(zeta: Array) -> Any:
        return cycle_wells(response_of(FullBias, "7"), 0.1, zeta, reset=False) == INNER

    quiet = spans(still, second[1], 0.5, 51)[0][0]
    return [
        Row(
            "2(d)",
            "least zeta that ends in the inner well",
            *least,
            0.1 < least[1] < 0.2,
            f"second damping above {least[1]:.3f}",
        ),
        Row(
            "7(b)",
            "uppermost zeta that pumps",
            first[1],
            second[1],
            KEEPS["7"](),
            f"pump from {second[0]:.3f}, 2 and 3 from {quiet:.3f} on",
        ),
    ]


def _slow() -> list[Row]:
    V = np.linspace(0.004, 0.1, 25)
    diode = _both(lambda r: rectification(r, V).max(), "4")
    charge = _both(lambda r: _cycle(r, 0.1).charge[-1], "4")
    loss = _both(lambda r: _cycle(r, 0.15).dissipated[-1], "6")
    loop = _both(lambda r: _cycle(r, 0.15).charge[-1], "6")
    return [
        Row("4(a)", "largest R_I", *diode, True),
        Row("4(c)", "charge per cycle, both spins (e)", 2 * charge[0], 2 * charge[1], True),
        Row("6(b)", "energy dissipated in a cycle (gamma0)", *loss, True),
        Row("6(c)", "charge per cycle, both spins (e)", 2 * loop[0], 2 * loop[1], True),
    ]


def _warm_and_pumped() -> list[Row]:
    share = [stays(kind, 2e-4) for kind in KINDS]
    colder = {kT: stays(FullBias, kT) for kT in (1e-4, 5e-5)}
    charge = _both(lambda r: pumped(r, 0.3), "9")
    low, high = pumping_biases()
    best = pumped(response_of(FullBias, "9"), high)
    return [
        Row(
            "8(a)",
            "share that stays at kB T = 2e-4, zeta = 0.5",
            share[0],
            share[1],
            share[1] > 0.5,
            ", ".join(f"{s:.2f} at kB T = {kT:.0e}" for kT, s in colder.items()),
        ),
        Row(
            "9(e)",
            "charge per cycle at eV = 0.3 (e, one spin)",
            *charge,
            charge[1] > 0.5 * charge[0],
            f"eV from {low:.3f} to {high:.3f}, {best:.2f} e there",
        ),
    ]


def _counted(name: str, figure: str, bias: float, works_at: str = "") -> Row:
    first, second = _both(lambda r: len(equilibria(r, bias).x), figure)
    return Row(name, f"rest positions at eV = {bias}", first, second, second == 3, works_at)


# --- does the exact response keep what each figure shows? ---------------------------------------


def survives(kind: Kind, figure: str) -> bool:
    """Whether a figure keeps what it shows (`wells_as_stated`, or what follows).

    Fig. 4: R_I peaks between 0.65 and 0.75, at a bias from 0.04 to 0.06; Fig. 8: at zeta = 0.5 and
    kT = 2e-4 most runs are in the inner well, and still are at t_f.
    """
    if figure == "8":
        return stays(kind, 2e-4) > 0.5
    if figure == "4":
        bias = np.linspace(0.004, 0.1, 25)
        factor = rectification(response_of(kind, "4"), bias)
        peak = int(np.argmax(factor))
        return bool(0.65 <= factor[peak] <= 0.75 and 0.04 <= bias[peak] <= 0.06)
    name = "2b" if figure == "2" else figure
    return wells_as_stated(response_of(kind, name), name)


KEEPS.update({each: lru_cache(partial(survives, FullBias, each)) for each in "246789"})


@assumption("bias to first order", 10)
def bias_to_first_order(figure: str, mass: float) -> Verdict | None:
    """Nothing here depends on the mass."""
    if figure in "35":
        return None
    rows = {row.figure: row for row in bias_rows() if row.figure.startswith(figure[0])}
    worst = max(bias_rows(), key=lambda row: row.moved if row.figure in rows else 0.0)
    if figure == "2b":
        why = f"ζ from {rows['2(d)'].exact:.2f}"
    elif figure == "7":
        why = "ζ {:.2f} to {:.2f}".format(*pumping(FullBias, "7", 0.1, False)[-1])
    elif figure == "8":
        why = f"barrier /{rows['8'].linear / rows['8'].exact:.1f}"
    elif figure == "9":
        why = f"eV to {pumping_biases()[1]:.2f}"
    else:
        why = f"{100 * (worst.exact / worst.linear - 1):+.0f} %"
    return judged(KEEPS[figure[0]](), worst.moved, why)


ROOM = 300.0
"""Kelvin."""


@lru_cache
def two_wells_up_to(figure: str) -> float:
    """Largest kT0 up to 0.06 at which warm leads and the exact force leave two wells.

    At the figure's bias; that of Fig. 9 is 0.26, where it has two when cold.
    """
    bias = {**BIAS, "9": 0.26}[figure]
    warm, x = np.linspace(0, 0.06, 61), np.linspace(0.01, 2.6, 200)
    device = device_of(figure)
    balance = FullBias(device.replace(kT0=warm[:, None])).force(x, bias) - device.k * x
    count = np.sum(np.diff(np.sign(balance), axis=1) != 0, axis=1)
    return float(warm[count == 3].max())


@assumption("leads as cold as assumed", 30)
def warm_leads(figure: str, mass: float) -> Verdict | None:
    """Two wells, or the diode, with leads at room temperature; the mechanical bath stays cold."""
    if figure in "35":
        return None
    room = ROOM / KELVIN
    if figure == "4":
        cold, warm = (
            only_rectification(FullBias(device_of("4").replace(kT0=kT)), BIAS["4"])
            for kT in (0.0, room)
        )
        return judged(warm > 0.65, abs(warm / cold - 1), f"{100 * (warm / cold - 1):+.0f} %")
    kept = two_wells_up_to(figure)
    bias = {**BIAS, "9": 0.26}[figure]
    cold, warm = (
        lower_barrier(FullBias(device_of(figure).replace(kT0=kT)), bias) for kT in (0.0, room)
    )
    return judged(kept > room, abs(warm / cold - 1), f"barrier {100 * (warm / cold - 1):+.0f} %")
