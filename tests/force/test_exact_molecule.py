"""The exact response by matrices: against the closed forms of the chain, and against itself."""

import numpy as np
import pytest

from cifcore import (
    FullBias,
    FullJunction,
    Junction,
    LinearJunction,
    equilibria,
    paper_device,
    pulses,
    simulate,
)
from tests.devices import random_device

WHERE = np.linspace(-4, 4, 81)


def by_matrices(device, **more):
    return FullJunction(
        Junction.from_device(device), k=device.k, length=0.25, positions=WHERE, **more
    )


@pytest.mark.parametrize("kT", [0.0, 1e-3, 0.05])
def test_it_is_the_exact_force_and_current_of_random_devices(kT):
    rng = np.random.default_rng(8)
    for _ in range(8):
        device = random_device(rng, kT)
        x, bias = rng.uniform(-1.5, 1.5, 3), rng.uniform(-0.6, 0.6, 3)
        ours, closed = by_matrices(device, kT=kT), FullBias(device)
        scale = np.max(np.abs(closed.force(x, bias)))
        np.testing.assert_allclose(ours.force(x, bias), closed.force(x, bias), atol=1e-8 * scale)
        np.testing.assert_allclose(ours.current(x, bias), closed.current(x, bias), rtol=1e-8)
        slope = closed.force_slope(x, bias)
        np.testing.assert_allclose(
            ours.force_slope(x, bias), slope, atol=1e-6 * np.max(np.abs(slope))
        )


def test_a_bias_beyond_the_band_moves_what_the_band_holds():
    device = paper_device("2b", mu0=0.5)
    ours, closed = by_matrices(device), FullBias(device)
    for bias in (4.0, -6.0):  # one chemical potential outside, both
        assert ours.force(0.3, bias) == pytest.approx(closed.force(0.3, bias), rel=1e-8)
        assert ours.current(0.3, bias) == pytest.approx(closed.current(0.3, bias), rel=1e-8)


def test_a_small_bias_is_first_order():
    junction = Junction(lambda x: np.array([[0.4, -np.exp(-x)], [-np.exp(-x), -0.4]]))
    fields = dict(k=0.05, length=0.5, positions=np.linspace(-2, 2, 41))
    exact, first = FullJunction(junction, **fields), LinearJunction(junction, **fields)
    for what in ("force", "current"):
        odd = (getattr(exact, what)(0.3, 1e-4) - getattr(exact, what)(0.3, -1e-4)) / 2
        assert odd == pytest.approx(getattr(first, what)(0.3, 1e-4), rel=1e-6)


def test_everything_behind_the_seam_takes_it():
    device = paper_device("2b")
    ours, closed = by_matrices(device), FullBias(device)
    np.testing.assert_allclose(equilibria(ours, 0.2).x, equilibria(closed, 0.2).x, atol=1e-8)
    drive = pulses([(0.2, 300.0)])
    a, b = simulate(ours, drive, rtol=1e-6), simulate(closed, drive, rtol=1e-6)
    assert a.x[-1] == pytest.approx(b.x[-1], abs=1e-5)
    assert ours.of(device.replace(k=0.03)).device.k == 0.03


def test_a_temperature_out_of_range_is_named():
    with pytest.raises(ValueError, match="kT"):
        by_matrices(paper_device("2b"), kT=-1.0)
    with pytest.raises(TypeError, match="junction"):
        FullJunction(3, k=0.02, length=0.25, positions=WHERE)
