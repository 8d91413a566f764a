"""Escape rates against ensembles, and the numbers of Figs. 8 and 9 with other seeds."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import LinearBias, equilibria, langevin, paper_device, potential, pulses, simulate
from cifcore.book.evidence import fluctuations as evidence
from cifcore.book.wells import holding
from cifcore.positions.escape import (
    depopulation,
    escape_rates,
    lifetimes,
    round_trip_action,
)

BIAS = 0.2
LOW, TOP, HIGH = equilibria(LinearBias(paper_device("8", zeta=0.5)), BIAS).x


def test_depopulation_limits():
    # Mel'nikov: Y(D) = D (1 - 0.82 sqrt(D) + ...) for small D, and 1 for large D
    small = np.array([1e-6, 1e-4])
    np.testing.assert_allclose(depopulation(small) / small, 1 - 0.8239 * np.sqrt(small), atol=2e-4)
    np.testing.assert_allclose(depopulation([50.0, 1e3]), 1, atol=1e-5)
    # the integral in its first form, by the trapezoidal rule
    z = np.linspace(-400, 400, 4_000_001)
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


def test_limits_of_the_rate():
    for zeta in (0.5, 20.0):
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


def test_lifetimes_and_the_temperatures_that_give_them():
    response = LinearBias(paper_device("8", zeta=0.5))
    escapes = escape_rates(response, BIAS, 2e-4)
    assert lifetimes(response, BIAS, 2e-4) == [(e.x_stable, 1 / e.rate) for e in escapes]
    for place, (well, kT, height) in enumerate(holding(response, BIAS, 1e15)):
        assert well == escapes[place].x_stable
        assert abs(lifetimes(response, BIAS, kT)[place][1] / 1e15 - 1) < 1e-3
        assert abs(kT * height / escapes[place].height - 1) < 1e-12
    # by hand, far below the barrier: ln(attempts in that time); a thousand times longer, ln 1000
    inner, longer = (holding(response, BIAS, t)[0][2] for t in (1e15, 1e18))
    e = escapes[0]
    assert abs(inner - np.log(1e15 * e.kramers / np.exp(-e.height / 2e-4))) < 0.02
    assert abs(longer - inner - np.log(1000)) < 0.01
    with pytest.raises(ValueError, match=r"lifetime = 1\.0"):
        holding(response, BIAS, 1.0)


def test_no_escape_from_a_single_well():
    assert escape_rates(LinearBias(paper_device("8", zeta=0.5)), -0.2, 1e-3) == []
    with pytest.raises(ValueError, match=r"kT = 0\.0"):
        escape_rates(LinearBias(paper_device("8", zeta=0.5)), BIAS, 0.0)


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


def test_noise_redrawn_in_each_stage_is_weaker():
    """The candidate for Fig. 8(b): Runge-Kutta with a new random number in each stage."""
    device, kT, n = paper_device("9"), 1e-3, 1500
    dt = 2 * np.pi / device.omega / 40
    spread = np.sqrt(2 * kT * device.nu / dt)
    rng = np.random.default_rng(32)
    state = np.zeros((2, n))

    def rates(state):
        x, v = state
        return np.array(
            [v, (spread * rng.standard_normal(n) - device.k * x - device.nu * v) / device.M]
        )

    for _ in range(800):
        first = rates(state)
        second = rates(state + dt / 2 * first)
        third = rates(state + dt / 2 * second)
        fourth = rates(state + dt * third)
        state = state + dt / 6 * (first + 2 * second + 2 * third + fourth)
    samples = device.k * state[0] ** 2 / kT
    error = np.std(samples) / np.sqrt(n)
    assert abs(np.mean(samples) - 5 / 18) < 4 * error + 0.02
    assert np.mean(samples) < 0.5


def test_fig_8_with_other_seeds():
    cold = evidence.stays(2e-4, 0.5, n=400, seed=33)
    assert abs(np.mean(cold) - np.mean(evidence.stays(2e-4, 0.5))) < 4 * np.sqrt(2 * 0.07 / 400)
    assert np.mean(cold) > 0.8
    assert not np.any(evidence.stays(1e-3, 0.5, n=400, seed=34))
    weaker = np.mean(evidence.stays(5 / 18 * 1e-3, 0.5, n=400, seed=35))
    assert 0.5 < weaker < 0.8


def test_fig_9_with_other_seeds():
    for kT in (5e-5, 2e-4, 1e-3):
        one, other = evidence.cycles(kT), evidence.cycles(kT, seed=36)
        error = np.hypot(one.error, other.error)
        assert abs(np.mean(one.charge) - np.mean(other.charge)) < 4 * error
        for kind in range(len(evidence.FAULTS)):
            shares = [np.mean(each.fault == kind) for each in (one, other)]
            spread = np.sqrt(2 * shares[0] * (1 - shares[0]) / evidence.CYCLES)
            assert abs(shares[0] - shares[1]) < 4 * spread + 0.002


def test_cycles_in_a_row_are_cycles_side_by_side():
    response = LinearBias(paper_device("9"))
    run = langevin(response, evidence.protocol(16), 3e-4, 100, 37).charge_per_cycle[:, 1:]
    assert abs(np.corrcoef(run[:, :-1].ravel(), run[:, 1:].ravel())[0, 1]) < 4 / np.sqrt(run.size)
    side = evidence.cycles(3e-4, seed=38).charge
    error = np.hypot(np.std(run) / np.sqrt(run.size), np.std(side) / np.sqrt(side.size))
    assert abs(np.mean(run) - np.mean(side)) < 4 * error


def test_the_mirrored_protocol_pumps_backwards():
    response = LinearBias(paper_device("9"))
    mirrored = pulses([(-0.3, evidence.TAU / 3), (0.3, evidence.TAU / 3)])
    forwards = langevin(response, evidence.protocol(), 0.0, 1, 0).charge_per_cycle[0, 0]
    backwards = langevin(response, mirrored, 0.0, 1, 0).charge_per_cycle[0, 0]
    assert forwards > 1 and abs(forwards + backwards) < 1e-9
    symmetric = langevin(response, mirrored, 2e-4, 800, 39).charge_per_cycle[:, 0]
    assert np.mean(symmetric) < -1
