"""Motion of several coordinates: against one coordinate, exact motions, balances, equipartition."""

import numpy as np
import pytest

from cifcore import (
    Junction,
    LinearBias,
    Mechanics,
    VectorJunction,
    VectorResponse,
    VectorTable,
    langevin,
    paper_device,
    pulses,
    simulate,
    triangle,
)
from cifcore.electrons.leads import WideBand

TURN = np.array([[0.0, -1.0], [1.0, 0.0]])


class Copies(VectorResponse):
    """Two dots that do not know of each other."""

    def __init__(self, one, **mechanics):
        super().__init__(2, **mechanics)
        self.one = one

    def force(self, x, bias):
        return self.one.force(x, np.asarray(bias)[..., None])

    def current(self, x, bias):
        return self.one.current(np.asarray(x)[..., 0], bias)


def test_two_dots_that_do_not_know_of_each_other_move_as_one_does():
    response = LinearBias(paper_device("2b"))
    device = response.device
    both = Copies(response, k=device.k, M=device.M, nu=device.nu, length=float(response.length))
    drive = triangle(0.2, 900.0)
    alone = [simulate(response, drive, x0, 0.001) for x0 in (0.1, 0.4)]
    found = simulate(both, drive, [0.1, 0.4], 0.001)
    times = np.linspace(0, drive.duration, 30)
    at = found.at(times)
    for column, one in enumerate(alone):
        np.testing.assert_allclose(at.x[:, column], one.at(times).x, atol=1e-7)
        np.testing.assert_allclose(at.v[:, column], one.at(times).v, atol=1e-7)
    np.testing.assert_allclose(found.charge[-1], alone[0].charge[-1], rtol=1e-6)
    for name in ("work", "dissipated"):
        total = sum(getattr(one, name)[-1] for one in alone)
        assert getattr(found, name)[-1] == pytest.approx(total, rel=1e-6)
    again = simulate(both, drive, [0.1, 0.4], 0.001, times=times)
    np.testing.assert_array_equal(again.x, at.x)


class Wheel(VectorResponse):
    def force(self, x, bias):
        return np.asarray(bias)[..., None] * (np.asarray(x) @ TURN.T)

    def current(self, x, bias):
        return np.asarray(x)[..., 0]


def test_a_linear_wheel_moves_as_the_matrix_exponential_says():
    from scipy.linalg import expm

    k, M = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[4.0, 0.5], [0.5, 6.0]])
    berry = 0.2 * TURN
    wheel = Wheel(2, k=k, M=M, nu=[0.1, 0.2])
    found = simulate(
        wheel, pulses([(0.3, 25.0)]), [1.0, 0.0], [0.0, 0.5], friction=lambda x, bias: berry
    )
    rates = np.zeros((4, 4))
    rates[:2, 2:] = np.eye(2)
    rates[2:, :2] = np.linalg.solve(M, 0.3 * TURN - k)
    rates[2:, 2:] = -np.linalg.solve(M, np.diag([0.1, 0.2]) + berry)
    end = expm(25 * rates) @ [1.0, 0.0, 0.0, 0.5]
    np.testing.assert_allclose(np.append(found.x[-1], found.v[-1]), end, atol=1e-8)
    energy = [(x @ k @ x + v @ M @ v) / 2 for x, v in zip(found.x, found.v, strict=True)]
    np.testing.assert_allclose(found.work - found.dissipated, energy - energy[0], atol=1e-8)


def test_at_any_stable_step_a_harmonic_well_has_its_exact_spread():
    """kT k^-1 and kT M^-1 are kept by the step itself, as a linear map of covariances."""
    k, M = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[4.0, 0.5], [0.5, 6.0]])
    drag, kT, n = np.array([[0.5, 0.9], [-0.3, 0.4]]), 0.02, 40_000
    still = Wheel(2, k=k, M=M)
    rng = np.random.default_rng(5)
    found = langevin(
        still,
        pulses([(0.0, 120.0)]),
        kT=kT,
        n=n,
        seed=1,
        x0=rng.multivariate_normal([0, 0], kT * np.linalg.inv(k), n),
        dt=1.0,
        friction=lambda x, bias: drag,
        noise=lambda x, bias: kT * (drag + drag.T),
    )
    for values, expected in ((found.x_end, np.linalg.inv(k)), (found.x[-1], np.linalg.inv(k))):
        ours = values.T @ values / n / kT
        error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / n)
        assert np.all(np.abs(ours - expected) < 4 * error)


def molecule(**more):
    def matrix(x):
        return np.array([[x[0], -0.4 - x[1]], [-0.4 - x[1], -x[0]]])

    gradient = np.array([[[1.0, 0], [0, -1]], [[0, -1], [-1, 0]]])
    leads = [(WideBand(0.4), 0), (WideBand(0.4), 1)]
    junction = Junction(matrix, lambda x: gradient, leads=leads, coordinates=2)
    return VectorJunction(junction, length=0.4, **more)


def test_friction_and_noise_of_the_electrons_alone_bring_their_temperature():
    """In equilibrium noise = 2 kT friction, everywhere, so the dot is as warm as the electrons."""
    kT, n = 0.02, 2500
    exact = molecule(k=12.0, M=100.0, kT=kT)
    at = np.array([[0.0, 0.0], [0.05, -0.1]])
    symmetric = exact.friction(at, 0.0)
    np.testing.assert_allclose(symmetric, np.swapaxes(symmetric, 1, 2), atol=1e-9)
    np.testing.assert_allclose(exact.noise(at, 0.0), 2 * kT * symmetric, atol=1e-8)
    table = VectorTable(exact, 0.0, -0.25, 0.25, 1e-4)
    found = langevin(
        table,
        pulses([(0.0, 700.0)]),
        kT=0.0,
        n=n,
        seed=3,
        friction=table.friction,
        noise=table.noise,
        dt=0.8,
    )
    share = 12.0 * found.x_end**2 / kT
    mean, error = share.mean(axis=0), share.std(axis=0) / np.sqrt(n)
    assert np.all(np.abs(mean - 1) < 4 * error) and np.all(error < 0.03)


def test_on_a_limit_cycle_the_work_of_a_turn_is_what_friction_takes():
    table = VectorTable(molecule(k=3.0, nu=10.0, kT=0.1), 1.0, -0.5, 0.5, 0.03)
    motion = simulate(
        table, pulses([(1.0, 2600.0)]), [0.2, 0.1], friction=table.friction, rtol=1e-6
    )
    along, across = motion.x[:, 0], motion.x[:, 1]
    up = np.flatnonzero((along[:-1] < -0.05) & (along[1:] >= -0.05))
    assert len(up) > 20
    times = []
    for low, high in zip(motion.t[up[-2:]], motion.t[up[-2:] + 1], strict=True):
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if motion.at(middle).x[0, 0] < -0.05 else (low, middle)
        times.append(middle)
    turn = motion.at(times)
    assert np.ptp(turn.x[:, 1]) < 1e-5 and np.ptp(across[-100:]) > 0.2
    work, lost = np.diff(turn.work)[0], np.diff(turn.dissipated)[0]
    assert work > 0.1 and abs(work / lost - 1) < 1e-3


def test_charge_and_shapes_of_an_ensemble():
    wheel = Wheel(2, k=1.0, M=1.0, nu=0.5)
    drive = pulses([(0.0, 3.0), (0.1, 2.0)], cycles=2)
    found = langevin(wheel, drive, kT=0.0, n=3, seed=1, x0=[1.0, 0.0], samples=4, dt=0.01)
    alone = simulate(wheel, drive, [1.0, 0.0])
    assert found.x.shape == (4, 3, 2) and found.x_break.shape == (3, 4, 2)
    np.testing.assert_allclose(found.x_end, np.tile(alone.x[-1], (3, 1)), atol=1e-4)
    np.testing.assert_allclose(found.charge_per_cycle.sum(axis=1), alone.charge[-1], atol=1e-4)
    np.testing.assert_allclose(found.x_break[0], alone.at(drive.breaks[1:]).x, atol=1e-4)


def test_results_go_to_xarray_with_their_axes_and_units():
    pytest.importorskip("xarray")
    wheel, drive = Wheel(2, k=1.0, M=1.0, nu=0.5), pulses([(0.0, 3.0), (0.1, 2.0)])
    response = LinearBias(paper_device("2b"))
    many, one = simulate(wheel, drive, [1.0, 0.0]), simulate(response, drive)
    family = LinearBias(response.device.replace(lam=[0.0, 0.1, 0.2]))
    assert many.to_xarray().x.dims == ("time", "coordinate")
    data = one.to_xarray()
    assert data.x.dims == ("time",) and data.x.attrs["units"] == "a"
    np.testing.assert_array_equal(data.work.sel(time=5.0), one.work[-1])
    assert simulate(family, drive).to_xarray().work.dims == ("family_0", "time")
    cloud = langevin(response, drive, kT=1e-3, n=4, seed=1).to_xarray()
    assert cloud.x.dims == ("time", "trajectory") and cloud.occupation.sizes["well"] == 1
    cloud = langevin(wheel, drive, kT=1e-3, n=4, seed=1).to_xarray()
    assert cloud.x_break.dims == ("trajectory", "segment", "coordinate")


def test_without_xarray_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match="needs xarray"):
        simulate(LinearBias(paper_device("2b")), pulses([(0.1, 10.0)])).to_xarray()


def test_what_several_coordinates_do_not_take_is_named():
    wheel, drive = Wheel(2, k=1.0), pulses([(0.1, 1.0)])
    with pytest.raises(ValueError, match="load"):
        simulate(wheel, drive, load=drive)
    with pytest.raises(ValueError, match="bath, edges"):
        langevin(wheel, drive, 0.1, 2, 1, bath="quantum")
    with pytest.raises(ValueError, match="x0 has shape"):
        simulate(wheel, drive, [1.0, 2.0, 3.0])
    with pytest.raises(ArithmeticError, match="max_steps"):
        simulate(Wheel(2, k=1.0, M=1e-4), pulses([(0.1, 100.0)]), [1.0, 0], max_steps=5)
    assert Mechanics(k=1.0).omega == pytest.approx(wheel.fastest)
