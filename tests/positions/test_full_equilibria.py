"""Equilibria and folds of the exact response, which is not proportional to the bias."""

from itertools import pairwise

import numpy as np
import pytest

from cifcore import (
    Device,
    FullBias,
    FullThermal,
    LinearBias,
    Response,
    equilibria,
    folds,
    paper_device,
)
from cifcore.book.designs import largest_ratio


def brute_force(response, bias, limit=6.0, n=24001):
    """Changes of sign of the force balance on a fine, even scan."""
    x = np.linspace(-limit, limit, n) + 1e-7
    balance = response.force(x, bias) - response.device.k * x
    at = np.flatnonzero(np.sign(balance[:-1]) != np.sign(balance[1:]))
    share = balance[at] / (balance[at] - balance[at + 1])
    return x[at] + share * (x[at + 1] - x[at])


def random_device(rng):
    return Device(
        E_dot=rng.uniform(-0.5, 0.5),
        gamma=10 ** rng.uniform(-1.3, -0.3),
        b=rng.uniform(4, 9),
        a0=4.0,
        k=10 ** rng.uniform(-2.5, -1.5),
        lam=rng.uniform(-0.8, 0.8),
        kT0=rng.choice([0.0, 0.0, 10 ** rng.uniform(-3, -2)]),
    )


@pytest.mark.parametrize("seed", range(12))
def test_none_is_missed(seed):
    rng = np.random.default_rng(seed)
    response, bias = FullBias(random_device(rng)), rng.uniform(-0.6, 0.6)
    found, expected = equilibria(response, bias), brute_force(response, bias)
    assert len(found.x) == len(expected)
    assert np.allclose(found.x, expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(100, 110))
def test_folds_are_where_the_number_changes(seed):
    """Between two neighbouring folds the number of rest positions is the same, by brute force."""
    response = FullBias(random_device(np.random.default_rng(seed)).replace(kT0=0.0))
    top = 0.5
    ends = np.concatenate([[-top], folds(response, top).bias, [top]])
    edges = np.unique(ends)
    counts = []
    for low, high in pairwise(edges):
        inner = low + (high - low) * np.array([0.02, 0.5, 0.98])
        if high - low > 1e-3:
            # x = 0 alone at zero bias, whatever the fold
            here = {len(brute_force(response, bias, n=8001)) for bias in inner if abs(bias) > 1e-6}
            assert len(here) == 1, (low, high)
            counts.append(here.pop())
    assert all(n % 2 == 1 for n in counts)
    assert all(abs(a - b) in (0, 2) for a, b in pairwise(counts))


@pytest.mark.parametrize("figure", ["2b", "6", "7", "9"])
def test_folds_of_the_figures_balance_force_and_slope(figure):
    response = FullBias(paper_device(figure, zeta=0.1))
    found = folds(response, 0.4)
    k = response.device.k
    assert len(found.x) in (2, 4)
    assert np.max(np.abs(response.force(found.x, found.bias) - k * found.x)) < 1e-12
    assert np.max(np.abs(response.force_slope(found.x, found.bias) - k)) < 1e-8
    for bias in found.bias[found.bias > 0]:
        counts = {len(brute_force(response, bias + shift)) for shift in (-2e-4, 2e-4)}
        assert counts == {1, 3}


def test_folds_go_over_into_the_linear_ones():
    """With a spring, and so biases, ten times smaller the folds are ten times closer.

    The term of second order in the bias, (eV)^2/8 pi (F_L' + F_R'), does not vanish.
    """
    gaps = []
    for softer in (1, 10):
        device = paper_device("7", zeta=0.2).replace(k=0.02 / softer)
        exact, first = (folds(kind(device), 0.2 / softer).bias for kind in (FullBias, LinearBias))
        gaps.append(np.max(np.abs(exact / first - 1)))
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.1)
    assert gaps[1] < 0.01


def test_none_is_invented_where_a_state_leaves_the_band():
    """The window passes the place; warm leads and cold ones agree."""
    device = Device(E_dot=1.5, gamma=0.1, b=8, a0=4, k=0.5, mu0=1.5, kT0=1e-4)
    warm, cold = (equilibria(FullBias(device.replace(kT0=kT)), 2.0).x for kT in (1e-4, 0.0))
    assert len(warm) == len(cold) == 1
    assert warm[0] == pytest.approx(cold[0], abs=1e-6)
    assert cold[0] == pytest.approx(-0.0195, abs=1e-4)


def test_folds_up_to_the_coldest_lead():
    """No lead is colder than zero: the search stays within abs(delta T) <= 2 T0."""
    device = Device(E_dot=-0.2, gamma=0.1, b=8, a0=4, k=1e-5, mu0=-0.1, kT0=0.05)
    soft = FullThermal(device)
    found = folds(soft, 5.0)
    assert len(found.x) and np.all(np.abs(found.bias) <= 2)
    balance = soft.force(found.x, found.bias) - soft.device.k * found.x
    assert np.max(np.abs(balance)) < 1e-12


def test_a_node_at_the_place_where_a_bound_state_leaves_the_band():
    """A warm lead far outside the band counts as a cold one at its edge, on the very pole."""
    device = Device(
        E_dot=-1.1769036932012007,
        gamma=0.9295042513961357,
        b=5.438769404025806,
        a0=4.0,
        k=0.012517612634770543,
        lam=0.019646413125306128,
        mu0=1.541277347359828,
        kT0=2.2241874163522096e-05,
    )
    warm, cold = FullBias(device), FullBias(device.replace(kT0=0.0))
    nodes, bias = warm.nodes(), 1.4514307725861222
    np.testing.assert_allclose(warm.force(nodes, bias), cold.force(nodes, bias), atol=1e-6)


@pytest.mark.parametrize("warm", [False, True])
def test_brute_force_finds_the_same_rest_positions(warm):
    rng = np.random.default_rng(40 + warm)
    for i in range(12):
        device = Device(
            E_dot=rng.uniform(-1.6, 1.6),
            gamma=10 ** rng.uniform(-1.7, 0.1),
            b=rng.uniform(2, 10),
            a0=4,
            k=10 ** rng.uniform(-2.3, -0.3),
            lam=rng.uniform(-0.85, 0.85),
            mu0=rng.uniform(-1.6, 1.6) * (i % 2),
            kT0=10 ** rng.uniform(-6, -1.5) if warm else 0.0,
        )
        response, bias = FullBias(device), rng.uniform(0.02, 2.0)
        found = equilibria(response, bias).x
        reach = max(1.2 * np.max(np.abs(found)), 4 * float(response.length))
        x = np.linspace(-reach, reach, 4001)
        balance = response.force(x, bias) - device.k * x
        assert np.sum(np.sign(balance[1:]) != np.sign(balance[:-1])) == len(found), device


def test_brute_force_finds_the_same_folds():
    """Between two folds the number of rest positions is one, across a fold it changes by two."""
    rng, seen = np.random.default_rng(3), 0
    for _ in range(10):
        device = Device(
            E_dot=rng.uniform(-1.6, 1.6),
            gamma=10 ** rng.uniform(-1.7, -0.1),
            b=rng.uniform(1, 9),
            a0=rng.uniform(2, 8),
            k=10 ** rng.uniform(-2.3, -0.5),
            lam=rng.uniform(-0.9, 0.9),
            mu0=rng.uniform(-1.5, 1.5),
        )
        response = FullBias(device)
        turns = np.sort(folds(response, 0.5).bias)
        ends = np.array([-0.5, *turns, 0.5])
        bias = ends[:-1, None] + np.diff(ends)[:, None] * [0.03, 0.5, 0.97]
        near = device.centre + float(response.length) * np.linspace(-12.003, 12.01, 1001)
        far = 0.75 * device.b / device.a0 / device.k * np.linspace(-1, 1.0007, 201)
        x = np.sort([*near, *far])
        balance = response.force(x, bias.reshape(-1, 1)) - device.k * x
        count = np.sum(np.diff(np.sign(balance), axis=1) != 0, axis=1).reshape(bias.shape)
        assert np.all(count == count[:, :1]), device
        assert np.all(np.abs(np.diff(count[:, 0])) == 2), device
        seen += len(turns)
    assert seen > 5


class Searched(Response):
    """A closed form of which nothing is known but its values."""

    resolved = True

    def __init__(self, response):
        self.response, self.device, self.length = response, response.device, response.length
        self.force, self.current = response.force, response.current
        self.force_slope, self.nodes = response.force_slope, response.nodes

    def force(self, x, bias): ...
    def current(self, x, bias): ...


@pytest.mark.parametrize("lam", [-0.5, 0.8])
@pytest.mark.parametrize("beyond", [-1e-3, 1e-4, 1e-3, 3e-3])
def test_two_folds_that_have_just_met_are_gone(lam, beyond):
    """Newton's method still finds its way there; what it ends at is no fold."""
    c = largest_ratio(lam) * (1 + beyond)
    gamma = np.sqrt(c / (2 * (1 - lam**2)))
    device = Device(-1.0, gamma, b=1.0, a0=2.0, k=1 / (2 * np.pi), lam=lam)
    found, known = (
        folds(each, 6 * np.pi * c) for each in (Searched(LinearBias(device)), LinearBias(device))
    )
    assert len(known.bias) == (2 if beyond < 0 else 0)
    assert np.sort(found.bias) == pytest.approx(np.sort(known.bias), rel=1e-9)
