"""Numbers for the ledger: rectification of charge and heat (Figs. 4 and 5)."""

from functools import lru_cache
from typing import Any

import numpy as np

from cifcore import FullThermal, Response, equilibria, folds, simulate, triangle
from cifcore.book.evidence.curves import asymmetry
from cifcore.book.evidence.dynamics import fermi_level_window
from cifcore.book.evidence.registry import Measured, answers
from cifcore.book.evidence.validity import only_rectification
from cifcore.book.motor import Loaded
from cifcore.book.wells import visited
from cifcore.device import Array, Device, paper_device
from cifcore.electrons import chain
from cifcore.force.linear import LinearBias, LinearThermal
from cifcore.positions.diode import rectification, rest_position

_BIAS = np.linspace(0.001, 0.1, 100)


@answers("thermal-quadratic")
def thermal_quadratic() -> Measured:
    """Logarithmic slope of the thermal force in kT0, from the whole energy integral."""

    def whole(device: Device) -> float:
        """Force per delta T/T0 to first order in it (Eq. 10), the energy integral left whole."""
        ahead, back = (FullThermal(device).force(0.0, dT) for dT in (1e-3, -1e-3))
        return float(ahead - back) / 2e-3

    used = paper_device("5")
    low, high = (whole(used.replace(mu0=used.E_dot, kT0=kT)) for kT in (2e-6, 4e-6))
    width = float(chain.width(used.mu0) / chain.inverse_coupling(used, 0.0))
    weaker = abs(float(LinearThermal(used).force(0.0, 1.0)) / whole(used))
    return float(np.log2(high / low)), {"widths": used.kT0 / width, "weaker": weaker}


@answers("thermal-comparable")
def thermal_comparable() -> float:
    """Largest thermal force of Fig. 3 over the largest bias force of Fig. 2(a), per b/a0."""
    x = np.linspace(-6, 6, 1201)
    tuned = paper_device("3")
    offsets = np.linspace(-3e-4, 3e-4, 61)[:, None]
    thermal = LinearThermal(tuned.replace(mu0=tuned.E_dot + offsets)).force(x, 0.5)
    electric = LinearBias(paper_device("2a"))
    ours = np.max(np.abs(thermal)) * tuned.a0 / tuned.b
    theirs = np.max(np.abs(electric.force(x, 0.2))) * electric.device.a0 / electric.device.b
    return float(ours / theirs)


@answers("rectification-zero")
def rectification_zero() -> float:
    """Largest abs(R_I) of the symmetric device of Fig. 4."""
    return float(np.max(np.abs(rectification(LinearBias(paper_device("4", lam=0.0)), _BIAS))))


@answers("rectification-forms")
def rectification_forms() -> float:
    """Largest difference between Eq. 18, from the currents, and Eq. 19, from transmissions."""
    return _forms_apart(LinearBias(paper_device("4")), _BIAS)


def _forms_apart(response: Response, drive: Any) -> float:
    """Largest difference of the rectification from currents and from transmissions."""
    right, left = rest_position(response, drive), rest_position(response, -drive)
    currents = asymmetry(response.current(right, drive), response.current(left, -drive))
    transmissions = asymmetry(response.transmission(right), -response.transmission(left))
    return float(np.max(np.abs(currents - transmissions)))


@answers("rectification-shape")
def rectification_shape() -> Measured:
    """Maximum of R_I in Fig. 4(a); NaN unless R_I is straight at first, and as high at 0.05."""
    bias = np.linspace(0.0, 0.1, 1001)
    factor = rectification(LinearBias(paper_device("4")), bias)
    top = int(np.argmax(factor))
    lower, bent = float(factor[top] - factor[500]), bend(bias, factor)
    values = {"at": float(bias[top]), "lower": lower, "bent": 100 * bent}
    return float(factor[top]) if bent < 0.05 and lower < 0.01 else np.nan, values


def bend(bias: Any, factor: Any) -> float:
    """How far a curve through zero is from a straight line over the first tenth of its range."""
    start = np.abs(bias) <= np.max(np.abs(bias)) / 10
    slope = np.sum(factor[start] * bias[start]) / np.sum(bias[start] ** 2)
    return float(np.max(np.abs(factor[start] - slope * bias[start])) / np.abs(factor[start][-1]))


@answers("rectification-range")
def rectification_range(count: int = 4000) -> Measured:
    """Largest abs(R_I) over random devices and biases."""
    draw = np.random.default_rng(5)
    family = Device(
        E_dot=draw.uniform(-1, 1, count),
        gamma=10 ** draw.uniform(-2, -0.1, count),
        b=draw.uniform(1, 10, count),
        a0=draw.uniform(2, 10, count),
        k=10 ** draw.uniform(-2.5, 0, count),
        lam=draw.uniform(-0.99, 0.99, count),
    )
    factor = rectification(LinearBias(family), 10 ** draw.uniform(-3, 0, count))
    return float(np.max(np.abs(factor))), {"devices": count}


@answers("displaced-anchor")
def displaced_anchor() -> Measured:
    """Largest difference of R_I between Fig. 4(a) and a symmetric dot with a displaced spring."""
    asymmetric = paper_device("4")
    twin = asymmetric.replace(gamma=asymmetric.gamma * np.sqrt(1 - asymmetric.lam**2), lam=0.0)
    anchor, bias = -float(asymmetric.centre), np.linspace(0.005, 0.1, 20)
    ours = rectification(Loaded(twin, twin.k * anchor), bias)
    theirs = rectification(LinearBias(asymmetric), bias)
    values = {"largest": float(np.max(np.abs(ours))), "shift": anchor}
    return float(np.max(np.abs(ours - theirs))), values


@answers("stationary-charge")
def stationary_charge() -> float:
    """Relative difference of the charge of Fig. 4(c) from Eq. 21, at rest all along."""
    response = LinearBias(paper_device("4"))
    node, weight = np.polynomial.legendre.leggauss(100)
    level = 0.05 * (node + 1)
    still = sum(weight @ response.current(rest_position(response, v), v) for v in (level, -level))
    return float(abs(simulate(response, triangle(0.1, 1e6)).charge[-1] / (1e6 * still / 4) - 1))


@answers("displacement-asymmetric")
def displacement_asymmetric() -> float:
    """Smallest ratio of the displacements at +V and -V in Fig. 4(a)."""
    response = LinearBias(paper_device("4"))
    return float(np.min(-rest_position(response, _BIAS) / rest_position(response, -_BIAS)))


@answers("current-asymmetric")
def current_asymmetric() -> Measured:
    """Smallest ratio of the currents at +V and -V in Fig. 4(a)."""
    response = LinearBias(paper_device("4"))
    ahead, back = (response.transmission(rest_position(response, s * _BIAS)) for s in (1, -1))
    moved, other = (np.abs(way - response.transmission(0.0)) for way in (ahead, back))
    return float(np.min(ahead / back)), {"until": float(_BIAS[moved > other][-1])}


@answers("rectification-map")
def rectification_map() -> float:
    """Largest abs(R_I) for abs(lam) <= 0.99 and eV up to 0.1."""
    lam = np.linspace(-0.99, 0.99, 67)[:, None]
    return float(np.max(np.abs(rectification(LinearBias(paper_device("4", lam=lam)), _BIAS))))


@answers("charge-per-cycle")
def charge_per_cycle() -> float:
    """Largest relative deviation from Q proportional to tau (lam = 0.5), and from 0 (lam = 0)."""

    def charge(tau: float, **changes: float) -> float:
        response = LinearBias(paper_device("4", **changes))
        return float(simulate(response, triangle(0.1, tau)).charge[-1])

    taus = np.array([2.5e5, 5e5, 1e6])
    rate = np.array([charge(tau) / tau for tau in taus])
    symmetric = abs(charge(1e6, lam=0.0)) / charge(1e6)
    return float(max(np.max(np.abs(rate / rate[-1] - 1)), symmetric))


DIFFERENCES = np.linspace(0.0, 2.0, 201)
"""delta T/T0 up to where the colder lead is at zero."""


def heat_curves(offsets: Any) -> tuple[Array, Array, dict[str, Array]]:
    """Fig. 5(a) with mu0 = E_dot + offset: R_J, T(+delta T), and its features of Fig. 4(a).

    They are those that the text names: the dot moves further for the positive sign; R grows
    almost linearly at first (within 5 % over a tenth of the range); it then has a maximum
    inside the range, below its end. Of n offsets the curves have the shape (n, 201), these (n,).
    """
    dot = paper_device("5")
    family = LinearThermal(dot.replace(mu0=dot.E_dot + np.asarray(offsets)[:, None]))
    warm, cool = rest_position(family, DIFFERENCES), rest_position(family, -DIFFERENCES)
    factors = rectification(family, DIFFERENCES)
    features = {
        "further": np.all(np.abs(warm[:, 1:]) > np.abs(cool[:, 1:]), axis=1),
        "linear": np.array([bend(DIFFERENCES, factor) < 0.05 for factor in factors]),
        "maximum": np.abs(factors[:, -1]) < 0.99 * np.abs(factors).max(axis=1),
    }
    return factors, family.transmission(warm), features


@lru_cache
def _in_windows() -> tuple[Array, Array, Array, dict[str, Array]]:
    """Levels in the windows that Fig. 3 leaves, from E_dot, and their curves."""
    windows = [fermi_level_window(side) for side in (-1, 1)]
    levels = np.concatenate([np.linspace(low, high, 41) for low, high in windows])
    offsets = levels - paper_device("5").E_dot
    return offsets, *heat_curves(offsets)


@answers("thermal-diode")
def thermal_diode() -> Measured:
    """Best of min(R_J, T), over the levels of Fig. 3's windows whose curves look like Fig. 4."""
    levels, factors, ways, features = _in_windows()
    alike = np.all([*features.values()], axis=0)
    best = np.minimum(np.abs(factors), ways).max(axis=1)
    dot = paper_device("5")
    (plain, used), (plain_way, _), has = heat_curves([0.0, float(dot.mu0 - dot.E_dot)])
    plain_has, used_has = np.sum([*has.values()], axis=0)
    top = int(np.argmax(plain))
    return max(best[alike], default=np.nan), {
        "levels": np.sum(alike),
        "tried": len(levels),
        "anywhere": best.max(),
        "plain": plain[top],
        "plain_at": DIFFERENCES[top],
        "plain_open": plain_way[top],
        "plain_features": plain_has,
        "used": used.max(),
        "used_features": used_has,
        "strip": 1e4 * np.mean(levels[alike]),
    }


@answers("rectification-forms-heat")
def rectification_forms_heat() -> float:
    """Largest difference between Eq. 22, from Eq. 23, and Eq. 19 with delta T for V."""
    return _forms_apart(LinearThermal(paper_device("5")), DIFFERENCES[1:])


@answers("heat-current")
def heat_current() -> Measured:
    """The whole heat current of Fig. 5's device at its natural position, over Eq. 23."""
    device = paper_device("5")
    whole, straight = FullThermal(device), LinearThermal(device)
    places = {"rest": 0.0, "centre": float(device.centre), "left": -1.0}
    less = {name: straight.current(x, 0.1) / whole.current(x, 0.1) for name, x in places.items()}
    return 1 / float(less["rest"]), less


@answers("heat-rectification-left")
def heat_rectification_left() -> Measured:
    """R_J at delta T = T0 with the positions of Eq. 13 and the whole heat current."""
    device = paper_device("5")
    whole, straight = FullThermal(device), LinearThermal(device)
    left = asymmetry(*(whole.current(rest_position(straight, dT), dT) for dT in (1.0, -1.0)))
    both = {"straight": straight, "exact": whole}
    return float(left), {name: only_rectification(one, 1.0) for name, one in both.items()}


@answers("other-measures")
def other_measures() -> Measured:
    """Ratio of the heat currents under +-delta T where R_J and T are largest at once."""
    _, factors, ways, _ = _in_windows()
    both = np.minimum(np.abs(factors), ways)
    at = np.unravel_index(np.argmax(both), both.shape)
    factor = abs(factors[at])
    return (1 + factor) / (1 - factor), {"open": ways[at], "factor": factor}


@answers("thermal-hysteresis")
def thermal_hysteresis() -> Measured:
    """Smallest delta T/T0 that a sweep through a window of several positions has to reach.

    Fig. 5's device, with any level within about a half width of E_dot and lam up to 0.95. The
    sweep jumps at both ends of the window, so the farther one counts.
    """
    dot = paper_device("5")
    level, lam = np.meshgrid(np.linspace(-2.5e-4, 2.5e-4, 26), np.linspace(0.0, 0.95, 20))
    family = dot.replace(mu0=dot.E_dot + level.ravel(), lam=lam.ravel())
    found = _windows(family)
    best = np.array(np.argmin(found[:, 1]))
    one, near = family.select(best), dot.replace(mu0=dot.E_dot + np.linspace(-2.5e-4, 2.5e-4, 51))
    stated = sum(np.isfinite(_windows(near.replace(lam=lam))).any() for lam in (0.0, 0.5, 0.7))
    exact = equilibria(FullThermal(one), float(np.mean(found[best]))).count
    return float(found[best, 1]), {"asymmetry": one.lam, "stated": stated, "exact": int(exact)}


def _windows(device: Device) -> Any:
    """The first window of several positions of each device below delta T = 2 T0.

    Sizes of delta T, of shape (n, 2); infinite without one whose both ends are reached.
    """
    bias = folds(LinearThermal(device), 2.0).bias
    ends = np.full((len(bias), 2), np.inf)
    for sign in (1, -1):
        size = np.sort(np.where(sign * bias > 0, sign * bias, np.inf), axis=-1)
        if size.shape[1] > 1:
            nearer = size[:, 1] < ends[:, 1]
            ends[nearer] = size[nearer, :2]
    return ends


@answers("heat-pump")
def heat_pump() -> Measured:
    """Part of the heat of two opposite pulses that is left over, in Fig. 3's device, lam = 0.

    The level is that with the widest window of several positions for abs(delta T) <= 2 T0, the
    pulses lie in its middle, and the damping is the first of a row at which the pulses take the
    dot to and fro between an inner and an outer position.
    """
    dot = paper_device("3")
    offsets = np.linspace(-2.5e-4, 2.5e-4, 501)
    ends = _windows(dot.replace(mu0=dot.E_dot + offsets))
    strip = np.isfinite(ends[:, 1])
    at = int(np.argmax(np.ptp(np.where(strip[:, None], ends, 0.0), axis=1)))
    dT = float(np.mean(ends[at]))
    zeta = np.linspace(0.1, 0.3, 21)
    response = LinearThermal(dot.replace(mu0=dot.E_dot + offsets[at]))
    inner, top, _ = equilibria(response, dT).x
    there, back = visited(response, [-dT, dT], inner, zeta)
    works = np.flatnonzero((there < -top) & (back == inner))
    first = works[0]
    heat = response.current(np.array([back[first], there[first]]), np.array([dT, -dT]))
    return float(abs(np.sum(heat)) / np.sum(np.abs(heat))), {
        "strip": 1e4 * float(np.sum(strip) * (offsets[1] - offsets[0])),
        "level": 1e4 * float(offsets[at]),
        "difference": dT,
        "least": float(np.min(ends[:, 0])),
        "damping": float(zeta[first]),
        "dampings": len(works),
    }
