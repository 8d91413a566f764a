"""Langevin ensembles: equilibrium, order, limits, and what they must not depend on."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cifcore import (
    LinearBias,
    Response,
    langevin,
    paper_device,
    potential,
    pulses,
    ramp,
    simulate,
    triangle,
)

PERIOD = 2 * np.pi / paper_device("9").omega


def deviation(samples, expected):
    """Difference of the mean from what is expected, in standard errors."""
    return (np.mean(samples) - expected) / (np.std(samples, ddof=1) / np.sqrt(np.size(samples)))


@pytest.mark.parametrize("zeta", [0.05, 0.5, 3.0])
def test_equipartition(zeta):
    response = LinearBias(paper_device("8", zeta=zeta))
    device, kT, n = response.device, 1e-3, 4000
    rng = np.random.default_rng(11)
    start = rng.normal(0, np.sqrt(kT / device.k), n), rng.normal(0, np.sqrt(kT / device.M), n)
    run = langevin(response, pulses([(0.0, 20 * PERIOD)]), kT, n, rng, *start)
    assert abs(deviation(device.k * run.x_end**2 / kT, 1)) < 4
    # the velocity's spread is short by (omega dt/2)^2
    dt = 20 * PERIOD / np.ceil(20 * PERIOD / (PERIOD / 40))
    assert abs(deviation(device.M * run.v_end**2 / kT, 1 - (device.omega * dt / 2) ** 2)) < 4
    assert abs(np.corrcoef(run.x_end, run.v_end)[0, 1]) < 4 / np.sqrt(n)


def test_equilibrium_is_reached_from_rest():
    response = LinearBias(paper_device("9"))
    run = langevin(response, pulses([(0.0, 30 * PERIOD)]), 2e-4, 4000, 12)
    assert abs(deviation(response.device.k * run.x_end**2 / 2e-4, 1)) < 4


def test_spread_of_positions_is_exact_at_any_stable_step():
    response = LinearBias(paper_device("9"))
    dt = 1.5 / response.device.omega
    run = langevin(response, pulses([(0.0, 2000 * dt)]), 1e-3, 6000, 13, dt=dt)
    assert abs(deviation(response.device.k * run.x_end**2 / 1e-3, 1)) < 4


def boltzmann(response, bias, kT, edges):
    """Probability of each bin of positions, from Eq. 28."""
    x = np.linspace(edges[0], edges[-1], 4001)
    weight = np.exp(-(potential(response, x, bias) - potential(response, 1.6, bias)) / kT)
    cumulative = np.concatenate([[0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
    return np.diff(np.interp(edges, x, cumulative / cumulative[-1]))


def chi_squared(x, response, bias, kT, edges):
    """Pearson's statistic of the positions against Boltzmann's distribution."""
    expected = len(x) * boltzmann(response, bias, kT, edges)
    counts = np.histogram(np.clip(x, edges[0], edges[-1]), edges)[0]
    return np.sum((counts - expected) ** 2 / expected)


EDGES = np.concatenate([[-2.5], np.linspace(0.0, 2.8, 15), [4.5]])


def test_boltzmann_distribution_in_the_double_well():
    response, kT = LinearBias(paper_device("8", zeta=0.3)), 6e-3
    x0 = np.where(np.arange(4000) % 2, 0.34, 1.67)
    run = langevin(response, pulses([(0.2, 2e5)]), kT, 4000, 14, x0=x0)
    statistic = chi_squared(run.x_end, response, 0.2, kT, EDGES)
    dof = len(EDGES) - 2
    assert statistic < dof + 4 * np.sqrt(2 * dof)
    # the test can fail: another temperature is told apart
    assert chi_squared(run.x_end, response, 0.2, 1.15 * kT, EDGES) > dof + 4 * np.sqrt(2 * dof)


def test_position_dependent_friction_and_noise_leave_boltzmann_stationary():
    response, kT = LinearBias(paper_device("8", zeta=0.1)), 6e-3

    def friction(x, bias):
        return 4 * response.device.nu * np.exp(-((x - 1.0) ** 2))

    x0 = np.where(np.arange(2000) % 2, 0.34, 1.67)
    drive = pulses([(0.2, 2e5)])
    run = langevin(
        response,
        drive,
        kT,
        2000,
        15,
        x0=x0,
        friction=friction,
        noise=lambda x, bias: 2 * kT * friction(x, bias),
    )
    dof = len(EDGES) - 2
    assert chi_squared(run.x_end, response, 0.2, kT, EDGES) < dof + 4 * np.sqrt(2 * dof)


def test_added_noise_alone_heats():
    response, kT = LinearBias(paper_device("9")), 1e-3
    nu = response.device.nu
    run = langevin(
        response,
        pulses([(0.0, 30 * PERIOD)]),
        kT,
        4000,
        16,
        noise=lambda x, bias: np.full_like(x, 2 * kT * nu),
    )
    assert abs(deviation(response.device.k * run.x_end**2 / kT, 2)) < 4


def test_zero_temperature_is_simulate_and_the_order_is_two():
    response = LinearBias(paper_device("8", zeta=0.1))
    drive = pulses([(0.2, 3 * PERIOD), (-0.1, 2 * PERIOD)]) + triangle(0.05, 4 * PERIOD)
    exact = simulate(response, drive, x0=0.1, v0=1e-3, rtol=1e-11)
    error = []
    for steps in (40, 80, 160):
        run = langevin(response, drive, 0.0, 2, 0, x0=0.1, v0=1e-3, dt=PERIOD / steps)
        error.append([run.x_end[0] - exact.x[-1], run.charge_per_cycle[0, 0] - exact.charge[-1]])
        assert run.x_end[0] == run.x_end[1]
    error = np.abs(error)
    assert np.all(error[-1] < [1e-3, 2e-3])
    order = np.log2(error[:-1] / error[1:])
    assert np.all(np.abs(order[-1] - 2) < 0.2)


def test_the_default_step_does_not_matter():
    response = LinearBias(paper_device("9"))
    drive = pulses([(0.3, 22222.0), (-0.3, 22222.0)])
    charge = [
        langevin(response, drive, 2e-4, 3000, seed, dt=dt).charge_per_cycle[:, 0]
        for seed, dt in ((17, None), (18, PERIOD / 160))
    ]
    errors = [np.std(q, ddof=1) / np.sqrt(len(q)) for q in charge]
    assert abs(np.mean(charge[0]) - np.mean(charge[1])) < 4 * np.hypot(*errors)


def test_the_seed_decides():
    response = LinearBias(paper_device("9"))
    drive = pulses([(0.3, 3000.0)])
    runs = [langevin(response, drive, 1e-3, 5, seed).x_end for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.any(runs[0] == runs[2])
    from_generator = langevin(response, drive, 1e-3, 5, np.random.default_rng(1)).x_end
    assert np.array_equal(runs[0], from_generator)


def test_memory_does_not_grow_with_the_number_of_steps():
    response = LinearBias(paper_device("9"))

    def peak(duration):
        tracemalloc.start()
        langevin(response, pulses([(0.3, duration)]), 1e-3, 200, 1)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(100 * PERIOD / 40)
    short, long = peak(300 * PERIOD / 40), peak(3000 * PERIOD / 40)
    # the bias at each step is a number; the ensemble is not kept
    assert long - short < 3000 * 8 * 8


def test_samples_ends_and_occupation():
    response = LinearBias(paper_device("9"))
    drive = pulses([(0.3, 9000.0), (-0.3, 7000.0)], cycles=2)
    run = langevin(response, drive, 1e-3, 40, 3, samples=64, edges=[-1.2, 0.0, 1.2])
    assert run.t.shape == (64,) and run.x.shape == (64, 40)
    assert np.array_equal(run.x[-1], run.x_end) and np.array_equal(run.x_break[:, -1], run.x_end)
    assert run.t[17] == 9000.0 and np.array_equal(run.x[17], run.x_break[:, 0])
    np.testing.assert_allclose(run.occupation.sum(axis=2), 1)
    assert run.occupation.shape == (40, 4, 4) and np.all(run.occupation >= 0)
    # with the samples as dense as the steps, the occupation can be counted from them
    drive = pulses([(0.3, 100 * PERIOD / 40)])
    run = langevin(response, drive, 1e-3, 40, 3, samples=100, edges=[0.5])
    np.testing.assert_allclose(run.occupation[:, 0, 1], np.mean(run.x > 0.5, axis=0))
    by_cycle = langevin(response, pulses([(0.3, 500.0)], 3), 1e-3, 4, 3)
    assert np.array_equal(by_cycle.t, [500.0, 1000.0, 1500.0])
    assert by_cycle.charge_per_cycle.shape == (4, 3)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (dict(kT=-1e-3), ValueError, "kT = -0.001"),
        (dict(kT="warm"), TypeError, "kT = 'warm'"),
        (dict(n=0), ValueError, "n = 0"),
        (dict(n=2.0), TypeError, "n = 2.0"),
        (dict(seed=None), TypeError, "seed = None"),
        (dict(x0=[0.0, 0.0]), ValueError, "x0 has shape"),
        (dict(dt=0.0), ValueError, "dt = 0.0"),
        (dict(dt=500.0), ValueError, "dt = 500.0"),
        (dict(edges=[1.0, 0.0]), ValueError, "edges = "),
        (dict(samples=-1), ValueError, "samples = -1"),
        (dict(drive=0.3), TypeError, "drive = 0.3"),
    ],
)
def test_bad_arguments_are_named(changes, error, text):
    arguments = dict(drive=pulses([(0.1, 1e3)]), kT=1e-3, n=3, seed=1) | changes
    with pytest.raises(error, match=text):
        langevin(LinearBias(paper_device("9")), **arguments)


class Stiff(Response):
    """A response four hundred times stiffer than the device's own spring."""

    def __init__(self):
        self.device = paper_device("9")

    def force(self, x, bias):
        return -400 * self.device.k * x * bias

    def current(self, x, bias):
        return 0 * x


def test_a_step_too_long_for_the_wells_is_refused():
    drive = pulses([(1.0, 200 * PERIOD)])
    with np.errstate(all="ignore"), pytest.raises(ArithmeticError, match="dt = "):
        langevin(Stiff(), drive, 1e-3, 3, 1)
    langevin(Stiff(), drive, 1e-3, 3, 1, dt=PERIOD / 100)


def test_an_ensemble_beyond_the_memory_is_refused_at_once():
    drive = pulses([(0.1, 1e3)])
    with pytest.raises(ValueError, match=r"n = 1000000000000: would take .* GB"):
        langevin(LinearBias(paper_device("9")), drive, 1e-3, 10**12, 1)


def test_noise_without_any_friction_heats_at_its_rate():
    """The energy of a free oscillator grows by D/2M in unit time."""
    device = paper_device("2a", zeta=0.0)
    n, strength, duration = 4000, 1e-4, 2 * np.pi / float(device.omega)
    run = langevin(
        LinearBias(device),
        pulses([(0.0, duration)]),
        0.0,
        n,
        5,
        noise=lambda x, bias: np.full_like(x, strength),
    )
    energy = (device.M * run.v_end**2 + device.k * run.x_end**2) / 2
    expected = strength * duration / (2 * device.M)
    assert abs(np.mean(energy) / expected - 1) < 4 * np.sqrt(1 / n)


def test_friction_that_follows_the_bias_keeps_the_order_two():
    device = paper_device("2b", zeta=0.1)
    drive = ramp(0.0, 0.3, 2 * PERIOD)
    x = [
        langevin(
            LinearBias(device),
            drive,
            0.0,
            1,
            0,
            x0=0.3,
            dt=PERIOD / steps,
            friction=lambda x, bias: 20 * device.nu * bias * (1 + x**2),
        ).x_end[0]
        for steps in (50, 100, 200)
    ]
    assert (x[0] - x[1]) / (x[1] - x[2]) == pytest.approx(4, abs=0.4)
