"""Electrons in time: against frozen ones, their friction, and a long closed chain."""

import numpy as np
import pytest
from scipy.special import j1

from cifcore import FullBias, electronic_friction, equilibrium_force, paper_device
from cifcore.electrons.chain import inverse_coupling
from cifcore.electrons.waves import lead_modes
from cifcore.motion.explicit import ehrenfest

DEVICE = paper_device("2b", zeta=0.2)


def test_the_modes_answer_as_a_half_chain():
    z, weight = lead_modes()
    t = np.concatenate([np.linspace(0.01, 50, 500), np.geomspace(50, 1e5, 500)])
    found = np.sum(weight * np.exp(-1j * z * t[:, None]), axis=1)
    assert np.max(np.abs(found - j1(2 * t) / t)) < 1e-6
    bound = -2 - np.geomspace(1e-3, 2, 50)
    sigma = np.sum(weight / (bound[:, None] - z), axis=1)
    assert np.max(np.abs(sigma - (bound + np.sqrt(bound**2 - 4)) / 2)) < 2e-6


@pytest.mark.parametrize("x", [0.0, 1.2])
def test_held_fast_the_electrons_are_the_frozen_ones(x):
    for before, front in ((0.0, False), (-0.1, True)):
        # with a front, after some lifetimes of the level
        run = ehrenfest(DEVICE, 0.2, 1000.0, x, before=before, front=front, path=lambda t: x, dt=4)
        exact = FullBias(DEVICE)
        assert run.force[-1] == pytest.approx(exact.force(x, 0.2), abs=1e-6)
        assert run.current[-1] == pytest.approx(exact.current(x, 0.2), abs=1e-6)


def test_moved_slowly_they_exert_their_friction():
    for x, v in ((0.1, 1e-4), (1.2, -1e-4)):
        run = ehrenfest(
            DEVICE,
            0.2,
            402.0,
            x - 400 * v,
            dt=3,
            front=False,
            path=lambda t, x=x, v=v: x + v * (t - 400),
        )
        at = x + v * (run.t - 400)
        late = (run.force - FullBias(DEVICE).force(at, 0.2)) / v
        here = np.argmin(np.abs(run.t - 400))
        drag = electronic_friction(DEVICE, at[here], 0.2)
        assert late[here] == pytest.approx(-drag, rel=0.02)


def closed_chain(device, x, steps, h, sites):
    """A finite chain, half filled, from its ground state: positions, and the whole energy."""
    n, rate = 2 * sites + 1, device.b / device.a0
    hop = -np.ones(n - 1)
    v = 0.0

    def hops(x):
        hop[sites - 1] = -device.gamma * (1 + device.lam) * np.exp(-rate * x)
        hop[sites] = -device.gamma * (1 - device.lam) * np.exp(rate * x)
        return hop

    levels = np.zeros(n)
    levels[sites] = device.E_dot
    matrix = np.diag(levels) + np.diag(hops(x), 1) + np.diag(hops(x), -1)
    filled = np.linalg.eigh(matrix)[1][:, : sites + 1].astype(complex)

    def apply(psi):
        out = levels[:, None] * psi
        out[:-1] += hop[:, None] * psi[1:]
        out[1:] += hop[:, None] * psi[:-1]
        return out

    def bonds():
        left, dot, right = filled[sites - 1 : sites + 2]
        return 2 * np.vdot(left, dot).real * hop[sites - 1], 2 * np.vdot(dot, right).real * hop[
            sites
        ]

    xs, energies = [], []
    places = np.linspace(-1, 2, 3001)
    pull = equilibrium_force(device, places)
    rise = (pull[1:] + pull[:-1]) / 2 * (places[1] - places[0])
    well = np.append(0.0, np.cumsum(rise))
    for i in range(steps + 1):
        hops(x)
        left, right = bonds()
        force = rate * (left - right) - np.interp(x, places, pull) - device.k * x
        if i:
            v += h / 2 * force / device.M
        xs.append(x)
        kept = device.M * v**2 / 2 + device.k * x**2 / 2 + np.interp(x, places, well)
        energies.append(kept + np.vdot(filled, apply(filled)).real)
        v += h / 2 * force / device.M
        hops(x + h / 2 * v)
        term = filled
        for order in range(1, 9):
            term = apply(term) * (-1j * h / order)
            filled = filled + term
        x += h * v
    return np.array(xs), np.array(energies)


def test_a_light_dot_on_a_long_closed_chain_goes_the_same_way():
    device = paper_device("7", E_dot=-0.3, gamma=0.5, b=2.0, M=40.0, zeta=0.0, k=0.2)
    h, steps = 0.25, 240
    short, long = (closed_chain(device, 0.8, steps, h, sites) for sites in (60, 120))
    for _, energy in (short, long):
        assert np.ptp(energy) < 1e-3 * device.k * 0.8**2 / 2
    run = ehrenfest(device, 0.0, h * steps, 0.8, dt=h)
    # a finite chain is as far from an infinite one as its levels from each other
    assert np.max(np.abs(run.x - (2 * long[0] - short[0]))) < 1e-3
    # electrons that follow at once would change nothing
    assert np.max(np.abs(run.x - 0.8 * np.cos(device.omega * run.t))) > 0.04


def test_states_that_leave_the_band_are_filled():
    out, long = 1.1, 1500.0

    def path(t):
        return 1.0 + out * np.sin(np.pi * t / long) ** 2

    run = ehrenfest(DEVICE, 0.2, long, 1.0, front=False, path=path, dt=1.5)
    x, speed = path(run.t), out * np.pi / long * np.sin(2 * np.pi * run.t / long)
    assert 1 / inverse_coupling(DEVICE, np.max(x)) > 2 * (2 + DEVICE.E_dot)
    frozen = FullBias(DEVICE).force(x, 0.2) - electronic_friction(DEVICE, x, 0.2) * speed
    assert np.max(np.abs(run.force - frozen)) < 2e-4


def test_the_step_is_small_enough():
    two = [ehrenfest(DEVICE, 0.2, 300.0, dt=dt).x[-1] for dt in (1.5, 0.75)]
    assert two[0] == pytest.approx(two[1], abs=1e-4)
