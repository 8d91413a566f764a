"""Numbers for the ledger: fluctuations."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cifcore.book.evidence.registry import answers
from cifcore.device import Array, paper_device
from cifcore.force.exact import FullBias
from cifcore.force.linear import LinearBias
from cifcore.motion.drive import Drive, pulses
from cifcore.motion.noise import langevin
from cifcore.positions.escape import escape_rates
from cifcore.positions.landscape import barriers
from cifcore.positions.rest import equilibria
from cifcore.units import Scales

FINAL = 1e5
"""Evolution time t_f of Fig. 8; the bias comes on at a quarter of it."""

TAU = 2 / 3 * 1e5
"""Period of Fig. 9."""

TEMPERATURES = 1e-4 * np.array([0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10])
"""Our choice for Fig. 9(f): the caption gives no range."""

CYCLES = 1500


def stays(kT: float, zeta: float, n: int = 500, seed: int = 8) -> Array:
    """Fig. 8: of `n` runs, which stay beside x_st,1 from a tenth of t_f after the switch."""
    response = LinearBias(paper_device("8", zeta=zeta))
    top = equilibria(response, 0.2).x[1]
    drive = pulses([(0.0, 0.25 * FINAL), (0.2, 0.1 * FINAL), (0.2, 0.65 * FINAL)])
    run = langevin(response, drive, kT, n, seed, edges=[top])
    return (run.x_break[:, 1] < top) & (run.occupation[:, 2, 0] > 0.99)


def protocol(cycles: int = 1) -> Drive:
    """Fig. 9(a): a third of a period at +0.3, -0.3 and 0."""
    return pulses([(0.3, TAU / 3), (-0.3, TAU / 3), (0.0, TAU / 3)], cycles)


@lru_cache
def pumped(kT: float, seed: int = 9) -> tuple[Array, Array]:
    """Charge of each of the 1500 cycles, and whether it keeps the sequence of zero temperature.

    The bias is off for the last third of a cycle, more than thirty relaxation times M/nu:
    cycles in a row are as independent as cycles side by side.
    """
    response = LinearBias(paper_device("9"))
    top = equilibria(response, 0.3).x[1]
    drive = pulses([(0.0, TAU / 3)]) + protocol()
    run = langevin(response, drive, kT, CYCLES, seed, edges=[-top, 0.0, top])
    kept = (
        (run.occupation[:, 1, :3].sum(axis=1) > 0.9)  # inside the top at +0.3
        & (run.occupation[:, 2, 0] > 0.9)  # beyond the other top at -0.3
    )
    return run.charge_per_cycle[:, 0], kept


@answers("barrier-8")
def barrier_of_fig_8() -> float:
    """Barrier beside x_st,1 at eV = 0.2."""
    return barriers(LinearBias(paper_device("8", zeta=0.5)), 0.2)[0][2]


@answers("barrier-kelvin")
def barrier_in_kelvin() -> float:
    """The same, as a temperature."""
    return float(Scales("3.88 eV", "2.5 angstrom").kelvin(barrier_of_fig_8()))


@answers("fluctuation-selects")
def stays_when_warm() -> tuple[float, dict[str, float]]:
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


@answers("pump-cold")
def three_good_cycles() -> tuple[float, dict[str, float]]:
    """Probability that three cycles in a row keep the sequence at kT = 2e-4."""
    charge, kept = pumped(2e-4)
    share = float(np.mean(kept))
    return share**3, {"lost": 1 - share, "charge": float(np.mean(charge) / _charge_without_noise())}


@lru_cache
def _charge_without_noise() -> float:
    run = langevin(LinearBias(paper_device("9")), protocol(), 0.0, 1, 0)
    return float(run.charge_per_cycle[0, 0])


@answers("pump-warm")
def charge_left_when_warm() -> float:
    """Mean charge per cycle at kT = 1e-3, over that at zero temperature."""
    return float(np.mean(pumped(1e-3)[0]) / _charge_without_noise())


@answers("pump-decay")
def rises() -> tuple[float, dict[str, float]]:
    """Of the steps between 12 temperatures, how many rise by more than two standard errors."""
    runs = [pumped(float(kT))[0] for kT in TEMPERATURES]
    mean = np.array([np.mean(q) for q in runs])
    error = np.array([np.std(q, ddof=1) / np.sqrt(CYCLES) for q in runs])
    share = 0.5
    half = float(np.interp(-share * _charge_without_noise(), -mean, TEMPERATURES))
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
def lost_when_cold() -> tuple[float, dict[str, float]]:
    """Expected escapes from x_st,1 within 3/4 t_f at a tenth of the barrier (zeta = 0.5).

    Beside it the same at a quarter and at three quarters of the barrier.
    """
    response, height = LinearBias(paper_device("8", zeta=0.5)), barrier_of_fig_8()
    shares = np.array([0.1, 0.25, 0.75])
    tenth, quarter, most = escape_rates(response, 0.2, shares * height)[0].rate * 0.75 * FINAL
    near, far = map(float, shares[1:])
    return float(tenth), {
        "near": near,
        "far": far,
        "quarter": float(quarter),
        "most": float(most),
    }


@lru_cache
def _booked(kT: float, early: float = 0.15) -> tuple[float, float, float, float]:
    """Of the cycles of Fig. 9: wrong well soon after a switch, left later; mean, its error.

    Soon is the first part `early` of a pulse, some relaxation times M/nu.
    """
    response = LinearBias(paper_device("9"))
    top = equilibria(response, 0.3).x[1]
    parts = [(bias, share * TAU / 3) for bias in (0.3, -0.3) for share in (early, 1 - early)]
    drive = pulses([(0.0, TAU / 3)]) + pulses([*parts, (0.0, TAU / 3)])
    run = langevin(response, drive, kT, CYCLES, 10)
    ends = run.x_break[:, 1:5]
    right = np.stack([*(ends[:, i] < top for i in (0, 1)), *(ends[:, i] < -top for i in (2, 3))])
    wrong = ~right[0] | ~right[2]
    later = ~wrong & (~right[1] | ~right[3])
    charge = np.sum(run.charge_per_cycle, axis=1)
    return (
        float(np.mean(wrong)),
        float(np.mean(later)),
        float(np.mean(charge)),
        float(np.std(charge, ddof=1) / np.sqrt(CYCLES)),
    )


@answers("two-losses")
def two_losses() -> tuple[float, dict[str, float]]:
    """The rarer of the two ways to lose charge at kB T0 = 1e-3, as a share of all cycles."""
    wrong, later, _, _ = _booked(1e-3)
    return min(wrong, later), {"wrong": wrong, "later": later}


@answers("reset-direction")
def reset_direction() -> tuple[float, dict[str, float]]:
    """Mean charge of a cycle of Fig. 9 at kB T0 = 2e-4, in standard errors.

    Counted along the direction at zero temperature. Beside it the same at 1e-3.
    """
    sure = [
        np.sign(_charge_without_noise()) * mean / error
        for _, _, mean, error in map(_booked, (2e-4, 1e-3))
    ]
    return float(sure[0]), {"warm": float(sure[1])}


@answers("endure-below-barrier")
def left_below_the_barrier() -> tuple[float, dict[str, float]]:
    """Mean charge per cycle of Fig. 9 at half of the barrier, over that at zero temperature."""
    left = float(np.mean(pumped(5e-4)[0]) / _charge_without_noise())
    return left, {"share": 1e-3 / barrier_of_fig_8()}


@answers("higher-barriers")
def higher_barriers() -> tuple[float, dict[str, float]]:
    """Barrier of Fig. 8's device with spring and level doubled, exactly, over that of Fig. 8.

    The lower of the two climbs, at eV = 0.3, with the exact force.
    """
    device = paper_device("8", zeta=0.5)
    factor, safety = 2.0, 10.0
    device = device.replace(k=factor * device.k, E_dot=factor * device.E_dot)
    height = min(climb for *_, climb in barriers(FullBias(device), 0.3))
    scales = Scales("3.88 eV", "2.5 angstrom")
    kelvin = float(scales.kelvin(height)) / safety
    values = {"kelvin": kelvin, "volt": 0.3 * 3.88, "factor": factor, "safety": safety}
    return height / barrier_of_fig_8(), values
