"""Friction and noise of the electrons: identities, limits by hand, and electrons in real time."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad, trapezoid

from cifcore import Device, paper_device
from cifcore.electrons import chain
from cifcore.electrons.friction import (
    electronic_friction,
    electronic_noise,
    electronic_tensors,
)
from cifcore.electrons.junction import Junction
from cifcore.electrons.leads import WideBand

FIGURES = ("2a", "2b", "3", "4", "5", "6", "7", "8", "9")
X = np.linspace(-1.5, 1.5, 13)


def random_device(rng):
    return Device(
        E_dot=rng.uniform(-1.5, 1.5),
        gamma=10 ** rng.uniform(-2, 0.3),
        b=rng.uniform(0.5, 10),
        a0=rng.uniform(2, 8),
        k=0.02,
        lam=rng.uniform(-0.95, 0.95),
        mu0=rng.uniform(-1.5, 1.5),
    )


# --- the two routes -------------------------------------------------------------------


def test_kernels_in_closed_form_are_the_traces():
    rng = np.random.default_rng(11)
    for _ in range(100):
        device = random_device(rng)
        x, energy = rng.uniform(-2, 2, 10), rng.uniform(-1.99, 1.99, 10)
        closed = chain.pair_kernels(device, x, energy)
        traced = Junction.from_device(device).pair_kernels(x, energy)
        scale = sum(np.abs(kernel) for kernel in traced[:3])
        for one, other in zip(closed, traced, strict=True):
            assert np.all(np.abs(one - other) <= 1e-12 * np.max(scale))


@pytest.mark.parametrize("kT", [0.0, 0.003, 0.2])
@pytest.mark.parametrize("eV", [0.0, 0.3, -5.0])
def test_chain_and_junction_agree(eV, kT):
    rng = np.random.default_rng(12)
    x = np.array([-0.8, 0.1, 0.5])
    for _ in range(4):
        device = random_device(rng)
        junction = Junction.from_device(device)
        for function in (electronic_friction, electronic_noise):
            closed, traced = function(device, x, eV, kT), function(junction, x, eV, kT)
            assert np.allclose(closed, traced, rtol=1e-10, atol=1e-12 * np.max(np.abs(closed)))


# --- accuracy -------------------------------------------------------------------------


def fermi(energy, mu, kT):
    return 0.5 * (1 - np.tanh((energy - mu) / (2 * kT)))


def adaptive(device, x, eV, kT):
    """Friction and noise straight from their definitions, by adaptive integration."""
    left, right = device.mu0 + eV / 2, device.mu0 - eV / 2

    def slope(energy, mu):
        return 1 / (4 * kT * np.cosh(np.clip((energy - mu) / (2 * kT), -350, 350)) ** 2)

    def friction(energy):
        k_left, k_right, cross, window = chain.pair_kernels(device, x, energy)
        f_left, f_right = fermi(energy, left, kT), fermi(energy, right, kT)
        surface = slope(energy, left) * (k_left + cross) + slope(energy, right) * (k_right + cross)
        return (surface + (f_right - f_left) * window) / (4 * np.pi)

    def noise(energy):
        k_left, k_right, cross, _ = chain.pair_kernels(device, x, energy)
        f_left, f_right = fermi(energy, left, kT), fermi(energy, right, kT)
        total = f_left * (1 - f_left) * k_left + f_right * (1 - f_right) * k_right
        return (total + (f_left + f_right - 2 * f_left * f_right) * cross) / (2 * np.pi)

    width = 1 / chain.inverse_coupling(device, x)
    nodes = [left, right]
    for centre in (left, right, device.E_dot, device.E_dot * (1 - width / 2)):
        for distance in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5):
            nodes += [centre - distance, centre + distance]
    nodes = np.unique(np.clip([-2 + 1e-14, 2 - 1e-14, *nodes], -2 + 1e-14, 2 - 1e-14))
    result = []
    for integrand in (friction, noise):
        parts = [
            quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0]
            for a, b in itertools.pairwise(nodes)
        ]
        result.append(np.sum(parts))
    return result


@pytest.mark.parametrize("gamma", [0.003, 0.01, 0.1, 1.0])
def test_relative_error_below_1e_8_at_any_width_and_temperature(gamma):
    device = Device(E_dot=-0.3, gamma=gamma, b=4, a0=4, k=0.02, lam=0.5, mu0=-0.31)
    for x, eV, kT in ((0.0, 0.0, 0.002), (0.4, 0.05, 0.002), (0.4, -0.3, 0.02), (-0.2, 0.1, 2e-5)):
        friction, noise = adaptive(device, x, eV, kT)
        assert electronic_friction(device, x, eV, kT) == pytest.approx(friction, rel=1e-8)
        assert electronic_noise(device, x, eV, kT) == pytest.approx(noise, rel=1e-8)


def test_low_temperature_tends_to_zero_temperature():
    device = paper_device("2b")
    for eV in (0.0, 0.2, -0.35):
        cold = electronic_friction(device, X, eV)
        cool = electronic_friction(device, X, eV, 1e-7)
        assert np.allclose(cool, cold, rtol=1e-6)
        cold = electronic_noise(device, X, 0.2)
        assert np.allclose(electronic_noise(device, X, 0.2, 1e-10), cold, rtol=1e-6, atol=1e-9)


def test_a_batch_is_its_members_one_by_one():
    device = paper_device("2b")
    x, eV, kT = np.meshgrid([-0.5, 0.2], [0.0, 0.3], [0.0, 0.004], indexing="ij")
    for function in (electronic_friction, electronic_noise):
        batch = function(device, x, eV, kT)
        assert batch.shape == (2, 2, 2)
        single = [
            function(device, *values) for values in zip(x.flat, eV.flat, kT.flat, strict=True)
        ]
        assert np.allclose(batch.ravel(), single, rtol=1e-12)


def test_a_family_of_devices_is_its_members():
    family = paper_device("2b", lam=np.array([[0.0], [0.7]]))
    x = np.array([-0.4, 0.0, 0.6])
    for function in (electronic_friction, electronic_noise):
        both = function(family, x, 0.1, 0.01)
        assert both.shape == (2, 3)
        for lam, row in zip((0.0, 0.7), both, strict=True):
            alone = function(paper_device("2b", lam=lam), x, 0.1, 0.01)
            assert np.allclose(row, alone, rtol=1e-12)


# --- identities -----------------------------------------------------------------------


@pytest.mark.parametrize("figure", FIGURES)
def test_fluctuation_dissipation_at_equilibrium(figure):
    device = paper_device(figure, zeta=0.1)
    for kT in (1e-4, 2e-3, 0.05):
        friction = electronic_friction(device, X, 0.0, kT)
        noise = electronic_noise(device, X, 0.0, kT)
        assert np.allclose(noise, 2 * kT * friction, rtol=1e-12, atol=0)


def test_fluctuation_dissipation_fails_under_bias():
    device = paper_device("4")
    friction, noise = (f(device, X, 0.2, 0.002) for f in (electronic_friction, electronic_noise))
    assert np.max(noise / (2 * 0.002 * friction)) > 10


@pytest.mark.parametrize("figure", FIGURES)
def test_friction_at_equilibrium_and_noise_always_are_positive(figure):
    device = paper_device(figure, zeta=0.1)
    assert np.all(electronic_friction(device, X) > 0)
    assert np.all(electronic_friction(device, X, 0.0, 0.01) > 0)
    for eV in (-0.5, -0.02, 0.02, 0.5):
        for kT in (0.0, 0.002):
            assert np.all(electronic_noise(device, X, eV, kT) > 0)
    assert np.all(electronic_noise(device, X) == 0)


def test_friction_under_bias_can_be_negative():
    # the sharp resonance of Fig. 3: the window term outweighs the Fermi surface
    assert np.min(electronic_friction(paper_device("3"), X, 0.2)) < 0


@pytest.mark.parametrize("function", [electronic_friction, electronic_noise])
@pytest.mark.parametrize("kT", [0.0, 0.01])
def test_mirror_symmetry(function, kT):
    device = paper_device("2b", mu0=0.3)
    mirror = device.replace(lam=-device.lam)
    value = function(device, X, 0.4, kT)
    assert np.allclose(value, function(mirror, -X, -0.4, kT), rtol=1e-12, atol=0)
    if function is electronic_friction or kT > 0:
        assert not np.allclose(value, function(device, X, -0.4, kT), rtol=1e-3)


def test_noise_at_zero_temperature_is_even_in_the_bias():
    # only electrons that cross the device make noise then, and K_LR = K_RL
    device = paper_device("2b", mu0=0.3)
    forward, backward = (electronic_noise(device, X, eV) for eV in (0.4, -0.4))
    assert np.allclose(forward, backward, rtol=1e-12, atol=0)


@pytest.mark.parametrize("function", [electronic_friction, electronic_noise])
@pytest.mark.parametrize("kT", [0.0, 0.01])
def test_particle_hole_symmetry(function, kT):
    # eps -> -eps with every second site's sign turned: the leads exchange their roles
    device = paper_device("2b", mu0=0.3)
    holes = device.replace(E_dot=-device.E_dot, mu0=-device.mu0)
    value = function(device, X, 0.4, kT)
    assert np.allclose(value, function(holes, X, -0.4, kT), rtol=1e-12, atol=0)


def test_no_coupling_to_position_no_friction_no_noise():
    device = paper_device("2b", b=0.0)
    assert np.all(electronic_friction(device, X, 0.1, 0.01) == 0)
    assert np.all(electronic_noise(device, X, 0.1, 0.01) == 0)


def test_grows_with_the_square_of_the_electromechanical_coupling():
    device = paper_device("2b")
    twice = device.replace(b=2 * device.b)
    for function in (electronic_friction, electronic_noise):
        # at the same y = 2 b x/a0
        values = function(device, X, 0.2, 0.01)
        assert np.allclose(function(twice, X / 2, 0.2, 0.01), 4 * values, rtol=1e-12)


def test_far_from_the_leads_both_vanish_without_warnings():
    for function in (electronic_friction, electronic_noise):
        for kT in (0.0, 0.01):
            far = function(paper_device("2b"), [-1e6, -1e3, 1e3, 1e6], 0.2, kT)
            assert np.array_equal(far, np.zeros(4))


def test_extreme_devices_stay_finite_without_warnings():
    rng = np.random.default_rng(13)
    for gamma in (1e-4, 1e-2, 1.0, 10.0):
        for lam in (-0.999, 0.0, 0.999):
            device = Device(
                E_dot=rng.choice([0.0, -0.3, 2.5]), gamma=gamma, b=20, a0=1, k=0.02, lam=lam
            )
            x = device.centre + np.linspace(-0.5, 0.5, 7)
            for eV in (0.0, 1e-9, 0.2, 10.0):
                for kT in (0.0, 1e-10, 1e-3, 100.0):
                    assert np.all(np.isfinite(electronic_friction(device, x, eV, kT)))
                    noise = electronic_noise(device, x, eV, kT)
                    assert np.all(np.isfinite(noise) & (noise >= 0))


# --- limits by hand -------------------------------------------------------------------


def test_a_single_level_by_hand():
    # one site between the two half-chains: eps - E - 2 Sigma = -E + 2 i Gamma, so
    # A = 4 Gamma/(E^2 + 4 Gamma^2)
    level = Junction(lambda x: [[0.3 + 0.7 * x]], lambda x: [[0.7]], right=0, mu0=0.4)
    width = np.sqrt(1 - 0.4**2 / 4)
    x = 0.2
    energy = 0.3 + 0.7 * x
    spectral = 4 * width / (energy**2 + 4 * width**2)
    by_hand = 0.7**2 * spectral**2 / (4 * np.pi)
    assert electronic_friction(level, x) == pytest.approx(by_hand, rel=1e-12)


def test_a_sharp_level_follows_head_gordon_and_tully():
    # wide-band limit: friction pi hbar (dE/dx)^2 rho(mu)^2 with a Lorentzian rho of half-width
    # w = 2 t^2; and the noise of a level in the middle of a wide window, each electron
    # that hops in or out: D = (dE/dx)^2/(4 w) (telegraph noise, rates 2 t^2 each way)
    t, slope = 0.02, 1.3
    w = 2 * t**2

    def hamiltonian(x):
        return [[0, -t, 0], [-t, slope * x, -t], [0, -t, 0]]

    level = Junction(hamiltonian, lambda x: [[0, 0, 0], [0, slope, 0], [0, 0, 0]])
    x = np.array([0.0, w, -3 * w]) / slope
    rho = w / np.pi / ((slope * x) ** 2 + w**2)
    assert np.allclose(electronic_friction(level, x), np.pi * slope**2 * rho**2, rtol=5e-3)
    telegraph = slope**2 / (4 * w)
    assert electronic_noise(level, 0.0, eV=1.0) == pytest.approx(telegraph, rel=5e-3)


# --- electrons in real time -----------------------------------------------------------


class Wire:
    """A finite piece of the device, its electrons followed in time."""

    def __init__(self, device, eV, kT, sites):
        self.device, self.sites = device, sites
        lead = -(np.eye(sites, k=1) + np.eye(sites, k=-1))
        energies, states = np.linalg.eigh(lead)
        # two separate leads, each at its own chemical potential; the dot empty
        self.occupation = np.zeros((2 * sites + 1,) * 2)
        for mu, where in (
            (device.mu0 + eV / 2, slice(0, sites)),
            (device.mu0 - eV / 2, slice(sites + 1, None)),
        ):
            self.occupation[where, where] = (states * fermi(energies, mu, kT)) @ states.T
        self.local = np.arange(sites - 1, sites + 2)

    def force_operator(self, x):
        left, right = self.device.couplings(x)
        rate = self.device.b / self.device.a0
        return rate * np.array([[0, -left, 0], [-left, 0, right], [0, right, 0]])

    def force_after(self, x, v, duration):
        """Force on a dot that rested near `x`, then moved and passes `x` at velocity `v`.

        The three local orbitals are followed backwards in time, by Runge-Kutta.
        """
        orbitals = np.zeros((2 * self.sites + 1, 3), complex)
        orbitals[self.local] = np.eye(3)
        n, dot = int(duration / 0.05), self.sites
        dt = duration / n

        def derivative(orbitals, back):
            # constant velocity for the last 20 time units, at rest at x before the last 60
            left, right = self.device.couplings(x - v * back * np.exp(-((back / 40) ** 6)))
            h = np.zeros_like(orbitals)
            h[:-1] -= orbitals[1:]
            h[1:] -= orbitals[:-1]
            h[dot - 1] += (1 - left) * orbitals[dot]
            h[dot + 1] += (1 - right) * orbitals[dot]
            h[dot] = -left * orbitals[dot - 1] - right * orbitals[dot + 1]
            h[dot] += self.device.E_dot * orbitals[dot]
            return 1j * h

        for step in range(n):
            back = step * dt
            k1 = derivative(orbitals, back)
            k2 = derivative(orbitals + dt / 2 * k1, back + dt / 2)
            k3 = derivative(orbitals + dt / 2 * k2, back + dt / 2)
            k4 = derivative(orbitals + dt * k3, back + dt)
            orbitals = orbitals + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        local = orbitals.conj().T @ self.occupation @ orbitals
        return np.trace(self.force_operator(x) @ local.T).real

    def correlation(self, x, settle, span):
        """<dF(t) dF(0)> after the transient has died out, at times 0 to `span`."""
        left, right = self.device.couplings(x)
        h = -(np.eye(2 * self.sites + 1, k=1) + np.eye(2 * self.sites + 1, k=-1))
        dot = self.sites
        h[dot, dot] = self.device.E_dot
        h[dot, dot - 1] = h[dot - 1, dot] = -left
        h[dot, dot + 1] = h[dot + 1, dot] = -right
        energies, states = np.linalg.eigh(h)
        occupation = states.T @ self.occupation @ states
        time = np.linspace(0, span, int(span / 0.2) + 1)
        phase = np.exp(1j * energies[:, None] * (settle + time))
        now = states[self.local].T[:, None, :] * phase[..., None]  # (state, time, orbital)
        start = now[:, 0]
        filled = np.einsum("ma,mtb->tab", start.conj(), np.einsum("mn,ntb->mtb", occupation, now))
        overlap = np.einsum("mta,mb->tab", now.conj(), start)
        empty = overlap - np.conj(np.swapaxes(filled, 1, 2))
        force = self.force_operator(x)
        return time, np.einsum("ij,tjk,kl,tli->t", force, empty, force, filled)


@pytest.mark.parametrize("eV", [0.0, 1.2, -1.2])
def test_friction_is_the_lag_of_the_force_behind_a_slow_dot(eV):
    device = Device(E_dot=-0.4, gamma=0.5, b=4, a0=4, k=0.02, lam=0.3, mu0=0.5)
    x, kT, v = -0.2, 0.1, 1e-3
    wire = Wire(device, eV, kT, sites=110)
    lag = (wire.force_after(x, v, 90.0) - wire.force_after(x, -v, 90.0)) / (2 * v)
    assert -lag == pytest.approx(electronic_friction(device, x, eV, kT), rel=2e-4)


@pytest.mark.parametrize("eV", [0.0, 1.2, -1.2])
def test_noise_is_the_correlation_of_the_force_in_time(eV):
    device = Device(E_dot=-0.4, gamma=0.5, b=4, a0=4, k=0.02, lam=0.3, mu0=0.5)
    x, kT = -0.2, 0.1
    time, correlation = Wire(device, eV, kT, sites=170).correlation(x, 80.0, 70.0)
    noise = 2 * trapezoid(correlation.real, time)
    assert noise == pytest.approx(electronic_noise(device, x, eV, kT), rel=1e-5)


# --- bad input ------------------------------------------------------------------------


@pytest.mark.parametrize("function", [electronic_friction, electronic_noise])
def test_bad_arguments_are_named(function):
    device = paper_device("2b")
    with pytest.raises(TypeError, match="device = 3"):
        function(3, 0.0)
    with pytest.raises(ValueError, match=r"x = .*finite"):
        function(device, np.nan)
    with pytest.raises(TypeError, match="x = 'here'"):
        function(device, "here")
    with pytest.raises(ValueError, match="eV = inf"):
        function(device, 0.0, np.inf)
    with pytest.raises(ValueError, match=r"kT = -0\.1"):
        function(device, 0.0, 0.0, -0.1)
    with pytest.raises(ValueError, match=r"kT = 1e-12.*at least 1e-10"):
        function(device, 0.0, 0.0, 1e-12)
    with pytest.raises(ValueError, match="broadcast"):
        function(device, np.zeros(3), np.zeros(2))
    assert function(device, np.zeros(0)).shape == (0,)


def test_the_poles_are_where_the_green_function_of_the_dot_diverges():
    rng = np.random.default_rng(8)
    for E_dot, gamma in ((0.3, 0.02), (-0.7, 0.5), (0.0, 0.4), (0.2, 2.0)):
        device = Device(E_dot=E_dot, gamma=gamma, b=4.0, a0=4.0, k=0.02, lam=0.4)
        x = rng.uniform(-1.5, 1.5, 40)
        S = sum(coupling**2 for coupling in device.couplings(x))
        for energy in np.moveaxis(chain.Dot(device).poles(x), -1, 0):
            square = (energy - E_dot - S * energy / 2) ** 2 + S**2 * (1 - energy**2 / 4)
            size = np.abs(energy - E_dot) ** 2 + S**2 * (1 + np.abs(energy) ** 2)
            assert np.max(np.abs(square) / size) < 1e-10


def test_between_other_leads_a_bond_as_strong_as_one_likes_is_no_trouble():
    def pair(x):
        bond = -1.5 * np.exp(-4 * x)
        return np.array([[0.2, bond], [bond, -0.2]])

    wide = WideBand(width=0.16)
    junction = Junction(pair, leads=[(wide, 0), (wide, 1)])
    x = np.array([0.3, -0.2, -1.2, -1.37])
    found = electronic_friction(junction, x)
    matrices = electronic_tensors(junction, x[:2]).friction[:, 0, 0]
    np.testing.assert_allclose(found[:2], matrices, rtol=0, atol=1e-9)
    # far from resonance it goes as the inverse square of the bond
    assert found[3] / found[2] == pytest.approx(np.exp(8 * (x[3] - x[2])), rel=1e-3)
