"""The quantum bath of `langevin`: its spectrum, what it does to an oscillator, its limits, cost."""

from __future__ import annotations

import time

import numpy as np
import pytest

from cifcore import LinearBias, langevin, paper_device, pulses, quantum_spread, ramp
from cifcore.motion.bath import frequencies, shaping

OMEGA = paper_device("9").omega


def answer(kT, h, theta):
    decay, weights, direct = shaping(kT, h, frequencies(kT, h))
    return direct + np.sum(weights / (1 - decay * np.exp(-1j * theta[:, None])), axis=1)


@pytest.mark.parametrize("heat", [0.0, 1e-5, 1e-3, 0.05, 1.0, 30.0])
def test_the_spectrum_is_that_of_the_bath(heat):
    h = 35.0
    hw = np.geomspace(1e-3, 2, 500)
    found = np.abs(answer(heat / h, h, 2 * np.arcsin(hw / 2))) ** 2
    wanted = hw / np.tanh(hw / (2 * heat)) if heat else hw
    assert np.max(np.abs(found / wanted - 1)) < 0.015


@pytest.mark.parametrize("zeta", [0.05, 0.16, 0.5, 1.0])
@pytest.mark.parametrize("heat", [0.0, 0.3, 3.0])
def test_the_noise_spreads_an_oscillator_as_the_quantum_bath_does(zeta, heat):
    # the linear answer of the steps of `langevin`, without a random number
    device, kT = paper_device("9", zeta=zeta), heat * OMEGA
    h = 2 * np.pi / OMEGA / 40
    rate = device.nu / device.M
    kick = np.array([[1, 0], [-device.k * h / 2 / device.M, 1]])
    drift = np.array([[1, h / 2], [0, 1]])
    step = kick @ drift @ np.diag([1, np.exp(-rate * h)]) @ drift @ kick
    strength = device.nu / h * -np.expm1(-2 * rate * h) / (2 * rate)
    enters = kick @ drift @ np.array([0, np.sqrt(strength) / device.M])
    theta = (np.arange(20_000) + 0.5) / 20_000 * np.pi
    z = np.exp(1j * theta)
    x = (z - step[1, 1]) * enters[0] + step[0, 1] * enters[1]
    x = x / ((z - step[0, 0]) * (z - step[1, 1]) - step[0, 1] * step[1, 0])
    spread = np.mean(np.abs(x * answer(kT, h, theta)) ** 2)
    assert abs(spread / quantum_spread(device, kT) - 1) < 0.01


@pytest.mark.parametrize("heat", [0.0, 0.5])
def test_an_ensemble_spreads_as_the_damped_quantum_oscillator(heat):
    device, n = paper_device("9", zeta=0.3), 6000
    drive = pulses([(0.0, 40 / OMEGA)])
    run = langevin(LinearBias(device), drive, heat * OMEGA, n, 5, bath="quantum")
    found = run.x_end**2 / quantum_spread(device, heat * OMEGA)
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(n)
    # the test can fail: the classical spread is another
    classical = heat * OMEGA / device.k / quantum_spread(device, heat * OMEGA)
    assert abs(np.mean(found) - classical) > 4 * np.std(found) / np.sqrt(n)


def test_a_hot_bath_is_classical():
    device, kT, n = paper_device("9", zeta=0.5), 20 * OMEGA, 6000
    run = langevin(LinearBias(device), pulses([(0.0, 25 / OMEGA)]), kT, n, 6, bath="quantum")
    found = device.k * run.x_end**2 / kT
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(n)


def test_pieces_of_a_segment_and_steps_of_other_lengths():
    response, n = LinearBias(paper_device("9", zeta=0.3)), 4000
    whole = langevin(response, pulses([(0.1, 4000.0)]), 1e-4, n, 7, dt=20.0, bath="quantum")
    pieces = pulses([(0.1, 1000.0)] * 4)
    cut = langevin(response, pieces, 1e-4, n, 7, dt=20.0, bath="quantum")
    np.testing.assert_allclose(cut.x_end, whole.x_end, rtol=1e-9, atol=1e-12)
    uneven = pulses([(0.0, t) for t in (6000.0, 57.0, 430.0, 111.0, 39.0, 501.0)])
    run = langevin(response, uneven, 1e-4, n, 8, bath="quantum")
    found = run.x_end**2 / quantum_spread(response.device, 1e-4)
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(n)


def test_seeds_and_names_of_baths():
    response, drive = LinearBias(paper_device("9")), ramp(0.0, 0.3, 5000.0)
    runs = [langevin(response, drive, 0.0, 20, s, bath="quantum").x_end for s in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1]) and not np.any(runs[0] == runs[2])
    assert np.std(runs[0]) > 0
    still = langevin(response, drive, 0.0, 20, 1).x_end
    assert np.all(still == still[0])
    for bath in ("hot", None, 1):
        with pytest.raises(ValueError, match=r"bath = .*: must be one of classical, quantum"):
            langevin(response, drive, 0.0, 2, 1, bath=bath)


def test_added_friction_and_noise_join_the_bath():
    device, n = paper_device("9", zeta=0.15), 6000
    twice = paper_device("9", zeta=0.3)
    kT = 3 * OMEGA
    run = langevin(
        LinearBias(device),
        pulses([(0.0, 40 / OMEGA)]),
        kT,
        n,
        9,
        friction=lambda x, bias: 0 * x + device.nu,
        noise=lambda x, bias: 0 * x + 2 * kT * device.nu,
        bath="quantum",
    )
    # half of the noise is white, the other half of the quantum bath
    found = run.x_end**2
    between = (quantum_spread(twice, kT) + kT / device.k) / 2
    assert abs(np.mean(found) / between - 1) < 4 * np.std(found / between) / np.sqrt(n)


def test_colour_costs_less_than_two_and_a_half_times_white():
    response, drive = LinearBias(paper_device("9")), pulses([(0.3, 10_000.0)])

    def seconds(bath):
        rounds = []
        for _ in range(5):
            start = time.process_time()
            langevin(response, drive, 2e-4, 1500, 1, bath=bath)
            rounds.append(time.process_time() - start)
        return min(rounds)

    assert seconds("quantum") < 2.5 * seconds("classical")
