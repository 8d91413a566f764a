"""The rows on what else is taken for granted, by other ways."""

import numpy as np
import pytest

from cifcore import (
    FieldBias,
    LinearBias,
    equilibria,
    equilibrium_force,
    folds,
    pulses,
    simulate,
)
from cifcore.book.evidence import granted, proposal
from cifcore.book.evidence.bias import two_wells
from cifcore.book.evidence.symmetry import FORWARD, INNER, cycle_wells
from cifcore.book.evidence.validity import device_of
from cifcore.electrons import chain


def test_first_order_by_kernel_and_by_the_moving_force_in_equilibrium():
    """(F_L - F_R)/2 pi + (1/2 - drop) dF_eq/dE_dot, of one spin, at zero bias."""
    device, x, h = device_of("2b"), np.linspace(-1, 2, 13), 1e-5
    up, down = (equilibrium_force(device.replace(E_dot=-0.2 + s * h), x) for s in (1, -1))
    for drop in (0.5, 0.3):
        ours = granted.FirstOrder(FieldBias(device, drop=drop))
        known = chain.bias_kernel(device, x, 0.0) / (2 * np.pi)
        known = known + (0.5 - drop) * (up - down) / (2 * h)
        np.testing.assert_allclose(ours.force(x, 0.2), 0.2 * known, rtol=1e-4, atol=1e-7)
    assert ours.current(0.3, 0.1) == pytest.approx(LinearBias(device).current(0.3, 0.1), rel=1e-4)


def test_a_twentieth_of_the_window_is_what_the_tolerance_says():
    for figure in ("2b", "7"):
        device, share = device_of(figure), granted.tolerance(figure)
        plain = np.sort(folds(LinearBias(device), 0.5).bias)
        held = np.sort(folds(LinearBias(granted.mismatched(device, share)), 0.5).bias)
        assert np.max(np.abs(held / plain - 1)) == pytest.approx(0.05, rel=0.05)


def test_a_harmonic_bond_is_as_stiff_as_the_spring_at_rest_and_nowhere_else():
    for figure in ("2b", "5"):
        device = device_of(figure)
        held = granted.harmonic(device)
        assert held.tension(0.0) == pytest.approx(0.0, abs=1e-14)
        assert held.stiffness(0.0) == pytest.approx(device.k, rel=1e-6)
        pull = equilibrium_force(device, np.array([0.8, 0.0, 1e-3, -1e-3]))
        line = (device.k + (pull[2] - pull[3]) / 2e-3) * 0.8 + pull[1]
        assert held.tension(0.8) == pytest.approx(line - pull[0], rel=1e-4)


def test_windows_by_folds_and_by_counting():
    response = FieldBias(device_of("7"), field=1.0)
    low, high = granted.window(granted.FirstOrder(response))
    bias = np.linspace(0.09, 0.15, 121)
    found = bias[two_wells(granted.FirstOrder(response), bias[:, None])]
    assert found[0] == pytest.approx(low, abs=1e-3)
    assert found[-1] == pytest.approx(high, abs=1e-3)
    assert granted.both_spins("9", 1000.0).word == "fails"
    assert granted.own_spring("5", 1000.0).word == "holds"
    assert granted.number(LinearBias(device_of("2b"), spins=2), "2b") == pytest.approx(
        granted.number(LinearBias(device_of("2b")), "2b") / 2
    )


def test_the_proposal_pumps_by_its_splines_and_by_the_force_itself():
    exact = FieldBias(proposal.device(), field=1.0, most=1.0, spins=2)
    sheet = proposal.Sheet(exact, 0.31)
    rng = np.random.default_rng(7)
    x, bias = rng.uniform(-2, 2, 60), rng.uniform(-0.31, 0.31, 60)
    for name in ("force", "current"):
        known = getattr(exact, name)(x, bias)
        size = np.abs(known).max()
        np.testing.assert_allclose(getattr(sheet, name)(x, bias), known, atol=1e-4 * size)
    low, high = granted.window(granted.FirstOrder(exact))
    assert low < 0.31 < high
    # where the dot goes, pulse by pulse with the force itself, and along the motion by the splines
    wells = cycle_wells(exact, 0.3, np.array([proposal.device().zeta]), reset=True)[0]
    long = 10 * proposal.device().M / proposal.device().nu
    drive = pulses([(0.3, long), (-0.3, long)])
    ends = np.abs(simulate(sheet, drive, rtol=1e-6).at(drive.breaks).x[1:])
    outer = ends > equilibria(exact, 0.3).x[1]
    assert wells == {(False, False): INNER, (False, True): FORWARD}[tuple(outer.tolist())]
