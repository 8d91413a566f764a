"""The electrons' own force in equilibrium, by matrices and from the energy of a long chain."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import eigvalsh_tridiagonal

from cifcore import Bond, Device, electrons_bond, equilibrium_force, paper_device


def random_cases(seed, n):
    """Weak and strong couplings, with and without bound states."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        device = Device(
            E_dot=rng.uniform(-2.5, 2.5),
            gamma=10 ** rng.uniform(-2, 0.3),
            b=rng.uniform(1, 6),
            a0=4,
            k=0.02,
            lam=rng.uniform(-0.8, 0.8),
            mu0=rng.uniform(-1.9, 1.9),
        )
        yield device, rng.uniform(-1, 1)


def trace(device, x, energy):
    """Tr[-(dH/dx) G] of the dot and the last site of each lead, at an energy off the axis."""
    left, right = device.couplings(x)
    rate = device.b / device.a0
    sigma = 2 / (energy + np.sqrt(energy - 2) * np.sqrt(energy + 2))
    h = np.array([[sigma, -left, 0], [-left, device.E_dot, -right], [0, -right, sigma]])
    push = rate * np.array([[0, -left, 0], [-left, 0, right], [0, right, 0]])
    return np.trace(push @ np.linalg.inv(energy * np.eye(3) - h))


def free_energy(device, x, n, kT):
    """Grand potential of the dot between two chains of `n` sites."""
    left, right = device.couplings(x)
    site, hop = np.zeros(2 * n + 1), -np.ones(2 * n)
    site[n], hop[n - 1], hop[n] = device.E_dot, -left, -right
    levels = eigvalsh_tridiagonal(site, hop) - device.mu0
    if kT == 0:
        return np.sum(levels[levels < 0])
    return -kT * np.sum(np.logaddexp(0, -levels / kT))


def by_chain(device, x, n, kT, h=1e-3):
    near, far = (
        free_energy(device, x - step, n, kT) - free_energy(device, x + step, n, kT)
        for step in (h, 2 * h)
    )
    return (8 * near - far) / (12 * h)


def test_cold_electrons_by_matrices():
    for device, x in random_cases(1, 30):
        along = quad(
            lambda w, device=device, x=x: trace(device, x, device.mu0 + 1j * w).real,
            *(0, np.inf),
            epsabs=1e-13,
            epsrel=1e-12,
            limit=400,
        )[0]
        assert equilibrium_force(device, x) == pytest.approx(along / np.pi, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kT", [0.05, 0.3])
def test_warm_electrons_by_a_sum_over_matsubara_energies(kT):
    for device, x in random_cases(2, 6):
        n = np.arange(4000)
        terms = [trace(device, x, device.mu0 + 1j * np.pi * kT * (2 * m + 1)).real for m in n]
        # the rest falls off as 1/n^2 and 1/n^4: by the last terms
        last = terms[-1] * (n[-1] + 0.5) ** 2
        total = 2 * kT * (np.sum(terms) + last / (n[-1] + 1))
        assert equilibrium_force(device, x, kT) == pytest.approx(total, rel=1e-6, abs=1e-8)


def test_minus_the_slope_of_the_energy_of_a_long_chain():
    for device, x in random_cases(3, 4):
        exact = equilibrium_force(device, x, 0.05)
        assert by_chain(device, x, 400, 0.05) == pytest.approx(exact, rel=1e-8, abs=1e-9)
        # a chain of n sites has levels 1/n apart: at no temperature the force comes as slowly
        exact = equilibrium_force(device, x)
        errors = [abs(by_chain(device, x, n, 0.0) - exact) for n in (100, 101, 800, 801)]
        assert max(errors[2:]) < 0.3 * max(errors[:2]) + 1e-9


def test_a_uniform_chain():
    """S = 1 and E_dot = mu0 = 0: 1/Q = 1, and (1/pi) int (z^2 - 1) dz up to z = -i is 4i/3 pi."""
    device = Device(E_dot=0, gamma=1 / np.sqrt(2 * (1 - 0.6**2)), b=4, a0=4, k=1, lam=0.6)
    x = device.centre + 1e-9
    slope = 4 * (4 / (3 * np.pi))  # d2S/dx2 = (2 b/a0)^2 S
    assert equilibrium_force(device, x) == pytest.approx(slope * 1e-9, rel=1e-6)


def test_it_pulls_away_from_where_the_couplings_are_equal():
    device = paper_device("2b")
    x = np.linspace(-3, 3, 61)
    for kT in (0.0, 0.1):
        force = equilibrium_force(device, x, kT)
        assert np.all(force * (x - device.centre) > 0)
    mirror = equilibrium_force(device.replace(lam=-device.lam), -x)
    assert np.allclose(mirror, -equilibrium_force(device, x), rtol=1e-12)


def test_shapes_and_bad_input():
    family = paper_device("2b", lam=np.array([[0.0], [0.7]]))
    whole = equilibrium_force(family, np.linspace(-1, 1, 5), 0.1)
    assert whole.shape == (2, 5)
    assert whole[1, 3] == pytest.approx(equilibrium_force(paper_device("2b"), 0.5, 0.1), rel=1e-13)
    assert np.ndim(equilibrium_force(paper_device("2b"), 0.5)) == 0
    kT = np.array([0.0, 0.01, 0.1])  # of one position, and of none
    several = equilibrium_force(paper_device("2b"), 0.5, kT)
    alone = [equilibrium_force(paper_device("2b"), 0.5, each) for each in kT]
    np.testing.assert_allclose(several, alone, rtol=1e-13)
    assert equilibrium_force(paper_device("2b"), 0.5, []).shape == (0,)
    with pytest.raises(ValueError, match="kT"):
        equilibrium_force(paper_device("2b"), 0.0, -1)
    with pytest.raises(ValueError, match=r"x = .*stays below"):
        equilibrium_force(paper_device("2b"), 1000.0)
    with pytest.raises(TypeError, match="device"):
        equilibrium_force("2b", 0.0)


def test_the_electrons_as_a_bond():
    for device, x in random_cases(5, 4):
        bond = electrons_bond(device, 0.05, spins=2)
        chain = 2 * (free_energy(device, x, 400, 0.05) - free_energy(device, 0.0, 400, 0.05))
        assert bond.energy(x) - bond.energy(0.0) == pytest.approx(chain, rel=1e-7, abs=1e-8)
        assert bond.slope(x) == pytest.approx(-2 * equilibrium_force(device, x, 0.05), rel=1e-13)
    # a bare bond and the electrons are the spring, and what is left of a stronger bond follows
    device, x = paper_device("2b"), np.linspace(-2, 2, 9)
    electrons = electrons_bond(device)
    bare = Bond.spring(device.k) + -1 * electrons
    both = 1.5 * bare + electrons
    for name, spring in (("energy", 0.01 * x**2), ("slope", 0.02 * x), ("curvature", 0.02 + 0 * x)):
        expected = 1.5 * spring - 0.5 * getattr(electrons, name)(x)
        np.testing.assert_allclose(getattr(both, name)(x), expected, rtol=1e-9, atol=1e-9)
    with pytest.raises(ValueError, match="single device"):
        electrons_bond(paper_device("2b", lam=np.zeros(2)))
