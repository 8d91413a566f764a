"""Eigenstates and threshold masses: against shooting, closed forms, and limits."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson
from scipy.optimize import brentq

from cifcore import (
    Device,
    FullBias,
    LinearBias,
    Response,
    barriers,
    equilibria,
    folds,
    levels,
    paper_device,
    potential,
    threshold_mass,
)
from cifcore.quantum.capped import lobatto, threshold_mass_wkb
from cifcore.quantum.states import hamiltonian, wells

OWN = Device(E_dot=-0.27, gamma=0.13, b=7.3, a0=4.4, k=0.024, lam=0.55, M=3100, mu0=0.02)
CASES = [
    (LinearBias(paper_device("2b")), 0.2),
    (LinearBias(OWN), 0.22),
    (FullBias(OWN), 0.2),
    (FullBias(paper_device("7", zeta=0.2)), 0.1),
]


class Springs(Response):
    """U_eff = a polynomial of x, as the spring and a force that makes up the rest."""

    proportional = False

    def __init__(self, device, coefficients):
        self.device, self.slope = device, np.polyder(coefficients)

    def force(self, x, bias):
        x = np.asarray(x)
        return (self.device.k * x - np.polyval(self.slope, x)) * (bias != 0)

    def current(self, x, bias):
        return 0 * x + bias

    def nodes(self):
        return np.linspace(-3.0, 3.0, 241)

    def ends(self):
        return np.array([-3.0, 3.0])


STEPS = 6000


def shoot(response, bias, mass, energy, start, stop, slope):
    """psi and psi' from `start` to `stop`, from psi'/psi = `slope` at `start`.

    Runge and Kutta's classical steps, U_eff by Simpson's rule; `energy` is measured from
    U_eff at `start`.
    """
    x = np.linspace(start, stop, 2 * STEPS + 1)
    pull = response.device.k * x - response.force(x, bias)
    if start < stop:
        height = cumulative_simpson(pull, x=x, initial=0)
    else:
        height = -cumulative_simpson(pull, x=-x, initial=0)
    bend = (2 * mass * (height - energy)).tolist()
    h = (stop - start) / STEPS
    y, v = 1.0, slope
    values = [(y, v)]
    for i in range(0, 2 * STEPS, 2):
        here, middle, there = bend[i : i + 3]
        a1, b1 = v, here * y
        a2, b2 = v + h / 2 * b1, middle * (y + h / 2 * a1)
        a3, b3 = v + h / 2 * b2, middle * (y + h / 2 * a2)
        a4, b4 = v + h * b3, there * (y + h * a3)
        y, v = y + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), v + h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
        values.append((y, v))
    return np.array(values).T


def mismatch(response, bias, mass, energy, middle, ends):
    """Wronskian in the middle of the solutions that decay to the left and to the right."""
    sides = []
    for end, sign in zip(ends, (1, -1), strict=True):
        below = energy - potential(response, end, bias)
        psi, slope = shoot(
            response, bias, mass, below, end, middle, sign * np.sqrt(-2 * mass * below)
        )[:, -1]
        sides.append(np.array([psi, slope]) / np.hypot(psi, slope))
    return sides[0][0] * sides[1][1] - sides[0][1] * sides[1][0]


@pytest.mark.parametrize(("response", "bias"), CASES[1:3])
def test_levels_agree_with_shooting(response, bias):
    found = levels(response, bias)
    mass = response.device.M
    floor = wells(response, bias).energy.min()
    ends = found.x[0], found.x[-1]
    inside = wells(response, bias).x[-1] + 0.05
    for energy in found.energy[[0, -1]]:
        root = brentq(
            lambda e: mismatch(response, bias, mass, floor + e, inside, ends),
            *(energy * (1 - 1e-4), energy * (1 + 1e-4)),
            xtol=1e-16,
            rtol=1e-12,
        )
        assert abs(root / energy - 1) < 1e-8


def test_the_free_oscillator():
    found = levels(LinearBias(paper_device("2b")), 0.0, M=500.0)
    omega = np.sqrt(0.02 / 500)
    np.testing.assert_allclose(found.energy, omega * (np.arange(20) + 0.5), rtol=1e-10)
    assert np.all(found.well == 0)


def test_the_kinetic_energy_is_minus_the_second_derivative():
    x, mass = np.linspace(-8, 8, 81), 3.0
    wave = np.exp(-((x - 0.3) ** 2) / 2)
    bent = (1 - (x - 0.3) ** 2) * wave / (2 * mass)
    np.testing.assert_allclose(hamiltonian(0 * x, x[1] - x[0], mass) @ wave, bent, atol=1e-10)


def test_a_polynomial_against_the_oscillator_basis():
    # H in 150 states of an oscillator, exact for a quartic but for the truncation
    well = np.array([0.02, 0.003, -0.03, 0.0, 0.0])
    response, mass, n = Springs(paper_device("2b"), well), 4000.0, 150
    omega = 5e-3
    step = np.diag(np.sqrt(np.arange(1, n)), 1)
    x = (step + step.T) / np.sqrt(2 * mass * omega)
    p2 = -(step - step.T) @ (step - step.T) * mass * omega / 2
    high = p2 / (2 * mass) + sum(c * np.linalg.matrix_power(x, 4 - i) for i, c in enumerate(well))
    energy = np.linalg.eigvalsh(high[: n - 8, : n - 8])
    found = levels(response, 1.0, mass)
    floor = np.min(np.polyval(well, equilibria(response, 1.0).x))
    assert len(found.energy) == 5
    np.testing.assert_allclose(found.energy, energy[: len(found.energy)] - floor, rtol=1e-8)


@pytest.mark.parametrize(("response", "bias"), CASES)
def test_states_are_normalised_ordered_and_below_the_top(response, bias):
    found = levels(response, bias, 2e4)
    step = found.x[1] - found.x[0]
    overlap = found.psi @ found.psi.T * step
    np.testing.assert_allclose(overlap, np.eye(len(overlap)), atol=1e-10)
    np.testing.assert_allclose(found.share.sum(axis=1), 1, atol=1e-10)
    assert np.all(np.diff(found.energy) > 0) and found.energy[-1] < found.ceiling
    nodes = [np.sum(np.diff(np.sign(psi[np.abs(psi) > 1e-6])) != 0) for psi in found.psi]
    assert nodes == list(range(len(nodes)))
    # Weyl: as many states as cells of phase space
    x = np.linspace(found.x[0], found.x[-1], 20001)
    height = potential(response, x, bias) - wells(response, bias).energy.min()
    cells = np.trapezoid(np.sqrt(2 * 2e4 * np.maximum(found.ceiling - height, 0)), x) / np.pi
    assert abs(len(nodes) - cells) < 2


def test_a_ceiling_of_ones_own_and_a_mass_too_large():
    response = LinearBias(paper_device("2b"))
    low, high = (levels(response, 0.2, ceiling=c).energy for c in (0.01, 0.05))
    assert len(low) < len(high) and high[-1] > levels(response, 0.2).ceiling
    np.testing.assert_allclose(low, high[: len(low)], rtol=1e-9)
    # at once, before any grid is tried
    for mass, named in ((3e8, r"3e\+08"), (1e12, r"1e\+12")):
        begin = time.process_time()
        with pytest.raises(ValueError, match=f"M = {named}: must be so small"):
            levels(response, 0.2, M=mass)
        assert time.process_time() - begin < 1


@pytest.mark.parametrize(("response", "bias"), CASES[1:3])
@pytest.mark.parametrize("n", [1, 3])
def test_threshold_masses_agree_with_shooting(response, bias, n):
    found = wells(response, bias)
    (top,) = found.x_top
    for guess, side in zip(threshold_mass(response, bias, n), (-1, 1), strict=True):
        # far enough in the wall for the solution that grows to have died out
        x = found.x[(side + 1) // 2] + side * np.linspace(0, 6, 3001)
        wall = np.maximum(potential(response, x, bias) - found.top[0], 0)
        start = x[np.argmax(np.cumsum(np.sqrt(2 * guess * wall)) * 0.002 > 12)]
        above = wall[x == start][0]

        def slope(mass, start=start, above=above, side=side):
            first = -side * np.sqrt(2 * mass * above)
            return shoot(response, bias, mass, -above, start, top, first)[1, -1]

        ends = guess * (1 - 1e-3), guess * (1 + 1e-3)
        exact = brentq(slope, *ends, xtol=1e-10 * guess, rtol=1e-11)
        assert abs(exact / guess - 1) < 1e-8


def test_at_its_threshold_a_capped_well_holds_one_state_more():
    # a fine grid of finite differences with the flat part in it, far beyond
    response, bias = CASES[0]
    found = wells(response, bias)
    for n in (1, 2):
        mass = threshold_mass(response, bias, n)[0]
        for factor, expected in ((0.97, n - 1), (1.03, n)):
            x = np.linspace(-1.5, 60.0, 3000)
            flat = np.where(x < found.x_top[0], potential(response, x, bias) - found.top[0], 0.0)
            h, m = x[1] - x[0], factor * mass
            # Sylvester: as many states below zero as negative pivots
            pivot, negative = np.inf, 0
            for diagonal in (1 / (m * h**2) + flat).tolist():
                pivot = diagonal - (0.5 / (m * h**2)) ** 2 / pivot
                negative += pivot < 0
            assert negative == expected


def test_threshold_masses_scale_and_tend_to_wkb():
    response, bias = CASES[0]
    for n, error in ((1, 0.9), (3, 0.02), (12, 2e-3)):
        exact, rough = threshold_mass(response, bias, n), threshold_mass_wkb(response, bias, n)
        assert np.all(np.abs(rough / exact - 1) < error)
    # energies times s, lengths times l: masses over s l^2
    stretched = response.device.replace(
        b=response.device.b, a0=2 * response.device.a0, k=response.device.k / 4
    )
    np.testing.assert_allclose(
        threshold_mass(LinearBias(stretched), bias), threshold_mass(response, bias) / 4, rtol=1e-9
    )


def test_a_single_well_and_a_parabola_with_a_cubic():
    assert threshold_mass(LinearBias(paper_device("2b")), 0.0).tolist() == [0.0]


def test_next_to_a_fold_every_well_is_the_same_cubic():
    """M h (x_top - x)^2 of a well of the height h tends to a number, however low it is."""
    response, numbers = LinearBias(paper_device("2b")), []
    fold = float(folds(response, 0.5).bias[1])
    for near in (1e-4, 1e-6, 1e-8):
        bias = fold * (1 - near)
        x, top, height = barriers(response, bias)[0]
        mass = [threshold_mass(response, bias, n)[0] for n in (1, 4)]
        numbers.append(np.array(mass) * height * (top - x) ** 2)
    assert height < 1e-14
    np.testing.assert_allclose(numbers[1], numbers[0], rtol=0.02)
    np.testing.assert_allclose(numbers[2], numbers[1], rtol=0.002)


def test_a_well_between_two_tops():
    # tops of different heights: beyond the higher one psi'/psi = -sqrt(2 M D)
    three = np.array([0.02, 0.0, -0.06, 0.0006, 0.045, 0.0, 0.0])
    response = Springs(paper_device("2b"), three)
    found = wells(response, 1.0)
    assert len(found.x) == 3
    low, high = np.argsort(found.top)
    for n in (1, 2, 3):
        mass = threshold_mass(response, 1.0, n)[1]
        fixed = np.sqrt(2 * mass * (found.top[high] - found.top[low]))
        sign = np.sign(found.x_top[low] - found.x_top[high])
        y = shoot(
            response,
            1.0,
            mass,
            found.top[low] - found.top[high],
            found.x_top[high],
            found.x_top[low],
            sign * fixed,
        )
        assert abs(y[1, -1]) < 1e-6 * np.max(np.abs(y[1]))
        inside = y[0][np.abs(y[0]) > 1e-9]
        assert np.sum(np.diff(np.sign(inside)) != 0) == n - 1
    level = Springs(paper_device("2b"), three * np.array([1, 0, 1, 0, 1, 0, 1]))
    masses = [threshold_mass(level, 1.0, n)[1] for n in (1, 2, 3)]
    assert masses[0] == 0
    # a little asymmetry changes little
    nearly = Springs(paper_device("2b"), three * np.array([1, 0, 1, 1e-6, 1, 0, 1]))
    np.testing.assert_allclose(
        [threshold_mass(nearly, 1.0, n)[1] for n in (2, 3)], masses[1:], rtol=1e-3
    )


def test_lobatto_is_exact_for_polynomials():
    x, weights, slope = lobatto(9)
    for power in range(16):
        assert weights @ x**power == pytest.approx(((-1) ** power + 1) / (power + 1), abs=1e-14)
    np.testing.assert_allclose(slope @ x**8, 8 * x**7, atol=1e-12)
