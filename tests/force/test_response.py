"""The paper's linear responses: slopes, symmetries, limits, and what they refuse."""

import numpy as np
import pytest

from cifcore import (
    Device,
    FieldBias,
    FullMixed,
    Josephson,
    LinearBias,
    LinearThermal,
    paper_device,
)
from cifcore.electrons.junction import Junction
from cifcore.force.response import Response

KINDS = (LinearBias, LinearThermal)


def random_devices(count: int, seed: int = 1) -> list[Device]:
    draw = np.random.default_rng(seed)
    return [
        Device(
            E_dot=draw.uniform(-0.5, 0.5),
            gamma=10 ** draw.uniform(-2, -0.2),
            b=draw.uniform(1, 9),
            a0=draw.uniform(2, 8),
            k=10 ** draw.uniform(-2.5, -1),
            lam=draw.uniform(-0.8, 0.8),
            mu0=draw.uniform(-1, 1),
            kT0=10 ** draw.uniform(-3, -1.5),
        )
        for _ in range(count)
    ]


def positions(device: Device, reach: float = 5.0, count: int = 41):
    return device.centre + np.linspace(-reach, reach, count) * device.a0 / (2 * device.b)


@pytest.mark.parametrize("device", random_devices(12))
def test_forces_and_currents_follow_from_the_matrices(device):
    x = positions(device)
    junction = Junction.from_device(device)
    bias = LinearBias(device)
    left, right = junction.lead_kernels(x, device.mu0)
    expected = (0.05 * left - 0.05 * right) / np.pi
    assert np.max(np.abs(bias.force(x, 0.1) - expected)) < 1e-12 * np.max(np.abs(expected))
    thermal = LinearThermal(device)
    kernel = junction.bias_kernel_energy_derivative(x, device.mu0)
    expected = np.pi / 3 * device.kT0**2 * 0.15 * kernel
    assert np.max(np.abs(thermal.force(x, 0.3) - expected)) < 1e-10 * np.max(np.abs(expected))
    through = junction.transmission(x, device.mu0)
    assert np.allclose(bias.current(x, 0.1), through * 0.1 / (2 * np.pi), rtol=1e-11)
    assert np.allclose(
        thermal.current(x, 0.3), (np.pi * device.kT0) ** 2 / (6 * np.pi) * through * 0.3, rtol=1e-11
    )


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_the_derivatives_of_the_force(kind):
    for device in random_devices(12):
        response = kind(device)
        x = positions(device)
        analytic = response.force_slope(x, 0.2)
        numerical = Response.force_slope(response, x, 0.2)
        assert np.max(np.abs(analytic - numerical)) < 1e-8 * np.max(np.abs(analytic))


@pytest.mark.parametrize("kind", KINDS)
def test_mirror_image_of_the_device_mirrors_the_force(kind):
    for device in random_devices(12):
        x = positions(device)
        image = kind(device.replace(lam=-device.lam))
        assert np.allclose(kind(device).force(x, 0.2), image.force(-x, 0.2), rtol=1e-11)
        assert np.allclose(kind(device).transmission(x), image.transmission(-x), rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_an_asymmetric_device_is_a_shifted_symmetric_one(kind):
    for device in random_devices(12):
        twin = device.replace(gamma=device.gamma * np.sqrt(1 - device.lam**2), lam=0.0)
        x = positions(device)
        force = kind(device).force(x, 0.2)
        shifted = kind(twin).force(x - device.centre, 0.2)
        assert np.max(np.abs(force - shifted)) < 1e-11 * np.max(np.abs(force))


def test_the_bias_force_has_a_ceiling_that_no_coupling_raises():
    for device in random_devices(20):
        response = LinearBias(device.replace(mu0=0.0))
        x = np.linspace(-8, 8, 4001) * device.a0 / (2 * device.b) + device.centre
        force = np.abs(response.force(x, 0.1))
        ceiling = 0.1 * device.b / (2 * np.pi * device.a0)
        assert np.max(force) <= ceiling * (1 + 1e-12)
        if 2 * device.gamma**2 * (1 - device.lam**2) < abs(device.E_dot):
            assert np.max(force) > 0.99 * ceiling


def test_thermal_force_is_quadratic_in_temperature_and_current_odd_in_bias():
    device = paper_device("3")
    x = positions(device)
    cold, warm = LinearThermal(device), LinearThermal(device.replace(kT0=3 * device.kT0))
    assert np.allclose(warm.force(x, 0.5), 9 * cold.force(x, 0.5), rtol=1e-13)
    assert np.array_equal(cold.current(x, -0.5), -cold.current(x, 0.5))


@pytest.mark.parametrize("kind", KINDS)
def test_far_away_weakly_coupled_and_sharp_without_a_warning(kind):
    far = np.array([-1e5, -1e3, -50.0, 0.0, 50.0, 1e3, 1e5])
    for changes in (
        {},
        {"gamma": 1e-6},
        {"gamma": 1e-8, "lam": 0.999},
        {"gamma": 1e3},
        {"b": 0.0},
        {"E_dot": 1e6},
    ):
        device = paper_device("2b", mu0=-0.2, kT0=0.01).replace(**changes)
        response = kind(device)
        with np.errstate(all="raise", under="ignore"):
            for values in (
                response.force(far, 0.2),
                response.force_slope(far, 0.2),
                response.current(far, 0.2),
                response.transmission(far),
            ):
                assert np.all(np.isfinite(values))
        if device.b:
            assert np.all(np.abs(response.force(far[[0, -1]], 0.2)) < 1e-300)
    # on resonance and at the centre every coupling transmits perfectly (mu0 = 0: no shift)
    sharp = LinearBias(Device(E_dot=0.0, gamma=1e-7, b=8, a0=4, k=0.02))
    assert sharp.transmission(0.0) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_bias_no_force(kind):
    device = paper_device("2b", mu0=0.1, kT0=0.01)
    assert np.all(kind(device).force(positions(device), 0.0) == 0)
    assert np.all(kind(device).current(positions(device), 0.0) == 0)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_and_families_broadcast(kind):
    family = paper_device("2b", lam=np.array([0.0, 0.3, 0.7])[:, None], mu0=0.1, kT0=0.01)
    x = np.linspace(-1, 1, 5)
    together = kind(family).force(x, 0.2)
    assert together.shape == (3, 5)
    for row, lam in zip(together, (0.0, 0.3, 0.7), strict=True):
        single = kind(paper_device("2b", lam=lam, mu0=0.1, kT0=0.01))
        assert np.allclose(row, single.force(x, 0.2), rtol=1e-13)
        assert isinstance(float(single.force(0.3, 0.2)), float)
    both = kind(family).force_and_current(x, 0.2)
    assert np.allclose(both[0], together, rtol=1e-12)
    assert np.allclose(both[1], kind(family).current(x, 0.2), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_refusals_name_the_argument(kind):
    with pytest.raises(TypeError, match="device = "):
        kind("2b")
    response = kind(paper_device("2b"))
    with pytest.raises(ValueError, match="bias = nan"):
        response.force(0.0, float("nan"))
    with pytest.raises(ValueError, match="x = "):
        response.force(np.array([0.0, np.inf]), 0.1)
    with pytest.raises(TypeError, match="x = "):
        response.force("here", 0.1)
    with pytest.raises(TypeError, match="bias = "):
        response.current(0.0, 1j)


def test_force_and_current_are_asked_for():
    class Nothing(Response):
        device = paper_device("2b")

    with pytest.raises(TypeError, match="abstract"):
        Nothing()


def test_a_response_of_ones_own_has_slope_and_pair_from_the_base_class():
    class Sine(Response):
        def __init__(self, device):
            self.device = device

        def force(self, x, bias):
            return bias * np.sin(x)

        def current(self, x, bias):
            return bias * np.cos(x)

    response = Sine(paper_device("2b"))
    x = np.linspace(-2, 2, 9)
    assert np.allclose(response.force_slope(x, 2.0), 2 * np.cos(x), atol=1e-10)
    force, current = response.force_and_current(x, 2.0)
    assert np.array_equal(force, 2 * np.sin(x))
    assert np.array_equal(current, 2 * np.cos(x))
    assert not response.proportional
    with pytest.raises(NotImplementedError):
        response.transmission(0.0)


@pytest.mark.parametrize("mu0", [0.0, 1.5, -1.95])
def test_nodes_are_as_close_as_the_narrowest_feature_and_reach_beyond_the_last(mu0):
    device = paper_device("2b", mu0=mu0)
    response = LinearBias(device)
    w = (response.nodes() - device.centre) / response.length
    inside = w[np.abs(w) < 5]
    assert np.max(np.diff(inside)) <= 0.1 * np.sqrt(1 - mu0**2 / 4) * (1 + 1e-9)
    assert np.max(w) > 60 and np.min(w) < -60
    np.testing.assert_allclose(response.ends(), response.nodes()[[0, -1]], rtol=1e-12)


@pytest.mark.parametrize(
    "response",
    [
        LinearBias(paper_device("2b"), spins=2),
        FullMixed(paper_device("3"), 0.3, spins=2),
        FieldBias(paper_device("2b"), drop=0.3, field=1.0, charging=0.2, most=0.5, spins=2),
        Josephson(paper_device("2b"), 0.02, 0.001),
    ],
    ids=lambda response: type(response).__name__,
)
def test_of_another_device_keeps_what_is_not_the_device_s(response):
    other = response.device.replace(k=0.03)
    assert repr(response.of(other)) == repr(response).replace("k=0.02", "k=0.03")
    assert response.of(other).force(0.3, 0.1) == response.force(0.3, 0.1)
