"""The three numbers of the design space, and the committed data against the code."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")

from benchmarks import design_space
from cifcore import FullBias, LinearBias, barriers, folds, least_bias, paper_device, potential
from cifcore.book.designs import (
    RANGES,
    UNBOUNDED,
    largest_ratio,
    random_devices,
    reduced,
    twin,
)
from cifcore.device import Device

DATA = Path(__file__).parents[2] / "book" / "data" / "design-space.npz"


def single(device, i):
    fields = {name: float(np.ravel(v)[i % np.size(v)]) for name, v in device.parameters.items()}
    return Device(**fields)


def test_devices_depend_on_their_numbers_alone_and_lie_in_their_ranges():
    together, bias = random_devices(np.arange(1000))
    alone, one = random_devices([637])
    both = [single(together, 637).parameters, single(alone, 0).parameters]
    # numpy's powers may differ in the last digit with the length of the array
    assert both[0] == pytest.approx(both[1], rel=1e-14) and bias[637] == pytest.approx(one[0])
    for name, (low, high) in RANGES.items():
        values = np.abs(together.E_dot) if name == "E_dot" else getattr(together, name, bias)
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < values.max() <= high


def test_a_twin_has_the_numbers_it_is_made_of():
    numbers = reduced(twin(0.3, -2.0, E_dot=0.2, b=7.0, a0=4.0, k=0.02), -0.1)
    v = 2 * 7**2 * 0.1 / (np.pi * 4**2 * 0.02)
    assert numbers == pytest.approx((0.3, -2.0, v), rel=1e-12)
    assert reduced(twin(0.3, -2.0), 5.0) == pytest.approx((0.3, -2.0, 5.0), rel=1e-12)


def test_barriers_of_a_family_are_those_of_its_members():
    devices, bias = random_devices(np.arange(600))
    found = design_space.best_barrier(LinearBias(devices), bias)
    assert np.sum(found["stable"] > 1) > 10
    for i in np.flatnonzero(found["stable"] > 1):
        climbs = {}
        for _, top, height in barriers(LinearBias(single(devices, i)), float(bias[i])):
            climbs.setdefault(top, []).append(height)
        best = max(min(pair) for pair in climbs.values() if len(pair) == 2)
        assert found["barrier"][i] == pytest.approx(best, rel=1e-9)


def test_potential_in_closed_form():
    c, y_c, w = 0.03, 2.0, 17.0
    y = np.linspace(-9, 9, 41)
    response = LinearBias(twin(c, y_c))
    root = np.sqrt(1 + c**2)
    closed = y**2 / 2 - w / root * np.arctan(c * np.sinh(y - y_c) / root)
    numerical = potential(response, y, w) / response.device.k
    assert np.ptp(closed - numerical) < 1e-11 * np.ptp(closed)


def test_no_barrier_is_higher_than_half_of_the_bias():
    rng = np.random.default_rng(3)
    log_c, y_c, w = (
        rng.uniform(-8, 1, 4000),
        rng.uniform(-20, 20, 4000),
        10 ** rng.uniform(0, 5, 4000),
    )
    found = design_space.best_barrier(LinearBias(twin(10**log_c, y_c)), w)
    c = 10**log_c
    assert np.sum(found["barrier"] > 0) > 100
    assert np.all(found["barrier"] <= w / 2 / np.sqrt(1 + c**2))


def random_family(rng, count, **fixed):
    """Devices at mu0 = 0, spread far beyond those of the paper."""
    fields = {
        "E_dot": rng.choice([-1, 1], count) * 10 ** rng.uniform(-2, 0, count),
        "gamma": 10 ** rng.uniform(-4, -0.1, count),
        "b": rng.uniform(1, 10, count),
        "a0": rng.uniform(1, 10, count),
        "k": 10 ** rng.uniform(-3, 0, count),
        "lam": np.tanh(rng.uniform(-8, 8, count)),
    }
    return Device(**{**fields, **fixed})


def test_no_device_is_multistable_below_the_least_bias_and_some_just_above():
    devices = random_family(np.random.default_rng(1), 4000)
    found = np.abs(folds(LinearBias(devices), 1e4).bias)
    nearest = np.min(np.where(np.isfinite(found), found, np.inf), axis=1)
    ratio = nearest / least_bias(devices)
    assert np.min(ratio) > 1
    assert np.min(ratio) < 1.002  # so it cannot be raised
    # and at random places the force never rises faster than the spring below it
    x = np.random.default_rng(2).normal(size=4000) * 5 + devices.centre
    slope = LinearBias(devices).force_slope(x, least_bias(devices))
    assert np.all(np.abs(slope) <= devices.k * (1 + 1e-12))


def test_the_least_bias_of_families_and_of_what_it_does_not_hold_for():
    device = paper_device("2b")
    assert least_bias(device) == pytest.approx(2 * np.pi * 0.02 * 0.25, rel=1e-15)
    assert least_bias(device.replace(lam=np.zeros((3, 2)))).shape == (3, 2)
    assert least_bias(device.replace(b=0.0)) == np.inf
    with pytest.raises(ValueError, match=r"device\.mu0 = 0\.1: must be 0"):
        least_bias(device.replace(mu0=0.1))
    with pytest.raises(TypeError, match=r"must be a cifcore\.Device"):
        least_bias(0.1)


@pytest.mark.parametrize("lam", [0.0, 0.3, -0.5, 0.8])
def test_the_largest_ratio_is_where_the_last_fold_vanishes(lam):
    def count(c):
        return len(folds(LinearBias(twin(c, 2 * np.arctanh(lam))), 1e100).bias)

    c = largest_ratio(lam)
    assert count(c * (1 - 1e-6)) >= 2 and count(c * (1 + 1e-6)) == 0
    assert count(100 * c) == 0


def test_beyond_a_lam_every_ratio_will_do():
    for lam, folded in ((UNBOUNDED - 1e-3, False), (UNBOUNDED + 1e-3, True)):
        device = twin(1e4, 2 * np.arctanh(lam))
        assert (len(folds(LinearBias(device), 1e100).bias) > 0) == folded
        assert np.isinf(largest_ratio(lam)) == folded
    with pytest.raises(ValueError, match=r"lam = 1\.0"):
        largest_ratio(1.0)


def test_no_barrier_of_a_symmetric_device_is_higher_than_a_quarter_of_the_bias():
    rng = np.random.default_rng(4)
    log_c, w = rng.uniform(-12, -0.7, 4000), 10 ** rng.uniform(0.6, 3, 4000)
    device = twin(10**log_c, np.zeros(4000))
    found = design_space.best_barrier(LinearBias(device), w)
    share = found["barrier"] / w
    assert np.sum(share > 0) > 500
    assert np.all(share <= 0.25 / np.sqrt(1 + 100.0**log_c))


def test_committed_data_follow_from_the_code():
    assert DATA.stat().st_size < 1e6
    data = np.load(DATA)
    facts = json.loads(str(data["facts"]))
    assert facts["devices"] >= 1e6 and facts["different_counts"] == 0
    some = np.concatenate([np.arange(60), np.argsort(data["exact_barrier"])[-5:]])
    index = data["exact_index"][some]
    devices, bias = random_devices(index)
    linear = design_space.best_barrier(LinearBias(devices), bias)
    exact = design_space.best_barrier(FullBias(devices), bias)
    np.testing.assert_allclose(linear["barrier"], data["linear_barrier"][some], rtol=1e-6)
    np.testing.assert_allclose(exact["barrier"], data["exact_barrier"][some], rtol=1e-4, atol=1e-9)
    np.testing.assert_array_equal(exact["stable"], data["exact_stable"][some])
    log_c, y_c = data["log_c"][::30], data["y_c"][::25]
    mesh = np.meshgrid(log_c, y_c, indexing="ij")
    folds = design_space.window(None, *(part.reshape(-1) for part in mesh))
    for side in ("forward", "backward"):
        found = folds[f"{side}_low"].reshape(mesh[0].shape)
        stored = 10.0 ** data[f"log_{side}_low"][::30, ::25].astype(float)
        np.testing.assert_allclose(
            np.where(np.isfinite(found), found, np.nan), stored, rtol=1e-2, equal_nan=True
        )
