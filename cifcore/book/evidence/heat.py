"""What the exact force says of warm leads, and where an honest thermal diode exists."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cifcore import FullBias
from cifcore.book.evidence.bias import lower_barrier, survives, two_wells
from cifcore.book.evidence.curves import asymmetry, halved, sign_changes
from cifcore.book.evidence.registry import Measured, Verdict, answers, assumption, judged
from cifcore.book.evidence.units import KELVIN
from cifcore.book.evidence.validity import BIAS, FIGURES, Row, device_of, only_rectification
from cifcore.device import Array, Device, paper_device
from cifcore.electrons.chain import inverse_coupling, width
from cifcore.electrons.occupation import Change, occupation_change
from cifcore.force.exact import FullMixed, FullThermal
from cifcore.force.linear import ChainResponse, LinearThermal

PLACES = np.linspace(-3, 3, 301)
"""Positions of Fig. 3, in a."""

QUANTUM_SHARE = 0.05
"""Least forward conductance of a diode worth the name, in quanta of heat conductance."""


def half_width(device: Device) -> float:
    """Half width of the level at mu0 where the couplings are equal and it is narrowest."""
    return float(width(device.mu0) / inverse_coupling(device, device.centre))


def force_left(share: float, bias: float = 0.5) -> float:
    """Largest force of Fig. 3, exact over first order, at kT0 = `share` half widths."""
    device = paper_device("3")
    device = device.replace(kT0=share * half_width(device))
    exact, first = (kind(device).force(PLACES, bias) for kind in (FullThermal, LinearThermal))
    return float(np.max(np.abs(exact)) / np.max(np.abs(first)))


def turns_of(kind: type[FullThermal] | type[LinearThermal], device: Device) -> int:
    """How often the force of Fig. 3, dT = 0.5 T0, changes sign along x."""
    return int(sign_changes(kind(device).force(PLACES, 0.5)))


@lru_cache
def hottest() -> tuple[float, float]:
    """Largest kT0 in half widths, to two digits, for the two statements about Fig. 3.

    That the force for lam = 0 is at least half of that to first order; and that it changes sign
    for lam = 0.7. Each in half widths of its own device.
    """
    tilted = paper_device("3", lam=0.7)
    narrow = half_width(tilted)

    def large(share: float) -> bool:
        return force_left(np.exp(share)) > 0.5

    def turns(share: float) -> bool:
        return turns_of(FullThermal, tilted.replace(kT0=np.exp(share) * narrow)) == 2

    one, other = (halved(holds, *np.log([0.01, 10.0, 1.01]))[0] for holds in (large, turns))
    return float(np.exp(one)), float(np.exp(other))


class Diode(NamedTuple):
    """A thermal diode of the search: its device, the temperature difference, what it does."""

    device: Device
    dT: float
    rectification: float
    conductance: float


def stops(push: Array, x: Array) -> Array:
    """Where a dot that sets out from x = 0, the middle of `x`, first finds no push; shape (n,).

    `push` has shape (n, len(x)); linear between the positions.
    """
    middle = len(x) // 2
    way = np.sign(push[:, middle]).astype(int)
    ahead = np.where(way[:, None] > 0, push[:, middle:], -push[:, middle::-1])
    n = np.argmax(ahead < 0, axis=1)
    last, first = (np.take_along_axis(ahead, (n - i)[:, None], 1)[:, 0] for i in (1, 0))
    return np.asarray(way * (n - 1 + last / (last - first)) * (x[1] - x[0]))


def heat_diode(device: Device, dT: Array) -> tuple[Array, Array]:
    """R_J and forward conductance in quanta, of a family of shape (n,), `dT` of the same shape.

    The dot sets out from x = 0 and stops where spring and exact force balance, on 65 positions.
    """
    x = np.linspace(-1.6, 1.6, 65)
    spring = np.reshape(device.k, (-1, 1)) * x
    pushed = FullThermal(device.stretched())
    currents = []
    for way in (dT, -dT):
        at = stops(pushed.force(x, way[:, None]) - spring, x)
        currents.append(FullThermal(device).current(at, way))
    (plus, minus), quantum = currents, np.pi / 6 * device.kT0**2 * dT
    return asymmetry(plus, minus), np.maximum(plus, -minus) / quantum


def searched(n: int) -> Device:
    """Random devices, a family of shape (n, 1): levels sharp and broad, near the Fermi energy."""
    rng = np.random.default_rng(7)
    kT, broad = 10 ** rng.uniform(-3, -1.5, (n, 1)), 10 ** rng.uniform(-1.3, 1.3, (n, 1))
    mu0 = rng.uniform(-0.5, 0.5, (n, 1))
    return Device(
        E_dot=mu0 + rng.normal(0, 3, (n, 1)) * kT,
        gamma=np.sqrt(broad * kT / 2),
        b=rng.uniform(2, 10, (n, 1)),
        a0=4.0,
        k=1.0,
        lam=rng.uniform(-0.9, 0.9, (n, 1)),
        mu0=mu0,
        kT0=kT,
    )


def stiffest(response: ChainResponse, bias: float) -> Array:
    """Stiffest spring with several rest positions, over kB T0 (2b/a0)^2; zero if there is none.

    That of the steepest tangent from the natural position to the curve of the force: the largest
    maximum of F(x)/x.
    """
    device, w = response.device, np.geomspace(0.02, 16, 300)
    length = device.a0 / (2 * device.b)
    found = np.zeros(np.shape(length))
    for side in (-w, w):
        slope = np.asarray(response.force(length * side, bias)) / (length * side)
        inner = slope[..., 1:-1]
        peaks = (inner > slope[..., :-2]) & (inner > slope[..., 2:])
        high = np.max(np.where(peaks, inner, 0.0), axis=-1, keepdims=np.ndim(length) > 0)
        found = np.maximum(found, high)
    return found * length**2 / device.kT0


def work_outward(response: ChainResponse, bias: float) -> tuple[Array, Array, Array]:
    """Ways out from the centre, and the electrons' work to the left and to the right on them.

    Of a family of shape (n, 1) each of shape (n, 241).
    """
    device = response.device
    out = device.a0 / (2 * device.b) * np.sinh(np.append(0, np.linspace(0, 4.4, 241)))
    work = []
    for side in (-1, 1):
        force = response.force(device.centre + side * out, bias)
        steps = np.diff(out) * (force[..., 1:] + force[..., :-1]) / 2
        work.append(side * np.cumsum(steps, axis=-1))
    return out[..., 1:], work[0], work[1]


def wide_band_work(device: Device, dT: float) -> float:
    """The work all the way out by the integral over energy, a wide band, by trapezoids."""
    kT, S0 = device.kT0, half_width(device)
    energy = np.linspace(-60, 60, 40001) * kT
    leads = (Change(0.0, kT, 0.0, side * kT * dT / 2) for side in (1, -1))
    left, right = (occupation_change(energy, lead) for lead in leads)
    u = energy - (device.E_dot - device.mu0)
    term = (left - right) / 4 * u / np.hypot(u, S0)
    term -= (left + right) / (2 * np.pi) * np.arctan(u / S0)
    return float(np.trapezoid(term, energy))


def switched_diode(device: Device, dT: float, eV: Array, lattice: float = 0.0) -> Array:
    """R of a voltage under a temperature difference, shape (2, n): the dot free, and held.

    Held at the rest position of no voltage, so that what is left is thermoelectric. With a
    `lattice` temperature (gamma0) the free dot is spread as exp(-U_eff/lattice).
    """
    response = FullMixed(device, dT)
    x = np.linspace(-1.2, 1.2, 121)
    currents = []
    for bias in (eV, -eV):
        push = response.force(x, bias[:, None]) - device.k * x
        held = stops(response.force(x, np.zeros((1, 1))) - device.k * x, x) if dT else 0.0
        if lattice:
            work = np.cumsum((push[:, 1:] + push[:, :-1]) / 2 * (x[1] - x[0]), axis=1)
            weight = np.exp((work - work.max(axis=1, keepdims=True)) / lattice)
            flow = response.current((x[1:] + x[:-1]) / 2, bias[:, None])
            free = np.sum(weight * flow, axis=1) / np.sum(weight, axis=1)
        else:
            free = response.current(stops(push, x), bias)
        currents.append(np.array([free, response.current(held, bias)]))
    return np.asarray(asymmetry(*currents))


TEMPERATURES = np.array([5e-4, 1e-3, 2e-3, 4e-3, 20 / 3 * 1e-3, 1e-2, 2e-2])
"""Of the search, kT0 in gamma0: the fifth is room temperature."""


@lru_cache
def best_diode(b: float, kT: float) -> Diode:
    """The best of a grid of couplings, asymmetries and temperature differences, at mu0 = E_dot."""
    axes = np.geomspace(0.03, 0.4, 9), (0.55, 0.7, 0.85), (1.2, 1.7)
    gamma, lam, dT = (part.ravel() for part in np.meshgrid(*axes, indexing="ij"))
    family = paper_device("5", b=b, gamma=gamma, lam=lam, mu0=-0.3, kT0=kT)
    R, conducts = heat_diode(family, dT)
    n = int(np.argmax(np.where(conducts >= QUANTUM_SHARE, R, 0)))
    one = family.replace(gamma=float(gamma[n]), lam=float(lam[n]))
    return Diode(one, float(dT[n]), float(R[n]), float(conducts[n]))


def colder(diode: Diode, times: float) -> Diode:
    """Level width, temperature and spring divided together: as good, and colder."""
    d = diode.device
    device = d.replace(gamma=d.gamma / np.sqrt(times), kT0=d.kT0 / times, k=d.k / times)
    R = only_rectification(FullThermal(device), diode.dT)
    return Diode(device, diode.dT, R, diode.conductance)


@lru_cache
def heat_rows() -> list[Row]:
    """The figures that a temperature difference drives.

    Fig. 3 asks for half of the largest force and as many changes of sign, Fig. 5 for an R_J of a
    tenth.
    """
    kinds, tilted = (LinearThermal, FullThermal), paper_device("3", lam=0.7)
    first, force = (np.abs(kind(paper_device("3")).force(PLACES, 0.5)).max() for kind in kinds)
    before, turns = (turns_of(kind, tilted) for kind in kinds)
    straight, R = (only_rectification(kind(paper_device("5")), 1.0) for kind in kinds)
    large, turning = hottest()
    diode = best_diode(8, float(TEMPERATURES[4]))
    best = f"b = 8, 300 K, dT = {diode.dT} T0: R_J = {diode.rectification:.2f}"
    name = "largest force, lam = 0, dT = 0.5 T0 (gamma0/a)"
    up_to = "kB T0 up to {:.2f} half widths".format
    turn = "sign changes along x, lam = 0.7, dT = 0.5 T0"
    return [
        Row("3", name, float(first), float(force), bool(force > 0.5 * first), up_to(large)),
        Row("3", turn, before, turns, turns == before, up_to(turning)),
        Row("5", "R_J at dT = T0", straight, R, R >= 0.1, best),
    ]


@assumption("temperature difference to first order")
def difference_to_first_order(figure: str, mass: float) -> Verdict | None:
    """Nothing here depends on the mass."""
    if figure not in "35":
        return None
    rows = [row for row in heat_rows() if row.figure == figure]
    first, exact = rows[0].linear, rows[0].exact
    why = f"force /{first / exact:.0f}" if figure == "3" else f"$R_J$ {exact:.4f}"
    return judged(all(row.holds for row in rows), rows[0].moved, why)


ROOM = 300.0
"""Kelvin."""

TWO_WELLS = {**BIAS, "9": 0.26}
"""Biases at which the exact force has two wells when all is cold, but for Fig. 4."""


@lru_cache
def two_wells_up_to(figure: str) -> float:
    """Largest kT0 up to 0.06 at which warm leads and the exact force leave two wells."""
    warm = np.linspace(0, 0.06, 61)
    family = device_of(figure).replace(kT0=warm[:, None])
    return float(warm[two_wells(FullBias(family), TWO_WELLS[figure])].max())


@assumption("leads as cold as assumed")
def warm_leads(figure: str, mass: float) -> Verdict | None:
    """Two wells, or the diode, with leads at room temperature; the mechanical bath stays cold."""
    if figure in "35":
        return None
    room = ROOM / KELVIN
    number = only_rectification if figure == "4" else lower_barrier
    responses = (FullBias(device_of(figure).replace(kT0=kT)) for kT in (0.0, room))
    cold, warm = (number(response, TWO_WELLS[figure]) for response in responses)
    change = f"{100 * (warm / cold - 1):+.0f} %"
    if figure == "4":
        return judged(warm > 0.65, abs(warm / cold - 1), change)
    kept = two_wells_up_to(figure) > room
    return judged(kept, abs(warm / cold - 1), f"barrier {change}")


@lru_cache
def surviving() -> tuple[str, ...]:
    """The figures whose statements survive the exact response at the stated parameters."""
    thermal = {f: all(row.holds for row in heat_rows() if row.figure == f) for f in "35"}
    return tuple(f for f in FIGURES if (thermal[f] if f in thermal else survives(FullBias, f)))


@answers("linear-response-valid")
def figures_that_hold() -> Measured:
    """Number of figures, of eight, that survive the exact response, and which."""
    return float(len(surviving())), {"holds": ", ".join(surviving())}
