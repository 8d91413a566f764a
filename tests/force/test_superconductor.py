"""Superconducting leads: against a finite Bogoliubov-de Gennes chain, limits and symmetries."""

import numpy as np
import pytest

from cifcore import Device, Josephson, equilibria, paper_device, potential

LEANING = Device(E_dot=-0.3, gamma=0.4, b=6, a0=4, k=0.02, lam=0.2)
RESONANT = Device(E_dot=0.0, gamma=0.3, b=4, a0=4, k=1e-3)


def chain_of(device, gap, x, phase, sites=80):
    """Positive eigenvalues of `sites` superconducting sites on either side of the dot."""
    n = 2 * sites + 1
    hopping = np.ones(n - 1)
    hopping[sites - 1], hopping[sites] = device.couplings(x)
    normal = np.diag(np.full(n, -float(device.mu0))) - np.diag(hopping, 1) - np.diag(hopping, -1)
    normal[sites, sites] += device.E_dot
    pair = np.zeros(n, complex)
    pair[:sites], pair[sites + 1 :] = gap * np.exp(0.5j * phase), gap * np.exp(-0.5j * phase)
    whole = np.block([[normal, np.diag(pair)], [np.diag(pair.conj()), -normal]])
    return np.linalg.eigvalsh(whole)[n:]


def chain_energy(device, gap, kT, x, phase):
    level = chain_of(device, gap, x, phase)
    if kT == 0:
        return -np.sum(level)
    return -np.sum(level) - 2 * kT * np.sum(np.log1p(np.exp(-level / kT)))


@pytest.mark.parametrize(("mu0", "kT"), [(0.0, 0.0), (0.4, 0.05)])
@pytest.mark.parametrize(("x", "phase"), [(0.1, 1.0), (-0.3, 2.5)])
def test_energy_force_and_current_are_those_of_a_finite_chain(mu0, kT, x, phase):
    device, gap, h = LEANING.replace(mu0=mu0), 0.3, 1e-3
    junction = Josephson(device, gap, kT)

    def added(x):
        return chain_energy(device, gap, kT, x, phase) - chain_energy(device, gap, kT, x, 0.0)

    ahead, behind = (chain_energy(device, gap, kT, x, phase + side * h) for side in (1, -1))
    assert junction.energy(x, phase) == pytest.approx(added(x), rel=1e-9)
    assert junction.current(x, phase) == pytest.approx((ahead - behind) / h, rel=1e-5)
    force = -(added(x + h) - added(x - h)) / (2 * h)
    assert junction.force(x, phase) == pytest.approx(force, rel=1e-5)


def test_the_andreev_level_is_the_lowest_state_of_the_chain():
    junction = Josephson(LEANING, 0.3)
    lowest = chain_of(LEANING, 0.3, 0.1, 2.0)[0]
    assert junction.andreev_level(0.1, 2.0) == pytest.approx(lowest, rel=1e-9)


def test_a_short_resonant_junction():
    """S well above the gap, E_dot = mu0: one level at gap sqrt(1 - T sin(phi/2)^2)."""
    gap, x, phase = 1e-7, 0.2, 2.2
    junction = Josephson(RESONANT, gap)
    through = junction.transmission(x)
    level = gap * np.sqrt(1 - through * np.sin(phase / 2) ** 2)
    assert junction.andreev_level(x, phase) == pytest.approx(level, rel=1e-5)
    assert junction.energy(x, phase) == pytest.approx(gap - level, rel=1e-4)
    current = gap**2 * through * np.sin(phase) / (2 * level)
    assert junction.current(x, phase) == pytest.approx(current, rel=1e-4)


@pytest.mark.parametrize(("gamma", "gap"), [(1e-5, 0.5), (1e-8, 0.01), (1e-4, 1e6)])
def test_a_weak_resonant_junction(gamma, gap):
    """S far below the gap, E_dot = mu0: Omega = -E, with E the Andreev level, S' cos(phi/2)."""
    junction = Josephson(Device(E_dot=0.0, gamma=gamma, b=8, a0=4, k=1e-3), gap)
    level = float(junction.andreev_level(0.0, 1.0))
    assert abs(junction.current(0.0, 1.0) / (level * np.tan(0.5)) - 1) < 1e-5
    assert abs(junction.energy(0.0, 1.0) / (level * (1 / np.cos(0.5) - 1)) - 1) < 1e-5


@pytest.mark.parametrize("kT", [0.0, 1e-4, 3e-3])
def test_derivatives_fit_each_other(kT):
    junction, x, phase, h = Josephson(LEANING, 0.01, kT), np.array([-1.0, 0.05, 0.7]), 2.6, 1e-4
    slope = (junction.force(x + h, phase) - junction.force(x - h, phase)) / (2 * h)
    np.testing.assert_allclose(junction.force_slope(x, phase), slope, rtol=1e-6)
    by_energy = -(junction.energy(x + h, phase) - junction.energy(x - h, phase)) / (2 * h)
    np.testing.assert_allclose(junction.force(x, phase), by_energy, rtol=1e-6)
    # force and current come from one potential
    turned = (junction.force(x, phase + h) - junction.force(x, phase - h)) / (2 * h)
    moved = (junction.current(x + h, phase) - junction.current(x - h, phase)) / (2 * h)
    np.testing.assert_allclose(turned, -moved / 2, rtol=1e-5)


def test_the_sum_at_low_temperature_becomes_the_integral():
    cold, warm = Josephson(LEANING, 0.01), Josephson(LEANING, 0.01, 1e-5)
    for what in ("force", "current", "energy"):
        a, b = getattr(cold, what)(0.3, 2.0), getattr(warm, what)(0.3, 2.0)
        assert b == pytest.approx(a, rel=1e-8)


def test_the_sum_is_the_sum_over_the_frequencies():
    gap, kT = 0.2, 0.07
    junction = Josephson(LEANING, gap, kT)
    n = np.arange(200_000)
    square = (2 * np.pi * kT * (n + 0.5)) ** 2
    root = np.sqrt(square + gap**2)
    sigma = 1j * (root - np.sqrt(root**2 + 4)) / 2  # on the imaginary axis, mu0 = 0
    left, right = LEANING.couplings(0.1)
    S, P = left**2 + right**2, left**2 * right**2
    a = -sigma.imag / root
    still = square * (1 + S * a) ** 2 + LEANING.E_dot**2 + (a * gap * S) ** 2
    moved = still - (a * gap) ** 2 * 4 * P * np.sin(0.6) ** 2
    plain = -2 * kT * np.sum(np.log(moved / still))
    assert junction.energy(0.1, 1.2) == pytest.approx(plain, rel=1e-10)


def test_symmetries_hold_to_the_last_bit():
    junction, x, phase = Josephson(LEANING, 0.01), np.linspace(-3, 3, 31), 1.9
    np.testing.assert_array_equal(junction.force(x, phase), junction.force(x, -phase))
    np.testing.assert_array_equal(junction.current(x, phase), -junction.current(x, -phase))
    assert np.all(junction.force(x, 0.0) == 0) and np.all(junction.current(x, 0.0) == 0)
    mirror = Josephson(LEANING.replace(lam=-0.2), 0.01)
    np.testing.assert_allclose(junction.force(x, phase), -mirror.force(-x, phase), rtol=1e-12)


def test_a_pitchfork_where_the_short_junction_has_it():
    """rate^2 gap sin(phi/2)^2/cos(phi/2) = k: above that phase the centre is a barrier."""
    gap = 1e-6
    device = RESONANT.replace(k=4e-6)
    junction = Josephson(device, gap)
    ratio = device.k / (gap * (2 * device.b / device.a0) ** 2)
    cosine = (-ratio + np.sqrt(ratio**2 + 4)) / 2  # 1 - c^2 = ratio c
    critical = 2 * np.arccos(cosine)
    for phase, count in ((0.99 * critical, 1), (1.01 * critical, 3)):
        rest = equilibria(junction, phase)
        assert len(rest.x) == count
        np.testing.assert_allclose(rest.x, -rest.x[::-1], atol=1e-9)
    assert not equilibria(junction, 1.01 * critical).stable[1]
    # the same by the potential
    top = potential(junction, 0.0, 1.01 * critical)
    assert potential(junction, equilibria(junction, 1.01 * critical).x[0], 1.01 * critical) < top


def test_families_and_far_positions():
    family = Josephson(LEANING.replace(lam=np.array([0.0, 0.2]), mu0=np.array([0.0, 0.1])), 0.01)
    one = Josephson(LEANING.replace(mu0=0.1), 0.01)
    assert family.force(0.3, 2.0)[1] == pytest.approx(float(one.force(0.3, 2.0)), rel=1e-13)
    assert abs(one.force(300.0, 2.0)) < 1e-30 and one.current(-1e4, 2.0) == 0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(gap=0.0), ValueError, "gap"),
        (dict(gap=1e9), ValueError, "gap = .* at most 1e6"),
        (dict(gap="a"), TypeError, "gap"),
        (dict(kT=-1.0), ValueError, "kT"),
        (dict(device=3), TypeError, "device"),
    ],
)
def test_bad_input_is_named(change, error, message):
    with pytest.raises(error, match=message):
        Josephson(**{"device": paper_device("2b"), "gap": 0.1, "kT": 0.0, **change})
