"""Many motions at constant bias: the integrator, and the wells that pulses lead to."""

import numpy as np
import pytest

from cifcore import FullBias, LinearBias, equilibria, paper_device, pulses, simulate
from cifcore.book.wells import visited
from cifcore.motion.basins import settle

RESPONSE = LinearBias(paper_device("7", zeta=0.16))
DEVICE = paper_device("7", zeta=0.2)
PERIOD = 2 * np.pi / DEVICE.omega


def rubbed(x, bias):
    return 0.4 + 0.3 * np.cos(3 * x + bias)


def test_it_is_the_motion_by_collocation():
    x0, v0 = np.array([-0.5, 0.2, 1.4]), np.array([0.002, -0.001, 0.0])
    found = settle(RESPONSE, 0.1, x0, v0, duration=1500.0, friction=rubbed)
    drive = pulses([(0.1, 1500.0)])
    known = simulate(RESPONSE, drive, x0, v0, friction=rubbed, times=[1500.0])
    np.testing.assert_allclose(found.x, known.x[:, 0], atol=1e-4)
    np.testing.assert_allclose(found.v, known.v[:, 0], atol=1e-6)
    np.testing.assert_allclose(found.charge, known.charge[:, 0], rtol=1e-4)


@pytest.mark.parametrize("friction", [None, rubbed])
def test_the_error_falls_with_the_fourth_power_of_the_step(friction):
    def end(dt):
        found = settle(RESPONSE, 0.1, 0.2, 0.003, duration=1200.0, dt=dt, friction=friction)
        return np.array([found.x, found.v])

    exact = end(1.0)
    np.testing.assert_allclose((end(12.0) - exact) / (end(6.0) - exact), 16.0, rtol=0.15)


def test_each_of_many_ends_as_the_motion_by_itself():
    rng = np.random.default_rng(21)
    zeta, bias = rng.uniform(0.05, 0.6, 6), rng.uniform(-0.12, 0.12, 6)
    x0, v0 = rng.uniform(-1, 1, 6), rng.uniform(-1, 1, 6) * DEVICE.omega
    duration = rng.uniform(1, 4, 6) * PERIOD
    family = LinearBias(DEVICE.replace(zeta=zeta))
    many = settle(family, bias, x0, v0, duration, dt=PERIOD / 200)
    for i in range(6):
        one = simulate(
            LinearBias(DEVICE.replace(zeta=zeta[i])), pulses([(bias[i], duration[i])]), x0[i], v0[i]
        )
        np.testing.assert_allclose(many.x[i], one.x[-1], atol=1e-6)
        np.testing.assert_allclose(many.v[i], one.v[-1], atol=1e-6 * DEVICE.omega)
        np.testing.assert_allclose(many.charge[i], one.charge[-1], atol=1e-5)


def test_it_broadcasts_and_rests_on_equilibria():
    family = LinearBias(DEVICE.replace(zeta=np.array([[0.1], [0.3]])))
    end = settle(family, np.array([-0.1, 0.05, 0.1]), 0.0, duration=40 * PERIOD)
    assert end.x.shape == end.v.shape == end.charge.shape == (2, 3)
    for x, bias in zip(end.x.T, (-0.1, 0.05, 0.1), strict=True):
        rest = equilibria(LinearBias(DEVICE), bias)
        stable = rest.x[rest.stable]
        assert np.all(np.min(np.abs(x[:, None] - stable), axis=1) < 1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (dict(duration=-1.0), ValueError, "duration = -1.0"),
        (dict(dt=0.0), ValueError, "dt = 0.0"),
        (dict(bias="high"), TypeError, "bias = 'high'"),
        (dict(x0=np.nan), ValueError, "x0 = nan"),
    ],
)
def test_bad_arguments_are_named(changes, error, text):
    with pytest.raises(error, match=text):
        settle(LinearBias(DEVICE), **(dict(bias=0.1, x0=0.0) | changes))


def test_a_device_without_friction_never_settles():
    frictionless = LinearBias(DEVICE.replace(zeta=0.0))
    with pytest.raises(ValueError, match="zeta"):
        settle(frictionless, 0.1, 0.0)
    settle(frictionless, 0.1, 0.0, duration=PERIOD)


def test_basins_are_mirror_images():
    rng = np.random.default_rng(22)
    x0, v0 = rng.uniform(-2, 2, 300), rng.uniform(-2, 2, 300) * DEVICE.omega
    here = settle(LinearBias(DEVICE), 0.1, x0, v0)
    there = settle(LinearBias(DEVICE), -0.1, -x0, -v0)
    np.testing.assert_allclose(there.x, -here.x, atol=1e-12)
    np.testing.assert_allclose(there.charge, -here.charge, atol=1e-9)


@pytest.mark.parametrize("friction", [None, rubbed])
def test_pulses_lead_where_the_motion_ends(friction):
    """Also where bias, position or damping are taken one by one."""
    zeta, biases = np.array([0.2, 0.16, 0.05]), [0.1, -0.1, 0.1]
    found = visited(RESPONSE, biases, 0.0, zeta, friction=friction)
    train = pulses([(bias, 2e4) for bias in biases])
    for column, each in zip(found.T, zeta, strict=True):
        response = LinearBias(paper_device("7", zeta=each))
        times = train.breaks[1:]
        known = simulate(response, train, times=times, friction=friction).x
        np.testing.assert_allclose(column, known, atol=0.02)


def test_a_well_alone_is_where_a_pulse_ends():
    response = FullBias(paper_device("7", zeta=0.16))
    assert visited(response, [0.01], [0.3, -2.0], 0.1).shape == (1, 2)
    assert np.ptp(visited(response, [0.01], [0.3, -2.0], 0.1)) == 0.0
