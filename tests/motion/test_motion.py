"""Eq. 6 integrated: against scipy, by convergence, by balance of energy, and on what it refuses."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from cifcore import LinearBias, equilibria, paper_device, pulses, ramp, simulate, triangle
from cifcore.force.response import Response
from cifcore.motion.drive import wave


class Free(Response):
    """No force at all, and a current proportional to position: everything is known."""

    def __init__(self, device):
        self.device = device

    def force(self, x, bias):
        return 0.0 * np.asarray(x) * bias

    def current(self, x, bias):
        return np.asarray(x) + 0.0 * np.asarray(bias)


def by_scipy(response, drive, x0=0.0, v0=0.0, load=None, friction=None):
    """The same by DOP853 at a tight tolerance, restarted at every break; state at each break."""
    device = response.device
    state = np.array([x0, v0, 0.0, 0.0, 0.0])
    states = [state]
    for index, segment in enumerate(drive.segments):

        def rates(t, y, segment=segment, index=index):
            x, v = y[:2]
            bias = segment.value(t)
            nu = device.nu + (friction(x, bias) if friction else 0.0)
            push = load.segments[index].value(t) if load else 0.0
            force = response.force(x, bias)
            acceleration = (force + push - nu * v - device.k * x) / device.M
            return [v, acceleration, response.current(x, bias), force * v, nu * v * v]

        size = np.array([1, 1e-2, 1, 1e-2, 1e-2])
        run = solve_ivp(
            rates, (0, segment.duration), state, "DOP853", rtol=1e-12, atol=1e-13 * size
        )
        state = run.y[:, -1]
        states.append(state)
    return np.array(states)


DRIVES = {
    "pulses": pulses([(0.2, 900.0), (-0.15, 700.0), (0.0, 500.0)]),
    "triangle": triangle(0.2, 4000.0),
    "wave": wave(0.2, 2500.0),
    "ramp and hold": ramp(0.0, 0.25, 1500.0, smooth=True) + pulses([(0.25, 800.0)]),
}


@pytest.mark.parametrize("name", DRIVES)
@pytest.mark.parametrize("figure", ["2b", "7"])
def test_against_scipy_at_every_jump_and_kink(name, figure):
    response, drive = LinearBias(paper_device(figure, zeta=0.2)), DRIVES[name]
    expected = by_scipy(response, drive, x0=0.1, v0=-1e-3)
    motion = simulate(response, drive, x0=0.1, v0=-1e-3, rtol=1e-11)
    at = np.searchsorted(motion.t, drive.breaks * (1 - 1e-14))
    assert np.allclose(motion.t[at], drive.breaks, rtol=1e-13)  # a step ends at every break
    assert np.allclose(motion.x[at], expected[:, 0], atol=2e-8)
    assert np.allclose(motion.v[at], expected[:, 1], atol=1e-10)
    for ours, theirs in zip(
        (motion.charge, motion.work, motion.dissipated), expected.T[2:], strict=True
    ):
        assert np.allclose(ours[at], theirs, rtol=1e-7, atol=1e-9)


def test_a_free_oscillator_is_exact():
    device = paper_device("2b", zeta=0.2)
    motion = simulate(Free(device), pulses([(0.1, 5000.0)]), x0=1.0, rtol=1e-12)
    decay, omega = device.zeta * device.omega, device.omega * np.sqrt(1 - device.zeta**2)
    t = np.linspace(0, 5000, 301)
    expected = np.exp(-decay * t) * (np.cos(omega * t) + decay / omega * np.sin(omega * t))
    assert np.allclose(motion.at(t).x, expected, atol=1e-10)
    # the energy it has lost is heat
    left = device.k * motion.x[-1] ** 2 / 2 + device.M * motion.v[-1] ** 2 / 2
    assert motion.dissipated[-1] == pytest.approx(device.k / 2 - left, rel=1e-10)
    # Eq. 6 integrated once: its charge, the integral of x, is known too
    moved = device.nu * (1 - motion.x[-1]) - device.M * motion.v[-1]
    assert motion.charge[-1] == pytest.approx(moved / device.k, rel=1e-10)


def test_the_error_follows_the_tolerance():
    response, drive = (
        LinearBias(paper_device("7", zeta=0.2)),
        pulses([(0.1, 1500.0), (-0.1, 1500.0)]),
    )
    exact = by_scipy(response, drive)[-1, 0]
    tolerances = 10.0 ** np.arange(-3, -12, -1)
    errors = np.array([abs(simulate(response, drive, rtol=r).x[-1] - exact) for r in tolerances])
    assert np.all(errors <= 100 * tolerances * response.length + 1e-9)
    # over six decades of the tolerance the error falls by at least five
    assert errors[6] < 1e-5 * max(errors[0], 1e-3)


def test_order_of_convergence():
    """Few enough steps to be in the asymptotic range: error against mean step, on log scales."""
    response, drive = LinearBias(paper_device("2a", zeta=0.5)), pulses([(0.2, 3000.0)])
    exact = by_scipy(response, drive)[-1, 0]
    reference = simulate(response, drive, rtol=1e-13).at(np.linspace(0, 3000, 200)).x
    errors, counts = [], []
    for rtol in (1e-4, 1e-6, 1e-8):
        motion = simulate(response, drive, rtol=rtol)
        errors.append(np.max(np.abs(motion.at(np.linspace(0, 3000, 200)).x - reference)))
        counts.append(len(motion.t) - 1)
    order = np.polyfit(np.log(counts), -np.log(errors), 1)[0]
    assert 5 < order < 11
    assert simulate(response, drive, rtol=1e-12).x[-1] == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-9])
def test_the_last_bit_decides_nothing(rtol):
    """Another machine rounds otherwise: that must neither move a step nor be blown up."""
    response = LinearBias(paper_device("7", zeta=0.22))

    def pumped(bias):
        return simulate(response, pulses([(bias, 12_500.0), (-bias, 12_500.0)] * 2), rtol=rtol)

    one = pumped(0.085)
    for factor in (1 - 4e-16, 1 + 4e-16, 1 + 2e-15):
        other = pumped(0.085 * factor)
        assert np.array_equal(one.t, other.t)
        assert np.max(np.abs(one.x - other.x)) < 2e-13


@pytest.mark.parametrize("figure", ["2b", "6", "7"])
def test_energy_balance_at_every_step(figure):
    """Work of the force = energy of the oscillator + heat."""
    device = paper_device(figure, zeta=0.2)
    motion = simulate(LinearBias(device), triangle(0.2, 20_000.0), rtol=1e-10)
    energy = device.M * motion.v**2 / 2 + device.k * motion.x**2 / 2
    gap = motion.work - energy - motion.dissipated
    assert np.max(np.abs(gap)) < 1e-9 * np.max(np.abs(motion.work))
    assert np.all(np.diff(motion.dissipated) >= 0)


def test_work_equals_heat_over_a_closed_cycle():
    device = paper_device("6")
    motion = simulate(LinearBias(device), triangle(0.15, 2e5, cycles=2), rtol=1e-10)
    ends = np.searchsorted(motion.t, [2e5 * (1 - 1e-12), 4e5 * (1 - 1e-12)])
    assert motion.x[ends[0]] == pytest.approx(motion.x[ends[1]], abs=1e-8)
    work, heat = (np.diff(a[ends])[0] for a in (motion.work, motion.dissipated))
    assert heat > 1e-3
    assert work == pytest.approx(heat, rel=1e-8)


def test_energy_balance_with_a_load_and_added_friction():
    device = paper_device("2b")
    drive, load = (
        pulses([(0.2, 3000.0), (0.0, 3000.0)]),
        pulses([(-0.002, 3000.0), (0.001, 3000.0)]),
    )

    def friction(x, bias):
        return 2.0 / np.cosh(x) ** 2 + bias**2

    response = LinearBias(device)
    motion = simulate(response, drive, load=load, friction=friction, rtol=1e-11)
    energy = device.M * motion.v**2 / 2 + device.k * motion.x**2 / 2
    gap = motion.work - motion.extracted - energy - motion.dissipated
    assert np.max(np.abs(gap)) < 1e-10
    expected = by_scipy(response, drive, load=load, friction=friction)[-1]
    assert motion.x[-1] == pytest.approx(expected[0], abs=1e-8)
    assert motion.dissipated[-1] == pytest.approx(expected[4], rel=1e-8)
    plain = simulate(response, drive, rtol=1e-11)
    assert abs(plain.x[-1] - motion.x[-1]) > 1e-3


def test_extracted_work_of_a_constant_load_is_force_times_way():
    device = paper_device("2b")
    drive, load = pulses([(0.2, 8000.0)]), pulses([(-0.003, 8000.0)])
    motion = simulate(LinearBias(device), drive, load=load)
    assert np.allclose(motion.extracted, 0.003 * motion.x, atol=1e-12)


def test_supplied_energy_is_bias_times_charge_at_constant_bias():
    motion = simulate(LinearBias(paper_device("2b")), pulses([(0.2, 5000.0)]))
    assert np.allclose(motion.supplied, 0.2 * motion.charge, rtol=1e-12)


def test_at_gives_the_steps_and_what_lies_between():
    response, drive = LinearBias(paper_device("2b")), triangle(0.2, 6000.0)
    motion = simulate(response, drive, rtol=1e-10)
    again = motion.at(motion.t)
    for name in ("x", "v", "charge", "work", "dissipated", "supplied", "extracted"):
        size = np.max(np.abs(getattr(motion, name)))
        assert np.allclose(getattr(again, name), getattr(motion, name), atol=1e-12 * size)
    t = np.sort(np.random.default_rng(3).uniform(0, 6000, 60))
    between = motion.at(t)
    assert np.allclose(between.bias, drive(t))
    fine = simulate(response, drive, rtol=1e-13).at(t)
    assert np.allclose(between.x, fine.x, atol=1e-8)
    assert np.allclose(between.charge, fine.charge, rtol=1e-6, atol=1e-8)
    assert motion.at(100.0).x.shape == (1,)
    for wrong in (-1.0, 6001.0, float("nan")):
        with pytest.raises(ValueError, match="times"):
            motion.at(wrong)


def test_a_slow_ramp_is_followed_with_few_steps():
    device = paper_device("4")
    response = LinearBias(device)
    motion = simulate(response, ramp(0.0, 0.1, 1e6))
    assert len(motion.t) < 1000
    assert motion.x[-1] == pytest.approx(equilibria(response, 0.1).x[0], abs=1e-4)


def test_starting_at_rest_stays_at_rest():
    response = LinearBias(paper_device("2b"))
    for x in equilibria(response, 0.2).x[[0, 2]]:
        motion = simulate(response, pulses([(0.2, 5000.0)]), x0=float(x))
        assert np.max(np.abs(motion.x - x)) < 1e-9
    still = simulate(response, pulses([(0.0, 500.0)]))
    assert np.all(still.x == 0)
    assert still.charge[-1] == 0


def test_the_mirror_image_moves_as_the_mirror_image():
    device = paper_device("2b")
    one = simulate(LinearBias(device), pulses([(0.2, 4000.0)]))
    other = simulate(LinearBias(device.replace(lam=-0.7)), pulses([(-0.2, 4000.0)]))
    assert one.x[-1] == pytest.approx(-other.x[-1], abs=1e-9)
    assert one.charge[-1] == pytest.approx(-other.charge[-1], rel=1e-9)


def test_far_out_sharp_and_fast_without_a_warning():
    with np.errstate(all="raise", under="ignore"):
        for changes, x0 in (({"gamma": 1e-4}, 0.0), ({"zeta": 0.0}, 3.0), ({"b": 40.0}, 0.0)):
            motion = simulate(
                LinearBias(paper_device("2b", **changes)), pulses([(0.2, 1000.0)]), x0=x0, rtol=1e-6
            )
            assert np.all(np.isfinite(motion.x))
        simulate(LinearBias(paper_device("2b")), pulses([(0.2, 200.0)]), x0=500.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"drive": 0.2}, TypeError, "drive = 0.2"),
        ({"x0": float("nan")}, ValueError, "x0 = nan"),
        ({"x0": "0"}, TypeError, "x0"),
        ({"v0": float("inf")}, ValueError, "v0 = inf"),
        ({"rtol": 0.0}, ValueError, "rtol = 0"),
        ({"rtol": 0.1}, ValueError, "rtol = 0.1"),
        ({"load": pulses([(0.1, 50.0)])}, ValueError, "load"),
        ({"load": pulses([(0.1, 50.0), (0.1, 50.0)])}, ValueError, "load"),
    ],
)
def test_refusals_name_the_argument(changes, error, message):
    arguments = {"response": LinearBias(paper_device("2b")), "drive": pulses([(0.2, 100.0)])}
    with pytest.raises(error, match=message):
        simulate(**{**arguments, **changes})


def test_the_bias_along_the_way_is_that_of_the_drive():
    drive = ramp(0.1, -0.2, 300.0) + pulses([(0.05, 200.0)])
    motion = simulate(LinearBias(paper_device("2b")), drive)
    assert motion.bias[0] == 0.1 and motion.bias[-1] == 0.05
    inside = motion.t < 300
    np.testing.assert_allclose(motion.bias[inside], drive(motion.t[inside]), rtol=1e-12)
    assert motion.at([0.0, 300.0, 301.0]).bias.round(9).tolist() == [0.1, -0.2, 0.05]


def test_too_many_steps_of_one_segment_are_an_error_that_says_where():
    response, drive = LinearBias(paper_device("2b", zeta=0.0)), pulses([(0.2, 1e4), (-0.2, 1e4)])
    enough = max(np.diff(np.searchsorted(simulate(response, drive).t, [0, 1e4, 2e4])))
    assert simulate(response, drive, max_steps=int(enough) + 1).t[-1] == 2e4
    with pytest.raises(ArithmeticError, match=r"max_steps = 20 steps end at t = .* zeta above 0"):
        simulate(response, drive, max_steps=20)
