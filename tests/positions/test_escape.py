"""Escape rates: their limits, the potential and the motion they come from, and ensembles."""

import numpy as np
import pytest

from cifcore import (
    LinearBias,
    Mechanics,
    barriers,
    equilibria,
    langevin,
    paper_device,
    potential,
    pulses,
    simulate,
)
from cifcore.bond import Bond
from cifcore.force.response import Response
from cifcore.positions.escape import (
    depopulation,
    escape_rates,
    lifetimes,
    round_trip_action,
)

T4 = np.polynomial.Chebyshev.basis(4)
BIAS = 0.2
LOW, TOP, HIGH = equilibria(LinearBias(paper_device("8", zeta=0.5)), BIAS).x


def test_depopulation_limits():
    # Mel'nikov: Y(D) = D (1 - 0.82 sqrt(D) + ...) for small D, and 1 for large D
    small = np.array([1e-6, 1e-4])
    np.testing.assert_allclose(depopulation(small) / small, 1 - 0.8239 * np.sqrt(small), atol=2e-4)
    np.testing.assert_allclose(depopulation([50.0, 1e3]), 1, atol=1e-5)
    # the integral in its first form, by the trapezoidal rule
    z = np.linspace(-400, 400, 40_001)
    weight = z**2 + 0.25
    direct = np.exp(np.trapezoid(np.log1p(-np.exp(-0.7 * weight)) / weight, z) / (2 * np.pi))
    assert abs(depopulation(0.7) - direct) < 1e-5
    with pytest.raises(ValueError, match=r"loss = 0\.0"):
        depopulation(0.0)


@pytest.mark.parametrize("well", [LOW, HIGH])
def test_friction_takes_the_action_from_a_round_trip(well):
    zeta = 1e-6
    response = LinearBias(paper_device("8", zeta=zeta))
    device = response.device
    start = TOP + 1e-4 * (well - TOP)
    motion = simulate(response, pulses([(BIAS, 12000.0)]), x0=start, rtol=1e-11)
    path = motion.at(np.linspace(0, 12000, 48001))
    # back at the turning point beside the top: the velocity falls to zero for the second time
    turns = np.flatnonzero(np.diff(np.sign(path.v[1:])) != 0)
    lost = path.dissipated[turns[1]]
    action = round_trip_action(response, BIAS, well, TOP)
    assert abs(lost / (device.nu / device.M * action) - 1) < 2e-3


class Alike(Response):
    """Under a bias of one U_eff = T_4(x + 0.15 x^2)^2: four wells, all tops of height one."""

    proportional = resolved = True
    device = Mechanics(k=0.02)

    def potential(self, x):
        return T4(x + 0.15 * x**2) ** 2

    def force(self, x, bias):
        inner, slope = x + 0.15 * x**2, 1 + 0.3 * x
        return bias * (self.device.k * x - 2 * T4(inner) * T4.deriv()(inner) * slope)

    current = force

    def nodes(self):
        return np.linspace(-1.6, 1.6, 2001)


def test_an_orbit_turns_at_a_top_of_the_same_height():
    response = Alike()
    ends = (np.sqrt(1 + 0.6 * np.cos(np.pi * np.arange(4, -1, -1) / 4)) - 1) / 0.3
    pairs = barriers(response, 1.0)
    assert len(pairs) == 6
    for well, top, height in pairs:
        i = np.searchsorted(ends, well)
        x = np.linspace(ends[i - 1], ends[i], 20_001)
        left = np.maximum(1 - response.potential(x), 0.0)
        action = 2 * np.trapezoid(np.sqrt(2 * response.device.M * left), x)
        assert abs(height - 1) < 1e-12
        assert abs(round_trip_action(response, 1.0, well, top) / action - 1) < 1e-6


def test_limits_of_the_rate():
    for zeta in (0.5, 1e9, 20.0):
        escape = escape_rates(LinearBias(paper_device("8", zeta=zeta)), BIAS, 2e-4)[0]
        assert abs(escape.rate / escape.kramers - 1) < 0.01
    # weak friction: one in 1 + near/far comes back from the well beyond before it is caught
    feeble = LinearBias(paper_device("8", zeta=1e-6))
    weak = escape_rates(feeble, BIAS, 2e-4)[0]
    near, far = (round_trip_action(feeble, BIAS, well, TOP) for well in (LOW, HIGH))
    assert abs(weak.rate / weak.energy_diffusion * (1 + near / far) - 1) < 0.01
    # overdamped: omega_well omega_top M/(2 pi nu)
    device = paper_device("8", zeta=20.0)
    smoluchowski = escape.omega_well * escape.omega_top * device.M / (2 * np.pi * device.nu)
    assert abs(escape.kramers / (smoluchowski * np.exp(-escape.height / 2e-4)) - 1) < 1e-2


def test_frequencies_and_barrier_from_the_potential():
    response = LinearBias(paper_device("8", zeta=0.5))
    escapes = escape_rates(response, BIAS, np.array([2e-4, 4e-4]))
    assert [e.x_stable for e in escapes] == pytest.approx([LOW, HIGH])
    assert escapes[0].rate.shape == (2,) and np.all(np.diff(escapes[0].rate) > 0)
    h = 1e-3
    for e in escapes:
        for x, omega, sign in ((e.x_stable, e.omega_well, 1), (e.x_unstable, e.omega_top, -1)):
            u = potential(response, np.array([x - h, x, x + h]), BIAS)
            bend = (u[0] - 2 * u[1] + u[2]) / h**2
            assert abs(sign * bend / (response.device.M * omega**2) - 1) < 1e-4
        ends = potential(response, np.array([e.x_stable, e.x_unstable]), BIAS)
        assert abs(ends[1] - ends[0] - e.height) < 1e-12


def test_detailed_balance():
    # both rates over one top: their ratio is that of the wells' Boltzmann weights
    response, kT = LinearBias(paper_device("9")), 2e-4
    inner, outer = escape_rates(response, 0.3, kT)
    weights = np.exp(-(outer.height - inner.height) / kT) * outer.omega_well / inner.omega_well
    assert abs(outer.rate / inner.rate / weights - 1) < 1e-9


def test_a_well_between_two_barriers_is_left_over_both():
    bond = Bond(lambda x: 0.05 * x**2 * (x**2 - 1) ** 2, 0.5)
    response, kT = LinearBias(paper_device("2b", bond=bond)), 1e-3
    escapes = escape_rates(response, 0.0, kT)
    assert [e.x_stable for e in escapes] == pytest.approx([-1, 0, 0, 1], abs=1e-9)
    assert [e.height for e in escapes] == pytest.approx([0.05 * 4 / 27] * 4)
    times = [1 / e.rate for e in escapes]
    expected = [times[0], times[1] / 2, times[3]]
    assert [time for _, time in lifetimes(response, 0.0, kT)] == pytest.approx(expected)


def test_no_escape_from_a_single_well():
    assert escape_rates(LinearBias(paper_device("8", zeta=0.5)), -0.2, 1e-3) == []
    with pytest.raises(ValueError, match=r"kT = 0\.0"):
        escape_rates(LinearBias(paper_device("8", zeta=0.5)), BIAS, 0.0)
    with pytest.raises(ValueError, match=r"zeta = 0\.0"):
        escape_rates(LinearBias(paper_device("8", zeta=0.0)), BIAS, 1e-3)


@pytest.mark.parametrize("zeta", [0.02, 0.1, 0.5, 1.5])
def test_measured_escapes_follow_the_rate(zeta):
    response, kT, n = LinearBias(paper_device("8", zeta=zeta)), 2.5e-4, 2000
    device = response.device
    theory = escape_rates(response, BIAS, kT)[0]
    rng = np.random.default_rng(31)
    v0 = rng.normal(0, np.sqrt(kT / device.M), n)
    drive = pulses([(BIAS, 3 * device.M / device.nu + 2000), (BIAS, 0.5 / theory.rate)])
    run = langevin(response, drive, kT, n, rng, x0=LOW, v0=v0)
    begin, end = np.sum(run.x_break < TOP, axis=0)
    rate = np.log(begin / end) * theory.rate / 0.5
    error = np.sqrt(1 / end - 1 / begin) * theory.rate / 0.5
    # the formula itself is asymptotic in kT over the barrier, here 0.19: allow it six per cent
    assert abs(rate - theory.rate) < 4 * error + 0.06 * theory.rate
