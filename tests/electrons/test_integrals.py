"""Closed forms over the band at the places that ask most of them, by a second route.

The second route integrates over the angle phi of eps = 2 cos(phi), in extended precision where
the machine has it, with panels that shrink to the poles (bound states beside the window
included), to the edges of the band and to the steps of the Fermi functions.
"""

import numpy as np
import pytest

from cifcore import Device, FullBias, FullThermal
from cifcore.electrons.band import quadrature
from cifcore.force.exact import _Full

Real, Complex = np.longdouble, np.clongdouble
PI = Real("3.14159265358979323846264338327950288")
POINTS, WEIGHTS = (part.astype(Real) for part in np.polynomial.legendre.leggauss(20))


def occupied(energy, mu, kT):
    if kT == 0:
        return np.where(energy < mu, Real(1), Real(0))
    u = (energy - mu) / kT
    small = np.exp(-np.abs(u))
    return np.where(u > 0, small, 1) / (1 + small)


def occupied_more(energy, one, other):
    """f_one - f_other, without cancellation where they are at one temperature."""
    if one[1] != other[1] or one[1] == 0:
        return occupied(energy, *one) - occupied(energy, *other)
    if one[0] < other[0]:
        return -occupied_more(energy, other, one)
    gap = (one[0] - other[0]) / one[1]
    both = occupied(energy, *one), occupied(-energy, -other[0], other[1])
    return both[0] * both[1] * -np.expm1(-gap)


def panels(E, S, leads):
    """Edges of the panels in phi, and the two roots of Q."""
    gap = np.sqrt(Complex((E - 2) * (E + 2) + 4 * S))
    w1 = (E + gap) / 2 if E * gap.real >= 0 else (E - gap) / 2
    roots = (w1, (1 - S) / w1)
    centres = [(0.0, 1e-12), (float(PI), 1e-12)]
    for w in roots:
        if abs(w) > 1e-3:
            centres.append((abs(float(np.log(w).imag)), max(abs(float(np.log(w).real)), 1e-17)))
    edges = [0.0, float(PI), *np.linspace(0, float(PI), 9)]
    for centre, width in centres:
        offsets = width * 2.0 ** np.arange(-1, np.log2(4 / width) + 2)
        edges += [centre, *(centre + offsets), *(centre - offsets)]
    for mu, kT in leads:
        u = np.concatenate([np.arange(0, 12, 1.5), np.arange(15, 60, 5), 60 * 2.0 ** np.arange(40)])
        energies = float(mu) + float(kT) * np.concatenate([-u, u])
        edges += list(np.arccos(energies[np.abs(energies) < 2] / 2))
    edges = np.array(edges)
    return np.unique(edges[(edges >= 0) & (edges <= float(PI))]), roots


def by_panels(device, x, leads, what="force"):
    """Eq. 9, its slope or the current, and the integral of the modulus."""
    base = leads[2]
    rate, E = Real(device.b) / Real(device.a0), Real(device.E_dot)
    left = (Real(device.gamma) * (1 + Real(device.lam))) ** 2 * np.exp(-2 * rate * Real(x))
    right = (Real(device.gamma) * (1 - Real(device.lam))) ** 2 * np.exp(2 * rate * Real(x))
    S, P = left + right, left * right
    edges, roots = panels(E, S, leads)
    edges = edges.astype(Real)
    edges[-1] = PI
    half = np.diff(edges)[:, None] / 2
    phi = (edges[:-1, None] + half * (1 + POINTS)).ravel()
    sin, cos = np.sin(phi / 2), np.cos(phi / 2)
    weight = (half * WEIGHTS).ravel() * 2 * np.sin(phi)
    energy, z = 2 * np.cos(phi), np.exp(-1j * phi.astype(Complex))
    # 1 - w z without cancellation at either edge of the band
    low, high = 2 * sin * (sin + 1j * cos), 2 * cos * (cos - 1j * sin)
    q = Complex(1)
    for w in roots:
        q = q * np.where(phi < PI / 2, (1 - w) + w * low, (1 + w) - w * high)
    if what == "current":
        parts = weight * 2 * np.sin(phi) ** 2 * P / np.abs(q) ** 2 / PI
        parts = parts * occupied_more(energy, leads[0], leads[1])
        return np.sum(parts), np.sum(np.abs(parts))
    sg, g = z * z / q, z / q
    bend, total, modulus = 2 * rate * (right - left), 0, 0
    for own, lead, side in ((left, leads[0], 1), (right, leads[1], -1)):
        if what == "force":
            part = side * ((own - P) * sg.imag - P * E / S * g.imag)
        else:
            part = -2 * rate * own * sg.imag + side * bend * P * E / S**2 * g.imag
            part += side * bend * ((own - P) * (sg * sg).imag - P * E / S * (sg * g).imag)
        part = part * weight * occupied_more(energy, lead, base) * -2 * rate / PI
        total, modulus = total + np.sum(part), modulus + np.sum(np.abs(part))
    return total, modulus


def leads_of(device, bias, thermal):
    mu, kT, bias = Real(device.mu0), Real(device.kT0), Real(bias)
    if thermal:
        return (mu, kT * (1 + bias / 2)), (mu, kT * (1 - bias / 2)), (mu, kT)
    return (mu + bias / 2, kT), (mu - bias / 2, kT), (mu, kT)


def awkward(rng, weakest):
    """A device, a position and a bias where roots merge or vanish, or a state is on its way out."""
    E = rng.choice([-1, 1]) * rng.choice([rng.uniform(0.95, 2.2), rng.uniform(0, 1)])
    gamma, lam = 10 ** rng.uniform(weakest, 0), rng.uniform(-0.9, 0.9)
    device = Device(
        E_dot=E,
        gamma=gamma,
        b=rng.uniform(0.5, 8),
        a0=4,
        k=0.02,
        lam=lam,
        mu0=rng.choice([rng.uniform(-1.9, 1.9), np.sign(E) * rng.uniform(1, 1.95)]),
        kT0=rng.choice([0.0, 10 ** rng.uniform(-9, 0), 10 ** rng.uniform(-9, 0)]),
    )
    least = 2 * gamma**2 * (1 - lam**2)
    near = rng.choice([-1, 1]) * 10 ** rng.uniform(-12, -1)
    places = [1 + rng.uniform(-0.05, 0.05), 1 + near, abs(2 - abs(E)) + near, 1 - E**2 / 4 + near]
    S = max(rng.choice([*places, 10 ** rng.uniform(-2, 1.4)]), 1.1 * least)
    w = 2 * np.arctanh(lam) + rng.choice([-1, 1]) * np.arccosh(S / least)
    bias = rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 0.8)
    root = np.sqrt(E**2 - 4 * (1 - S) + 0j).real
    bound = [v + 1 / v for v in ((E + root) / 2, (E - root) / 2) if abs(v) > 1]
    if bound and rng.uniform() < 0.5:
        # a chemical potential at the level of a bound state, within some kT
        bias = 2 * (rng.choice(bound) - device.mu0 + 10 * device.kT0 * rng.normal())
    return device, w * device.a0 / (2 * device.b), float(bias)


@pytest.mark.parametrize("seed", range(6))
def test_force_where_roots_merge_or_vanish_and_states_leave_the_band(seed):
    rng = np.random.default_rng(seed)
    for _ in range(40):
        device, x, bias = awkward(rng, weakest=-2.5)
        leads = leads_of(device, bias, thermal=False)
        value, modulus = by_panels(device, x, leads)
        (found,) = _Full.parts(FullBias(device), x, bias, "force")
        assert abs(found - value) <= 1e-9 * modulus, (device, x)


def test_heat_there():
    rng = np.random.default_rng(7)
    for _ in range(60):
        device, x, bias = awkward(rng, weakest=-2.5)
        device = device.replace(kT0=max(device.kT0, 1e-3))
        bias = rng.uniform(-2, 2)
        value, modulus = by_panels(device, x, leads_of(device, bias, thermal=True))
        assert abs(FullThermal(device).force(x, bias) - value) <= 1e-8 * modulus, (device, x)


@pytest.mark.parametrize("weakest", [-7, -3])
def test_current_keeps_its_digits_as_the_couplings_vanish(weakest):
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(60):
        device, x, bias = awkward(rng, weakest)
        S = np.sum(np.square(device.couplings(x)))
        value, modulus = by_panels(device, x, leads_of(device, bias, False), "current")
        try:
            found = FullBias(device).current(x, bias)
        except ValueError as error:
            assert "gamma" in str(error) and S < 1e-10
            refused += 1
            continue
        assert abs(found - value) <= 1e-8 * modulus, (device, x)
    assert refused < 10


def test_a_current_that_cannot_be_resolved_is_refused():
    narrow = Device(E_dot=-0.3, gamma=1e-6, b=4, a0=4, k=0.02, mu0=-0.299, kT0=0.002)
    for response in (FullThermal(narrow), FullBias(narrow)):
        with pytest.raises(ValueError, match=r"gamma = 1e-06: too small"):
            response.current(0.0, 0.1)


@pytest.mark.parametrize("width", [1e-10, 1e-7, 1e-4])
@pytest.mark.parametrize("inside", [-1e-2, -1e-7, 0.0, 1e-7, 1e-2])
def test_poles_close_to_the_band_and_its_edge_cost_what_the_digits_of_energies_do(inside, width):
    """sqrt(4 - eps^2)/|eps - pole|^2 over the band, and over the angle from the upper edge."""
    energy, weight = quadrature(np.array([complex(2 - inside, width)]))
    below = 2 - (2 - inside)  # as it is stored
    gap = 2 - energy
    found = np.sum(weight * np.sqrt(gap * (4 - gap)) / ((gap - below) ** 2 + width**2))
    at = np.arcsin(np.sqrt(max(below, 0.0)) / 2)
    narrow = 0.1 * width / np.sqrt(abs(below) + width)
    away = narrow * 1.5 ** np.arange(80)
    edges = np.unique(np.clip([0, *(at - away), at, *(at + away)], 0, np.pi / 2)).astype(Real)
    half = np.diff(edges)[:, None] / 2
    angle = edges[:-1, None] + half * (1 + POINTS)
    # gap - below, without cancellation
    apart = 4 * np.sin(angle - at) * np.sin(angle + at) + (4 * np.sin(Real(at)) ** 2 - below)
    wanted = np.sum(half * WEIGHTS * 8 * np.sin(2 * angle) ** 2 / (apart**2 + width**2))
    distance = width if inside > 0 else np.hypot(inside, width)
    assert found == pytest.approx(float(wanted), rel=1e-10 + 1e-16 / distance)
