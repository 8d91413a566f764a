"""A junction of the reader's own through every function that takes a response."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cifcore import (
    Device,
    Junction,
    LinearBias,
    LinearJunction,
    barriers,
    branch,
    electronic_friction,
    electronic_noise,
    equilibria,
    folds,
    follow,
    langevin,
    paper_device,
    potential,
    pulses,
    rectification,
    rest_position,
    simulate,
    triangle,
)
from cifcore.force.table import Tabulated

X = np.linspace(-3.0, 3.0, 61)
BIASES = np.array([-0.3, -0.12, -0.05, 0.0, 0.05, 0.12, 0.2, 0.3])


def both(device: Device) -> tuple[LinearBias, LinearJunction]:
    """The closed form, and the same device as a three-site junction."""
    closed = LinearBias(device)
    junction = LinearJunction(
        Junction.from_device(device),
        k=device.k,
        length=closed.length,
        positions=np.unique(closed.nodes()),
        M=device.M,
        zeta=device.zeta,
    )
    return closed, junction


@pytest.fixture(params=[("2a", 0.0), ("2b", 0.0), ("2b", 0.06), ("9", 0.0)], ids=str)
def pair(request: pytest.FixtureRequest) -> tuple[LinearBias, LinearJunction]:
    figure, mu0 = request.param
    return both(paper_device(figure, mu0=mu0))


def close(ours: Any, theirs: Any, digits: float = 1e-10) -> None:
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape
    scale = np.nanmax(np.abs(theirs), initial=1e-300)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=digits * scale)


# --- the seam: the same device by its closed form and as a junction ------------------------


def test_force_current_transmission_and_slope(pair: tuple[LinearBias, LinearJunction]) -> None:
    closed, junction = pair
    close(junction.force(X, 0.2), closed.force(X, 0.2), 1e-11)
    close(junction.current(X, -0.2), closed.current(X, -0.2), 1e-11)
    close(junction.transmission(X), closed.transmission(X), 1e-11)
    close(junction.force_slope(X, 0.2), closed.force_slope(X, 0.2), 1e-8)
    force, slope = junction.force_and_slope(X[:, None], BIASES)
    close(force, closed.force(X[:, None], BIASES), 1e-11)
    close(slope, closed.force_slope(X[:, None], BIASES), 1e-8)
    for mine, its in zip(
        junction.force_and_current(X, 0.1), closed.force_and_current(X, 0.1), strict=True
    ):
        close(mine, its, 1e-11)


def test_rest_positions_and_folds(pair: tuple[LinearBias, LinearJunction]) -> None:
    closed, junction = pair
    mine, its = equilibria(junction, BIASES), equilibria(closed, BIASES)
    close(mine.x, its.x)
    assert np.array_equal(mine.stable, its.stable)
    assert np.any(its.count > 1), "the comparison must include more than one rest position"
    turning, expected = folds(junction, 1.0), folds(closed, 1.0)
    assert len(expected.x) >= 2
    close(turning.x, expected.x, 1e-8)
    close(turning.bias, expected.bias)
    close(branch(junction, X[1::3]), branch(closed, X[1::3]), 1e-9)


def test_potential_and_barriers(pair: tuple[LinearBias, LinearJunction]) -> None:
    closed, junction = pair
    # each is counted from its own first position
    mine, its = potential(junction, X, 0.2), potential(closed, X, 0.2)
    close(mine - mine[0], its - its[0])
    turning = folds(closed, 1.0).bias
    between = float(turning[:2].mean()) if turning[0] < 0 else float(turning[-2:].mean())
    ours, theirs = barriers(junction, between), barriers(closed, between)
    assert len(theirs) >= 1
    close(ours, theirs, 1e-9)


def test_rectification_and_the_branch_from_zero(pair: tuple[LinearBias, LinearJunction]) -> None:
    closed, junction = pair
    close(rest_position(junction, BIASES), rest_position(closed, BIASES))
    sweep = np.concatenate([np.linspace(0, 0.3, 25), np.linspace(0.3, -0.3, 50)])
    close(follow(junction, sweep), follow(closed, sweep))
    mine, its = rectification(junction, np.abs(BIASES)), rectification(closed, np.abs(BIASES))
    np.testing.assert_allclose(mine, its, rtol=0, atol=1e-10)


def test_motion() -> None:
    closed, junction = both(paper_device("2b", M=100.0))
    drive = triangle(0.2, 300.0)
    mine, its = simulate(junction, drive), simulate(closed, drive)
    times = np.linspace(0, drive.duration, 101)
    for name in ("x", "v", "charge", "work", "dissipated", "supplied"):
        close(getattr(mine.at(times), name), getattr(its.at(times), name), 1e-6)


def test_langevin_sees_the_same_noise_and_the_same_force() -> None:
    closed, junction = both(paper_device("2b", M=100.0))
    drive = pulses([(0.2, 60.0), (-0.2, 60.0)])
    ours, theirs = (langevin(one, drive, 1e-3, 5, seed=3) for one in (junction, closed))
    close(ours.x_end, theirs.x_end, 1e-9)
    close(ours.charge_per_cycle, theirs.charge_per_cycle, 1e-9)
    table = Tabulated(junction, [0.2, -0.2], -4, 4, 1e-9)
    close(langevin(table, drive, 1e-3, 5, seed=3).x_end, theirs.x_end, 1e-6)


def test_another_spring_for_the_same_junction() -> None:
    closed, junction = both(paper_device("2b"))
    softer = closed.device.replace(k=0.015, zeta=0.4)
    other = junction.of(softer)
    assert (other.device.k, other.device.zeta) == (0.015, 0.4)
    close(equilibria(other, 0.2).x, equilibria(LinearBias(softer), 0.2).x)


# --- molecules that are not a single dot ---------------------------------------------------


def bond(levels: tuple[float, ...], where: int, contact: float = 0.6) -> Junction:
    """A chain of atoms between two end sites of leads, the bond after `where` stretched by x."""
    size = len(levels) + 2

    def matrix(x: float) -> np.ndarray:
        hops = np.full(size - 1, -0.7)
        hops[[0, -1]] = -contact
        hops[where] = -0.7 * np.exp(-x)
        return np.diag([0.0, *levels, 0.0]) + np.diag(hops, 1) + np.diag(hops, -1)

    return Junction(matrix)


def spring(junction: Junction, **changes: Any) -> LinearJunction:
    options = {"k": 0.02, "length": 1.0, "positions": np.linspace(-4, 4, 321), **changes}
    return LinearJunction(junction, **options)


def test_slope_against_differences_without_a_gradient() -> None:
    molecule = spring(bond((0.3, -0.2, 0.1), 2))
    step = 1e-3
    ahead, behind = (molecule.force(X + s * step, 1.0) for s in (1, -1))
    far = molecule.force(X + 2 * step, 1.0) - molecule.force(X - 2 * step, 1.0)
    close(molecule.force_slope(X, 1.0), (8 * (ahead - behind) - far) / (12 * step), 1e-8)


def test_like_atoms_feel_no_force_of_first_order_in_the_bias() -> None:
    # the mirror exchanges the leads and leaves the bond: F_L = F_R
    like, unlike = (spring(bond(levels, 1)) for levels in ((0.4, 0.4), (0.4, -0.4)))
    assert np.max(np.abs(like.force(X, 1.0))) < 1e-14
    assert np.max(np.abs(unlike.force(X, 1.0))) > 1e-2
    close(spring(bond((-0.4, 0.4), 1)).force(X, 1.0), -unlike.force(X, 1.0), 1e-11)


def test_rest_positions_are_zeros_of_the_balance_and_alternate() -> None:
    molecule = spring(bond((0.3, -0.2, 0.1), 2), k=0.005)
    for bias in (0.1, -0.1):
        found = equilibria(molecule, bias)
        assert found.count % 2 == 1
        assert np.array_equal(found.stable, np.arange(found.count) % 2 == 0)
        balance = molecule.force(found.x, bias) - molecule.device.k * found.x
        assert np.max(np.abs(balance)) < 1e-12


def test_a_side_level_shifts_the_level_of_the_dot_at_the_fermi_energy() -> None:
    device = paper_device("2b", mu0=0.05)
    hop, level = 0.2, -0.3
    three = Junction.from_device(device)

    def matrix(x: Any) -> np.ndarray:
        whole = np.zeros((*np.shape(x), 4, 4))
        whole[..., :3, :3] = three.matrix(x)
        whole[..., 1, 3] = whole[..., 3, 1] = -hop
        whole[..., 3, 3] = level
        return whole

    side = Junction(matrix, right=2, mu0=device.mu0, batched=True)
    shifted = device.replace(E_dot=device.E_dot + hop**2 / (device.mu0 - level))
    closed = LinearBias(shifted)
    molecule = spring(side, positions=np.unique(closed.nodes()), length=closed.length)
    close(molecule.force(X, 0.1), closed.force(X, 0.1), 1e-10)
    close(molecule.transmission(X), closed.transmission(X), 1e-10)
    close(equilibria(molecule, 0.2).x, equilibria(closed, 0.2).x, 1e-9)
    close(electronic_friction(side, X), electronic_friction(shifted, X), 1e-9)


def test_an_extra_site_is_a_lead_with_another_first_hopping() -> None:
    # a site of the half-chain moved into H(x) changes nothing
    inner = bond((0.3, -0.2), 1)

    def longer(x: float) -> np.ndarray:
        whole = np.zeros((5, 5))
        whole[:4, :4] = inner.matrix(x)
        whole[3, 4] = whole[4, 3] = -1.0
        return whole

    close(spring(Junction(longer)).force(X, 0.1), spring(inner).force(X, 0.1), 1e-11)


def test_friction_and_noise_obey_fluctuation_and_dissipation() -> None:
    junction = bond((0.3, -0.2, 0.1), 2)
    at = np.array([-1.0, 0.0, 0.8])
    close(
        electronic_noise(junction, at, kT=0.01),
        2 * 0.01 * electronic_friction(junction, at, kT=0.01),
        1e-9,
    )


# --- arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"k": 0.0}, ValueError, "k = 0.0"),
        ({"k": [0.1, 0.2]}, TypeError, "k = "),
        ({"length": -1.0}, ValueError, "length = -1.0"),
        ({"M": np.nan}, ValueError, "M = nan"),
        ({"zeta": "much"}, TypeError, "zeta = 'much'"),
        ({"positions": [-1.0, 1.0]}, ValueError, "positions = "),
        ({"positions": [-1.0, 1.0, 0.0]}, ValueError, "ascending"),
        ({"positions": [0.0, 1.0, 2.0]}, ValueError, "below zero"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        spring(bond((0.1,), 0), **changes)


def test_only_a_junction_and_a_single_device() -> None:
    with pytest.raises(TypeError, match="junction = 3"):
        spring(3)  # type: ignore[arg-type]
    family = paper_device("2b", k=np.array([0.01, 0.02]))
    with pytest.raises(ValueError, match="device has shape"):
        spring(bond((0.1,), 0)).of(family)
    with pytest.raises(ValueError, match="bias of shape"):
        spring(bond((0.1,), 0)).force(np.zeros(3), np.zeros(2))
