"""Junctions by matrices: the equations they implement, and a finite wire as witness."""

import numpy as np
import pytest

from cifcore import Device, paper_device
from cifcore.electrons import chain
from cifcore.electrons.junction import Junction

ENERGIES = np.linspace(-1.95, 1.95, 27)


def molecule(**changes):
    """Three levels with complex bonds, one of them off the path of the current."""

    def hamiltonian(x):
        bond, side = -0.6 * np.exp(-0.8 * x), 0.3 * np.exp(0.4j + 0.2j * x)
        return np.array([[0.2 * x, bond, side], [bond, -0.3, 0.1], [np.conj(side), 0.1, 0.5]])

    def gradient(x):
        bond, side = 0.48 * np.exp(-0.8 * x), 0.06j * np.exp(0.4j + 0.2j * x)
        return np.array([[0.2, bond, side], [bond, 0, 0], [np.conj(side), 0, 0]])

    return Junction(**{**dict(hamiltonian=hamiltonian, gradient=gradient, right=1), **changes})


def difference(function, at, step=1e-3):
    """Central difference of eighth order."""
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    total = 0.0
    for offset, weight in enumerate(weights, start=1):
        total += weight * (function(at + offset * step) - function(at - offset * step))
    return total / step


# --- Green functions ------------------------------------------------------------------


def test_self_energy_solves_equation_16():
    sigma = chain.self_energy(ENERGIES)
    assert np.allclose(sigma, 1 / (ENERGIES - sigma), rtol=1e-14)
    assert np.all(sigma.imag < 0)
    assert np.allclose(-sigma.imag, chain.width(ENERGIES), rtol=1e-15)


def test_green_function_inverts_equation_14():
    device = paper_device("2b")
    green = Junction.from_device(device).green(0.1, 0.3)
    left, right = device.couplings(0.1)
    sigma = 0.15 - 1j * np.sqrt(1 - 0.15**2)
    effective = np.array([[sigma, -left, 0], [-left, -0.2, -right], [0, -right, sigma]])
    assert np.allclose(green @ (0.3 * np.eye(3) - effective), np.eye(3), atol=1e-14)
    S = left**2 + right**2
    assert green[1, 1] == pytest.approx(1 / (0.3 + 0.2 - S * chain.self_energy(0.3)), rel=1e-13)


def test_force_operator_is_b2():
    device = paper_device("2b")
    left, right = device.couplings(0.1)
    expected = 2 * np.array([[0, -left, 0], [-left, 0, right], [0, right, 0]])
    assert np.allclose(Junction.from_device(device).force_operator(0.1), expected, rtol=1e-15)


def test_numerical_force_operator():
    x = np.linspace(-1, 1, 5)
    exact = molecule().force_operator(x)
    assert np.allclose(molecule(gradient=None).force_operator(x), exact, rtol=0, atol=1e-13)
    device = paper_device("2b")
    analytic = Junction.from_device(device)
    numerical = Junction(analytic.hamiltonian, batched=True)
    difference = numerical.force_operator(x) - analytic.force_operator(x)
    assert np.max(np.abs(difference)) < 1e-12 * np.max(np.abs(analytic.force_operator(x)))


def test_spectral_functions_add_up():
    for junction in (molecule(), Junction.from_device(paper_device("4")), molecule(right=0)):
        left, right = junction.spectral(0.3, ENERGIES)
        green = junction.green(0.3, ENERGIES)
        total = 1j * (green - np.conj(np.swapaxes(green, -1, -2)))
        assert np.allclose(left + right, total, atol=1e-12)
        for part in (left, right):
            assert np.min(np.linalg.eigvalsh(part)) > -1e-12


def test_energy_derivatives_are_derivatives():
    junction = molecule()
    for function, derivative in (
        (junction.spectral, lambda x, e: junction.slopes(x, e)[1:]),
        (lambda x, e: [junction.green(x, e)] * 2, lambda x, e: junction.slopes(x, e)[:1] * 2),
        (
            lambda x, e: [junction.bias_kernel(x, e)] * 2,
            lambda x, e: [junction.bias_kernel_energy_derivative(x, e)] * 2,
        ),
    ):
        for lead in (0, 1):
            expected = difference(lambda e, f=function, i=lead: f(0.3, e)[i], ENERGIES)
            scale = np.max(np.abs(expected))
            assert np.allclose(derivative(0.3, ENERGIES)[lead], expected, atol=1e-10 * scale)


# --- transmission and kernels ---------------------------------------------------------


def test_perfect_wire_transmits_all():
    wire = Junction(lambda x: -np.eye(4, k=1) - np.eye(4, k=-1))
    assert np.allclose(wire.transmission(0.0, ENERGIES), 1, rtol=1e-13)


def test_transmission_is_reciprocal_and_at_most_one():
    forward, backward = molecule(), molecule(left=1, right=0)
    x = np.linspace(-1, 1, 5)[:, None]
    value = forward.transmission(x, ENERGIES)
    assert np.all((value >= 0) & (value <= 1 + 1e-14))
    # two leads, one channel: reciprocal even with complex bonds
    assert np.allclose(value, backward.transmission(x, ENERGIES), atol=1e-13)


def test_sum_of_kernels_is_the_equilibrium_force():
    # F_L + F_R = -Im Tr[Lambda G]: the force of filled states, whose integral is an energy slope
    junction = molecule()
    green = junction.green(0.3, ENERGIES)
    trace = np.einsum("ij,eji->e", junction.force_operator(0.3), green)
    assert np.allclose(sum(junction.lead_kernels(0.3, ENERGIES)), -trace.imag, atol=1e-12)


def test_friedel_the_equilibrium_force_is_the_slope_of_the_phase():
    # F_L + F_R = d/dx of the total scattering phase: -Im Tr[G dH/dx] = Im d/dx ln det G^-1
    junction = molecule()
    x = 0.3

    def phase(at):
        return np.angle(np.linalg.det(np.linalg.inv(junction.green(at, 0.4))))

    slope = difference(phase, x)
    assert sum(junction.lead_kernels(x, 0.4)) == pytest.approx(-slope, rel=1e-9)


# --- what a reader may bring ----------------------------------------------------------


def test_batched_functions_and_plain_ones_agree():
    device = paper_device("2b")
    batched = Junction.from_device(device)
    plain = Junction(lambda x: batched.hamiltonian(np.asarray(x)))
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    assert plain.green(x, 0.1).shape == (2, 3, 3, 3)
    assert np.array_equal(plain.green(x, 0.1), batched.green(x, 0.1))
    assert batched.green(x[..., None], ENERGIES).shape == (2, 3, 27, 3, 3)


def test_any_chain_site_may_be_local():
    # a longer local region with the same physics: nothing may change
    device = paper_device("2b")
    short = Junction.from_device(device)

    def longer(x):
        matrix = np.zeros((5, 5))
        matrix[1:4, 1:4] = short.matrix(x)
        matrix[0, 1] = matrix[1, 0] = matrix[3, 4] = matrix[4, 3] = -1.0
        return matrix

    long = Junction(longer)
    assert np.allclose(long.transmission(0.1, ENERGIES), short.transmission(0.1, ENERGIES))
    for one, other in zip(
        long.lead_kernels(0.1, ENERGIES), short.lead_kernels(0.1, ENERGIES), strict=True
    ):
        assert np.allclose(one, other, atol=1e-11)


def test_bad_arguments_are_named():
    good = lambda x: np.diag([0.1, 0.2]) - 0.1 * np.eye(2)[::-1]  # noqa: E731
    with pytest.raises(TypeError, match="hamiltonian = 3"):
        Junction(3)
    with pytest.raises(TypeError, match="gradient = 3"):
        Junction(good, 3)
    with pytest.raises(TypeError, match=r"left = 0\.5"):
        Junction(good, left=0.5)
    with pytest.raises(ValueError, match=r"mu0 = 2\.0.*band"):
        Junction(good, mu0=2.0)
    with pytest.raises(ValueError, match=r"step = .*positive"):
        Junction(good, step=0.0)
    with pytest.raises(ValueError, match="right = 2: must be among the 2 sites"):
        Junction(good, right=2).green(0.0, 0.0)
    with pytest.raises(ValueError, match="left = -3: must be among the 2 sites"):
        Junction(good, left=-3).green(0.0, 0.0)
    for wrong, text in (
        (lambda x: np.ones((2, 3)), "square"),
        (lambda x: [[0, 1], [2, 0]], "Hermitian"),
        (lambda x: [[0, np.nan], [np.nan, 0]], "finite"),
    ):
        with pytest.raises(ValueError, match=rf"hamiltonian\(x\): must be {text}"):
            Junction(wrong).green(0.0, 0.0)
    with pytest.raises(ValueError, match=r"no lead reaches .* from -0\.1 to 0\.3: leave it out"):
        Junction(lambda x: np.diag([0.0, -0.1]), right=0).green(0.0, [-0.1, 0.3])
    with pytest.raises(TypeError, match="numbers"):
        Junction(lambda x: [["a"]]).green(0.0, 0.0)
    with pytest.raises(ValueError, match="broadcast"):
        Junction(lambda x: np.zeros((5, 2, 2)), batched=True).green(np.zeros(3), 0.0)
    with pytest.raises(ValueError, match=r"energy = .*inside the band"):
        Junction(good).green(0.0, 2.0)
    with pytest.raises(ValueError, match="x = nan"):
        Junction(good).green(np.nan, 0.0)
    with pytest.raises(TypeError, match="device = 2"):
        Junction.from_device(2)
    family = Device(E_dot=[0.1, 0.2], gamma=0.1, b=8, a0=4, k=0.02)
    with pytest.raises(ValueError, match="single device"):
        Junction.from_device(family)
