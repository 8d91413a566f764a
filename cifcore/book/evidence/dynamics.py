"""Numbers for the ledger: dynamics."""

from typing import Any

import numpy as np

from cifcore import Device, Response, equilibria, paper_device, pulses, simulate
from cifcore.book.evidence.curves import digits, peaks, scaled_positions, sign_changes
from cifcore.book.evidence.registry import Measured, answers
from cifcore.book.wells import visited
from cifcore.electrons import chain
from cifcore.force.linear import LinearBias, LinearThermal
from cifcore.motion.basins import settle

BIAS = 0.2
"""The bias of Fig. 2, eV in gamma0; the figure shows both signs."""


def fermi_level_edge(device: Device, side: int) -> float:
    """Level mu0 at which the thermal force of `device` begins to change sign, in gamma0.

    At the centre of the couplings the kernel is 2 (b/a0) u/(1 + u^2), with the detuning in
    half widths u = [(1 - S/2) mu0 - E_dot]/(S Gamma(mu0)) and S = 2 gamma^2 (1 - lam^2). Its
    energy derivative, and with it the force, vanishes at u = side = +1 or -1, which is a
    quadratic equation for mu0.
    """
    s = float(2 * device.gamma**2 * (1 - device.lam**2))
    along = 1 - s / 2
    # along mu0 - E_dot = side S sqrt(1 - mu0^2/4), squared: one root a side
    a, half_b, c = along**2 + s**2 / 4, -along * device.E_dot, device.E_dot**2 - s**2
    return float((-half_b + side * np.sqrt(half_b**2 - a * c)) / a)


def fermi_level_window(side: int) -> tuple[float, float]:
    """Levels mu0, above (side = 1) or below (-1) E_dot, that agree with the text on Fig. 3."""
    one, other = sorted(fermi_level_edge(paper_device("3", lam=lam), side) for lam in (0.0, 0.7))
    return one, other


@answers("force-double-peak")
def force_double_peak() -> float:
    """Peaks of the bias force of Fig. 2(a) along x."""
    device = paper_device("2a")
    return float(peaks(LinearBias(device).force(scaled_positions(device), BIAS)))


@answers("equilibria-mirror")
def equilibria_mirror(count: int = 20) -> Measured:
    """Decimals of a to which x_st(-V) = -x_st(V) in Fig. 2(a)."""
    response = LinearBias(paper_device("2a"))
    bias = np.linspace(0.01, BIAS, count)
    up, down = equilibria(response, bias).x, equilibria(response, -bias).x
    return digits(float(np.nanmax(np.abs(up - np.sort(-down))))), {"biases": count}


@answers("equilibria-asymmetric")
def equilibria_asymmetric() -> float:
    """Smallest distance between -x_st(-V) and a stable x_st(V) of Fig. 2(b), in a."""
    response = LinearBias(paper_device("2b"))
    up, down = equilibria(response, BIAS), equilibria(response, -BIAS)
    return float(np.min(np.abs(up.x[up.stable] + down.x[down.stable])))


@answers("bistable-2b")
def bistable() -> float:
    """Stable rest positions of Fig. 2(b) at the positive bias, if one more is unstable."""
    found = equilibria(LinearBias(paper_device("2b")), BIAS)
    return float(np.sum(found.stable)) if np.sum(~found.stable) == 1 else float("nan")


def _off(response: Response, bias: float, periods: float) -> float:
    """How far from a stable position the dot is, from rest at x = 0, after some free periods."""
    duration = periods * 2 * np.pi / float(response.device.omega)
    end = simulate(response, pulses([(bias, duration)]), rtol=1e-6).x[-1]
    rest = equilibria(response, bias)
    return float(np.min(np.abs(rest.x[rest.stable] - end)))


@answers("dynamics-settles")
def dynamics_settles(periods: float = 16.0) -> Measured:
    """Largest distance of a final position of Fig. 2(c,d) to the nearest stable one, in a."""
    runs = [(figure, 0.1, sign * BIAS) for figure in ("2a", "2b") for sign in (1, -1)]
    runs.append(("2b", 0.2, BIAS))
    off = [_off(LinearBias(paper_device(f, zeta=zeta)), V, periods) for f, zeta, V in runs]
    return max(off), {"periods": periods, "runs": len(runs)}


@answers("damping-selects")
def damping_selects() -> float:
    """Number of different stable positions in which zeta = 0.1 and zeta = 0.2 end."""
    return float(len(np.unique(visited(LinearBias(paper_device("2b")), [BIAS], 0.0, [0.1, 0.2]))))


@answers("mass-selects")
def mass_selects() -> Measured:
    """Number of different stable positions of Fig. 2(d) in which two masses end, friction alike."""
    device = paper_device("2b")
    small = device.replace(M=0.25 * device.M)
    heavy, light, other = (
        float(visited(LinearBias(one), [BIAS], 0.0, zeta)[0])
        for one, zeta in ((device, device.zeta), (small, 2 * device.zeta), (small, device.zeta))
    )
    values = {"heavy": heavy, "light": light, "alike": len({heavy, other}), "small": small.M}
    return float(len({heavy, light})), values


def _thermal(lam: float) -> Any:
    device = paper_device("3", lam=lam)
    return LinearThermal(device).force(scaled_positions(device), 0.5)


@answers("thermal-same-sign")
def thermal_same_sign() -> float:
    """Peaks of the thermal force of Fig. 3 for lam = 0, if it never changes sign."""
    force = _thermal(0.0)
    return float(peaks(force)) if sign_changes(force) == 0 else float("nan")


@answers("thermal-sign-change")
def thermal_sign_change() -> float:
    """Changes of sign of the thermal force of Fig. 3 for lam = 0.7, along x."""
    return float(sign_changes(_thermal(0.7)))


@answers("thermal-fermi-level")
def thermal_fermi_level() -> Measured:
    """Width of the window above E_dot, if the level we use lies in it and both rows hold there.

    Whether they hold is looked up on the force itself, just inside and outside both ends.
    """
    low, high = fermi_level_window(1)
    device = paper_device("3")

    def both(mu0: float) -> bool:
        two = device.replace(lam=np.array([[0.0], [0.7]]), mu0=mu0)
        kernel = chain.bias_kernel_energy_derivative(two, scaled_positions(two), mu0)
        return sign_changes(kernel).tolist() == [0, 2] and bool(peaks(kernel)[0] == 2)

    found = [both(low + share * (high - low)) for share in (-0.01, 0.01, 0.99, 1.01)]
    if not low < device.mu0 < high or found != [False, True, True, False]:
        return float("nan"), {}
    below = fermi_level_window(-1)
    ends = {"low_end": low, "high_end": high, "far_end": below[0], "near_end": below[1]}
    values = {name: 1e4 * (end - device.E_dot) for name, end in ends.items()}
    return high - low, {**values, "used": 1e4 * float(device.mu0 - device.E_dot)}


@answers("thermal-sign-origin")
def thermal_sign_origin() -> Measured:
    """Where the force of Fig. 3 vanishes: mu0 to the extremum of the kernel, in half widths."""
    device = paper_device("3", lam=0.7)
    x = scaled_positions(device, count=40001)
    kernel = np.asarray(chain.bias_kernel_energy_derivative(device, x, device.mu0))
    found = []
    for place in x[np.flatnonzero(np.diff(np.sign(kernel)))]:
        width = float(chain.width(device.mu0) / chain.inverse_coupling(device, place))
        energy = device.mu0 + np.linspace(-4, 4, 80001) * width
        curves = chain.bias_kernel(device, place, energy), chain.transmission(device, place, energy)
        tops = [energy[int(np.argmax(curve))] for curve in curves]
        found.append(np.abs(np.array(tops) - device.mu0) / width)
    apart, peak = map(float, np.max(found, axis=0))
    return apart, {"peak": peak}


@answers("thermal-dynamics")
def thermal_dynamics(periods: float = 16.0) -> Measured:
    """Largest distance of a motion of Fig. 3's devices to a stable position at its end, in a."""
    off, count = [], []
    for lam in (0.0, 0.7):
        response = LinearThermal(paper_device("3", lam=lam))
        for sign in (0.5, -0.5):
            off.append(_off(response, sign, periods))
            count.append(int(equilibria(response, sign).count))
    return max(off), {"most": max(count), "periods": periods}


@answers("rest-regardless")
def rest_regardless() -> Measured:
    """Largest distance to a stable position at the end, in a, from many starts and dampings.

    Fig. 2(b), starts on a grid of positions and velocities (in units of omega a).
    """
    rest, gaps = equilibria(LinearBias(paper_device("2b")), BIAS), []
    for zeta in (0.1, 0.2, 0.5):
        device = paper_device("2b", zeta=zeta)
        speed = device.omega * np.array([-2.0, 0.0, 2.0])
        start, relaxed = np.linspace(-2, 3, 11)[:, None], 25 * device.M / device.nu
        ends = settle(LinearBias(device), BIAS, start, speed, relaxed).x
        gaps.append(np.abs(ends[..., None] - rest.x[rest.stable]))
    near, wells = np.min(gaps, axis=-1), np.unique(np.argmin(gaps, axis=-1))
    return float(np.max(near)), {"wells": len(wells), "runs": near.size}
