"""Hysteresis and work: the slow limit by other routes, energy balance, loads, the cusp."""

import numpy as np
import pytest

from cifcore import (
    LinearBias,
    equilibria,
    folds,
    paper_device,
    potential,
    pulses,
    simulate,
    triangle,
)
from cifcore.book.evidence.hysteresis import (
    AMPLITUDE,
    cycle,
    fold_delay,
    fold_losses,
    largest_coupling,
    trapezoid,
)
from cifcore.book.motor import slow_cycle, special_loads, switched_load
from cifcore.electrons import chain

DEVICE = paper_device("6")
RESPONSE = LinearBias(DEVICE)


def limit() -> float:
    return sum(loss[3] for loss in fold_losses(RESPONSE, AMPLITUDE))


def test_at_a_fold_force_and_slope_balance():
    found = folds(RESPONSE, AMPLITUDE)
    assert len(found.bias) == 2
    balance = RESPONSE.force(found.x, found.bias) - DEVICE.k * found.x
    slope = RESPONSE.force_slope(found.x, found.bias) - DEVICE.k
    assert np.max(np.abs(balance)) < 1e-15
    assert np.max(np.abs(slope)) < 1e-10
    low, high = found.bias
    counts = [
        equilibria(RESPONSE, v).count for v in (low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6)
    ]
    assert counts == [1, 3, 3, 1]


def test_slow_limit_is_the_area_between_the_branches():
    # second route: the loss is the area of the loop in the plane of bias and pumped charge,
    # int dV int_{lower}^{upper} F(x, 1) dx over the window
    low, high = folds(RESPONSE, AMPLITUDE).bias
    node, weight = np.polynomial.legendre.leggauss(60)
    # end points where branches merge as square roots: substitute V = middle + half sin(u)
    u = np.pi / 2 * node
    bias = (low + high) / 2 + (high - low) / 2 * np.sin(u)
    rest = equilibria(RESPONSE, bias).x
    unit = np.array(
        [
            potential(RESPONSE, a, 1.0) - potential(RESPONSE, c, 1.0) + DEVICE.k * (c**2 - a**2) / 2
            for a, c in zip(rest[:, 0], rest[:, 2], strict=True)
        ]
    )
    area = np.sum(weight * np.pi / 2 * np.cos(u) * (high - low) / 2 * unit)
    assert area == pytest.approx(limit(), rel=1e-6)


def test_slow_limit_does_not_depend_on_mass_or_friction():
    for changes in ({"zeta": 0.1}, {"zeta": 0.6}, {"M": 200.0}):
        lost = cycle(DEVICE.replace(**changes), 1e8).dissipated[-1]
        assert lost == pytest.approx(limit(), rel=0.02)
        assert lost > limit()


def test_excess_falls_as_the_two_thirds_power():
    excess = [cycle(DEVICE, tau).dissipated[-1] - limit() for tau in (1e8, 1e9)]
    assert np.log10(excess[0] / excess[1]) == pytest.approx(2 / 3, abs=0.03)


def test_device_without_folds_loses_nothing_in_the_limit():
    slow = [cycle(paper_device("4"), tau, 0.1).dissipated[-1] for tau in (1e6, 1e7)]
    assert slow[0] / slow[1] == pytest.approx(10, rel=0.02)


def test_energy_balance_with_and_without_load():
    period = 2e5
    drive = triangle(AMPLITUDE, period)
    for f in (0.0, 0.003):
        load = pulses([(-f, period / 4), (f, period / 2), (-f, period / 4)])
        motion = simulate(RESPONSE, drive, load=load)
        kinetic = DEVICE.M * motion.v**2 / 2 + DEVICE.k * motion.x**2 / 2
        left = motion.work - motion.dissipated - motion.extracted - kinetic
        assert np.max(np.abs(left)) < 1e-8 * motion.work[-1]


def test_constant_load_extracts_nothing():
    period = 2e5
    drive = triangle(AMPLITUDE, period)
    load = pulses([(-0.002, period / 4), (-0.002, period / 2), (-0.002, period / 4)])
    first = simulate(RESPONSE, drive, load=load)
    motion = simulate(RESPONSE, drive, float(first.x[-1]), float(first.v[-1]), load=load)
    assert abs(motion.extracted[-1]) < 1e-6 * np.max(np.abs(motion.extracted))


def test_viscous_load_shares_the_two_drops_and_no_more():
    for ratio in (0.5, 4.0):
        drive, added = triangle(AMPLITUDE, 1e9), ratio * DEVICE.nu
        motion = simulate(RESPONSE, drive, friction=lambda x, bias, nu=added: nu + 0 * x)
        assert motion.dissipated[-1] == pytest.approx(limit(), rel=0.02)


def test_switched_load_works_through_twice_the_travel():
    period, f = 3e6, 0.003
    load = pulses([(-f, period / 4), (f, period / 2), (-f, period / 4)])
    drive = triangle(AMPLITUDE, period)
    first = simulate(RESPONSE, drive, load=load)
    motion = simulate(RESPONSE, drive, float(first.x[-1]), float(first.v[-1]), load=load)
    ends = motion.at(np.array([0.25, 0.75]) * period).x
    assert motion.extracted[-1] == pytest.approx(2 * f * (ends[0] - ends[1]), rel=1e-5)
    # the rest positions under the load, by the force balance at the two ends
    for x, bias, push in ((ends[0], AMPLITUDE, -f), (ends[1], -AMPLITUDE, f)):
        assert RESPONSE.force(x, bias) + push - DEVICE.k * x == pytest.approx(0, abs=1e-5)


def test_jump_stalls_where_the_smallest_surplus_says():
    x = np.linspace(0.3, 1.2, 9001)
    stall = np.min(RESPONSE.force(x, AMPLITUDE) - DEVICE.k * x)
    period = 1e7
    reached = []
    for f in (0.98 * stall, 1.02 * stall):
        load = pulses([(-f, period / 4), (f, period / 2), (-f, period / 4)])
        motion = simulate(RESPONSE, triangle(AMPLITUDE, period), load=load)
        reached.append(motion.at(np.array([period / 4])).x[0])
    assert reached[0] > 1.2
    assert reached[1] < 0.6


@pytest.mark.parametrize("mu0", [0.0, 0.3, -0.5])
def test_force_per_bias_is_the_pumped_charge(mu0):
    # Brouwer's formula for the charge that a step dx sends through either lead
    device = DEVICE.replace(mu0=mu0)
    response, sigma = LinearBias(device), chain.self_energy(mu0)

    def scattering(x: float) -> np.ndarray:
        left, right = device.couplings(x)
        h = np.array([[sigma, -left, 0], [-left, device.E_dot, -right], [0, -right, sigma]])
        green = np.linalg.inv(mu0 * np.eye(3) - h)[np.ix_([0, 2], [0, 2])]
        return np.eye(2) + 2j * sigma.imag * green

    for x in (-0.6, 0.0, 0.4, 1.1):
        s, step = scattering(x), 1e-5
        assert np.allclose(s @ s.conj().T, np.eye(2), atol=1e-12)
        slope = (scattering(x + step) - scattering(x - step)) / (2 * step)
        left, right = np.imag(np.sum(slope * s.conj(), axis=1)) / (2 * np.pi)
        assert (left - right) / 2 == pytest.approx(response.force(x, 1.0), rel=1e-7)


def test_cusp_depends_on_one_ratio():
    here = largest_coupling(DEVICE, 1.0, 0.1, 0.5)
    shallow = largest_coupling(DEVICE.replace(E_dot=DEVICE.E_dot / 2), 1.0, 0.1, 0.5)
    assert shallow == pytest.approx(here / np.sqrt(2), rel=1e-5)
    stiff = largest_coupling(DEVICE.replace(k=3 * DEVICE.k, b=5.0), 5.0, 0.1, 0.5)
    assert stiff == pytest.approx(here, rel=1e-5)


def test_reversed_cycle_carries_the_same_charge():
    up = simulate(RESPONSE, triangle(AMPLITUDE, 1e6)).charge[-1]
    down = simulate(RESPONSE, triangle(-AMPLITUDE, 1e6)).charge[-1]
    assert down == pytest.approx(up, rel=1e-3)


def test_delay_at_the_folds_is_the_excess_of_slow_cycles():
    leading = sum(fold_delay(RESPONSE, *jump[:3]) for jump in fold_losses(RESPONSE, AMPLITUDE))
    ratios = []
    for tau in (1e8, 1e9):
        excess = cycle(DEVICE, tau).dissipated[-1] - limit()
        ratios.append(excess / (leading * (4 * AMPLITUDE / tau) ** (2 / 3)))
    assert 1 < ratios[1] < ratios[0] < 1.2
    assert ratios[1] == pytest.approx(1, abs=0.1)


def test_beyond_the_second_load_the_weight_puts_work_in():
    stall, overhaul = special_loads(DEVICE)
    # by the rest positions under the load at the smallest bias: one more appears, far out
    x = np.linspace(-1.5, 1.5, 30001)
    for f, count in ((0.999 * overhaul, 1), (1.001 * overhaul, 3)):
        balance = RESPONSE.force(x, -AMPLITUDE) + f - DEVICE.k * x
        assert np.sum(np.diff(np.sign(balance)) != 0) == count
    # and along the motion, both ways
    for f, sign in ((0.5 * stall, 1), (0.97 * overhaul, 1), (1.03 * overhaul, -1)):
        slow, period = slow_cycle(DEVICE, f), 1e7
        run = simulate(
            RESPONSE, triangle(AMPLITUDE, period), slow.start, load=switched_load(f, period)
        )
        assert np.sign(slow.work) == sign
        assert run.extracted[-1] == pytest.approx(slow.work, rel=1e-2)


def test_trapezoid_has_no_mean_and_its_plateaus():
    drive = trapezoid(0.15, 800.0)
    assert drive.duration == pytest.approx(800)
    assert drive.mean == pytest.approx(0, abs=1e-15)
    assert drive([0, 50, 100, 200, 300, 400, 500, 600, 700]) == pytest.approx(
        [0, 0.075, 0.15, 0.15, 0.15, 0, -0.15, -0.15, -0.15]
    )
