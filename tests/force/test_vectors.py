"""Forces on several coordinates: along a line, from the grand potential, by differences."""

import numpy as np
import pytest

from cifcore import (
    FullJunction,
    Junction,
    VectorJunction,
    VectorResponse,
    VectorTable,
    electronic_friction,
    electronic_noise,
    electronic_tensors,
    rest_points,
)
from cifcore.electrons.leads import Gapped, WideBand

PLACE, WAY = np.array([0.15, -0.1]), np.array([0.6, 0.8])
LEADS = {
    "chain": None,
    "wide": [(WideBand(0.3), 0), (WideBand(0.4), 1)],
    "gap": [(Gapped(0.3, 0.6), 0), (Gapped(0.0, 0.7), 1)],
}


def matrix(x):
    hop = -0.4 - x[1] + 0.1 * x[0] * x[1]
    return np.array([[0.1 + x[0], hop], [hop, -x[0]]])


def pair(leads, **more):
    return VectorJunction(
        Junction(matrix, mu0=0.05, leads=LEADS[leads], coordinates=2), k=2.0, length=0.4, **more
    )


def on_the_line(leads, **more):
    line = Junction(lambda s: matrix(PLACE + s * WAY), mu0=0.05, leads=LEADS[leads])
    return FullJunction(line, k=1, length=0.4, positions=[-1, 0, 1], **more)


@pytest.mark.parametrize("kT", [0.0, 0.03])
@pytest.mark.parametrize("leads", LEADS)
def test_along_a_line_it_is_the_force_on_one_coordinate(leads, kT):
    many, one = pair(leads, kT=kT), on_the_line(leads, kT=kT)
    s = np.array([-0.2, 0.0, 0.3])
    x, bias = PLACE + s[:, None] * WAY, np.array([0.5, 0.5, -0.7])
    np.testing.assert_allclose(many.force(x, bias) @ WAY, one.force(s, bias), atol=1e-9)
    np.testing.assert_allclose(many.current(x, bias), one.current(s, bias), atol=1e-9)
    slope = WAY @ many.jacobian(x, bias) @ WAY
    np.testing.assert_allclose(slope, one.force_slope(s, bias), atol=1e-6)


@pytest.mark.parametrize("leads", LEADS)
def test_along_a_line_friction_and_noise_are_those_of_one_coordinate(leads):
    many, line = pair(leads, kT=0.03), on_the_line(leads).junction
    x = PLACE + np.array([[0.0], [0.3]]) * WAY
    for found, one in ((many.friction, electronic_friction), (many.noise, electronic_noise)):
        along = WAY @ found(x, 0.5) @ WAY
        np.testing.assert_allclose(along, one(line, [0.0, 0.3], 0.5, 0.03), rtol=1e-7)
    single = electronic_tensors(many.junction, x[1], 0.5, 0.03)
    np.testing.assert_allclose(many.friction(x, 0.5)[1], single.friction + single.berry, atol=1e-8)


def test_equal_steps_of_the_hamiltonian_give_the_gradient():
    def gradient(x):
        slope = -1 + 0.1 * x[0]
        return np.array([[[1, 0.1 * x[1]], [0.1 * x[1], -1]], [[0, slope], [slope, 0]]])

    given = Junction(matrix, gradient, coordinates=2)
    x = np.array([[0.2, -0.3], [0.1, 0.4]])
    found = Junction(matrix, coordinates=2).force_operator(x)
    assert found.shape == (2, 2, 2, 2)
    np.testing.assert_allclose(found, given.force_operator(x), atol=1e-12)


class Wheel(VectorResponse):
    """Linear: its rates are known."""

    def force(self, x, bias):
        turn = np.array([[0.0, -1.0], [1.0, 0.0]])
        return np.asarray(bias)[..., None] * (np.asarray(x) @ turn.T + [0.1, 0.0])

    def current(self, x, bias):
        return 0.0 * np.asarray(x)[..., 0]


def test_jacobian_rest_and_rates_of_a_linear_wheel_are_exact():
    k, M, nu, turn = 2.0, 5.0, 0.3, 0.25
    wheel = Wheel(2, k=k, M=M, nu=nu)
    np.testing.assert_allclose(
        wheel.jacobian([0.3, 0.2], 0.25), [[0, -turn], [turn, 0]], atol=1e-11
    )
    rest = rest_points(wheel, turn, np.array([[0.5, 0.5], [-1, 2]]))
    expected = np.linalg.solve(np.array([[k, turn], [-turn, k]]), [0.1 * turn, 0])
    np.testing.assert_allclose(rest.x, [expected], atol=1e-12)
    # M s^2 + nu s + k = +- i turn
    known = [s for sign in (1, -1) for s in np.roots([M, nu, k + sign * 1j * turn])]
    np.testing.assert_allclose(np.sort_complex(rest.rates[0]), np.sort_complex(known), atol=1e-10)
    assert not rest.stable[0]
    assert rest_points(wheel, turn, friction=lambda x, bias: np.eye(2)).stable[0]


def test_newton_finds_the_rest_points_where_the_forces_balance():
    soft = pair("wide", kT=0.05)
    rest = rest_points(soft, 0.3, [[0.0, 0.0], [0.3, -0.2]], friction=soft.friction)
    np.testing.assert_allclose(soft.force(rest.x, 0.3), rest.x @ soft.k, atol=1e-9)
    assert rest.rates.shape == (len(rest.x), 4)


def test_a_table_is_what_it_was_made_from():
    exact = pair("wide", kT=0.1)
    table = VectorTable(exact, 0.5, [-0.1, -0.05], [0.1, 0.05], 1e-4)
    assert table.error < 1e-4 and table.length == exact.length
    x = np.random.default_rng(2).uniform(-1, 1, (3, 2)) * [0.1, 0.05]
    for name in ("force", "current", "friction", "noise"):
        ours, theirs = (getattr(one, name)(x, 0.5) for one in (table, exact))
        np.testing.assert_allclose(ours, theirs, atol=2e-4 * np.max(np.abs(theirs)))
    with pytest.raises(ValueError, match="in the box"):
        table.force([0.3, 0.0], 0.5)
    with pytest.raises(ValueError, match=r"bias = 0\.4"):
        table.force([0.1, 0.0], 0.4)
    with pytest.raises(ArithmeticError, match="tolerance"):
        VectorTable(Kinked(2, k=1.0), 0.5, -1.0, 1.0, 1e-9)


class Kinked(Wheel):
    def force(self, x, bias):
        return np.abs(np.asarray(x)) * bias

    def friction_and_noise(self, x, bias):
        return (np.broadcast_to(np.eye(2), (*np.shape(x)[:-1], 2, 2)),) * 2


def test_what_is_not_there_is_said():
    with pytest.raises(NotImplementedError, match="no friction"):
        Wheel(2, k=1.0).friction([0, 0], 0.1)
    with pytest.raises(NotImplementedError, match="no friction and noise"):
        Wheel(2, k=1.0).noise([0, 0], 0.1)
    with pytest.raises(ValueError, match="must have 2 coordinates on its last axis"):
        pair("wide").force([0.1, 0.2, 0.3], 0.1)
    with pytest.raises(ValueError, match="must be of one coordinate"):
        electronic_friction(pair("wide").junction, 0.0)
    with pytest.raises(ArithmeticError, match="near"):
        rest_points(Runaway(2, k=1.0), 0.1)


class Runaway(Wheel):
    def force(self, x, bias):
        return np.asarray(x) + np.exp(np.minimum(np.asarray(x), 50))
