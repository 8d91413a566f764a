"""How long a well holds the dot, and the numbers of Figs. 8 and 9 with other seeds."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import LinearBias, langevin, paper_device, pulses
from cifcore.book.evidence import fluctuations as evidence
from cifcore.book.wells import holding
from cifcore.positions.escape import escape_rates, lifetimes

BIAS = 0.2


def test_lifetimes_and_the_temperatures_that_give_them():
    response = LinearBias(paper_device("8", zeta=0.5))
    escapes = escape_rates(response, BIAS, 2e-4)
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
