"""Closed forms against the matrices, the paper's Appendix B, symmetries and limits."""

import numpy as np
import pytest

from cifcore import Device, LinearBias, paper_device
from cifcore.electrons import chain
from cifcore.electrons.junction import Junction

X = np.linspace(-1.5, 1.5, 31)


def random_device(rng):
    return Device(
        E_dot=rng.uniform(-1.9, 1.9),
        gamma=10 ** rng.uniform(-2, 0.3),
        b=rng.uniform(0, 10),
        a0=rng.uniform(2, 8),
        k=0.02,
        lam=rng.uniform(-0.95, 0.95),
    )


def difference(function, at, step):
    """Central difference of eighth order."""
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    total = 0.0
    for offset, weight in enumerate(weights, start=1):
        total += weight * (function(at + offset * step) - function(at - offset * step))
    return total / step


def slope(device, x, energy):
    return chain.BiasLoop(device, energy).kernel_and_slope(x)[1]


def derivative_slope(device, x, energy):
    return chain.BiasLoop(device, energy).energy_derivative_and_slope(x)[1]


def close(one, other, tolerance=1e-12):
    """Equal to a tolerance relative to the largest value among the points compared."""
    return np.max(np.abs(one - other)) <= tolerance * np.max(np.abs(other))


# --- against the matrices -------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_every_closed_form_is_its_matrix_formula(seed):
    rng = np.random.default_rng(seed)
    for _ in range(40):
        device = random_device(rng)
        junction = Junction.from_device(device)
        x, energy = rng.uniform(-2, 2, 30), 2 * np.sin(rng.uniform(-1.55, 1.55, 30))
        assert close(chain.transmission(device, x, energy), junction.transmission(x, energy))
        left, right = junction.lead_kernels(x, energy)
        scale = np.max(np.abs(left) + np.abs(right))
        closed = chain.lead_kernels(device, x, energy)
        assert np.max(np.abs(closed[0] - left)) <= 1e-12 * scale
        assert np.max(np.abs(closed[1] - right)) <= 1e-12 * scale
        bias = chain.bias_kernel(device, x, energy)
        assert np.max(np.abs(bias - (left - right))) <= 1e-12 * scale
        d_left, d_right = (
            np.einsum("...ij,...ji->...", junction.force_operator(x), part).real / 2
            for part in junction.slopes(x, energy)[1:]
        )
        slope = chain.bias_kernel_energy_derivative(device, x, energy)
        scale = np.max(np.abs(d_left) + np.abs(d_right))
        assert np.max(np.abs(slope - (d_left - d_right))) <= 1e-12 * scale


def test_kernel_and_transmission_together_are_the_two_alone():
    rng = np.random.default_rng(7)
    for _ in range(50):
        device = random_device(rng)
        x, energy = rng.uniform(-3, 3, 30), rng.uniform(-1.99, 1.99, 30)
        loop = chain.BiasLoop(device, energy)
        kernel, transmission = loop.kernel_and_transmission(x)
        assert close(transmission, chain.transmission(device, x, energy))
        again, _ = loop.kernel_and_slope(x)
        assert np.max(np.abs(again - kernel)) <= 1e-12 * np.max(np.abs(kernel))
        left, right = chain.lead_kernels(device, x, energy)
        difference = kernel - chain.bias_kernel(device, x, energy)
        assert np.max(np.abs(difference)) <= 1e-12 * np.max(np.abs(left) + np.abs(right))


def test_inflections_are_where_the_curvature_changes_and_nowhere_else():
    rng = np.random.default_rng(11)
    for _ in range(40):
        device = random_device(rng)
        response, length = LinearBias(device), LinearBias(device).length
        x = np.linspace(*response.ends(), 40001)
        curvature = np.diff(response.force_slope(x, 1.0))
        middle = (x[1:] + x[:-1]) / 2
        visible = np.abs(curvature) > 1e-9 * np.max(np.abs(curvature))
        changes = middle[visible][:-1][np.diff(np.sign(curvature[visible])) != 0]
        known = response.inflections()
        assert len(changes) in (2, 4)
        gap = np.min(np.abs(changes[:, None] - known), axis=1)
        assert np.max(gap) <= 2 * (x[1] - x[0]) + 1e-9 * length
    assert LinearBias(paper_device("2b", mu0=0.1)).inflections() is None


def test_derivatives_are_derivatives():
    device = paper_device("2b")
    energy = np.array([-1.5, -0.2, 0.0, 0.7])[:, None]
    for function, derivative in (
        (chain.bias_kernel, slope),
        (chain.bias_kernel_energy_derivative, derivative_slope),
    ):
        expected = difference(lambda x, f=function: f(device, x, energy), X, 2e-3)
        assert close(derivative(device, X, energy), expected, 1e-9)
    expected = difference(lambda e: chain.bias_kernel(device, X, e), energy, 2e-4)
    assert close(chain.bias_kernel_energy_derivative(device, X, energy), expected, 1e-9)


# --- Appendix B -----------------------------------------------------------------------


def test_green_function_products_b4_and_b5_at_the_middle_of_the_band():
    rng = np.random.default_rng(3)
    for _ in range(30):
        device = random_device(rng)
        x = rng.uniform(-0.5, 0.5)
        left, right = device.couplings(x)
        green = Junction.from_device(device).green(x, 0.0)
        denominator = device.E_dot**2 + (left**2 + right**2) ** 2
        products = {
            (0, 0, 1, 0): left * device.E_dot / denominator,  # B4: G11 G21*
            (2, 2, 1, 2): right * device.E_dot / denominator,  # B5: G33 G23*
            (0, 2, 1, 2): 0.0,  # G13 G23*
            (1, 0, 2, 0): 0.0,  # G21 G31*
        }
        scale = np.max(np.abs(green)) ** 2
        for (i, j, m, n), expected in products.items():
            value = (green[i, j] * np.conj(green[m, n])).real
            assert value == pytest.approx(expected, abs=1e-13 * scale)


def test_b3_is_the_trace_and_b6_is_equation_17():
    rng = np.random.default_rng(4)
    for _ in range(30):
        device = random_device(rng)
        x = rng.uniform(-1, 1)
        left, right = device.couplings(x)
        green = Junction.from_device(device).green(x, 0.0)
        rate = device.b / device.a0

        def product(i, j, m, n, green=green):
            return (green[i - 1, j - 1] * np.conj(green[m - 1, n - 1])).real

        b3 = left * (product(1, 3, 2, 3) - product(1, 1, 2, 1))
        b3 += right * (product(2, 1, 3, 1) - product(3, 3, 2, 3))
        total = left**2 + right**2
        b6 = -rate * device.E_dot * total / (device.E_dot**2 + total**2) / np.pi
        force = LinearBias(device).force(x, 1.0)
        scale = rate / np.pi
        assert force == pytest.approx(rate * b3 / np.pi, abs=1e-11 * scale)
        assert force == pytest.approx(b6, abs=1e-13 * scale)


def test_b7_the_sum_of_the_squared_couplings():
    device = Device(E_dot=-0.2, gamma=0.3, b=5, a0=3, k=0.02, lam=0.6)
    left, right = device.couplings(X)
    y = 2 * device.b * X / device.a0
    b7 = 2 * 0.3**2 * ((1 + 0.36) * np.cosh(y) - 2 * 0.6 * np.sinh(y))
    assert np.allclose(left**2 + right**2, b7, rtol=1e-13)
    assert np.allclose(1 / chain.inverse_coupling(device, X), b7, rtol=1e-13)


def test_equation_17_is_the_trace_formula_at_the_middle_of_the_band():
    rng = np.random.default_rng(5)
    for _ in range(20):
        device = random_device(rng)
        junction = Junction.from_device(device)
        left, right = junction.lead_kernels(X, 0.0)
        trace = (0.5 * left - 0.5 * right) / np.pi  # Eq. 12 at eV = 1
        force = LinearBias(device).force(X, 1.0)
        assert np.max(np.abs(force - trace)) <= 1e-12 * np.max(np.abs(left) + np.abs(right))


def test_force_follows_the_sign_of_the_level():
    for E_dot in (-0.3, 0.3):
        force = LinearBias(paper_device("2b", E_dot=E_dot)).force(X, 0.1)
        assert np.all(np.sign(force) == -np.sign(E_dot))
    assert np.all(LinearBias(paper_device("2b", E_dot=0.0)).force(X, 0.1) == 0)


# --- symmetries and limits ------------------------------------------------------------


@pytest.mark.parametrize("energy", [-1.2, 0.0, 0.4])
def test_mirror_symmetry(energy):
    device = paper_device("2b")
    mirror = device.replace(lam=-device.lam)
    left, right = chain.lead_kernels(device, X, energy)
    mirror_left, mirror_right = chain.lead_kernels(mirror, -X, energy)
    assert np.allclose(left, -mirror_right, rtol=1e-12, atol=1e-15)
    assert np.allclose(right, -mirror_left, rtol=1e-12, atol=1e-15)
    value = chain.transmission(device, X, energy)
    assert np.allclose(value, chain.transmission(mirror, -X, energy), rtol=1e-13)


def test_particle_hole_symmetry():
    device = paper_device("2b")
    holes = device.replace(E_dot=-device.E_dot)
    energy = np.linspace(-1.9, 1.9, 9)[:, None]
    for one, other in zip(
        chain.lead_kernels(device, X, energy), chain.lead_kernels(holes, X, -energy), strict=True
    ):
        assert np.allclose(one, -other, rtol=1e-12, atol=1e-15)


def test_asymmetry_is_a_shift():
    device = paper_device("2b")
    symmetric = device.replace(gamma=device.gamma * np.sqrt(1 - device.lam**2), lam=0.0)
    for function in (chain.transmission, chain.bias_kernel, chain.bias_kernel_energy_derivative):
        assert np.allclose(
            function(device, X + device.centre, 0.1), function(symmetric, X, 0.1), rtol=1e-11
        )


def test_transmission_between_zero_and_one():
    rng = np.random.default_rng(6)
    for _ in range(100):
        device = random_device(rng)
        value = chain.transmission(device, X[:, None], np.linspace(-1.99, 1.99, 40))
        assert np.all((value >= 0) & (value <= 1 + 1e-14))


def test_a_dot_like_any_site_transmits_all():
    device = Device(E_dot=0.0, gamma=1.0, b=8, a0=4, k=0.02)
    assert np.allclose(chain.transmission(device, 0.0, np.linspace(-1.9, 1.9, 9)), 1, rtol=1e-14)


@pytest.mark.parametrize(
    "function",
    [
        chain.transmission,
        chain.bias_kernel,
        slope,
        chain.bias_kernel_energy_derivative,
        derivative_slope,
        lambda device, x, energy: np.stack(
            chain.BiasLoop(device, energy).kernel_and_transmission(x)
        ),
        lambda *arguments: np.stack(chain.lead_kernels(*arguments)),
    ],
)
def test_far_away_finite_and_vanishing_without_warnings(function):
    # filterwarnings = error turns an overflow into a failure
    for changes in ({}, dict(gamma=1e-4), dict(lam=0.999, b=20.0, a0=1.0), dict(gamma=10.0)):
        device = paper_device("2b", **changes)
        value = function(device, np.array([-1e6, -500.0, 500.0, 1e6]), 0.1)
        assert np.all(np.isfinite(value))
        assert np.max(np.abs(value)) < 1e-6


def test_weak_coupling_is_a_breit_wigner_resonance():
    device = Device(E_dot=-0.3, gamma=1e-3, b=4, a0=4, k=0.02, lam=0.4)
    left, right = (g**2 * np.sqrt(1 - 0.3**2 / 4) for g in device.couplings(0.1))
    centre = -0.3 + (left + right) * (-0.15) / np.sqrt(1 - 0.3**2 / 4)
    energy = centre + (left + right) * np.linspace(-3, 3, 7)
    expected = 4 * left * right / ((energy - centre) ** 2 + (left + right) ** 2)
    assert np.allclose(chain.transmission(device, 0.1, energy), expected, rtol=1e-4)


def test_no_coupling_to_position_no_force():
    device = paper_device("2b", b=0.0)
    assert np.all(chain.bias_kernel(device, X, 0.1) == 0)
    assert np.all(slope(device, X, 0.1) == 0)


def test_shapes_broadcast():
    device = Device(E_dot=np.array([-0.2, 0.3])[:, None, None], gamma=0.1, b=8, a0=4, k=0.02)
    value = chain.bias_kernel(device, X, np.array([0.0, 0.1, 0.2])[:, None])
    assert value.shape == (2, 3, 31)
    single = chain.bias_kernel(paper_device("2a", E_dot=0.3), X[4], 0.2)
    assert np.ndim(single) == 0
    assert value[1, 2, 4] == pytest.approx(single, rel=1e-15)


def test_bad_arguments_are_named():
    device = paper_device("2b")
    for energy in (2.0, -2.0, 3.0):
        with pytest.raises(ValueError, match=r"energy = .*inside the band"):
            chain.transmission(device, 0.0, energy)
    with pytest.raises(ValueError, match="energy = nan"):
        chain.bias_kernel(device, 0.0, np.nan)
    with pytest.raises(ValueError, match=r"x = .*finite"):
        chain.lead_kernels(device, np.inf, 0.0)
    with pytest.raises(TypeError, match="x = 'a'"):
        chain.transmission(device, "a", 0.0)
