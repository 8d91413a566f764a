"""Numbers for the ledger: hysteresis and work (Fig. 6)."""

from functools import lru_cache

import numpy as np

from cifcore import Device, LinearBias, Response, equilibria, folds, follow, paper_device
from cifcore.book.evidence.curves import halved
from cifcore.book.evidence.registry import Measured, answers
from cifcore.book.motor import AMPLITUDE
from cifcore.motion.drive import Drive, ramp, triangle
from cifcore.motion.path import Motion, simulate
from cifcore.positions.landscape import drop

PERIOD = 1e6
"""Period of the cycle of Fig. 6, in hbar/gamma0."""


@lru_cache(maxsize=8)
def cycle(device: Device, period: float = PERIOD, amplitude: float = AMPLITUDE) -> Motion:
    """One triangular cycle from rest at zero bias."""
    return simulate(LinearBias(device), triangle(amplitude, period))


def fold_losses(response: Response, max_bias: float) -> list[tuple[float, float, float, float]]:
    """What the dot loses in the jump at each fold: (bias, x before, x after, energy).

    The energy is the drop of the effective potential (Eq. 28) from the fold to the stable
    position to which the force leads, at the bias of the fold.
    """
    found = folds(response, max_bias)
    out = []
    for bias, x in zip(found.bias.tolist(), found.x.tolist(), strict=True):
        rest = equilibria(response, bias)
        after = rest.x[rest.stable]
        landing = float(after[np.argmin(np.abs(after - x))])
        out.append((bias, x, landing, float(drop(response, x, landing, bias))))
    return out


_AIRY = 2.338107410459767
"""Minus the first zero of the Airy function Ai."""


def fold_delay(response: Response, bias: float, x: float, landing: float) -> float:
    """What a jump loses beyond the drop of the potential, over abs(dV/dt)^(2/3), for slow cycles.

    Near a fold nu du/dt = alpha dV/dt t + beta u^2: the dot leaves when the bias has overshot by
    `_AIRY` (nu abs(dV/dt))^(2/3)/(alpha beta)^(1/3), and the drop has grown by as much times the
    integral of force(x, 1) over the jump. For a response proportional to the bias.
    """
    device = response.device
    alpha, h = abs(response.force(x, 1.0)), 1e-4
    behind, ahead = response.force_slope(np.array([x - h, x + h]), bias)
    beta = abs(ahead - behind) / (4 * h)
    # the integral of the force is the drop of the potential without its spring
    swept = abs(drop(response, x, landing, 1.0) + device.k * (landing**2 - x**2) / 2)
    return float(_AIRY * device.nu ** (2 / 3) / (alpha * beta) ** (1 / 3) * swept)


def trapezoid(height: float, period: float) -> Drive:
    """A cycle of ramps of period/8 and period/4 between two plateaus of period/4."""
    eighth = period / 8
    return (
        ramp(0, height, eighth)
        + ramp(height, height, 2 * eighth)
        + ramp(height, -height, 2 * eighth)
        + ramp(-height, -height, 2 * eighth)
        + ramp(-height, 0, eighth)
    )


def largest_coupling(device: Device, max_bias: float, low: float, high: float) -> float:
    """Largest gamma for which the branch has a fold with abs(bias) <= max_bias."""

    def folded(gamma: float) -> bool:
        return len(folds(LinearBias(device.replace(gamma=gamma)), max_bias).bias) > 0

    return halved(folded, low, high, 1e-7)[0]


@answers("work-balance")
def work_balance() -> float:
    """Relative difference of W_F and E_dis over a closed cycle of Fig. 6."""
    response = LinearBias(paper_device("6"))
    first = cycle(response.device)
    motion = simulate(response, triangle(AMPLITUDE, PERIOD), float(first.x[-1]), float(first.v[-1]))
    return float(abs(motion.work[-1] / motion.dissipated[-1] - 1))


@answers("hysteresis-window")
def hysteresis_window() -> float:
    """Bias between the jumps up and down, in widths of the window; NaN if it is not threefold."""
    response = LinearBias(paper_device("6"))
    low, high = folds(response, AMPLITUDE).bias
    if equilibria(response, (low + high) / 2).count != 3:
        return float("nan")
    motion = cycle(response.device)
    beyond = np.flatnonzero(motion.x > np.mean(folds(response, AMPLITUDE).x))
    up, down = motion.bias[beyond[0]], motion.bias[beyond[-1]]
    return float((up - down) / (high - low))


@answers("dissipation-steps")
def dissipation_steps() -> float:
    """E_dis of a cycle ten times slower than the paper's, over the drops at the two folds."""
    device = paper_device("6")
    limit = sum(loss[3] for loss in fold_losses(LinearBias(device), AMPLITUDE))
    return float(cycle(device, 10 * PERIOD).dissipated[-1] / limit)


@answers("hysteresis-charge")
def hysteresis_charge() -> float:
    """Charge of both spins in a cycle of Fig. 6(c); NaN unless the symmetric device has none."""
    symmetric = cycle(paper_device("6", lam=0.0)).charge[-1]
    charge = 2 * cycle(paper_device("6")).charge[-1]
    return float(charge) if abs(symmetric) < 1e-3 else float("nan")


@answers("charge-ordering")
def charge_ordering() -> float:
    """Charge of Fig. 6(c) over that of Fig. 4(c), the same profile in both."""
    ours = cycle(paper_device("6")).charge[-1]
    theirs = cycle(paper_device("4"), amplitude=0.1).charge[-1]
    return float(ours / theirs)


@answers("charge-by-coupling")
def charge_by_coupling() -> Measured:
    """Share of the coupling in the ratio of the charges of Figs. 4(c) and 6(c), as logarithms.

    The smaller of two: Fig. 6 with the coupling of Fig. 4, and the other way round.
    """
    weak, strong = paper_device("6"), paper_device("4")
    least, more, less, most = (
        float(cycle(device.replace(gamma=gamma), amplitude=height).charge[-1])
        for device, height in ((weak, AMPLITUDE), (strong, 0.1))
        for gamma in (weak.gamma, strong.gamma)
    )
    share = np.log(min(more / least, most / less)) / np.log(most / least)
    return float(share), {"least": least, "more": more, "less": less, "most": most}


@answers("window-needs-weak-coupling")
def window_needs_weak_coupling() -> float:
    """Largest gamma with several solutions for eV up to 0.15, in the device of Fig. 4."""
    return largest_coupling(paper_device("4"), AMPLITUDE, 0.1, 0.5)


@answers("jump-velocity")
def jump_velocity() -> Measured:
    """Largest velocity in the jump up of Fig. 6, over that in a cycle ten times slower."""
    device = paper_device("6")
    slow, slower = (float(np.max(cycle(device, p).v)) for p in (PERIOD, 10 * PERIOD))
    # the fastest that the branch itself asks for, where no jump is
    still = follow(LinearBias(device), np.linspace(0, 0.07, 8))
    sweep = np.max(np.diff(still)) / 0.01 * 4 * AMPLITUDE / PERIOD
    return slow / slower, {"faster": slow / float(sweep)}


@answers("useful-work")
def useful_work() -> Measured:
    """Work that a viscous load takes from a cycle of Fig. 6, over the drops at the folds.

    The load is as stiff as the dot's own friction, so it takes half of all that is dissipated.
    """
    device = paper_device("6")
    limit = sum(loss[3] for loss in fold_losses(LinearBias(device), AMPLITUDE))
    motion = cycle(device.replace(zeta=2 * device.zeta))
    work = float(motion.dissipated[-1]) / 2
    return work / limit, {"efficiency": 100 * work / float(motion.supplied[-1])}


@answers("stiffer-spring")
def stiffer_spring() -> float:
    """How much more bias the window of Fig. 6 needs when the spring is twice as stiff."""
    device = paper_device("6")
    ends = [folds(LinearBias(device.replace(k=s * device.k)), 1.0).bias for s in (1, 2)]
    return float(np.max(ends[1] / ends[0]))
