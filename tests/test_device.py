"""The device: its fields are checked, its couplings are Eq. 2, families behave like members."""

import numpy as np
import pytest

from cifcore import Device, paper_device

GOOD = dict(E_dot=-0.2, gamma=0.1, b=8.0, a0=4.0, k=0.02)
FIGURES = ("2a", "2b", "3", "4", "5", "6", "7", "8", "9")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("E_dot", np.inf),
        ("gamma", 0.0),
        ("gamma", -0.1),
        ("b", -1.0),
        ("a0", 0.0),
        ("k", 0.0),
        ("k", -0.02),
        ("lam", 1.0),
        ("lam", -1.0),
        ("lam", 1.5),
        ("M", 0.0),
        ("zeta", -0.1),
        ("mu0", 2.0),
        ("mu0", -2.5),
        ("kT0", -1e-3),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"^{name} = .*must be"):
        Device(**{**GOOD, name: value})
    with pytest.raises(ValueError, match=rf"^{name} = .*must be"):
        Device(**{**GOOD, name: np.array([0.5, value])})


@pytest.mark.parametrize(
    "name", ["E_dot", "gamma", "b", "a0", "k", "lam", "M", "zeta", "mu0", "kT0"]
)
def test_nan_and_wrong_types_are_refused_by_name(name):
    with pytest.raises(ValueError, match=rf"^{name} = .*finite"):
        Device(**{**GOOD, name: float("nan")})
    for wrong in ("0.1", None, 0.1j, True, {}):
        with pytest.raises(TypeError, match=rf"^{name} = .*real number"):
            Device(**{**GOOD, name: wrong})
    with pytest.raises(ValueError, match=rf"^{name} = .*regular array"):
        Device(**{**GOOD, name: [[0.1], [0.1, 0.2]]})


def test_edges_that_are_allowed():
    device = Device(**{**GOOD, "b": 0.0}, zeta=0.0, kT0=0.0, lam=-0.999, mu0=1.999)
    assert device.nu == 0


def test_fields_must_broadcast():
    with pytest.raises(ValueError, match="broadcast"):
        Device(**{**GOOD, "gamma": [0.1, 0.2]}, lam=[0.0, 0.1, 0.2])


def test_replace_checks_and_leaves_the_original():
    device = Device(**GOOD)
    changed = device.replace(lam=0.5)
    assert (device.lam, changed.lam, changed.gamma) == (0.0, 0.5, device.gamma)
    with pytest.raises(TypeError, match="no such field: lambda_"):
        device.replace(lambda_=0.5)
    with pytest.raises(ValueError, match=r"^k = "):
        device.replace(k=-1)


def test_a_device_cannot_change():
    device = Device(**GOOD, lam=np.array([0.0, 0.5]))
    with pytest.raises(AttributeError):
        device.gamma = 0.2
    with pytest.raises(ValueError, match="read-only"):
        device.lam[0] = 0.9


def test_a_device_does_not_follow_the_array_it_was_made_from():
    lam = np.array([0.0, 0.5])
    device = Device(**GOOD, lam=lam)
    lam[0] = 0.9
    assert device.lam[0] == 0.0


def test_equality_and_hash():
    assert Device(**GOOD) == Device(**GOOD)
    assert hash(Device(**GOOD)) == hash(Device(**GOOD))
    assert Device(**GOOD) != Device(**GOOD, lam=0.1)
    assert Device(**GOOD) != "device"


def test_couplings_are_equation_2():
    device = Device(**GOOD, lam=0.7)
    x = 0.3
    left, right = device.couplings(x)
    assert left == pytest.approx(0.1 * 1.7 * np.exp(-8 * x / 4), rel=1e-15)
    assert right == pytest.approx(0.1 * 0.3 * np.exp(8 * x / 4), rel=1e-15)
    assert left * right == pytest.approx(0.1**2 * (1 - 0.49), rel=1e-14)


def test_couplings_meet_at_the_centre():
    device = Device(**GOOD, lam=np.array([-0.9, 0.0, 0.7]))
    left, right = device.couplings(device.centre)
    assert np.allclose(left, right, rtol=1e-14)
    assert device.centre[1] == 0
    # the shifted device is the symmetric one of the smaller coupling
    symmetric = device.replace(gamma=0.1 * np.sqrt(1 - device.lam**2), lam=0.0)
    x = 0.37
    assert np.allclose(device.couplings(x + device.centre), symmetric.couplings(x), rtol=1e-13)


def test_oscillator():
    device = Device(**GOOD, M=500.0, zeta=0.3)
    assert device.omega == pytest.approx(np.sqrt(0.02 / 500))
    assert device.nu == pytest.approx(2 * 0.3 * np.sqrt(500 * 0.02))


def test_families():
    family = Device(**GOOD, lam=np.array([[0.0], [0.7]]), zeta=np.array([0.1, 0.2, 0.5]))
    assert family.shape == (2, 3)
    assert family.stretched().shape == (2, 3, 1)
    some = family.select(np.array([0, 4]))
    assert np.array_equal(some.lam, [0.0, 0.7])
    assert np.array_equal(some.zeta, [0.1, 0.2])
    assert Device(**GOOD).stretched() == Device(**GOOD)
    assert Device(**GOOD).shape == ()


@pytest.mark.parametrize("figure", FIGURES)
def test_devices_of_the_figures(figure):
    device = paper_device(figure, zeta=0.7)
    assert device.k == 0.02
    assert device.M == 1000
    assert device.zeta == 0.7


@pytest.mark.parametrize(("figure", "dampings"), [("7", (0.2, 0.16)), ("8", (0.1, 0.5))])
def test_a_figure_of_two_dampings_asks_for_one(figure, dampings):
    with pytest.raises(ValueError, match=rf"zeta .* {dampings[0]} and {dampings[1]}"):
        paper_device(figure, M=2000.0)


def test_no_such_figure():
    for figure in ("1", "2", "10", "", 2, None):
        with pytest.raises(ValueError, match="must be one of 2a, 2b"):
            paper_device(figure)


# From the captions, in their order and notation: E_dot, gamma, lambda, b, a0 and zeta.
CAPTIONS = {
    "2a": (-0.2, 0.1, 0, 8, 4, 0.1),
    "2b": (-0.2, 0.1, 0.7, 8, 4, 0.1),
    "3": (-0.3, 0.01, 0, 4, 4, None),
    "4": (-0.2, 0.5, 0.5, 6, 4, 0.5),
    "5": (-0.3, 0.01, 0.5, 4, 4, None),
    "6": (-0.3, 0.2, 0.6, 7, 4, 0.3),
    "7": (-0.3, 0.1, 0, 6.5, 4, 0.2),
    "8": (-0.2, 0.1, 0.7, 8, 4, 0.5),
    "9": (-0.3, 0.11, 0, 6.5, 7.5, 0.16),
}


@pytest.mark.parametrize("figure", CAPTIONS)
def test_the_devices_are_those_of_the_captions(figure):
    *stated, zeta = CAPTIONS[figure]
    device = paper_device(figure, **({"zeta": zeta} if figure in "78" else {}))
    assert [device.E_dot, device.gamma, device.lam, device.b, device.a0] == stated
    assert zeta is None or device.zeta == zeta
    assert (device.k, device.M) == (0.02, 1000)
    warm = figure in "35"
    assert device.kT0 == (0.002 if warm else 0)
    assert device.mu0 == pytest.approx(device.E_dot, abs=2e-4) if warm else device.mu0 == 0
