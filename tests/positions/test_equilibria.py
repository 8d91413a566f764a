"""Rest positions, folds, potential and barriers: none missed, none invented, exact at folds."""

import numpy as np
import pytest

from cifcore import (
    Device,
    LinearBias,
    LinearThermal,
    barriers,
    equilibria,
    folds,
    paper_device,
    potential,
)
from cifcore.force.response import Response
from cifcore.positions.rest import branch


class Scanned(LinearBias):
    """The same physics, found by the route for responses that are not proportional."""

    proportional = False


def random_device(draw, **changes) -> Device:
    fields = {
        "E_dot": draw.uniform(-0.4, 0.4),
        "gamma": 10 ** draw.uniform(-1.7, -0.3),
        "b": draw.uniform(2, 9),
        "a0": draw.uniform(3, 7),
        "k": 10 ** draw.uniform(-2.3, -1.3),
        "lam": draw.uniform(-0.8, 0.8),
        "mu0": draw.uniform(-0.3, 0.3),
        "kT0": 0.01,
    }
    return Device(**{**fields, **changes})


def by_brute_force(response, bias, reach, count=40_001):
    """Changes of sign of the force balance on a dense grid, and their directions."""
    # no cell border at zero, which is a rest position at zero bias
    x = np.linspace(-reach, reach, count) + reach / (3.1 * count)
    balance = response.force(x, bias) - response.device.k * x
    cell = np.nonzero(balance[:-1] * balance[1:] < 0)[0]
    return (x[cell] + x[cell + 1]) / 2, balance[cell] > 0, x[1] - x[0]


@pytest.mark.parametrize("kind", [LinearBias, Scanned, LinearThermal])
def test_none_missed_and_none_invented(kind):
    draw = np.random.default_rng(11)
    several = 0
    for _ in range(60):
        response = kind(random_device(draw))
        bias = draw.uniform(-0.3, 0.3) * (10 if kind is LinearThermal else 1)
        found = equilibria(response, bias)
        device = response.device
        largest = np.max(np.abs(response.force(response.nodes(), bias)))
        reach = 1.2 * largest / device.k + 1e-3
        expected, stable, cell = by_brute_force(response, bias, reach)
        assert len(found.x) == len(expected)
        assert np.all(np.abs(found.x - expected) <= cell)
        assert np.array_equal(found.stable, stable)
        several += len(expected) > 1
    if kind is not LinearThermal:
        assert several >= 5  # the sample would be too tame to miss anything


def test_rest_positions_balance_the_spring_and_are_ascending():
    draw = np.random.default_rng(12)
    for _ in range(40):
        response = LinearBias(random_device(draw))
        found = equilibria(response, 0.2)
        force = response.force(found.x, 0.2)
        assert np.allclose(force, response.device.k * found.x, rtol=1e-10, atol=1e-15)
        assert np.all(np.diff(found.x) > 0)
        # stability alternates, from stable to stable
        assert np.array_equal(found.stable, np.arange(len(found.x)) % 2 == 0)


def test_zero_bias_rests_at_zero():
    for kind in (LinearBias, Scanned, LinearThermal):
        found = equilibria(kind(paper_device("2b", mu0=0.1, kT0=0.01)), 0.0)
        assert np.allclose(found.x, [0.0], atol=1e-14)
        assert found.stable.tolist() == [True]


def test_mirror_symmetry():
    draw = np.random.default_rng(13)
    for _ in range(20):
        device = random_device(draw, mu0=0.0)
        image = device.replace(lam=-device.lam)
        one, other = equilibria(LinearBias(device), 0.15), equilibria(LinearBias(image), -0.15)
        assert np.allclose(one.x, -other.x[::-1], rtol=1e-9, atol=1e-13)
        turning, mirrored = folds(LinearBias(device), 0.5), folds(LinearBias(image), 0.5)
        assert np.allclose(turning.bias, -mirrored.bias[::-1], rtol=1e-9)
        assert np.allclose(turning.x, -mirrored.x[::-1], rtol=1e-9)


def test_folds_are_where_the_number_of_rest_positions_changes():
    draw = np.random.default_rng(14)
    seen = 0
    for _ in range(40):
        response = LinearBias(random_device(draw))
        turning = folds(response, 0.5)
        for bias, x in zip(turning.bias, turning.x, strict=True):
            k = response.device.k
            assert response.force(x, bias) == pytest.approx(k * x, rel=1e-9)
            assert response.force_slope(x, bias) == pytest.approx(k, rel=1e-6)
            if (
                np.min(
                    np.abs(np.delete(turning.bias, np.argmin(np.abs(turning.bias - bias))) - bias),
                    initial=1.0,
                )
                < 1e-6
            ):
                continue
            step = 1e-7 * abs(bias)
            counts = [len(equilibria(response, bias + s * step).x) for s in (-1, 1)]
            assert abs(counts[0] - counts[1]) == 2
            # at the fold itself the two merge into one, which is not stable
            merged = equilibria(response, bias)
            assert len(merged.x) == sum(counts) // 2
            at = np.argmin(np.abs(merged.x - x))
            assert merged.x[at] == pytest.approx(x, abs=1e-6)
            assert not merged.stable[at]
            seen += 1
    assert seen >= 10


def test_the_scan_agrees_with_the_explicit_branch():
    draw = np.random.default_rng(15)
    for _ in range(10):
        device = random_device(draw)
        explicit, scanned = folds(LinearBias(device), 0.3), folds(Scanned(device), 0.3)
        assert np.allclose(explicit.bias, scanned.bias, rtol=1e-6, atol=1e-9)
        assert np.allclose(explicit.x, scanned.x, rtol=1e-5, atol=1e-7)
        one, other = equilibria(LinearBias(device), 0.17), equilibria(Scanned(device), 0.17)
        assert np.allclose(one.x, other.x, rtol=1e-9, atol=1e-12)
        assert np.array_equal(one.stable, other.stable)


def test_a_pair_just_born_is_found_by_both_routes():
    device = paper_device("2b")
    low = folds(LinearBias(device), 0.5).bias[0]
    for excess, count in ((1e-6, 3), (1e-9, 3), (-1e-6, 1)):
        for kind in (LinearBias, Scanned):
            assert len(equilibria(kind(device), low * (1 + excess)).x) == count


def test_the_branch_is_the_inverse_of_the_equilibria():
    response = LinearBias(paper_device("2b"))
    found = equilibria(response, 0.2)
    assert np.allclose(branch(response, found.x), 0.2, rtol=1e-10)
    with pytest.raises(ValueError, match="proportional"):
        branch(Scanned(paper_device("2b")), 0.1)


def test_families_and_arrays_of_bias():
    lam = np.array([0.0, 0.35, 0.7])
    bias = np.array([-0.2, 0.0, 0.1, 0.2])
    together = equilibria(LinearBias(paper_device("2b", lam=lam[:, None])), bias)
    assert together.x.shape[:2] == (3, 4)
    for i, one in enumerate(lam):
        for j, eV in enumerate(bias):
            single = equilibria(LinearBias(paper_device("2b", lam=one)), eV)
            count = together.count[i, j]
            assert count == len(single.x)
            assert np.allclose(together.x[i, j, :count], single.x, rtol=1e-10, atol=1e-13)
            assert np.array_equal(together.stable[i, j, :count], single.stable)
            assert np.all(np.isnan(together.x[i, j, count:]))


def test_folds_of_a_family():
    lam = np.array([0.0, 0.35, 0.7])
    together = folds(LinearBias(paper_device("2b", lam=lam)), 0.5)
    for i, one in enumerate(lam):
        single = folds(LinearBias(paper_device("2b", lam=one)), 0.5)
        count = len(single.bias)
        assert np.allclose(together.bias[i, :count], single.bias, rtol=1e-9)
        assert np.allclose(together.x[i, :count], single.x, rtol=1e-9)
        assert np.all(np.isnan(together.bias[i, count:]))


def test_three_parameters_decide_the_statics():
    device = paper_device("2b")
    other = device.replace(b=5.0, a0=3.0, k=0.05, E_dot=0.35)
    ratio = (abs(other.E_dot) / abs(device.E_dot)) ** 0.5
    other = other.replace(gamma=device.gamma * ratio)
    strength = (device.b / device.a0) ** 2 / device.k
    bias = -0.2 * strength / ((other.b / other.a0) ** 2 / other.k)
    w = [
        2 * d.b / d.a0 * equilibria(LinearBias(d), eV).x for d, eV in ((device, 0.2), (other, bias))
    ]
    assert len(w[0]) == 3
    assert np.allclose(*w, rtol=1e-9)


@pytest.mark.parametrize("kind", [LinearBias, LinearThermal])
def test_potential_falls_along_the_total_force(kind):
    draw = np.random.default_rng(16)
    for _ in range(5):
        response = kind(random_device(draw))
        x = np.linspace(-2, 2, 21)
        h = 1e-4
        rise = (potential(response, x + h, 0.2) - potential(response, x - h, 0.2)) / (2 * h)
        pull = response.device.k * x - response.force(x, 0.2)
        assert np.allclose(rise, pull, rtol=1e-5, atol=1e-7 * np.max(np.abs(pull)))


def test_potential_against_adaptive_quadrature():
    from scipy.integrate import quad

    response = LinearBias(paper_device("2b"))
    for x in (-5.0, -4.0, 0.0, 1.3, 3.0):
        work = quad(lambda z: response.force(z, 0.2), -4.0, x, epsabs=1e-13, limit=200)[0]
        assert potential(response, x, 0.2) == pytest.approx(0.01 * x**2 - work, abs=1e-11)
    both = potential(response, np.array([0.0, 1.0]), np.array([0.2, -0.1]))
    assert both[1] == pytest.approx(float(potential(response, 1.0, -0.1)), rel=1e-12)


def test_barriers_are_differences_of_the_potential():
    response = LinearBias(paper_device("2b"))
    rest = equilibria(response, 0.2)
    listed = barriers(response, 0.2)
    assert [(well, top) for well, top, _ in listed] == [
        (rest.x[0], rest.x[1]),
        (rest.x[2], rest.x[1]),
    ]
    for well, top, height in listed:
        rise = potential(response, top, 0.2) - potential(response, well, 0.2)
        assert height == pytest.approx(float(rise), rel=1e-9)
        assert height > 0
    assert barriers(response, -0.2) == []


def test_barrier_vanishes_at_the_fold_with_the_power_three_halves():
    response = LinearBias(paper_device("2b"))
    edge = folds(response, 0.5).bias[0]
    heights = [min(h for *_, h in barriers(response, edge * (1 + e))) for e in (4e-4, 1e-4)]
    assert heights[0] / heights[1] == pytest.approx(8.0, rel=0.03)


def test_far_weak_and_sharp_without_a_warning():
    with np.errstate(all="raise", under="ignore"):
        for changes in (
            {"gamma": 1e-4},
            {"gamma": 1e-3, "lam": 0.95},
            {"b": 60.0},
            {"b": 0.0},
            {"k": 1e-6},
            {"k": 1e4},
            {"E_dot": 0.0},
        ):
            response = LinearBias(paper_device("2b", **changes))
            found = equilibria(response, 0.2)
            assert np.all(np.isfinite(found.x))
            assert len(found.x) % 2 == 1
            k = response.device.k
            assert np.allclose(response.force(found.x, 0.2), k * found.x, rtol=1e-7, atol=1e-13)
            folds(response, 1.0)
            potential(response, np.array([-100.0, 0.0, 100.0]), 0.2)
    assert np.allclose(equilibria(LinearBias(paper_device("2b", b=0.0)), 0.2).x, 0.0)


def test_any_response_of_ones_own():
    class Cubic(Response):
        """Force x - x^3 + bias beside a weak spring: a pitchfork of known rest positions."""

        def __init__(self, device):
            self.device = device

        def force(self, x, bias):
            x = np.asarray(x, float)
            return np.where(np.asarray(bias) == 0, 0.0, bias + x - x**3 + self.device.k * x)

        def current(self, x, bias):
            return 0.0 * x

    response = Cubic(Device(E_dot=0.1, gamma=0.1, b=4, a0=4, k=0.1))
    found = equilibria(response, 0.2)
    roots = np.sort(np.roots([-1, 0, 1, 0.2]).real)
    assert np.allclose(found.x, roots, atol=1e-10)
    assert found.stable.tolist() == [True, False, True]


def test_refusals_name_the_argument():
    response = LinearBias(paper_device("2b"))
    family = LinearBias(paper_device("2b", lam=np.array([0.0, 0.5])))
    with pytest.raises(ValueError, match="bias"):
        equilibria(response, float("nan"))
    with pytest.raises(TypeError, match="bias"):
        equilibria(response, "0.2")
    with pytest.raises(ValueError, match="max_bias"):
        folds(response, 0.0)
    with pytest.raises(ValueError, match="max_bias"):
        folds(response, -1.0)
    for call in (
        lambda: folds(Scanned(family.device), 0.3),
        lambda: potential(family, 0.0, 0.1),
        lambda: barriers(family, 0.1),
    ):
        with pytest.raises(ValueError, match="single device"):
            call()


class Odd(Response):
    """A bond that pulls either way and not at all in the middle: F = c V x/(1 + x^2)."""

    proportional = True
    c = 0.5

    def __init__(self, device):
        self.device = device

    def of(self, device):
        return Odd(device)

    def force(self, x, bias):
        return self.c * np.asarray(bias) * x / (1 + np.square(x))

    current = force


@pytest.mark.parametrize("bias", [-0.3, 0.01, 0.039, 0.041, 0.1, 1.0])
def test_where_no_force_acts_at_zero_the_dot_may_rest_there(bias):
    """A pitchfork: beyond c V = k the middle is unstable, with a rest position on either side."""
    found = equilibria(Odd(paper_device("2a", k=0.02)), bias)
    beyond = 0.5 * bias / 0.02 - 1
    expected = [-np.sqrt(beyond), 0.0, np.sqrt(beyond)] if beyond > 0 else [0.0]
    np.testing.assert_allclose(found.x, expected, atol=1e-12)
    assert found.stable.tolist() == ([True, False, True] if beyond > 0 else [True])
