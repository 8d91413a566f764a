"""Friction, Berry and noise matrices of several coordinates, by other routes."""

import numpy as np
import pytest

from cifcore import Junction, electronic_friction, electronic_noise, paper_device
from cifcore.electrons.band import adaptive
from cifcore.electrons.friction import electronic_tensors
from cifcore.electrons.leads import Gapped, WideBand

LEVELS = np.array([[0.2, -0.35], [-0.35, -0.1]])
PUSH = np.array([[[1.0, 0], [0, 0]], [[0, 0.6], [0.6, 0]]])  # a level, and the hop beside it
WIDTHS = (0.3, 0.5)


AT = np.zeros(2)


def molecule(right=None):
    leads = [(WideBand(WIDTHS[0]), 0), (right or WideBand(WIDTHS[1]), 1)]
    return Junction(
        lambda x: LEVELS - np.tensordot(x, PUSH, 1),
        lambda x: -PUSH,
        leads=leads,
        mu0=0.05,
        coordinates=2,
    )


@pytest.mark.parametrize(("eV", "kT"), [(0.0, 0.0), (0.4, 0.0), (0.4, 0.03)])
def test_one_coordinate_is_the_scalar_friction_and_noise(eV, kT):
    device = paper_device("2b")
    junction = Junction.from_device(device)
    found = electronic_tensors(junction, 0.3, eV, kT)
    assert found.friction[0, 0] == pytest.approx(electronic_friction(device, 0.3, eV, kT), rel=1e-8)
    assert found.noise[0, 0] == pytest.approx(electronic_noise(device, 0.3, eV, kT), rel=1e-8)


def test_friction_and_berry_are_the_first_order_of_the_response_to_slow_motion():
    """chi(omega) on a plain grid of Green functions, not integrated by parts, and its slope."""
    eV, kT = 0.6, 0.05
    angle, weight = np.polynomial.legendre.leggauss(1500)
    energy, weight = np.tan(1.5707 * angle), 1.5707 * weight / np.cos(1.5707 * angle) ** 2

    def parts(at):
        gamma = [np.diag([WIDTHS[0], 0]), np.diag([0, WIDTHS[1]])]
        green = np.linalg.inv(at[:, None, None] * np.eye(2) - LEVELS + 1j * sum(gamma))
        back = np.conj(np.swapaxes(green, 1, 2))
        lesser = 0.0
        for mu, one in zip((0.05 + eV / 2, 0.05 - eV / 2), gamma, strict=True):
            f = 0.5 * (1 - np.tanh((at - mu) / (2 * kT)))
            lesser = lesser + 2j * f[:, None, None] * (green @ one @ back)
        return green, lesser, back

    def chi(omega):
        moved, still = parts(energy + omega), parts(energy)
        total = np.einsum("aij,ejk,bkl,eli->abe", PUSH, moved[0], PUSH, still[1], optimize=True)
        total += np.einsum("aij,ejk,bkl,eli->abe", PUSH, moved[1], PUSH, still[2], optimize=True)
        return 1j * np.sum(weight * total, axis=-1) / (2 * np.pi)

    h = 2e-3
    slope = (8 * (chi(h) - chi(-h)) - chi(2 * h) + chi(-2 * h)) / (12 * h)
    found = electronic_tensors(molecule(), AT, eV, kT)
    assert np.max(np.abs(found.berry)) > 1e-3
    np.testing.assert_allclose(found.friction + found.berry, (-1j * slope).real, atol=1e-8)


def test_at_equilibrium_there_is_no_berry_force_and_noise_is_that_of_friction():
    found = electronic_tensors(molecule(), AT, 0.0, 0.04)
    np.testing.assert_allclose(found.berry, 0, atol=1e-12)
    np.testing.assert_allclose(found.noise, 2 * 0.04 * found.friction, atol=1e-10)
    assert np.all(np.linalg.eigvalsh(found.friction) > 0)


@pytest.mark.parametrize("kT", [0.0, 0.03])
@pytest.mark.parametrize("eV", [0.1, 0.5])  # within the gap, and beyond its edges
def test_friction_by_parts_is_its_definition(eV, kT):
    junction = molecule(Gapped(0.3, coupling=0.5))

    def rate(angle):
        energy = 0.05 + np.tan(angle)
        *_, left, right = junction.pair_kernels(AT, energy, lags=True)
        occupied = []
        for mu in (0.05 + eV / 2, 0.05 - eV / 2):
            u = (energy - mu) / (kT or 1e-12)
            occupied.append(0.5 * (1 - np.tanh(np.clip(u, -1e3, 1e3) / 2))[:, None, None])
        lag = -(occupied[0] * left + occupied[1] * right).imag / (2 * np.pi)
        return np.moveaxis(lag, 0, -1) / np.cos(angle) ** 2

    breaks = np.arctan(np.append(junction.breaks(AT, eV, kT), [-1e9, 1e9]) - 0.05)
    expected = adaptive(rate, breaks, alike=(0, 1))
    found = electronic_tensors(junction, AT, eV, kT)
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(found.friction + found.berry, expected, atol=1e-6 * scale)
