"""Many motions at constant bias: the integrator, and the wells that pulses lead to."""

import numpy as np
import pytest

from cifcore import FullBias, LinearBias, paper_device, pulses, simulate
from cifcore.book.wells import visited
from cifcore.motion.basins import settle

RESPONSE = LinearBias(paper_device("7", zeta=0.16))


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


def test_the_error_falls_with_the_fourth_power_of_the_step():
    def end(dt):
        found = settle(RESPONSE, 0.1, 0.2, 0.003, duration=1200.0, dt=dt, friction=rubbed)
        return np.array([found.x, found.v])

    exact = end(1.0)
    np.testing.assert_allclose((end(12.0) - exact) / (end(6.0) - exact), 16.0, rtol=0.15)


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
