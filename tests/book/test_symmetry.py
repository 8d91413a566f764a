"""The broken symmetry of Fig. 7: batches against single motions, mirror images, edges."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import (
    Device,
    FullBias,
    Josephson,
    LinearBias,
    equilibria,
    paper_device,
    pulses,
    ramp,
    simulate,
)
from cifcore.book.evidence.symmetry import cycle_charge, pulsed
from cifcore.book.wells import exchanged, visited
from cifcore.motion.basins import settle

DEVICE = paper_device("7", zeta=0.2)
PERIOD = 2 * np.pi / DEVICE.omega
INNER, TOP, OUTER = equilibria(LinearBias(DEVICE), 0.1).x


def jump_map(zeta, bias=0.1, **options):
    """Whether inner goes to outer, and outer to outer, at the jump +V to -V."""
    family = LinearBias(DEVICE.replace(zeta=zeta))
    ends = (settle(family, -bias, start, **options).x for start in (INNER, OUTER))
    return [end < -TOP for end in ends]


def test_the_four_maps():
    # both to inner; exchange; both to outer; mirror images
    zeta = np.array([0.20, 0.16, 0.13, 0.30])
    to_outer = np.array(jump_map(zeta)).T.tolist()
    assert to_outer == [[False, False], [True, False], [True, True], [False, True]]


def test_the_exchange_window_ends_where_single_motions_say():
    zeta = np.linspace(0.150, 0.172, 45)
    inside = np.equal(*[np.array(m) for m in jump_map(zeta)], dtype=bool)
    inside = ~inside & np.array(jump_map(zeta)[0])
    low, high = zeta[inside][[0, -1]]
    assert 0.152 < low < 0.155 and 0.166 < high < 0.169
    for value, exchanges in ((low - 1e-3, False), (low + 1e-3, True), (high + 1e-3, False)):
        response = LinearBias(DEVICE.replace(zeta=value))
        ends = [
            simulate(response, pulses([(-0.1, 12 * PERIOD)]), x0=x0, rtol=1e-8).x[-1] < -TOP
            for x0 in (INNER, OUTER)
        ]
        assert (ends == [True, False]) is exchanges


def test_the_map_predicts_the_charge_of_long_pulses():
    response = LinearBias(DEVICE)
    current = [float(response.current(x, 0.1)) for x in (INNER, OUTER)]
    # exchange: inner at +V, outer at -V, for half a period each; the ringing adds little
    expected = (current[0] - current[1]) * 5e5
    assert abs(cycle_charge(pulsed(0.16)) / expected - 1) < 1e-2
    assert abs(cycle_charge(pulsed(0.2))) < 1e-6


def test_the_waiting_well_sets_the_direction():
    response = LinearBias(DEVICE.replace(zeta=0.16))

    def charge(start, first):
        drive = ramp(0, start, 2e5, smooth=True) + pulses([(first, 1e5), (-first, 1e5)] * 2)
        return cycle_charge(simulate(response, drive, rtol=1e-7).at(drive.breaks))

    forwards = charge(0.1, 0.1)
    assert forwards > 1
    assert abs(charge(-0.1, -0.1) + forwards) < 1e-9 * forwards
    assert abs(charge(0.1, -0.1) - forwards) < 1e-3 * forwards


def test_the_shape_of_the_ramp_does_not_matter():
    response = LinearBias(DEVICE.replace(zeta=0.16))
    ends = [
        simulate(response, ramp(0, 0.1, 5e5, smooth=smooth) + pulses([(0.1, 2e4)]), rtol=1e-7).x[-1]
        for smooth in (True, False)
    ]
    np.testing.assert_allclose(ends, INNER, atol=1e-6)


@pytest.mark.parametrize(("kind", "figure", "V"), [(LinearBias, "7", 0.1), (FullBias, "9", 0.26)])
def test_visited_is_simulate_with_long_pulses(kind, figure, V):
    zeta, sequence = np.array([0.07, 0.12, 0.17, 0.3]), [V, -V, 0.0, V]
    ends = visited(kind(paper_device(figure, zeta=0.2)), sequence, 0.0, zeta)
    assert ends.shape == (4, 4)
    for column, value in zip(ends.T, zeta, strict=True):
        response = kind(paper_device(figure, zeta=value))
        drive = pulses([(bias, 3e4) for bias in sequence])
        motion = simulate(response, drive, rtol=1e-6).at(drive.breaks[1:])
        np.testing.assert_allclose(motion.x, column, atol=1e-4)


def test_visited_adds_friction():
    response = LinearBias(paper_device("7", zeta=0.2))
    nu = response.device.nu
    added = visited(response, [-0.1], INNER, 0.16, friction=lambda x, bias: nu / 4 + 0 * x)
    assert added == pytest.approx(visited(response, [-0.1], INNER, 0.21))
    assert added != pytest.approx(visited(response, [-0.1], INNER, 0.16))


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (dict(zeta=0.0), ValueError, "zeta = 0.0"),
        (dict(x0="left"), TypeError, "x0 = 'left'"),
        (dict(biases=[np.inf]), ValueError, "bias = inf"),
        (dict(x0=[0.0, 1.0], zeta=[0.1, 0.2, 0.3]), ValueError, "zeta"),
    ],
)
def test_bad_arguments_of_visited_are_named(changes, error, text):
    arguments = dict(biases=[0.1], x0=0.0, zeta=0.2) | changes
    with pytest.raises(error, match=text):
        visited(LinearBias(DEVICE), **arguments)


def test_the_exchange_between_superconductors_is_that_of_whole_motions():
    device = Device(E_dot=0, gamma=0.1, b=8, a0=4, k=0.004, lam=0.1)
    phase, damping, wait = 0.9 * np.pi, np.array([0.05, 0.2, 0.4]), np.array([0.3, 1.0, 1.9, 3.0])
    junction = Josephson(device, 4e-4)
    half = np.pi / device.omega
    found = exchanged(junction, phase, damping, wait * half)
    assert found.any() and not found.all()
    lower, top, upper = equilibria(junction, phase).x
    for (i, j), changed in np.ndenumerate(found):
        one = Josephson(device.replace(zeta=damping[i]), 4e-4)
        held = 10 * one.device.M / one.device.nu
        drive = pulses([(0.0, wait[j] * half), (-phase, held)])
        ends = [simulate(one, drive, x0=float(start)).x[-1] for start in (lower, upper)]
        assert changed == (ends[0] > top and ends[1] < top)
