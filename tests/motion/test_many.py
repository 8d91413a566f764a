"""Families in motion: each member as if alone, energy in balance, memory that does not grow."""

import tracemalloc

import numpy as np
import pytest

from cifcore import Bond, FullBias, LinearBias, paper_device, pulses, ramp, simulate, triangle

CYCLE = triangle(0.15, 1e6)
RNG = np.random.default_rng(3)
FAMILY = paper_device("6", zeta=RNG.uniform(0.1, 0.6, 5), gamma=RNG.uniform(0.1, 0.3, 5))
KEPT = ("x", "v", "charge", "work", "dissipated", "supplied", "extracted")


def alone(i, **changes):
    return LinearBias(paper_device("6", zeta=FAMILY.zeta[i], gamma=FAMILY.gamma[i], **changes))


def test_each_member_moves_as_if_alone():
    times = np.linspace(0, 1e6, 41)
    many = simulate(LinearBias(FAMILY), CYCLE, times=times, rtol=1e-9)
    assert many.x.shape == many.bias.shape == (5, 41)
    for i in range(5):
        one = simulate(alone(i), CYCLE, rtol=1e-11).at(times)
        for name in KEPT:
            a, b = getattr(many, name)[i], getattr(one, name)
            np.testing.assert_allclose(a, b, atol=1e-6 * np.max(np.abs(b)) + 1e-15, err_msg=name)
        np.testing.assert_allclose(many.bias[i], one.bias, atol=1e-15)


def test_by_default_what_is_kept_are_the_breaks():
    many = simulate(LinearBias(FAMILY), CYCLE)
    np.testing.assert_array_equal(many.t, CYCLE.breaks)
    assert many.charge.shape == (5, len(CYCLE.breaks))
    with pytest.raises(ValueError, match="kept at the times"):
        many.at(0.0)


@pytest.mark.parametrize("rtol", [1e-6, 1e-9])
def test_energy_is_in_balance(rtol):
    """Work goes into friction, the spring and motion (Eqs. 24 and 25)."""
    many = simulate(LinearBias(FAMILY), CYCLE, rtol=rtol)
    k, M = np.asarray(FAMILY.k)[..., None], np.asarray(FAMILY.M)[..., None]
    stored = k * many.x**2 / 2 + M * many.v**2 / 2
    np.testing.assert_allclose(many.work, many.dissipated + stored, atol=1e3 * rtol * 0.005)


def test_starts_drives_and_dampings_broadcast():
    device = paper_device("7", zeta=np.array([0.16, 0.2])[:, None])
    drive = ramp(0, 0.1, 2e5, smooth=True) + pulses([(0.1, 5e4), (-0.1, 5e4)])
    scale, x0 = np.array([0.9, 1.0, 1.1]), 0.05
    many = simulate(LinearBias(device), drive, x0, scale=scale)
    assert many.x.shape == (2, 3, 4)
    one = simulate(LinearBias(paper_device("7", zeta=0.16)), drive.scaled(1.1), x0)
    assert many.x[0, 2, -1] == pytest.approx(one.x[-1], abs=1e-8)
    assert many.charge[0, 2, -1] == pytest.approx(one.charge[-1], rel=1e-7)
    # a single device, many starts
    starts = simulate(LinearBias(paper_device("2b")), pulses([(0.2, 1e4)]), x0=[0.0, 1.0])
    assert starts.x.shape == (2, 2)
    again = simulate(LinearBias(paper_device("2b")), pulses([(0.2, 1e4)]), x0=1.0)
    assert starts.x[1, -1] == pytest.approx(again.x[-1], abs=1e-8)


def test_load_and_friction():
    load = triangle(0.002, 1e6)
    many = simulate(LinearBias(FAMILY), CYCLE, load=load, friction=lambda x, V: 0.3 + 0 * x)
    one = simulate(alone(2), CYCLE, load=load, friction=lambda x, V: 0.3 + 0 * x)
    for name in KEPT:
        a, b = getattr(many, name)[2, -1], getattr(one, name)[-1]
        assert a == pytest.approx(b, rel=1e-6, abs=1e-9), name


def test_the_exact_response_too():
    drive = pulses([(0.2, 4000.0)])
    device = paper_device("2b", zeta=np.array([0.1, 0.2]))
    many = simulate(FullBias(device), drive, rtol=1e-7)
    for i in range(2):
        one = simulate(FullBias(paper_device("2b", zeta=device.zeta[i])), drive, rtol=1e-9)
        assert many.x[i, -1] == pytest.approx(one.x[-1], abs=1e-5)


def test_a_bond_in_place_of_the_spring():
    bond = Bond.morse(depth=0.04, rate=0.5)
    device = paper_device("2b", k=bond.k, bond=bond)
    many = simulate(LinearBias(device), pulses([(0.05, 4000.0)]), x0=[0.0, 0.3])
    one = simulate(LinearBias(device), pulses([(0.05, 4000.0)]), x0=0.3)
    assert many.x[1, -1] == pytest.approx(one.x[-1], abs=1e-8)


def test_a_looser_tolerance_errs_more_and_a_tight_one_hardly():
    reference = simulate(LinearBias(FAMILY), CYCLE, rtol=1e-12)
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        found = simulate(LinearBias(FAMILY), CYCLE, rtol=rtol)
        errors.append(np.max(np.abs(found.charge - reference.charge)))
    assert errors[0] > errors[2] and errors[1] < 1e-4 and errors[2] < 1e-5


def test_memory_does_not_grow_with_the_steps():
    family = LinearBias(paper_device("6", zeta=np.linspace(0.1, 0.5, 20)))
    peaks = []
    for period in (1e4, 1e5):  # a few steps a member, and ten times as many
        tracemalloc.start()
        simulate(family, triangle(0.15, period), rtol=1e-6)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (dict(scale="a"), TypeError, "scale"),
        (dict(scale=[1.0, 2.0]), ValueError, "scale"),
        (dict(x0=[np.nan]), ValueError, "x0"),
        (dict(times=[-1.0]), ValueError, "times"),
        (dict(times=[3.0, 1.0]), ValueError, "times"),
        (dict(max_steps=3), ArithmeticError, "max_steps"),
    ],
)
def test_bad_input_is_named(changes, error, message):
    with pytest.raises(error, match=message):
        simulate(LinearBias(FAMILY), CYCLE, **changes)
