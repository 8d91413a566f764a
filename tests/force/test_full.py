"""The exact responses against adaptive integration, limits, symmetries and bad input."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma, expit

from cifcore import (
    Device,
    FullBias,
    FullMixed,
    FullThermal,
    LinearBias,
    LinearThermal,
    equilibria,
    folds,
    langevin,
    paper_device,
    pulses,
)
from cifcore.electrons import chain
from cifcore.electrons import integrals as dot
from cifcore.force.exact import _Full
from cifcore.force.table import Tabulated


def random_device(rng, kT0, gamma=None):
    return Device(
        E_dot=rng.uniform(-2.2, 2.2),
        gamma=10 ** rng.uniform(-2, 0.3) if gamma is None else gamma,
        b=rng.uniform(0.5, 8),
        a0=rng.uniform(2, 8),
        k=0.02,
        lam=rng.uniform(-0.9, 0.9),
        mu0=rng.uniform(-1.8, 1.8),
        kT0=kT0,
    )


def occupied(energy, mu, kT):
    return float(energy < mu) if kT == 0 else expit(-(energy - mu) / kT)


def leads(response, bias):
    """(mu, kT) of left, right and equilibrium, written down again."""
    d = response.device
    if isinstance(response, FullMixed):
        half = response.delta_T / 2
        hot, cold = d.kT0 * (1 + half), d.kT0 * (1 - half)
        return (d.mu0 + bias / 2, hot), (d.mu0 - bias / 2, cold), (d.mu0, d.kT0)
    if isinstance(response, FullBias):
        return (d.mu0 + bias / 2, d.kT0), (d.mu0 - bias / 2, d.kT0), (d.mu0, d.kT0)
    return (d.mu0, d.kT0 * (1 + bias / 2)), (d.mu0, d.kT0 * (1 - bias / 2)), (d.mu0, d.kT0)


def by_quad(response, x, bias, what):
    """Integral and integral of the modulus, by scipy, in theta and between many points."""
    d = response.device
    left, right, base = leads(response, bias)
    total = 1 / chain.inverse_coupling(d, x)
    gap = np.sqrt(d.E_dot**2 - 4 * (1 - total) + 0j)
    points = [-2.0, 2.0]
    for w in ((d.E_dot + gap) / 2, (d.E_dot - gap) / 2):
        pole = w + 1 / w
        points += [pole.real + u * abs(pole.imag) for u in (0, -1, 1, -5, 5, -40, 40, -400, 400)]
    for mu, kT in (left, right, base):
        points += [mu + u * kT for u in (0, -2, 2, -7, 7, -15, 15, -40, 40)]
    theta = np.unique(np.arcsin(np.clip(points, -2, 2) / 2))

    def integrand(angle):
        energy = min(max(2 * np.sin(angle), -2 + 1e-15), 2 - 1e-15)
        f = [occupied(energy, *lead) for lead in (left, right, base)]
        if what == "force":
            fl, fr = chain.lead_kernels(d, x, energy)
            parts = (f[0] - f[2]) * fl / np.pi, (f[1] - f[2]) * fr / np.pi
        else:
            carried = energy - d.mu0 if isinstance(response, FullThermal) else 1.0
            parts = (carried * chain.transmission(d, x, energy) * (f[0] - f[1]) / (2 * np.pi),)
        return 2 * np.cos(angle) * sum(parts), 2 * np.cos(angle) * sum(map(abs, parts))

    value = modulus = 0.0
    for low, high in itertools.pairwise(theta):
        if high - low > 1e-14:
            got = quad(lambda a: integrand(a)[0], low, high, epsabs=1e-300, epsrel=1e-10, limit=60)
            value += got[0]
            nodes, weights = np.polynomial.legendre.leggauss(7)
            angles = (low + high) / 2 + (high - low) / 2 * nodes
            modulus += (
                (high - low)
                / 2
                * sum(w * integrand(a)[1] for w, a in zip(weights, angles, strict=True))
            )
    return value, modulus


# --- against adaptive integration --------------------------------------------------------


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("kT0", [0.0, 1e-4, 0.002, 0.05, 0.5])
@pytest.mark.parametrize("kind", [FullBias, FullThermal])
def test_force_and_current_are_the_integrals(kind, kT0):
    rng = np.random.default_rng([int(1e4 * kT0), kind is FullBias])
    if kind is FullThermal and kT0 == 0:
        pytest.skip("no distribution changes")
    biases = [1e-6, 0.01, 0.3, 1.3, 4.0] if kind is FullBias else [1e-3, -0.4, 2.0]
    gammas = [0.01, 1e-3, 0.1, None, None]
    for gamma, bias in zip(gammas, biases, strict=False):
        response = kind(random_device(rng, kT0, gamma))
        x = (np.arctanh(response.device.lam) * 2 + rng.uniform(-6, 6)) * response.length
        if bias == 1e-6 and kT0:
            # scipy's difference of two Fermi functions has lost ten digits
            bias = 1e-3
        elif bias == 1e-6:
            bias = 2.0**-20  # the ends of the window are exact
            response = kind(response.device.replace(mu0=round(response.device.mu0 * 64) / 64))
        for what, function in (("force", response.force), ("current", response.current)):
            value, modulus = by_quad(response, x, bias, what)
            assert abs(function(x, bias) - value) <= 1e-8 * modulus, (what, gamma, bias)


@pytest.mark.parametrize("kT0", [0.0, 0.001, 0.1])
@pytest.mark.parametrize("kind", [FullBias, FullThermal])
def test_above_the_axis_is_as_along_it_everywhere(kind, kT0):
    """Two routes in the package; a thousand points, the awkward ones among them."""
    from cifcore.electrons.occupation import Change
    from cifcore.force.exact import energies

    rng = np.random.default_rng(3)
    for trial in range(9):
        device = random_device(rng, kT0, gamma=[0.01, 0.001, None][trial % 3])
        response = kind(device)
        bias = np.asarray(rng.uniform(0.001, 2))
        w = 2 * np.arctanh(device.lam) + np.linspace(-25, 25, 81)
        # where the roots of Q merge, and where one vanishes
        smallest = 2 * device.gamma**2 * (1 - device.lam**2)
        special = np.array([1 - device.E_dot**2 / 4, 1.0])
        special = special[special > smallest]
        special = np.arccosh(special / smallest)
        for shift in (0, 1e-13, 1e-9, 1e-5, 1e-3):
            w = np.append(w, 2 * np.arctanh(device.lam) + special + shift)
        x = w * response.length
        total, modulus = 0.0, 0.0
        steps = response._steps(device, bias)
        for which, sign in enumerate((1, -1)):
            change = Change(device.mu0, device.kT0, *(sign * step for step in steps))
            energy, weight = energies(change, chain.Dot(device).poles(x))
            parts = weight * chain.lead_kernels(device, x[:, None], energy)[which] / np.pi
            total, modulus = total + parts.sum(-1), modulus + np.abs(parts).sum(-1)
        error = np.abs(_Full.parts(response, x, bias, "force")[0] - total)
        assert np.all(error <= 1e-8 * modulus + 1e-11 / response.length)


@pytest.mark.parametrize("kT0", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("shift", [0, 1e-12, 1e-9, -1e-9, 1e-5])
def test_where_a_state_leaves_the_band(shift, kT0):
    """Its pole sits on the band edge: energies measured from there, panels shrinking to it."""
    E, rate = -0.6, 1.5
    device = Device(E_dot=E, gamma=0.3, b=6, a0=4, k=0.02, lam=0.4, mu0=-1.1, kT0=kT0)
    response = FullBias(device)
    smallest = 2 * device.gamma**2 * (1 - device.lam**2)
    w = 2 * np.arctanh(device.lam) + np.arccosh((2 + E) / smallest) + shift
    x, bias = w * response.length, 2.0
    edges = np.concatenate([[0], np.geomspace(1e-14, 0.2, 150), np.linspace(0.2, np.pi, 60)[1:]])
    # at zero temperature the left window is from mu0 to mu0 + 1, the right one from -2 to mu0
    steps = [np.arccos(-mu / 2) for mu in (device.mu0, device.mu0 + 1)]
    edges = np.sort(np.append(edges, steps))
    points, weights = np.polynomial.legendre.leggauss(16)
    half = np.diff(edges)[:, None] / 2
    phi = (edges[:-1, None] + half * (1 + points)).ravel()
    weight = (half * weights).ravel() * 2 * np.sin(phi) / np.pi
    energy, above = -2 * np.cos(phi), 4 * np.sin(phi / 2) ** 2
    left, right = np.square(device.couplings(x))
    offset = (-2 - E) + above
    size = (offset - (left + right) * (above / 2 - 1)) ** 2 + ((left + right) * np.sin(phi)) ** 2
    scale = 2 * np.sin(phi) * rate / size
    f_left, f_right, f_base = ([occupied(e, *lead) for e in energy] for lead in leads(response, 2))
    parts = (
        weight * np.subtract(f_left, f_base) * scale * left * (offset - right * energy),
        -weight * np.subtract(f_right, f_base) * scale * right * (offset - left * energy),
    )
    error = response.force(x, bias) - np.sum(parts)
    assert abs(error) <= 1e-11 * np.sum(np.abs(parts))


def test_slope_is_the_derivative_of_the_force():
    rng = np.random.default_rng(8)
    for kT0 in (0.0, 0.01):
        for kind in (FullBias, FullThermal):
            response = kind(random_device(rng, kT0))
            x = response.length * np.linspace(-9.3, 9.1, 57)
            step = 1e-3 * response.length
            near = response.force(x + step, 0.7) - response.force(x - step, 0.7)
            far = response.force(x + 2 * step, 0.7) - response.force(x - 2 * step, 0.7)
            numeric = (8 * near - far) / (12 * step)
            slope = response.force_slope(x, 0.7)
            assert np.max(np.abs(slope - numeric)) <= 1e-7 * np.max(np.abs(numeric)) + 1e-300


def test_matsubara_counts_sum_any_pole():
    """psi(1/2 + q) for poles at any distance, at any angle."""
    distance = np.concatenate([[0], np.geomspace(1e-3, 1e4, 200)])[:, None]
    q = distance * np.exp(1j * np.linspace(-np.pi / 2, np.pi / 2, 61))
    rule = np.log(dot.MATSUBARA_START + q) - np.sum(
        dot.MATSUBARA_WEIGHTS / (dot._INDEX + q[..., None]), axis=-1
    )
    assert np.max(np.abs(rule - digamma(0.5 + q))) < 1e-12


# --- limits ----------------------------------------------------------------------------------


def test_small_bias_is_linear_bias_with_an_error_of_second_order():
    device = paper_device("2b", mu0=0.1)
    exact, linear = FullBias(device), LinearBias(device)
    x = np.linspace(-1, 1.5, 41)
    wrong = []
    for bias in (0.02, 0.01):
        force = np.abs(exact.force(x, bias) - exact.force(x, -bias) - 2 * linear.force(x, bias))
        current = np.abs(exact.current(x, bias) - linear.current(x, bias))
        wrong.append([np.max(force) / bias, np.max(current) / bias])
    order = np.log2(np.divide(*wrong))
    assert np.allclose(order, 2, atol=0.1)
    tiny = exact.force(x, 1e-6) / linear.force(x, 1e-6)
    assert np.allclose(tiny, 1, atol=1e-4)


def test_small_temperature_is_linear_thermal_with_an_error_of_second_order():
    device = paper_device("2b", mu0=0.1)
    x = np.linspace(-1, 1, 21)
    wrong = []
    for kT0 in (0.002, 0.001):
        exact = FullThermal(device.replace(kT0=kT0))
        linear = LinearThermal(device.replace(kT0=kT0))
        # the odd part: what is proportional to the bias comes first
        force = (exact.force(x, 1e-3) - exact.force(x, -1e-3)) / 2 - linear.force(x, 1e-3)
        current = exact.current(x, 1e-3) - linear.current(x, 1e-3)
        scale = np.max(np.abs(linear.force(x, 1e-3))), np.max(np.abs(linear.current(x, 1e-3)))
        wrong.append([np.max(np.abs(force)) / scale[0], np.max(np.abs(current)) / scale[1]])
    assert np.allclose(np.log2(np.divide(*wrong)), 2, atol=0.1)
    assert max(wrong[1]) < 0.01


def test_zero_temperature_is_the_limit_of_small_ones():
    device = random_device(np.random.default_rng(4), 0.0, gamma=0.1)
    x = FullBias(device).length * np.linspace(-5, 5, 11)
    cold = FullBias(device)
    for name in ("force", "force_slope", "current"):
        at_zero = getattr(cold, name)(x, 0.37)
        near = getattr(FullBias(device.replace(kT0=1e-6)), name)(x, 0.37)
        assert np.allclose(near, at_zero, rtol=1e-6, atol=1e-7 * np.max(np.abs(at_zero)))


# --- symmetries and laws -------------------------------------------------------------------


@pytest.mark.parametrize("kT0", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("kind", [FullBias, FullThermal])
def test_mirror_image(kind, kT0):
    rng = np.random.default_rng(5)
    device = random_device(rng, kT0)
    x, bias = rng.uniform(-3, 3, 20), rng.uniform(-2, 2, 20)
    one, mirror = kind(device), kind(device.replace(lam=-device.lam))
    scale = np.max(np.abs(one.force(x, bias)))
    assert np.allclose(one.force(x, bias), -mirror.force(-x, -bias), rtol=0, atol=1e-10 * scale)
    assert np.allclose(one.current(x, bias), -mirror.current(-x, -bias), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kT0", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("kind", [FullBias, FullThermal])
def test_nothing_at_zero_bias_and_currents_run_downhill(kind, kT0):
    rng = np.random.default_rng(6)
    response = kind(random_device(rng, kT0))
    x, bias = rng.uniform(-3, 3, (30, 1)), rng.uniform(-2, 2, 25)
    assert not np.any(response.force(x, 0.0))
    assert not np.any(response.current(x, 0.0))
    flow = response.current(x, bias) * bias
    if kind is FullThermal and kT0 == 0:
        assert not np.any(flow) and not np.any(response.force(x, bias))
    else:
        assert np.all(flow > 0)


def test_beyond_the_band_a_bias_changes_nothing():
    response = FullBias(paper_device("4"))
    x = np.linspace(-2, 2, 9)
    assert np.allclose(response.force(x, 4.0), response.force(x, 7.0), rtol=1e-12)
    assert np.allclose(response.current(x, 4.0), response.current(x, 7.0), rtol=1e-12)


def test_families_broadcast():
    rng = np.random.default_rng(7)
    E_dot, lam = rng.uniform(-1, 1, (3, 1, 1)), rng.uniform(-0.5, 0.5, (2, 1))
    x, bias = rng.uniform(-1, 1, 5), 0.4
    for kind in (FullBias, FullThermal):
        for kT0 in (0.0, 0.02):
            family = kind(paper_device("2b", E_dot=E_dot, lam=lam, kT0=kT0))
            for name in ("force", "force_slope", "current"):
                whole = getattr(family, name)(x, bias)
                assert whole.shape == (3, 2, 5)
                one = kind(paper_device("2b", E_dot=E_dot[1, 0, 0], lam=lam[1, 0], kT0=kT0))
                assert np.allclose(whole[1, 1], getattr(one, name)(x, bias), rtol=1e-12)
            assert family.nodes().shape[:-1] == family.device.shape
            assert np.ndim(kind(paper_device("2b", kT0=kT0)).force(0.1, 0.2)) == 0


def test_bad_input_is_named():
    with pytest.raises(TypeError, match="device"):
        FullBias("2b")
    thermal = FullThermal(paper_device("3"))
    with pytest.raises(ValueError, match=r"bias.*between -2 and 2"):
        thermal.force(0.0, 2.1)
    with pytest.raises(ValueError, match="x"):
        thermal.force(np.nan, 1.0)
    with pytest.raises(TypeError, match="bias"):
        FullBias(paper_device("3")).current(0.0, "1")


# --- tables --------------------------------------------------------------------------------


def test_table_reaches_the_stated_error():
    exact = FullBias(paper_device("9", kT0=0.001))
    table = Tabulated(exact, [-0.3, 0.3], -2, 2, tolerance=1e-9)
    x = np.random.default_rng(9).uniform(-2, 2, 3000)
    for bias in (0.3, -0.3):
        force, current = table.force_and_current(x, bias)
        for got, want, error in zip(
            (force, current),
            (exact.force(x, bias), exact.current(x, bias)),
            table.error,
            strict=True,
        ):
            assert error <= 1e-9
            assert np.max(np.abs(got - want)) <= 1.2 * error * np.max(np.abs(want)) + 1e-15
        slope = table.force_slope(x, bias)
        assert np.allclose(slope, exact.force_slope(x, bias), rtol=0, atol=1e-5)
    beyond = np.array([-2.5, 0.1, 2.0, 3.0])
    assert np.allclose(table.force(beyond, 0.3), exact.force(beyond, 0.3), rtol=1e-6)
    both = table.force(np.array([0.1, 0.2]), np.array([-0.3, 0.3]))
    assert both[0] == table.force(0.1, -0.3) and both[1] == table.force(0.2, 0.3)


def test_table_refuses_what_it_does_not_hold():
    exact = FullBias(paper_device("9"))
    table = Tabulated(exact, 0.3, -1, 1, tolerance=1e-5)
    with pytest.raises(ValueError, match="tabulated values"):
        table.force(0.0, 0.2)
    with pytest.raises(ValueError, match="high"):
        Tabulated(exact, 0.3, 1, -1)
    with pytest.raises(TypeError, match="response"):
        Tabulated("9", 0.3, -1, 1)
    with pytest.raises(ArithmeticError, match="tolerance"):
        Tabulated(LinearBias(paper_device("4")), 4.0, -60, 60, tolerance=1e-12)


def test_an_ensemble_by_table_is_that_of_the_exact_force():
    exact = FullBias(paper_device("9"))
    drive = pulses([(0.3, 500.0), (-0.3, 500.0)])
    table = Tabulated(exact, [-0.3, 0.3], -3, 3)
    one = langevin(exact, drive, kT=2e-4, n=8, seed=1)
    two = langevin(table, drive, kT=2e-4, n=8, seed=1)
    assert np.allclose(one.x_end, two.x_end, atol=1e-6)
    assert np.allclose(one.charge_per_cycle, two.charge_per_cycle, rtol=1e-6, atol=1e-6)


# --- both sources, both spins --------------------------------------------------------------


def test_bias_and_heat_together():
    rng = np.random.default_rng(11)
    device = random_device(rng, 0.02, gamma=0.2)
    x, bias = rng.uniform(-3, 3, 40), rng.uniform(-1, 1, 40)
    mixed, heat, charge = FullMixed(device, 0.8), FullThermal(device), FullBias(device)
    assert np.array_equal(mixed.force(x, 0.0), heat.force(x, 0.8))
    for name in ("force", "force_slope", "current"):
        plain, alone = (
            getattr(FullMixed(device, 0.0), name)(x, bias),
            getattr(charge, name)(x, bias),
        )
        assert np.allclose(plain, alone, rtol=1e-10, atol=1e-12 * np.max(np.abs(alone)))
    # mirrored, both sources are
    mirror = FullMixed(device.replace(lam=-device.lam), -0.8)
    assert np.allclose(mixed.force(x, bias), -mirror.force(-x, -bias), rtol=1e-9, atol=1e-13)
    assert np.allclose(mixed.current(x, bias), -mirror.current(-x, -bias), rtol=1e-9, atol=1e-15)
    family = FullMixed(paper_device("2b", lam=np.array([0.3, 0.7]), kT0=0.02), 0.8)
    one = FullMixed(paper_device("2b", lam=0.7, kT0=0.02), 0.8)
    assert equilibria(family, 0.3).x[1] == pytest.approx(equilibria(one, 0.3).x, abs=1e-12)
    with pytest.raises(ValueError, match=r"delta_T = 2.5: must be between -2 and 2"):
        FullMixed(device, 2.5)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("delta_T", [-2.0, 0.7])
def test_bias_and_heat_are_the_integrals(delta_T):
    rng = np.random.default_rng(12)
    for gamma, bias in ((0.01, 0.3), (0.2, -0.05), (None, 1.7)):
        response = FullMixed(random_device(rng, 0.03, gamma), delta_T)
        x = (np.arctanh(response.device.lam) * 2 + rng.uniform(-4, 4)) * response.length
        for what in ("force", "current"):
            value, modulus = by_quad(response, x, bias, what)
            assert abs(getattr(response, what)(x, bias) - value) <= 1e-8 * modulus


@pytest.mark.parametrize("kT0", [0.0, 0.01])
def test_both_spins_push_and_conduct(kT0):
    x, bias = np.linspace(-1, 1, 7), 0.3
    kinds = [
        LinearBias,
        LinearThermal,
        FullBias,
        FullThermal,
        lambda d, **n: FullMixed(d, 0.5, **n),
    ]
    for kind, mu0 in itertools.product(kinds, (0.0, 0.1)):
        device = paper_device("7", zeta=0.2, kT0=kT0, mu0=mu0)
        one, both = kind(device), kind(device, spins=2).of(device)
        for name in ("force", "force_slope", "current", "force_and_current", "force_and_slope"):
            single, double = getattr(one, name)(x, bias), getattr(both, name)(x, bias)
            assert np.allclose(np.asarray(double), 2 * np.asarray(single), rtol=1e-14, atol=0)
        assert np.array_equal(one.transmission(x), both.transmission(x))
        # the inner loop of an ensemble, its short cut in the middle of the band included
        kicks, sums = [], []
        for response in (one, both):
            loop = response.ensemble(len(x), 1.0)
            kicks.append(loop.kick(x, bias, 0.5) + device.k * x)
            sums.append(loop.current() + 0 * x)
        assert np.allclose(kicks[1], 2 * kicks[0], rtol=1e-9, atol=1e-15)
        assert np.allclose(sums[1], 2 * sums[0], rtol=1e-9, atol=1e-18)
    with pytest.raises(ValueError, match=r"spins = 3: must be at least 1, at most 2"):
        FullBias(device, spins=3)


def test_both_spins_halve_the_biases_of_the_folds():
    device = paper_device("2b")
    one, both = (folds(LinearBias(device, spins=spins), 0.5) for spins in (1, 2))
    assert np.allclose(one.x, both.x[: len(one.x)]) and np.allclose(one.bias, 2 * both.bias)


def test_another_thread_may_ask_for_another_bias_meanwhile():
    device, x = paper_device("2b"), np.linspace(-1, 2, 7)

    class Shared(FullBias):
        def __setattr__(self, name, value):
            object.__setattr__(self, name, value)
            if name == "_last" and value is not None and value[0] == np.float64(0.1).tobytes():
                self.force(x, 0.2)  # in between

    found = Shared(device).force(x, 0.1)
    np.testing.assert_array_equal(found, FullBias(device).force(x, 0.1))
