"""Properties that hold for any device: symmetries, bounds, counts, balances, and extremes."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cifcore import (
    Device,
    FullBias,
    FullThermal,
    Junction,
    LinearBias,
    LinearThermal,
    Response,
    barriers,
    ehrenfest,
    equilibria,
    folds,
    langevin,
    paper_device,
    potential,
    pulses,
    rectification,
    rest_position,
    simulate,
    triangle,
)
from cifcore.electrons import chain
from cifcore.motion.basins import settle
from cifcore.units import Scales

KINDS = [LinearBias, LinearThermal, FullBias, FullThermal]
# a busy machine is no failure
ALWAYS: dict[str, Any] = dict(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def some(examples: int) -> settings:
    return settings(max_examples=examples, **ALWAYS)


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


def decades(low: float, high: float) -> st.SearchStrategy[float]:
    return between(low, high).map(lambda power: float(10.0**power))


@st.composite
def devices(draw: st.DrawFn, warm: bool = True, lam: float = 0.999) -> Device:
    """From barely to strongly coupled, from rigid to floppy, from symmetric to one-sided."""
    a0 = draw(between(0.5, 8.0))
    return Device(
        E_dot=draw(between(-1.5, 1.5)),
        gamma=draw(decades(-4, 1)),
        b=draw(between(0.05, 20.0)) * a0,
        a0=a0,
        k=draw(decades(-3, 0)),
        lam=draw(between(-lam, lam)),
        M=draw(decades(1, 5)),
        zeta=draw(between(0.0, 50.0)),
        mu0=draw(st.sampled_from([0.0, 0.0, -1.9, 1.9]) | between(-1.9, 1.9)),
        kT0=draw(st.sampled_from([1e-3, 0.05])) if warm else 0.0,
    )


def mirrored(device: Device) -> Device:
    return device.replace(lam=-device.lam)


biases = between(-1.0, 1.0).filter(lambda bias: abs(bias) > 1e-6)
kinds = st.sampled_from(KINDS)
linear = st.sampled_from([LinearBias, LinearThermal])


def positions(device: Device) -> np.ndarray:
    """Some around the symmetric point of the couplings, from near to far."""
    w = np.array([-40.0, -9.0, -3.1, -0.4, 0.0, 0.7, 2.0, 6.3, 25.0])
    return device.centre + w * device.a0 / (2 * device.b)


# --- symmetry -------------------------------------------------------------------------------


@some(30)
@given(devices(), kinds, biases)
def test_force_and_current_of_the_mirror_image(device: Device, kind: Any, bias: float) -> None:
    response, image, x = kind(device), kind(mirrored(device)), positions(device)
    for what in ("force", "current"):
        here = getattr(response, what)(x, bias)
        there = getattr(image, what)(-x, -bias)
        np.testing.assert_allclose(there, -here, rtol=1e-9, atol=1e-9 * np.max(np.abs(here)))
        assert np.all(getattr(response, what)(x, 0.0) == 0)


def away_from_folds(response: Response, bias: float) -> bool:
    turns = folds(response, 2 * abs(bias)).bias
    return not np.any(np.abs(turns - bias) < 1e-4 * abs(bias))


@some(30)
@given(devices(), linear, biases)
def test_rest_positions_of_the_mirror_image(device: Device, kind: Any, bias: float) -> None:
    response, image = kind(device), kind(mirrored(device))
    assume(away_from_folds(response, bias))
    here, there = equilibria(response, bias), equilibria(image, -bias)
    length = float(response.length)
    np.testing.assert_allclose(-there.x[::-1], here.x, rtol=1e-9, atol=1e-9 * length)
    assert np.array_equal(there.stable[::-1], here.stable)
    rest = rest_position(response, bias)
    np.testing.assert_allclose(rest_position(image, -bias), -rest, rtol=1e-9, atol=1e-9 * length)
    assert np.min(np.abs(here.x[here.stable] - rest)) <= 1e-9 * (length + abs(rest))
    turns, image_turns = folds(response, 1.0), folds(image, 1.0)
    np.testing.assert_allclose(-image_turns.bias[::-1], turns.bias, rtol=1e-9)


@some(30)
@given(devices(), linear, biases)
def test_rectification_is_odd_in_the_asymmetry(device: Device, kind: Any, bias: float) -> None:
    response, image = kind(device), kind(mirrored(device))
    assume(away_from_folds(response, bias) and away_from_folds(response, -bias))
    factor = rectification(response, bias)
    assert abs(factor) <= 1 + 1e-12
    assert rectification(image, bias) == pytest.approx(-factor, rel=1e-7, abs=1e-9)
    assert rectification(kind(device.replace(lam=0.0)), bias) == pytest.approx(0, abs=1e-9)


@some(8)
@given(devices(lam=0.9), biases, between(-0.5, 0.5))
def test_the_mirror_image_moves_as_the_mirror_image(device: Device, bias: float, x0: float) -> None:
    period = 2 * np.pi / device.omega
    drives = [pulses([(s * bias, 2 * period), (-0.3 * s * bias, period)]) for s in (1, -1)]
    here = simulate(LinearBias(device), drives[0], x0, rtol=1e-8)
    there = simulate(LinearBias(mirrored(device)), drives[1], -x0, rtol=1e-8)
    size = np.max(np.abs(here.x)) + float(LinearBias(device).length)
    np.testing.assert_allclose(there.x[-1], -here.x[-1], atol=1e-5 * size)
    scale = np.max(np.abs(here.charge))
    np.testing.assert_allclose(there.charge[-1], -here.charge[-1], atol=1e-5 * scale)


# --- bounds and second routes -----------------------------------------------------------------


@some(100)
@given(devices(), between(-1.999, 1.999))
def test_transmission_is_a_probability(device: Device, energy: float) -> None:
    through = chain.transmission(device, positions(device), energy)
    assert np.all(through >= 0) and np.all(through <= 1 + 1e-12)


@some(30)
@given(devices(lam=0.99), between(-1.99, 1.99), between(-4.0, 4.0))
def test_kernels_are_those_of_the_matrices(device: Device, energy: float, w: float) -> None:
    x = device.centre + w * device.a0 / (2 * device.b)
    junction = Junction.from_device(device)
    left, right = chain.lead_kernels(device, x, energy)
    scale = abs(left) + abs(right)
    by_matrix = junction.lead_kernels(x, energy)
    np.testing.assert_allclose(by_matrix, [left, right], rtol=1e-6, atol=1e-9 * scale)
    np.testing.assert_allclose(
        junction.bias_kernel(x, energy),
        chain.bias_kernel(device, x, energy),
        rtol=1e-6,
        atol=1e-9 * scale,
    )
    np.testing.assert_allclose(
        junction.transmission(x, energy), chain.transmission(device, x, energy), rtol=1e-6
    )
    slope = chain.bias_kernel_energy_derivative(device, x, energy)
    sharp = abs(junction.green(x, energy)[..., 1, 1]) + 1 / (4 - energy**2)
    rounding = 1e-15  # is all that is left where both kernels vanish
    np.testing.assert_allclose(
        junction.bias_kernel_energy_derivative(x, energy),
        slope,
        rtol=1e-6,
        atol=(1e-9 * scale + rounding) * sharp,
    )


@some(40)
@given(devices(), linear, biases)
def test_rest_positions_are_odd_in_number_and_alternate(
    device: Device, kind: Any, bias: float
) -> None:
    response = kind(device)
    assume(away_from_folds(response, bias))
    found = equilibria(response, bias)
    assert found.count % 2 == 1
    assert np.array_equal(found.stable, np.arange(found.count) % 2 == 0)
    assert np.all(np.diff(found.x) > 0)
    force = response.force(found.x, bias)
    slope = np.abs(response.force_slope(found.x, bias) - device.k)
    np.testing.assert_array_less(
        np.abs(force - device.k * found.x), 1e-9 * (np.abs(force) + slope * response.length) + 1e-15
    )
    heights = [height for _, _, height in barriers(response, bias)]
    assert len(heights) == found.count - 1 and all(height > 0 for height in heights)


@some(4)
@given(devices(), st.sampled_from([FullBias, FullThermal]), biases)
def test_exact_rest_positions_too(device: Device, kind: Any, bias: float) -> None:
    response = kind(device)
    found = equilibria(response, bias)
    slope = np.abs(response.force_slope(found.x, bias) / device.k - 1)
    assume(np.all(slope > 1e-3))  # away from folds
    assert found.count % 2 == 1
    assert np.array_equal(found.stable, np.arange(found.count) % 2 == 0)
    image = equilibria(kind(mirrored(device)), -bias)
    np.testing.assert_allclose(
        -image.x[::-1], found.x, rtol=1e-7, atol=1e-7 * float(response.length)
    )


@some(8)
@given(devices(lam=0.9), biases, between(-0.3, 0.3), between(1.0, 8.0))
def test_work_is_energy_gained_plus_energy_lost(
    device: Device, bias: float, x0: float, periods: float
) -> None:
    duration = periods * 2 * np.pi / device.omega
    drive = pulses([(bias, duration), (-bias / 3, duration)]) + triangle(bias, duration)
    motion = simulate(LinearBias(device), drive, x0, rtol=1e-8)
    energy = device.M * motion.v**2 / 2 + device.k * motion.x**2 / 2
    scale = np.max(energy) + np.max(np.abs(motion.work)) + np.max(motion.dissipated)
    gained = energy - energy[0]
    # the integrator's error is a part of `length`, which feeble motions do not come near
    error = 1e-7 * scale + 1e-7 * float(LinearBias(device).length) * np.sqrt(device.k * scale)
    np.testing.assert_allclose(motion.work, gained + motion.dissipated, atol=error, rtol=0)
    assert np.all(np.diff(motion.dissipated) >= 0) and np.all(np.diff(motion.supplied) >= 0)


@some(6)
@given(
    devices(lam=0.9).filter(lambda device: device.zeta > 0.05),
    decades(-4, -2),
    st.integers(0, 2**32),
)
def test_equipartition_at_zero_bias(device: Device, kT: float, seed: int) -> None:
    n, rng = 3000, np.random.default_rng(seed)
    x0 = rng.normal(0, np.sqrt(kT / device.k), n)
    v0 = rng.normal(0, np.sqrt(kT / device.M), n)
    drive = pulses([(0.0, 4 * 2 * np.pi / device.omega)])
    run = langevin(LinearBias(device), drive, kT, n, rng, x0, v0)
    ratio = device.k * run.x_end**2 / kT
    assert abs(np.mean(ratio) - 1) < 5 * np.std(ratio) / np.sqrt(n)
    assert np.all(run.charge_per_cycle == 0)


@some(10)
@given(devices(), decades(-1, 1), between(1.0, 8.0))
def test_units_there_and_back(device: Device, gamma0: float, a: float) -> None:
    pytest.importorskip("pint")
    scales = Scales(gamma0, a)
    again = scales.device(**scales.physical(device))
    for name, value in device.parameters.items():
        assert getattr(again, name) == pytest.approx(value, rel=1e-12, abs=1e-300), name


# --- extremes -----------------------------------------------------------------------------------


CORNERS = list(itertools.product([1e-4, 10.0], [-0.999, 0.0, 0.999], [0.0, 1e-3, 20.0]))


@pytest.mark.parametrize("kind", KINDS)
def test_corners_are_finite_and_quick(kind: Any) -> None:
    begin = time.process_time()
    for gamma, lam, ratio in CORNERS if kind.proportional else CORNERS[::4]:
        device = Device(
            E_dot=-0.2, gamma=gamma, b=4 * ratio, a0=4.0, k=0.02, lam=lam, kT0=0.01, mu0=0.3
        )
        response, x = kind(device), np.array([-300.0, -4.0, 0.0, 1e-9, 2.0, 300.0])
        for what in ("force", "current", "force_slope"):
            assert np.all(np.isfinite(getattr(response, what)(x, 0.5))), (what, device)
        assert np.all(np.isfinite(potential(response, x, 0.5)))
        found = equilibria(response, 0.5)
        assert found.count % 2 == 1 and np.all(np.isfinite(found.x))
        if response.proportional:
            assert all(height > 0 for *_, height in barriers(response, 0.5))
            assert np.all(np.isfinite(folds(response, 1.0).bias))
            assert abs(rectification(response, 0.5)) <= 1
    assert time.process_time() - begin < 30


@pytest.mark.parametrize("zeta", [0.0, 1e-3, 0.1, 50.0])
@pytest.mark.parametrize("figure", ["2b", "6"])
def test_periods_over_nine_decades(figure: str, zeta: float) -> None:
    response, begin = LinearBias(paper_device(figure, zeta=zeta)), time.process_time()
    slow = []
    for period in 10.0 ** np.arange(1, 11):
        try:
            motion = simulate(response, triangle(0.15, period), rtol=1e-6, max_steps=1500)
        except ArithmeticError as error:
            # it rings to the end: a clear error
            assert zeta < 0.01 and period > 1e3
            assert "max_steps = 1500" in str(error) and "zeta" in str(error)
            break
        assert np.all(np.isfinite([motion.x, motion.v, motion.charge, motion.work]))
        left = motion.work[-1] - motion.dissipated[-1]
        energy = response.device.M * motion.v[-1] ** 2 + response.device.k * motion.x[-1] ** 2
        assert left == pytest.approx(energy / 2, abs=1e-6)
        slow.append(motion.dissipated[-1])
    else:
        # slow enough, what is lost hardly depends on how slow
        assert abs(slow[-1] - slow[-2]) < abs(slow[-2] - slow[-3]) + 1e-9
        assert abs(slow[-1] - slow[-2]) < 3e-4
    assert time.process_time() - begin < 60


def test_a_dot_without_force_at_the_centre_has_rest_positions_beside_it() -> None:
    # a site like those of the leads: the thermal force starts as x^2
    response = LinearThermal(Device(E_dot=0.0, gamma=1.0, b=13.0, a0=1.0, k=0.1, lam=0.0, kT0=0.05))
    found = equilibria(response, [1.0, -1.0, 0.0, 0.02])
    assert response.force(0.0, 1.0) == 0
    assert found.count.tolist() == [3, 3, 1, 1]
    assert found.stable[0].tolist() == found.stable[1].tolist() == [True, False, True]
    assert found.x[0, 0] == 0 and np.array_equal(found.x[1], -found.x[0, ::-1])
    middle = found.x[0, 1]
    assert response.force(middle, 1.0) == pytest.approx(0.1 * middle, rel=1e-9)
    # strongly coupled, the exact force is resolved by nodes that fall together at x = 0
    rest = equilibria(FullBias(paper_device("2a", gamma=10.0)), 0.0)
    assert rest.x.tolist() == [0.0] and rest.stable.tolist() == [True]


def test_endless_requests_are_refused_at_once() -> None:
    begin, response = time.process_time(), LinearBias(paper_device("9", zeta=0.0))
    with pytest.raises(ValueError, match=r"dt = .* steps .* at most 10000000"):
        langevin(response, pulses([(0.1, 1e12)]), 1e-3, 3, 1)
    with pytest.raises(ValueError, match=r"zeta = 0\.0: must be positive"):
        settle(response, 0.1, 0.0)
    with pytest.raises(ValueError, match=r"dt = .* steps .* at most 10000000"):
        settle(LinearBias(paper_device("9", zeta=1e-9)), 0.1, 0.0)
    with pytest.raises(ValueError, match=r"dt = 1e-09: .* steps .* at most 10000000"):
        ehrenfest(paper_device("2b"), 0.2, 1e9, dt=1e-9)
    assert time.process_time() - begin < 5
