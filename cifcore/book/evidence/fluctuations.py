"""Numbers for the ledger: fluctuations."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifcore import Drive, FullBias, LinearBias, barriers, equilibria, langevin, pulses
from cifcore.book.evidence.bias import TAU
from cifcore.book.evidence.registry import Measured, answers
from cifcore.book.evidence.units import EV, KELVIN
from cifcore.device import Array, paper_device
from cifcore.motion.record import Ensemble
from cifcore.positions.escape import escape_rates

FINAL = 1e5
"""Evolution time t_f of Fig. 8; the bias comes on at a quarter of it."""

TEMPERATURES = 1e-4 * np.array([0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10])
"""Our choice for Fig. 9(f): the caption gives no range."""

CYCLES = 1500


def trajectories(kT: float, zeta: float, n: int, seed: int, samples: int = 0) -> Ensemble:
    """Fig. 8: the bias is off, then on; a break a tenth of t_f later, an edge at the top."""
    response = LinearBias(paper_device("8", zeta=zeta))
    drive = pulses([(0.0, 0.25 * FINAL), (0.2, 0.1 * FINAL), (0.2, 0.65 * FINAL)])
    top = equilibria(response, 0.2).x[1]
    return langevin(response, drive, kT, n, seed, edges=[top], samples=samples)


def stays(kT: float, zeta: float, n: int = 500, seed: int = 8) -> NDArray[np.bool_]:
    """Which of `n` such runs stay beside x_st,1 from that break on."""
    return trajectories(kT, zeta, n, seed).occupation[:, 2, 0] > 0.99


def protocol(cycles: int = 1) -> Drive:
    """Fig. 9(a): a third of a period at +0.3, -0.3 and 0."""
    return pulses([(0.3, TAU / 3), (-0.3, TAU / 3), (0.0, TAU / 3)], cycles)


EARLY = 2500.0
"""Part of a pulse of Fig. 9, after which a motion without noise has long chosen its well."""

FAULTS = (
    "wrong well at the first switch",
    "escape in the first pulse",
    "wrong well at the second switch",
    "escape in the second pulse",
    "none of these",
)


class Cycles(NamedTuple):
    """Cycles of Fig. 9.

    Attributes: charge of each, per spin; the first of `FAULTS` in each, by its number; at which
    of the two switches it took the wrong well, shape (2, n); whether it kept its well after both.
    """

    charge: Array
    fault: NDArray[np.intp]
    wrong: NDArray[np.bool_]
    steady: NDArray[np.bool_]

    @property
    def error(self) -> float:
        """Standard error of the mean charge."""
        return float(np.std(self.charge, ddof=1) / np.sqrt(len(self.charge)))


@lru_cache
def cycles(kT: float, seed: int = 9, n: int = CYCLES) -> Cycles:
    """Many cycles side by side, each from thermal equilibrium without a bias, and what fails.

    The pulse without a bias carries nothing and lasts more than thirty relaxation times M/nu, so
    that these are as good as cycles in a row. A dot escapes if it is on the other side of the
    top for more than a tenth of what is left of a pulse after `EARLY`.
    """
    response = LinearBias(paper_device("9"))
    device, top = response.device, equilibria(response, 0.3).x[1]
    rng = np.random.default_rng([seed, round(1e7 * kT)])
    x, v = (rng.normal(0, np.sqrt(kT / stiff), n) for stiff in (device.k, device.M))
    drive = pulses([(V, t) for V in (0.3, -0.3) for t in (EARLY, TAU / 3 - EARLY)])
    run = langevin(response, drive, kT, n, rng, x, v, edges=[-top, top])
    wrong = run.x_break[:, ::2].T > [[top], [-top]]
    away = np.stack([run.occupation[:, 1, 2], 1 - run.occupation[:, 3, 0]])
    faults = [wrong[0], away[0] > 0.1, wrong[1], away[1] > 0.1, np.ones(n, bool)]
    steady = np.all(np.where(wrong, 1 - away, away) <= 0.1, axis=0)
    return Cycles(run.charge_per_cycle[:, 0], np.argmax(faults, axis=0), wrong, steady)


@answers("barrier-8")
def barrier_of_fig_8() -> float:
    """Barrier beside x_st,1 at eV = 0.2."""
    return barriers(LinearBias(paper_device("8", zeta=0.5)), 0.2)[0][2]


@answers("barrier-kelvin")
def barrier_in_kelvin() -> float:
    """The same, as a temperature."""
    return KELVIN * barrier_of_fig_8()


@answers("fluctuation-selects")
def stays_when_warm() -> Measured:
    """Share of runs at zeta = 0.5 that stay beside x_st,1 at kT = 1e-3, the warmer case."""
    cold, warm = (float(np.mean(stays(kT, 0.5))) for kT in (2e-4, 1e-3))
    return min(cold, warm), {"cold": cold, "share": 1e-3 / barrier_of_fig_8()}


@answers("fluctuation-escape")
def leaves_when_hot() -> float:
    """Share of runs at zeta = 0.5 that do not stay beside x_st,1 at kT = 2e-3."""
    return float(1 - np.mean(stays(2e-3, 0.5)))


@answers("zero-mean-protocol")
def mean_bias() -> float:
    """Mean of the protocol, in size."""
    return abs(protocol().mean)


@answers("barrier-9")
def barrier_of_fig_9() -> float:
    """The lower barrier at eV = 0.3, if that at -0.3 is the same."""
    response = LinearBias(paper_device("9"))
    here, mirrored = (min(b[2] for b in barriers(response, sign * 0.3)) for sign in (1, -1))
    return here if np.isclose(here, mirrored, rtol=1e-9) else np.nan


@lru_cache
def still_charge() -> float:
    """Charge of a cycle without noise, per spin."""
    return float(cycles(0.0, n=1).charge[0])


def kept_charge(kT: float) -> float:
    """Mean charge of a cycle over that at zero temperature."""
    return float(np.mean(cycles(kT).charge)) / still_charge()


@answers("pump-cold")
def three_good_cycles() -> Measured:
    """Probability that three cycles in a row keep the sequence at kT = 2e-4."""
    share = float(np.mean(cycles(2e-4).fault == 4))
    return share**3, {"lost": 1 - share, "charge": kept_charge(2e-4)}


@answers("pump-warm")
def charge_left_when_warm() -> float:
    """Mean charge per cycle at kT = 1e-3, over that at zero temperature."""
    return kept_charge(1e-3)


@answers("pump-decay")
def rises() -> Measured:
    """Of the steps between the temperatures, how many rise by more than two standard errors."""
    mean = still_charge() * np.array([kept_charge(kT) for kT in TEMPERATURES])
    error = np.array([cycles(kT).error for kT in TEMPERATURES])
    share = 0.5
    half = float(np.interp(-share * still_charge(), -mean, TEMPERATURES))
    up = np.diff(mean) > 2 * np.hypot(error[1:], error[:-1])
    return float(np.sum(up)), {"half": half / barrier_of_fig_9(), "share": share}


@answers("barrier-ratio")
def barrier_ratio() -> float:
    """kB T0 = 2e-3 over the barrier of Fig. 8."""
    return 2e-3 / barrier_of_fig_8()


@answers("thermal-spread")
def thermal_spread() -> float:
    """Mean square of x without a bias at kB T0 = 1e-3, over kB T0/k."""
    device = paper_device("8", zeta=0.5)
    run = langevin(LinearBias(device), pulses([(0.0, FINAL / 4)]), 1e-3, 4000, 28)
    return float(np.mean(run.x_end**2) * device.k / 1e-3)


@answers("barrier-condition")
def lost_when_cold() -> Measured:
    """Expected escapes from x_st,1 within 3/4 t_f at a tenth of the barrier (zeta = 0.5)."""
    response, height = LinearBias(paper_device("8", zeta=0.5)), barrier_of_fig_8()
    shares = np.array([0.1, 0.25, 0.75])
    tenth, quarter, most = escape_rates(response, 0.2, shares * height)[0].rate * 0.75 * FINAL
    near, far = map(float, shares[1:])
    return float(tenth), {"near": near, "far": far, "quarter": float(quarter), "most": float(most)}


@answers("two-losses")
def two_losses() -> Measured:
    """The rarer of the two ways to lose charge at kB T0 = 1e-3, as a share of all cycles."""
    shares = np.bincount(cycles(1e-3).fault, minlength=5) / CYCLES
    wrong, later = float(shares[0] + shares[2]), float(shares[1] + shares[3])
    return min(wrong, later), {"wrong": wrong, "later": later}


@answers("same-well")
def same_well() -> Measured:
    """Probability that no dot changes its well within a pulse in three cycles, at kT = 1e-3."""
    once, cold, weak = (float(np.mean(cycles(kT).steady)) for kT in (1e-3, 2e-4, 5 / 18 * 1e-3))
    return once**3, {"once": once, "cold": cold, "weak": weak**3}


@answers("wrong-well-cancels")
def wrong_well_cancels() -> Measured:
    """Share of the cycles in a wrong well, to their end, that carry nothing: of two, the smaller.

    At the temperatures of Fig. 9(d) and (c); nothing is less than a tenth of a good cycle.
    """
    shares = []
    for kT in (1e-3, 2e-4):
        some = cycles(kT)
        failed = some.steady & some.wrong.any(axis=0)
        shares.append(float(np.mean(np.abs(some.charge[failed]) < 0.1 * still_charge())))
    twice = some.steady & some.wrong.all(axis=0)
    mirrored = float(np.mean(some.charge[twice])) / still_charge()
    return min(shares), {"twice": float(np.sum(twice) / np.sum(failed)), "mirrored": mirrored}


@answers("escape-inverts")
def escape_inverts() -> Measured:
    """Share of the cycles with an escape that carry less than minus half of a good cycle.

    The larger of those at the two temperatures of Fig. 9.
    """
    shares, missed = [], []
    for kT in (2e-4, 1e-3):
        fault, inverted = cycles(kT).fault, cycles(kT).charge < -0.5 * still_charge()
        shares.append(float(np.mean(inverted[fault % 2 == 1])))
        missed.append(float(np.mean(fault[inverted] == 0)))
    values = {"cold": shares[0], "warm": shares[1], "missed": min(missed)}
    return max(shares), values


@answers("pulse-resets")
def pulse_resets() -> Measured:
    """Mean of x at the end of the pulse without a bias, over the distance of the inner well.

    Its size and two standard errors, the larger of kT = 2e-4 and 1e-3.
    """
    response = LinearBias(paper_device("9"))
    near = float(equilibria(response, 0.3).x[0])
    ends = [langevin(response, protocol(), kT, CYCLES, 10).x_end / near for kT in (2e-4, 1e-3)]
    cold, warm = (float(np.std(x)) for x in ends)
    off = max(abs(float(np.mean(x))) + 2 * float(np.std(x)) / CYCLES**0.5 for x in ends)
    return off, {"cold": cold, "warm": warm, "near": near}


@answers("reset-direction")
def reset_direction() -> Measured:
    """Mean charge of a cycle at kB T0 = 2e-4 along that at zero, in standard errors."""
    cold, warm = (kept_charge(kT) * still_charge() / cycles(kT).error for kT in (2e-4, 1e-3))
    return cold, {"warm": warm}


@answers("endure-below-barrier")
def left_below_the_barrier() -> Measured:
    """Mean charge per cycle of Fig. 9 at half of the barrier, over that at zero temperature."""
    return kept_charge(5e-4), {"share": 1e-3 / barrier_of_fig_8()}


@answers("higher-barriers")
def higher_barriers() -> Measured:
    """Barrier of Fig. 8's device with spring and level doubled, exactly, over that of Fig. 8.

    The lower of the two climbs, at eV = 0.3, with the exact force.
    """
    device = paper_device("8", zeta=0.5)
    factor, safety = 2.0, 10.0
    device = device.replace(k=factor * device.k, E_dot=factor * device.E_dot)
    height = min(climb for *_, climb in barriers(FullBias(device), 0.3))
    values = {"kelvin": KELVIN * height / safety, "volt": 0.3 * EV}
    values |= {"factor": factor, "safety": safety}
    return height / barrier_of_fig_8(), values
