"""A bare potential in place of the spring, through everything after the seam."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from cifcore import (
    Bond,
    Device,
    LinearBias,
    LinearJunction,
    LinearThermal,
    Mechanics,
    barriers,
    branch,
    equilibria,
    folds,
    langevin,
    paper_device,
    potential,
    pulses,
    rectification,
    rest_position,
    simulate,
)
from cifcore.electrons.junction import Junction
from cifcore.force.table import Tabulated
from cifcore.motion.basins import settle
from cifcore.positions.escape import escape_rates

SPRING = paper_device("2b")
PARABOLA = Bond(lambda x: 0.01 * np.square(x), length=1.0)
MORSE = Bond.morse(depth=0.12, rate=0.3)


def test_a_parabola_is_the_spring():
    device = SPRING.replace(bond=PARABOLA)
    ours, theirs = LinearBias(device), LinearBias(SPRING)
    assert PARABOLA.k == pytest.approx(0.02, rel=1e-10)
    bias = np.array([-0.3, 0.0, 0.1, 0.2, 0.35])
    one, other = equilibria(ours, bias), equilibria(theirs, bias)
    np.testing.assert_allclose(one.x, other.x, atol=1e-9)
    assert np.array_equal(one.stable, other.stable)
    turning, expected = folds(ours, 0.5), folds(theirs, 0.5)
    np.testing.assert_allclose(turning.bias, expected.bias, rtol=1e-8)
    np.testing.assert_allclose(turning.x, expected.x, rtol=1e-6)
    x = np.linspace(-3, 3, 13)[np.arange(13) != 6]
    np.testing.assert_allclose(branch(ours, x), branch(theirs, x), rtol=1e-10)
    np.testing.assert_allclose(potential(ours, x, 0.2), potential(theirs, x, 0.2), rtol=1e-9)
    np.testing.assert_allclose(barriers(ours, 0.2), barriers(theirs, 0.2), rtol=1e-7)
    np.testing.assert_allclose(rest_position(ours, bias), rest_position(theirs, bias), atol=1e-6)
    assert rectification(ours, 0.05) == pytest.approx(rectification(theirs, 0.05), rel=1e-6)
    drive = pulses([(0.2, 3000.0)])
    end, known = simulate(ours, drive), simulate(theirs, drive)
    assert end.x[-1] == pytest.approx(known.x[-1], abs=1e-7)
    assert settle(ours, 0.2, 0.1, duration=3000.0).x == pytest.approx(
        settle(theirs, 0.2, 0.1, duration=3000.0).x, abs=1e-9
    )
    runs = [langevin(one, drive, 1e-3, 3, seed=1).x_end for one in (ours, theirs)]
    np.testing.assert_allclose(*runs, atol=1e-6)
    rates = [[e.rate for e in escape_rates(one, 0.2, 2e-4)] for one in (ours, theirs)]
    np.testing.assert_allclose(*rates, rtol=1e-6)


@pytest.mark.parametrize("bias", [-0.3, -0.1, 0.05, 0.2, 0.3])
def test_rest_on_a_morse_bond_by_brute_force(bias):
    response = LinearBias(SPRING.replace(k=MORSE.k, bond=MORSE))
    x = np.linspace(-6, 30, 2_000_001)
    pull = response.force(x, bias) - 2 * 0.12 * 0.3 * (1 - np.exp(-0.3 * x)) * np.exp(-0.3 * x)
    crossing = np.flatnonzero(np.sign(pull[1:]) * np.sign(pull[:-1]) <= 0)
    found = equilibria(response, bias)
    assert len(found.x) == len(crossing)
    np.testing.assert_allclose(found.x, x[crossing], atol=2e-5)
    assert found.stable.tolist() == (pull[crossing] > pull[crossing + 1]).tolist()


def test_folds_of_a_morse_bond_balance_force_and_slope():
    response = LinearBias(SPRING.replace(k=MORSE.k, bond=MORSE))
    found = folds(response, 0.5)
    assert len(found.x) >= 2
    force, slope = response.force_and_slope(found.x, found.bias)
    np.testing.assert_allclose(force, MORSE.slope(found.x), atol=1e-11)
    np.testing.assert_allclose(slope, MORSE.curvature(found.x), atol=1e-8)


def test_motion_on_a_morse_bond_by_another_integrator():
    response = LinearBias(SPRING.replace(k=MORSE.k, bond=MORSE))
    device = response.device

    def rates(t, state):
        x, v = state
        return v, (response.force(x, 0.1) - MORSE.slope(x) - device.nu * v) / device.M

    exact = solve_ivp(rates, (0, 2000), [0.5, 0.0], method="DOP853", rtol=1e-11, atol=1e-13)
    motion = simulate(response, pulses([(0.1, 2000.0)]), x0=0.5)
    assert motion.x[-1] == pytest.approx(exact.y[0, -1], abs=1e-7)
    table = Tabulated(response, [0.1], -3, 3)
    assert simulate(table, pulses([(0.1, 2000.0)]), x0=0.5, rtol=1e-7).x[-1] == pytest.approx(
        exact.y[0, -1], abs=1e-4
    )


def test_derivatives_of_a_function_and_of_a_spline():
    x = np.linspace(-2, 2, 41)
    plain = Bond(lambda x: MORSE.energy(x), 1 / 0.3)
    np.testing.assert_allclose(plain.slope(x), MORSE.slope(x), atol=1e-12)
    np.testing.assert_allclose(plain.curvature(x), MORSE.curvature(x), atol=1e-10)
    half = Bond(MORSE.energy, 1 / 0.3, MORSE.slope)
    np.testing.assert_allclose(half.curvature(x), MORSE.curvature(x), atol=1e-12)
    knots = np.linspace(-4, 4, 161)
    spline = CubicSpline(knots, MORSE.energy(knots))  # of energies from a table
    table = Bond(spline, 0.5, spline.derivative(1), spline.derivative(2))
    np.testing.assert_allclose(table.slope(x), MORSE.slope(x), atol=1e-6)
    np.testing.assert_allclose(table.curvature(x), MORSE.curvature(x), atol=1e-4)


def test_a_bond_on_a_molecule_and_a_family():
    molecule = LinearJunction(
        Junction.from_device(SPRING), k=0.02, length=0.25, positions=np.linspace(-9, 9, 361)
    )
    bonded = molecule.of(Mechanics(MORSE.k, bond=MORSE))
    chain = LinearBias(SPRING.replace(k=MORSE.k, bond=MORSE))
    np.testing.assert_allclose(equilibria(bonded, 0.1).x, equilibria(chain, 0.1).x, atol=1e-8)
    lam = np.array([0.0, 0.4, 0.7])
    family = equilibria(LinearBias(chain.device.replace(lam=lam)), 0.2)
    for row, one in zip(family.x, lam, strict=True):
        alone = equilibria(LinearBias(chain.device.replace(lam=one)), 0.2).x
        np.testing.assert_allclose(row[np.isfinite(row)], alone, atol=1e-12)
    thermal = paper_device("3", bond=PARABOLA)
    spring = equilibria(LinearThermal(thermal.replace(bond=None)), 0.5).x
    np.testing.assert_allclose(equilibria(LinearThermal(thermal), 0.5).x, spring, atol=1e-8)


def test_mechanics_and_refusals():
    plain = Mechanics(k=0.02, M=[500.0, 1000.0])
    assert plain.shape == (2,) and plain.replace(k=0.1).k == 0.1
    assert plain == Mechanics(0.02, [500.0, 1000.0]) and plain != Mechanics(0.02)
    assert plain.select(np.array([1])).M.tolist() == [1000.0]
    with pytest.raises(AttributeError, match="k cannot be set"):
        plain.k = 3
    with pytest.raises(ValueError, match=r"k = -1.*positive"):
        Mechanics(k=-1.0)
    with pytest.raises(TypeError, match=r"bond = 3: must be"):
        Device(-0.2, 0.1, 8, 4, 0.02, bond=3)
    with pytest.raises(TypeError, match="no such field: b"):
        plain.replace(b=1)
    with pytest.raises(TypeError, match="energy = 3"):
        Bond(3, 1.0)
    with pytest.raises(ValueError, match="length = 0"):
        Bond(np.square, 0.0)


@pytest.mark.parametrize(
    "bond",
    [Bond.spring(0.3), Bond.morse(0.4, 0.5), Bond.spring(0.3) + Bond.morse(0.4, 0.5)],
    ids=["spring", "morse", "both"],
)
def test_slope_and_curvature_are_those_of_the_energy(bond):
    x = np.linspace(-1.5, 2.0, 8)
    known = Bond(bond.energy, bond.length)
    np.testing.assert_allclose(bond.slope(x), known.slope(x), atol=1e-10)
    np.testing.assert_allclose(bond.curvature(x), known.curvature(x), atol=1e-8)
    assert (2.0 * bond).energy(1.0) == 2 * bond.energy(1.0)
