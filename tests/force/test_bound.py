"""What the electrons can do at most outwards on one side of the centre, whatever the device."""

import numpy as np
import pytest

from cifcore import Device, FullBias, FullThermal
from cifcore.electrons.occupation import Change, occupation_change

ENERGY = np.linspace(-2, 2, 40_001)


def most(changes: list[Change]) -> float:
    """The bound of the theorem, with the phase of the chain's self-energy for pi/2."""
    size = [np.abs(occupation_change(ENERGY, change)) for change in changes]
    integrand = size * (np.pi / 2 + np.abs(np.arcsin(ENERGY / 2))) / np.pi
    return float(np.max(np.trapezoid(integrand, ENERGY)))


def largest_work(response, bias, inwards=False) -> float:
    x = np.linspace(0, 30 * float(response.length), 901)
    gains = []
    for side in (-1, 1):
        force = side * response.force(response.device.centre + side * x, bias)
        work = np.concatenate([[0.0], np.cumsum(np.diff(x) * (force[1:] + force[:-1]) / 2)])
        work *= -1 if inwards else 1
        gains.append(np.max(work - np.minimum.accumulate(work)))
    return max(gains)


def test_no_random_device_gets_more_from_its_electrons():
    rng = np.random.default_rng(11)
    shares = []
    for i in range(24):
        kT, mu = 10 ** rng.uniform(-3.5, -0.8), rng.uniform(-1, 1)
        gamma = 10 ** rng.uniform(-3, -0.1)
        lam = rng.uniform(-0.9, 0.9) * (i % 2)
        fields = dict(E_dot=rng.uniform(-1.2, 1.2), gamma=gamma, b=8, a0=4, k=1, lam=lam)
        device = Device(**fields, mu0=mu, kT0=kT)
        heat, V = rng.uniform(0.2, 2.0), rng.uniform(0.01, 1.0)
        warm = most([Change(mu, kT, 0.0, side * kT * heat / 2) for side in (1, -1)])
        live = most([Change(mu, kT, side * V / 2, 0.0) for side in (1, -1)])
        shares.append(largest_work(FullThermal(device), heat) / warm)
        shares.append(largest_work(FullBias(device), V) / live)
    assert max(shares) < 1.001
    assert max(shares) > 0.6  # the bound is no idle one


def test_inwards_a_little_more_is_possible():
    V = 1e-3  # a level at the edge of the window, somewhat narrower than it
    device = Device(E_dot=V / 2, gamma=np.sqrt(0.029 * V), b=8, a0=4, k=1)
    share = largest_work(FullBias(device), V, inwards=True) / (V / 4)
    assert 1.03 < share < 1 + 0.1053
    assert largest_work(FullBias(device), V) < V / 4


@pytest.mark.parametrize("width", [0.1, 1.0, 10.0])
def test_in_a_wide_band_the_work_is_the_closed_form(width):
    kT, bias, E_dot = 1e-5, 1.0, 2e-6
    device = Device(E_dot=E_dot, gamma=np.sqrt(width * kT / 2), b=8, a0=4, k=1, kT0=kT)
    response = FullThermal(device)
    x = np.linspace(0, 7 * float(response.length), 4001)  # S stays far below the band's width
    work = np.trapezoid(response.force(x, bias), x)
    energy = np.linspace(-60, 60, 400_001) * kT
    left, right = (
        occupation_change(energy, Change(0.0, kT, 0.0, s * kT * bias / 2)) for s in (1, -1)
    )
    u, S0 = energy - E_dot, width * kT
    S = S0 * np.cosh(x[-1] / float(response.length))
    reach = np.sinh(x[-1] / float(response.length)) * S0 / np.hypot(u, S0)
    first = (left - right) / (2 * np.pi) * u / np.hypot(u, S0) * np.arctan(reach)
    second = (left + right) / (2 * np.pi) * (np.arctan(u / S0) - np.arctan(u / S))
    assert work == pytest.approx(np.trapezoid(first - second, energy), rel=2e-3)
