"""Families of devices: the closed brackets against a fine scan, and against one at a time."""

from functools import partial

import numpy as np
import pytest

from cifcore import (
    Device,
    FullBias,
    Josephson,
    LinearBias,
    LinearThermal,
    equilibria,
    folds,
    paper_device,
    rectification,
    rest_position,
)
from cifcore.positions.scan import rest_between_inflections, rest_by_scan, turning_points


def family(n, seed):
    rng = np.random.default_rng(seed)
    return Device(
        E_dot=rng.uniform(-1, 1, n),
        gamma=10 ** rng.uniform(-2.5, 0.5, n),
        b=rng.uniform(0.5, 20, n),
        a0=rng.uniform(1, 10, n),
        k=10 ** rng.uniform(-3, 0, n),
        lam=rng.uniform(-0.999, 0.999, n),
    ), rng.uniform(-0.5, 0.5, n)


class Unbent(LinearBias):
    """The same, told nothing of its inflections."""

    def inflections(self):
        return None


def test_every_equilibrium_is_found_and_none_invented():
    devices, bias = family(1200, 1)
    response = LinearBias(devices)
    found = equilibria(response, bias)
    stretched = LinearBias(devices.stretched())
    residual = stretched.force(np.nan_to_num(found.x), bias[:, None])
    spring = devices.k[:, None] * np.nan_to_num(found.x)
    excess = np.abs(residual - spring) - 1e-9 * np.abs(spring)
    assert np.all(excess[np.isfinite(found.x)] <= 1e-300)
    # a scan with a hundred points to each width of the force's two humps
    reach = np.abs(bias) * devices.b / devices.a0 / (2 * np.pi * devices.k) * 1.01
    x = np.linspace(-1, 1, 20001) * reach[:, None]
    counts = np.empty(len(bias), int)
    for i in range(0, len(bias), 200):
        part = slice(i, i + 200)
        few = LinearBias(devices.select(np.arange(len(bias))[part]).stretched())
        sign = np.sign(few.force(x[part], bias[part, None]) - few.device.k * x[part])
        counts[part] = np.sum(sign[:, 1:] != sign[:, :-1], axis=1)
    assert np.all(found.count >= counts)
    assert np.mean(found.count == counts) > 0.999
    assert np.all(found.count % 2 == 1)
    for row, stable in zip(found.x, found.stable, strict=True):
        assert np.array_equal(stable[np.isfinite(row)], np.arange(np.isfinite(row).sum()) % 2 == 0)


def test_folds_of_a_family_are_those_of_its_members():
    devices, _ = family(60, 2)
    together = folds(LinearBias(devices.replace(E_dot=devices.E_dot)), 10.0)
    for i in range(60):
        one = Device(**{key: np.ravel(v)[i % np.size(v)] for key, v in devices.parameters.items()})
        alone = folds(LinearBias(one), 10.0)
        kept = np.isfinite(together.bias[i])
        np.testing.assert_allclose(together.bias[i][kept], alone.bias, rtol=1e-12)
        np.testing.assert_allclose(together.x[i][kept], alone.x, rtol=1e-9)


def test_brackets_between_inflections_agree_with_the_scan_on_nodes():
    devices, _ = family(300, 3)
    response = LinearBias(devices)
    where, x = turning_points(Unbent(devices))
    keep = x != 0
    exact = folds(response, 1e12)
    row, column = np.nonzero(np.isfinite(exact.x))
    order = np.lexsort((x[keep], where[keep]))
    other = np.lexsort((exact.x[row, column], row))
    assert np.array_equal(where[keep][order], row[other])
    np.testing.assert_allclose(x[keep][order], exact.x[row, column][other], rtol=1e-8)


def test_two_routes_give_the_same_rest_positions():
    """Between inflections, and on the segments of the branch; at folds and beside them too."""
    devices, bias = family(3000, 4)
    response, member = LinearBias(devices), np.arange(3000)
    turns = folds(response, 0.5).bias[:, 0]
    for shift in (0, 1e-9, -1e-9):
        at = np.where(np.isfinite(turns), turns * (1 + shift), bias)
        one = rest_between_inflections(response, response.inflections(), at, member)
        other = rest_by_scan(Unbent(devices), at, member)
        assert np.array_equal(one.where, other.where)
        assert np.array_equal(one.stable, other.stable)
        np.testing.assert_allclose(one.x, other.x, rtol=1e-9, atol=1e-12)


def test_no_coupling_no_detuning_and_no_bias_leave_the_dot_at_rest():
    device = Device(E_dot=[0.0, -0.2, -0.2], gamma=0.1, b=[8, 0, 8], a0=4, k=0.02, lam=0.7)
    found = equilibria(LinearBias(device), [0.2, 0.2, 0.0])
    assert np.array_equal(found.x, np.zeros((3, 1))) and np.all(found.stable)


def test_what_is_worked_out_in_blocks_is_what_each_gives():
    device = paper_device("2b")
    bias = np.linspace(-0.3, 0.3, 9001)
    many = equilibria(LinearBias(device), bias)
    family = LinearBias(device.replace(lam=np.linspace(-0.9, 0.9, 8101)))
    devices, turns = equilibria(family, 0.2), folds(family, 0.3)
    for i in (0, 1, 4000, 8000, -1):
        alone = equilibria(LinearBias(device), bias[i])
        np.testing.assert_allclose(many.x[i][: alone.count], alone.x, rtol=1e-12)
        assert many.count[i] == alone.count
        one = LinearBias(device.replace(lam=family.device.lam[i]))
        alone = equilibria(one, 0.2)
        np.testing.assert_allclose(devices.x[i][: alone.count], alone.x, rtol=1e-12)
        assert devices.count[i] == alone.count
        np.testing.assert_allclose(turns.bias[i][np.isfinite(turns.bias[i])], folds(one, 0.3).bias)


class Counting(LinearBias):
    """Counts the positions at which the force is asked for."""

    asked = 0

    def force_and_slope(self, x, bias):
        shape = np.broadcast_shapes(np.shape(x), np.shape(bias), self.device.shape)
        Counting.asked += int(np.prod(shape))
        return super().force_and_slope(x, bias)


@pytest.mark.parametrize(("work", "most"), [("equilibria", 22.0), ("folds", 39.2), ("map", 4.6)])
def test_few_evaluations_lead_to_a_root(work, most):
    """Good first guesses and slopes; a wrong one would be caught by the brackets, and cost."""
    devices, bias = family(4000, 1)
    Counting.asked = 0
    if work == "equilibria":
        roots = np.sum(equilibria(Counting(devices), bias).count)
    elif work == "folds":
        roots = np.sum(np.isfinite(folds(Counting(devices), 10.0).x))
    else:
        rows = Counting(paper_device("4", lam=np.linspace(-0.9, 0.9, 41)[:, None]))
        roots = rest_position(rows, np.linspace(0.001, 0.3, 401)).size
    assert roots < Counting.asked < most * roots


def test_a_family_of_springs_alone_is_its_members():
    k = np.array([0.01, 0.02, 0.04])
    together = LinearBias(paper_device("2b", k=k))
    alone = [LinearBias(paper_device("2b", k=each)) for each in k]
    found, turns = equilibria(together, 0.2), folds(together, 0.5)
    for i, one in enumerate(alone):
        x = equilibria(one, 0.2).x
        assert np.allclose(found.x[i, : len(x)], x, rtol=1e-12) and found.count[i] == len(x)
        assert np.allclose(turns.bias[i, : len(folds(one, 0.5).x)], folds(one, 0.5).bias)


@pytest.mark.parametrize("kind", [LinearBias, LinearThermal, FullBias, partial(Josephson, gap=0.1)])
@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_an_empty_family_rests_nowhere(kind, shape):
    none = kind(paper_device("2b", lam=np.zeros(shape)))
    assert equilibria(none, 0.1).count.shape == shape
    if none.explicit:
        assert folds(none, 1.0).bias.shape[:-1] == rectification(none, 0.1).shape == shape
