"""Sums over a few energies of the window against the closed forms, for any device."""

import numpy as np
import pytest

from cifcore import Device, FullBias, paper_device
from cifcore.electrons.window import _MOST, WindowSum, points_needed
from cifcore.force.exact import _Full


def random_cases(seed, n):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        device = Device(
            E_dot=rng.uniform(-2.2, 2.2),
            gamma=10 ** rng.uniform(-2.5, 0.3),
            b=rng.uniform(0.5, 8),
            a0=rng.uniform(2, 8),
            k=0.02,
            lam=rng.uniform(-0.95, 0.95),
            mu0=rng.uniform(-1.5, 1.5),
        )
        yield device, rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 0.3)


def positions(device):
    return (2 * np.arctanh(device.lam) + np.linspace(-30, 30, 121)) * FullBias(device).length


def closed_forms(device, x, bias):
    exact = FullBias(device)
    return _Full.parts(exact, x, bias, "force", "current")


def test_sums_are_the_closed_forms():
    summed = 0
    for device, bias in random_cases(1, 100):
        points = points_needed(device, abs(bias) / 2)
        if points is None:
            continue
        summed += 1
        x = positions(device)
        for under in (bias, bias + 0 * x):
            one = WindowSum(device, points, under)
            both, exact = one.force_and_current(x), closed_forms(device, x, bias)
            # the closed form of the current loses digits where the coupling is weak
            for ours, theirs, allowed in zip(both, exact, (1e-12, 1e-9), strict=True):
                assert np.max(np.abs(ours - theirs)) <= allowed * np.max(np.abs(theirs))
    assert summed > 80


def test_the_number_of_points_is_needed():
    """With half of them the error is about the root of what it is with all: not wasteful."""
    device, bias = paper_device("2b"), 0.2
    points = points_needed(device, bias / 2)
    x = positions(device)
    exact = closed_forms(device, x, bias)[0]
    size = np.max(np.abs(exact))
    errors = [
        np.max(np.abs(WindowSum(device, n, bias).force_and_current(x)[0] - exact)) / size
        for n in (points // 2, points)
    ]
    assert errors[1] < 1e-12
    assert 1e-10 < errors[0] < 1e-6


def test_a_sharp_resonance_in_the_window_is_left_to_the_closed_forms():
    sharp = paper_device("2b", gamma=0.003)
    assert points_needed(sharp, 0.05) < 12
    assert points_needed(sharp, 0.3) is None
    x = positions(sharp)
    (closed,) = _Full.parts(FullBias(sharp), x, 0.6, "force")
    assert np.array_equal(FullBias(sharp).force(x, 0.6), closed)


def test_a_window_that_reaches_the_edge_of_the_band_is_left_to_the_closed_forms():
    device = paper_device("4", mu0=1.5)
    assert points_needed(device, 0.2) <= _MOST
    for half in (0.4999, 0.5, 0.7):
        assert points_needed(device, half) is None


@pytest.mark.parametrize("changes", [{"kT0": 0.01}, {"lam": np.array([0.0, 0.5])}])
def test_families_and_warm_leads_are_left_to_the_closed_forms(changes):
    device = paper_device("2b", **changes)
    response = FullBias(device)
    assert np.array_equal(response.force(0.3, 0.2), _Full.parts(response, 0.3, 0.2, "force")[0])


def test_shapes_and_long_arrays():
    exact = FullBias(paper_device("7", zeta=0.2))
    assert np.ndim(exact.force(0.3, 0.1)) == 0
    assert exact.force(np.zeros((0, 3)), 0.1).shape == (0, 3)
    x, bias = np.linspace(-2, 2, 20_001), np.linspace(-0.15, 0.15, 20_001)
    one, many = exact.force_and_slope(x, 0.1), exact.force_and_slope(x, bias)
    for i in (0, 8191, 8192, 20_000):
        assert exact.force(x[i], 0.1) == pytest.approx(one[0][i], rel=1e-12)
        assert exact.force_slope(x[i], bias[i]) == pytest.approx(many[1][i], rel=1e-11)
    grid = exact.force(x[::5000], bias[::4000, None])
    assert grid.shape == (6, 5)
    assert grid[2, 3] == pytest.approx(exact.force(x[15_000], bias[8000]), rel=1e-12)


def test_far_from_the_leads_nothing_overflows():
    device = paper_device("7", zeta=0.2)
    with np.errstate(all="raise", under="ignore"):
        found = WindowSum(device, 8, 0.1).force_and_current(np.array([-1e4, -400.0, 400.0, 1e4]))
    assert np.all(np.isfinite(found)) and np.all(np.abs(found) < 1e-100)


@pytest.mark.parametrize("half", [0.02, 0.08, 0.2])
def test_electrons_and_holes_need_as_many_points(half):
    for mu0 in (1.75, 1.5, 0.3):  # beside an edge of the band, and not
        device = Device(E_dot=0.4, gamma=0.8, b=1, a0=1, k=1, mu0=mu0)
        points = points_needed(device, half)
        assert points is not None and points == points_needed(
            device.replace(E_dot=-0.4, mu0=-mu0), half
        )
