"""Biases in time: values, jumps and kinks, joining, means, and refusals."""

import numpy as np
import pytest

from cifcore import pulses, ramp, triangle
from cifcore.motion.drive import Drive, Segment, wave


def test_triangle_goes_up_down_and_back():
    drive = triangle(0.3, 8.0)
    assert np.allclose(drive([0, 1, 2, 4, 6, 7, 8]), [0, 0.15, 0.3, 0, -0.3, -0.15, 0])
    assert np.allclose(drive.breaks, [0, 2, 6, 8])
    assert drive.duration == 8.0
    assert drive.mean == pytest.approx(0, abs=1e-15)


def test_a_negative_amplitude_turns_the_triangle_over():
    t = np.linspace(0, 8, 33)
    assert np.allclose(triangle(-0.3, 8.0)(t), -triangle(0.3, 8.0)(t))


def test_cycles_repeat_the_period():
    drive = triangle(0.3, 8.0, cycles=3)
    t = np.linspace(0.1, 7.9, 27)
    assert np.allclose(drive(t), drive(t + 8))
    assert np.allclose(drive(t), drive(t + 16))
    assert np.allclose(drive.cycle_ends, [8, 16, 24])
    assert np.allclose(triangle(0.3, 8.0).repeat(3)(t + 8), drive(t + 8))


def test_pulses_jump_and_take_the_value_after_the_jump():
    drive = pulses([(0.1, 2.0), (0.0, 1.0), (-0.2, 1.0)], cycles=2)
    assert np.allclose(drive([0, 1.999999, 2.0, 3.0, 4.0, 7.5]), [0.1, 0.1, 0, -0.2, 0.1, -0.2])
    assert np.allclose(drive.breaks, [0, 2, 3, 4, 6, 7, 8])
    assert drive.mean == pytest.approx((0.2 - 0.2) / 4, abs=1e-15)
    assert pulses([(0.3, 1.0), (0.0, 2.0)]).mean == pytest.approx(0.1)


def test_constant_beyond_both_ends():
    drive = ramp(0.1, 0.4, 5.0)
    assert drive(-3.0) == pytest.approx(0.1)
    assert drive(99.0) == pytest.approx(0.4)


def test_smooth_ramp_is_level_at_both_ends():
    drive, h = ramp(0.0, 1.0, 2.0, smooth=True), 1e-5
    assert (drive(h) - drive(0.0)) / h < 1e-4
    assert (drive(2.0) - drive(2.0 - h)) / h < 1e-4
    assert drive(1.0) == pytest.approx(0.5)
    t = np.linspace(0, 2, 21)
    assert np.allclose(drive(t) + drive(2 - t), 1.0)


def test_wave_is_a_sine():
    drive = wave(0.2, 5.0, cycles=2)
    t = np.linspace(0, 10, 101)
    assert np.allclose(drive(t), 0.2 * np.sin(2 * np.pi * t / 5.0), atol=1e-14)
    assert drive.mean == pytest.approx(0, abs=1e-14)


def test_joining_keeps_order_and_makes_one_cycle():
    drive = ramp(0.0, 0.2, 1.0) + pulses([(0.2, 3.0)]) + ramp(0.2, 0.0, 1.0)
    assert np.allclose(drive([0.5, 2.0, 4.5]), [0.1, 0.2, 0.1])
    assert drive.cycles == 1
    assert np.allclose(drive.repeat(2).cycle_ends, [5, 10])
    assert drive.mean == pytest.approx((0.1 + 0.6 + 0.1) / 5)


def test_the_mean_is_the_integral():
    drive = triangle(0.3, 8.0) + ramp(0.0, 0.7, 2.0, smooth=True) + wave(0.1, 3.0)
    t = np.linspace(0, drive.duration, 400_001)
    assert drive.mean == pytest.approx(np.trapezoid(drive(t), t) / drive.duration, abs=1e-6)


def test_samples_show_jumps_as_vertical_lines():
    times, values = pulses([(0.1, 1.0), (-0.1, 1.0)]).samples(5)
    assert times.shape == values.shape == (10,)
    assert times[4] == times[5] == 1.0
    assert (values[4], values[5]) == (0.1, -0.1)


def test_shapes_of_the_answer():
    drive = triangle(0.3, 8.0)
    assert np.ndim(drive(1.0)) == 0
    assert drive(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: triangle(0.1, 0.0), ValueError, "period = 0"),
        (lambda: triangle(0.1, -1.0), ValueError, "period"),
        (lambda: triangle(float("nan"), 1.0), ValueError, "amplitude = nan"),
        (lambda: triangle("0.1", 1.0), TypeError, "amplitude"),
        (lambda: triangle(0.1, 1.0, cycles=0), ValueError, "cycles = 0"),
        (lambda: triangle(0.1, 1.0, cycles=1.5), TypeError, "cycles = 1.5"),
        (lambda: wave(0.1, 0.0), ValueError, "period"),
        (lambda: ramp(0.0, 0.1, -1.0), ValueError, "duration"),
        (lambda: ramp(0.0, float("inf"), 1.0), ValueError, "stop = inf"),
        (lambda: pulses([]), ValueError, "at least one pair"),
        (lambda: pulses([0.1, 0.2]), ValueError, "pair"),
        (lambda: pulses([(0.1, 0.0)]), ValueError, "duration"),
        (lambda: pulses([(0.1, True)]), TypeError, "duration"),
        (lambda: Drive(()), ValueError, "segments"),
        (lambda: Drive((Segment(1, 0, 1),) * 3, cycles=2), ValueError, "cycles = 2"),
        (lambda: triangle(0.1, 1.0) + 1, TypeError, "unsupported"),
        (lambda: triangle(0.1, 1.0)(float("nan")), ValueError, "t = nan"),
        (lambda: triangle(0.1, 1.0)(0.0, side="up"), ValueError, "side = 'up': must be one of"),
        (lambda: Segment(1, 0, 1, ["line"]), ValueError, "shape = .* must be one of"),
    ],
)
def test_refusals_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
