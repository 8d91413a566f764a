"""The master equation: closed forms of the oscillator, and the quantum bath of `langevin`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from cifcore import (
    LinearBias,
    equilibria,
    folds,
    langevin,
    levels,
    paper_device,
    potential,
    pulses,
    quantum_spread,
    ramp,
)
from cifcore.quantum.master import _bases, master_equation
from cifcore.quantum.states import (
    effective_hbar,
    hamiltonian,
    thermal_density,
    wells,
)

OMEGA = paper_device("9").omega


EDGES = np.linspace(-8, 8, 3201)


def moments(run):
    """Mean and variance of the position after each segment, from the shares of narrow bins."""
    middle = np.concatenate([EDGES[:1], (EDGES[1:] + EDGES[:-1]) / 2, EDGES[-1:]])
    mean = run.share @ middle
    return mean, run.share @ middle**2 - mean**2


@pytest.mark.parametrize(("zeta", "heat"), [(0.02, 0.2), (0.16, 1.0), (0.5, 0.3)])
def test_the_oscillator_spreads_as_without_damping(zeta, heat):
    device, kT = paper_device("9", zeta=zeta), heat * OMEGA
    # from the equilibrium of a bias at which it is somewhere else
    drive = pulses([(0.003, 1.0), (1e-12, 8 / OMEGA / zeta)])
    run = master_equation(Pull(device), drive, kT, EDGES)
    spread = moments(run)[1][-1]
    bare = 1 / np.tanh(1 / (2 * heat)) / (2 * device.M * OMEGA)
    assert spread == pytest.approx(bare, rel=0.01)  # the bins are wide
    assert run.share[0].sum() == pytest.approx(1, abs=1e-9)
    # to first order in the damping it is right
    if zeta < 0.05:
        assert spread == pytest.approx(quantum_spread(device, kT), rel=0.02)


def test_boltzmanns_occupation_is_stationary_at_any_damping():
    response = LinearBias(paper_device("9", zeta=0.6))
    for kT in (2e-4, 3e-3):
        (basis,) = _bases(response, {0.3}, kT).values()
        weight = np.exp(-(basis.energy - basis.energy[0]) / kT)
        rho = np.diag(weight / weight.sum()).astype(complex)
        assert np.max(np.abs(basis.rate(rho))) < 1e-15
        # and what is not in equilibrium keeps its trace
        mixed = np.ones_like(rho) / len(rho)
        assert abs(np.trace(basis.rate(mixed))) < 1e-14 < np.max(np.abs(basis.rate(mixed)))


class Pull(LinearBias):
    """A constant force: the wells of two biases are those of one oscillator, displaced."""

    proportional = True

    def force(self, x, bias):
        return 0 * np.asarray(x) + bias

    def force_slope(self, x, bias):
        return 0 * np.asarray(x) * bias

    def inflections(self):
        return None


def test_the_mean_follows_the_damped_oscillator():
    response = Pull(paper_device("9", zeta=0.2))
    device, force, time = response.device, 0.006, 3.3 / OMEGA
    drive = pulses([(1e-12, 1.0), (force, time)])
    # well above hbar omega, where friction acts on the velocity alone
    run = master_equation(response, drive, 2 * OMEGA, EDGES)
    swing = OMEGA * np.sqrt(1 - 0.2**2)
    fading = np.exp(-0.2 * OMEGA * time)
    phase = np.cos(swing * time) + 0.2 * OMEGA / swing * np.sin(swing * time)
    assert moments(run)[0][1] == pytest.approx(force / device.k * (1 - fading * phase), rel=5e-3)
    assert run.lost < 1e-4


def even_wells(M):
    """The pump's device at the bias at which its two wells are equally deep."""
    response = LinearBias(paper_device("9", M=M, zeta=0.15))

    low, high = folds(response, 0.4).bias[-2:]

    def step(bias):
        x = equilibria(response, bias).x
        return potential(response, x[0], bias) - potential(response, x[2], bias)

    bias = brentq(step, low * 1.001, high * 0.999)
    return response, bias, equilibria(response, bias).x[1]


def test_occupations_of_a_double_well_by_three_routes():
    # where kT is above hbar omega all three must agree: the bath of `langevin`, the master
    # equation in the long run, and Boltzmann's occupation of the eigenstates
    response, bias, top = even_wells(2e4)
    kT, n = 1.5e-3, 4000
    x, density = thermal_density(response, bias, kT)
    exact = np.sum(density[x < top]) * (x[1] - x[0])
    start = np.where(np.arange(n) % 2, *equilibria(response, bias).x[[0, 2]])
    drive = pulses([(bias, 150 / response.device.omega)])
    run = langevin(response, drive, kT, n, 4, x0=start, bath="quantum")
    assert abs(np.mean(run.x_end < top) - exact) < 4 * np.sqrt(exact * (1 - exact) / n)
    light, bias, top = even_wells(1000.0)
    x, density = thermal_density(light, bias, 3e-3)
    exact = np.sum(density[x < top]) * (x[1] - x[0])
    long = master_equation(light, pulses([(0.0, 1.0), (bias, 80 / OMEGA)]), 3e-3, [top])
    assert long.share[-1, 0] == pytest.approx(exact, abs=0.01)


def test_the_density_agrees_with_a_path_integral():
    # exp(-H/kT) as a product of 2^12 short pieces
    response, bias, _ = even_wells(3000.0)
    kT = 1e-3
    x, density = thermal_density(response, bias, kT)
    grid = np.linspace(-3, 4, 500)
    step, pieces = grid[1] - grid[0], 2**12
    time = 1 / (kT * pieces)
    mass = response.device.M
    values, vectors = np.linalg.eigh(hamiltonian(0 * grid, step, mass))
    free = (vectors * np.exp(-time * values)) @ vectors.T
    half = np.exp(
        -time / 2 * (potential(response, grid, bias) - wells(response, bias).energy.min())
    )
    piece = half[:, None] * free * half
    for _ in range(12):
        piece = piece @ piece
        piece /= np.trace(piece)
    found = np.diag(piece) / step
    inside = (grid > x[0]) & (grid < x[-1])
    exact = CubicSpline(x, density)(grid[inside])
    np.testing.assert_allclose(found[inside], exact, atol=1e-3 * density.max())


def test_hbar_in_the_devices_own_units_collapses_the_levels():
    one = paper_device("2b")
    # the same three numbers of the design space (b/a0 and k changed, and the bias with them)
    other = one.replace(b=5.0, a0=6.0, k=0.03)
    ratio = (other.b / other.a0) / (one.b / one.a0)
    bias = 0.2 * other.k / one.k / ratio**2
    mass = one.M * one.k / other.k * ratio**4
    other = other.replace(M=mass)
    assert effective_hbar(one) == pytest.approx(effective_hbar(other), rel=1e-12)
    units = [d.k * (d.a0 / (2 * d.b)) ** 2 for d in (one, other)]
    first, second = (
        levels(LinearBias(d), V, ceiling=20 * u).energy / u
        for d, V, u in zip((one, other), (0.2, bias), units, strict=True)
    )
    assert len(first) > 3
    np.testing.assert_allclose(first, second, rtol=1e-8)
    changed = levels(LinearBias(other.replace(M=1.1 * mass)), bias).energy / units[1]
    assert not np.allclose(changed[0], first[0], rtol=1e-3)


def test_what_is_refused():
    response = LinearBias(paper_device("9"))
    with pytest.raises(ValueError, match="must be made of constant pieces"):
        master_equation(response, ramp(0.0, 0.3, 10.0), 1e-3)
    heavy = LinearBias(paper_device("9", M=1e7))
    with pytest.raises(ValueError, match=r"M = 1e\+07: must be so small"):
        master_equation(heavy, pulses([(0.3, 10.0)]), 1e-3)
    with pytest.raises(ValueError, match="kT = 0"):
        master_equation(response, pulses([(0.3, 10.0)]), 0.0)
