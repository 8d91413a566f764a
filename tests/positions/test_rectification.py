"""Rectification: symmetries, limits, second routes, and branches with folds."""

import numpy as np
import pytest

from cifcore import (
    FullThermal,
    LinearBias,
    LinearThermal,
    branch,
    equilibria,
    folds,
    follow,
    paper_device,
    rectification,
    rest_position,
    simulate,
    triangle,
)
from tests.devices import random_device

BIAS = np.linspace(0.0, 0.1, 51)


def test_rest_positions_balance_the_forces():
    for response, bias in (
        (LinearBias(paper_device("4")), BIAS),
        (LinearBias(paper_device("6")), 1.5 * BIAS),
        (LinearThermal(paper_device("5")), 20 * BIAS),
    ):
        for signed in (bias, -bias):
            x = rest_position(response, signed)
            spring = response.device.k * x
            assert np.allclose(response.force(x, signed), spring, rtol=0, atol=1e-13)
            assert np.all(response.force_slope(x, signed) < response.device.k)


def test_mirror_image_reverses_the_factor():
    lam = np.array([0.1, 0.5, 0.9])[:, None]
    one = rectification(LinearBias(paper_device("4", lam=lam)), BIAS)
    other = rectification(LinearBias(paper_device("4", lam=-lam)), BIAS)
    assert np.allclose(one, -other, rtol=0, atol=1e-12)
    assert np.all(rectification(LinearBias(paper_device("4", lam=0.0)), BIAS) == 0)


def test_only_the_size_of_the_bias_counts():
    response = LinearBias(paper_device("4"))
    assert np.array_equal(rectification(response, BIAS), rectification(response, -BIAS))


def test_small_bias_by_perturbation():
    # R = (dlogT/dx) x'(0) V to first order, with x'(0) = F(0, 1)/k
    response = LinearBias(paper_device("4"))
    step = 1e-5
    up, down = response.transmission(step), response.transmission(-step)
    log_slope = (up - down) / (2 * step * response.transmission(0.0))
    expected = log_slope * response.force(0.0, 1.0) / response.device.k
    assert rectification(response, 1e-5) / 1e-5 == pytest.approx(expected, rel=1e-5)


def test_displaced_spring_replaces_asymmetry():
    device = paper_device("4")
    x = rest_position(LinearBias(device), BIAS)
    gamma = device.gamma * np.sqrt(1 - device.lam**2)
    bare = LinearBias(device.replace(lam=0.0, gamma=gamma))
    balance = bare.force(x - device.centre, BIAS) - device.k * x
    assert np.max(np.abs(balance)) < 1e-15


def test_map_is_its_rows():
    lam = np.linspace(-0.9, 0.9, 7)
    mapped = rectification(LinearBias(paper_device("4", lam=lam[:, None])), BIAS)
    for row, value in zip(mapped, lam, strict=True):
        single = rectification(LinearBias(paper_device("4", lam=value)), BIAS)
        assert np.allclose(row, single, rtol=0, atol=1e-13)


class _Searched(LinearBias):
    """The same response, told that it is not proportional: it has to be followed."""

    proportional = False


@pytest.mark.parametrize("figure", ["4", "6", "7"])
def test_following_agrees_with_the_explicit_branch(figure):
    device = paper_device(figure, zeta=0.1)
    bias = np.linspace(0.003, 0.148, 13)
    for signed in (bias, -bias):
        explicit = rest_position(LinearBias(device), signed)
        assert np.allclose(rest_position(_Searched(device), signed), explicit, atol=1e-7)


def test_branch_from_zero_stays_until_its_fold_and_then_jumps():
    response = LinearBias(paper_device("6"))
    last = folds(response, 0.15).bias.max()
    before, after = rest_position(response, np.array([last - 1e-7, last + 1e-7]))
    assert after - before > 0.5
    # where three positions exist, the one connected to zero bias, which is the first
    inside = rest_position(response, 0.09)
    assert inside == pytest.approx(equilibria(response, 0.09).x[0], abs=1e-12)
    path = np.linspace(0.0, inside, 200)[1:]
    assert np.all(np.diff(branch(response, path)) > 0)


def test_follow_remembers_where_it_was():
    response = LinearBias(paper_device("6"))
    up = np.linspace(0.0, 0.15, 61)
    there = follow(response, up)
    back = follow(response, up[::-1], x0=there[-1])[::-1]
    low, high = folds(response, 0.15).bias
    apart = np.abs(there - back) > 0.1
    assert np.array_equal(apart, (up > low) & (up < high))


def test_forms_of_the_factor_agree_for_random_devices():
    rng = np.random.default_rng(20240)
    for _ in range(20):
        response = LinearBias(random_device(rng, 0.0))
        ahead, back = rest_position(response, 0.07), rest_position(response, -0.07)
        forward, backward = response.current(ahead, 0.07), response.current(back, -0.07)
        expected = (forward + backward) / (forward - backward)
        assert rectification(response, 0.07) == pytest.approx(expected, abs=1e-12)
        assert abs(expected) <= 1


def test_charge_is_the_integral_of_the_resting_current():
    response = LinearBias(paper_device("4"))
    node, weight = np.polynomial.legendre.leggauss(200)
    level = 0.05 * (node + 1)
    mean = sum(weight @ response.current(rest_position(response, v), v) for v in (level, -level))
    errors = [
        simulate(response, triangle(0.1, t)).charge[-1] / t / (mean / 4) - 1 for t in (2e5, 4e5)
    ]
    assert abs(errors[0]) < 1e-3
    # the lag cancels between the two sweeps: what is left is of second order in 1/tau
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.15)


def test_symmetric_device_carries_nothing():
    response = LinearBias(paper_device("4", lam=0.0))
    motion = simulate(response, triangle(0.1, 2e5))
    assert abs(motion.charge[-1]) < 1e-6 * motion.charge.max()


def test_thermal_force_reaches_equation_13_only_at_low_temperature():
    for kT, least, most in ((1e-6, 0.99, 1.01), (2e-3, 0.0, 0.05)):
        device = paper_device("5", kT0=kT)
        whole, straight = (kind(device) for kind in (FullThermal, LinearThermal))
        for x in (-0.4, 0.0, 0.6):
            assert least < whole.force(x, 1e-3) / straight.force(x, 1e-3) < most


def test_bad_bias_is_named():
    with pytest.raises(TypeError, match="bias"):
        rectification(LinearBias(paper_device("4")), "0.1")
    with pytest.raises(ValueError, match="bias"):
        rest_position(LinearBias(paper_device("4")), np.nan)


def test_any_response_is_followed_in_the_steps_that_are_stated():
    asked = set()

    class Watched(LinearBias):
        proportional = False

        def force(self, x, bias):
            asked.update(np.round(np.unique(bias), 9).tolist())
            return super().force(x, bias)

    response = Watched(paper_device("4"))
    rest = rest_position(response, [0.16, -0.16])
    steps = np.round(np.linspace(-0.16, 0.16, 321), 9)
    assert asked - {0.0} == set(steps[steps != 0].tolist())
    np.testing.assert_allclose(rest, rest_position(LinearBias(response.device), [0.16, -0.16]))


@pytest.mark.parametrize(("x0", "place"), [(0.80, 0), (0.85, 2), (1.4, 2), (-1.0, 0)])
def test_the_force_says_where_to_not_the_distance(x0, place):
    """Just right of the unstable position the left one is nearer, but the dot goes right."""
    response = LinearBias(paper_device("2b"))
    rest = equilibria(response, 0.2).x
    assert rest[0] < 0.80 < rest[1] < 0.85 < rest[2] and 0.85 - rest[0] < rest[2] - 0.85
    assert follow(response, [0.2], x0)[0] == pytest.approx(rest[place], abs=1e-12)


def test_follow_stays_where_it_is_and_leaves_where_it_must():
    response = LinearBias(paper_device("6"))
    low, high = folds(response, 0.15).bias
    middle = (low + high) / 2
    rest = equilibria(response, middle)
    for place in rest.x[rest.stable]:
        for beside in (np.nextafter(place, -9), np.nextafter(place, 9)):
            assert follow(response, [middle] * 3, x0=beside) == pytest.approx(place, abs=1e-9)
    # a top close to the well: beyond it the way leads to the other well
    bias = high - 1e-4 * (high - low)
    near, top, far = equilibria(response, bias).x
    assert top - near < 0.05 * response.length
    assert follow(response, [bias], x0=top + (top - near) / 10)[0] == pytest.approx(far)


@pytest.mark.parametrize("kind", [LinearBias, LinearThermal])
def test_many_biases_at_once_rest_where_each_alone_does(kind):
    """By samples of the branch, and by all rest positions: over folds, and on both sides."""
    lam = np.array([-0.8, -0.3, 0.0, 0.4, 0.7])
    family = paper_device("2b", lam=lam, mu0=0.02, kT0=0.1, k=0.004)
    bias = np.linspace(-0.9, 0.9, 97)
    together = rest_position(kind(family.replace(lam=lam[:, None])), bias)
    alone = np.array([rest_position(kind(family), V) for V in bias]).T
    assert np.any(np.abs(np.diff(together)) > 0.1)  # jumps
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)
