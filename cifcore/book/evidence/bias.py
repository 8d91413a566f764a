"""What the exact force says of the figures that a bias drives."""

from collections.abc import Callable
from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import FullBias, LinearBias, Response, barriers, langevin, rectification, simulate
from cifcore.book.evidence.curves import halved, sign_changes, spans
from cifcore.book.evidence.registry import Verdict, assumption, judged
from cifcore.book.evidence.symmetry import FORWARD, INNER, Kind, cycle_wells, pumping
from cifcore.book.evidence.validity import BIAS, LIGHT, Row, device_of, response_of, wells_as_stated
from cifcore.book.wells import visited
from cifcore.device import paper_device
from cifcore.force.table import Tabulated
from cifcore.motion.drive import Drive, pulses, triangle
from cifcore.motion.path import Motion
from cifcore.positions.rest import equilibria, folds

TAU = 2 / 3 * 1e5
"""Period of Fig. 9, in hbar/gamma0."""

KINDS: tuple[Kind, Kind] = (LinearBias, FullBias)


@lru_cache
def window(response: Response) -> tuple[float, ...]:
    """The two smallest positive biases of folds, if there are any."""
    bias = folds(response, 0.5).bias
    return tuple(bias[bias > 0][:2].tolist())


def two_wells(response: Response, bias: ArrayLike) -> NDArray[np.bool_]:
    """Whether a dot has three rest positions, on a fine grid of x; shape (n,).

    Under biases of shape (n, 1), or of a family of that shape.
    """
    x = np.linspace(0.01, 2.6, 200)
    balance = response.force(x, bias) - response.device.tension(x)
    return np.asarray(sign_changes(balance) == 3)


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

    one, other = (halved(pumps, 0.26, end, 1e-4)[0] for end in window(response))
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
    stretch = sqrt(M / LIGHT)
    drive = pulses([(b, t * stretch) for b, t in ((0.0, 2.5e4), (0.2, 1e4), (0.2, 6.5e4))])
    fast = Tabulated(response, [0.0, 0.2], -3, 4, 1e-6)
    more = electrons(response.device, (0.0, 0.2), kT) if electrons else {}
    run = langevin(fast, drive, kT, 300, 8, **more)
    return float(np.mean((run.x_break[:, 1] < top) & (run.x_end < top)))


@lru_cache
def triangular(response: Response, height: float) -> Motion:
    """One slow triangular cycle."""
    return simulate(response, triangle(height, 1e6), rtol=1e-5)


def _row(
    name: str,
    figure: str,
    what: str,
    number: Callable[[Any], Any],
    holds: Callable[[float, float], bool] = lambda first, exact: True,
    works_at: str = "",
) -> Row:
    first, exact = (float(number(response_of(kind, figure))) for kind in KINDS)
    return Row(name, what, first, exact, holds(first, exact), works_at.format(exact))


def _end(name: str, figure: str) -> Row:
    what, V = "upper end of the window (gamma0)", BIAS[figure]
    return _row(name, figure, what, lambda r: window(r)[1], lambda first, exact: exact > V)


def _count(name: str, figure: str, works_at: str = "") -> Row:
    V, what = BIAS[figure], f"rest positions at eV = {BIAS[figure]}"
    row = _row(name, figure, what, lambda r: len(equilibria(r, V).x), works_at=works_at)
    return row._replace(holds=row.exact == 3)


@lru_cache
def bias_rows() -> list[Row]:
    """The figures that a bias drives."""
    other, V = paper_device("2a"), np.linspace(0.004, 0.1, 25)
    charge, lost = "charge per cycle, both spins (e)", "energy dissipated in a cycle (gamma0)"
    (begin, end), seven = pumping(FullBias, "7", 0.1, False)[-1], response_of(FullBias, "7")
    (quiet, _), *_ = spans(lambda z: cycle_wells(seven, 0.1, z, False) == INNER, end, 0.5, 51)
    nine, (low, high) = response_of(FullBias, "9"), pumping_biases()
    return [
        _row(
            "2(a)",
            "2b",
            "rest position at eV = 0.2 (a)",
            lambda r: equilibria(r.of(other), 0.2).x[0],
        ),
        _count("2(b)", "2b"),
        _end("2(b)", "2b"),
        _row(
            "2(d)",
            "2b",
            "least zeta that ends in the inner well",
            lambda r: least_damping(r, 0.2),
            lambda first, exact: 0.1 < exact < 0.2,
            "second damping above {:.3f}",
        ),
        _row("4(a)", "4", "largest R_I", lambda r: rectification(r, V).max()),
        _row("4(c)", "4", charge, lambda r: 2 * triangular(r, 0.1).charge[-1]),
        _end("6", "6"),
        _row("6(b)", "6", lost, lambda r: triangular(r, 0.15).dissipated[-1]),
        _row("6(c)", "6", charge, lambda r: 2 * triangular(r, 0.15).charge[-1]),
        _end("7", "7"),
        _row(
            "7(b)",
            "7",
            "uppermost zeta that pumps",
            lambda r: pumping(r.__class__, "7", 0.1, False)[-1][1],
            lambda first, exact: survives(FullBias, "7"),
            f"pump from {begin:.3f}, 2 and 3 from {quiet:.3f} on",
        ),
        _row("8", "8", "barrier beside x_st,1 (gamma0)", lambda r: lower_barrier(r, 0.2)),
        _row(
            "8(a)",
            "8",
            "share that stays at kB T = 2e-4, zeta = 0.5",
            lambda r: stays(r.__class__, 2e-4),
            lambda first, exact: exact > 0.5,
            ", ".join(f"{stays(FullBias, kT):.2f} at kB T = {kT:.0e}" for kT in (1e-4, 5e-5)),
        ),
        _count("9", "9", "eV from {:.3f} to {:.3f}".format(*window(nine))),
        _row(
            "9(e)",
            "9",
            "charge per cycle at eV = 0.3 (e, one spin)",
            lambda r: pumped(r, 0.3),
            lambda first, exact: exact > 0.5 * first,
            f"eV from {low:.3f} to {high:.3f}, {pumped(nine, high):.2f} e there",
        ),
    ]


# --- does the exact response keep what each figure shows? ---------------------------------------


@lru_cache
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


@assumption("bias to first order")
def bias_to_first_order(figure: str, mass: float) -> Verdict | None:
    """Nothing here depends on the mass."""
    if figure in "35":
        return None
    rows = {row.figure: row for row in bias_rows() if row.figure[0] == figure[0]}
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
    return judged(survives(FullBias, figure[0]), worst.moved, why)
