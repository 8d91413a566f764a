"""Appendix A: the scales, the round trip, and the numbers the paper states."""

import subprocess
import sys

import numpy as np
import pytest

from cifcore import Device, paper_device

pint = pytest.importorskip("pint")

from cifcore.units import Scales  # noqa: E402


@pytest.fixture
def scales():
    return Scales("3.88 eV", "2.5 angstrom")


# CODATA 2018, typed here so that pint is checked too
HBAR, EV, KB, ME, U = (
    1.054571817e-34,
    1.602176634e-19,
    1.380649e-23,
    9.1093837015e-31,
    1.66053907e-27,
)


def test_each_scale_from_the_constants(scales):
    energy, length = 3.88 * EV, 2.5e-10
    expected = {
        "energy": ("joule", energy),
        "length": ("metre", length),
        "time": ("second", HBAR / energy),
        "frequency": ("radian/second", energy / HBAR),
        "force": ("newton", energy / length),
        "stiffness": ("newton/metre", energy / length**2),
        "mass": ("kilogram", HBAR**2 / (energy * length**2)),
        "friction": ("kilogram/second", HBAR / length**2),
        "temperature": ("kelvin", energy / KB),
        "current": ("ampere", EV * energy / HBAR),
    }
    for name, (unit, value) in expected.items():
        assert getattr(scales, name).to(unit).magnitude == pytest.approx(value, rel=1e-8), name


def test_scales_are_consistent(scales):
    # Eq. 6 keeps its form: M/t^2 = k = nu/t = F/a, and M a^2/t^2 is the energy
    stiffness = scales.stiffness
    for other in (
        scales.mass / scales.time**2,
        scales.friction / scales.time,
        scales.force / scales.length,
    ):
        assert (other / stiffness).to("").magnitude == pytest.approx(1, rel=1e-12)
    assert (stiffness * scales.length**2 / scales.energy).to("").magnitude == pytest.approx(1)


def test_the_numbers_of_appendix_a(scales):
    stiffness = scales.stiffness.to("N/m").magnitude
    assert stiffness == pytest.approx(9.95, abs=0.01)  # "about 10 N/m"
    assert scales.mass.to("kg").magnitude / ME == pytest.approx(0.314, abs=0.001)  # "about 0.3"
    assert 0.23 / stiffness == pytest.approx(0.0231, abs=1e-4)  # "about 0.02"


def test_the_mass_of_the_figures_is_lighter_than_hydrogen(scales):
    # M = 1000 in these units is a sixth of an atomic mass unit; C60 would be millions
    assert 1000 * scales.mass.to("kg").magnitude / U == pytest.approx(0.172, abs=0.001)


def test_the_barrier_in_kelvin(scales):
    assert scales.kelvin(1.3e-3) == pytest.approx(58.5, abs=0.1)
    assert np.allclose(scales.kelvin([0.0, 1.0]), [0.0, scales.temperature.magnitude])


def test_device_of_physical_parameters(scales):
    device = scales.device(
        E_dot="-776 meV",
        gamma=pint.get_application_registry().Quantity(0.388, "eV"),
        b=8,
        a0="1 nm",
        k="0.23 N/m",
        lam=0.7,
        M="2.9e-28 kg",
        kT0="90.05 K",
    )
    assert device.E_dot == pytest.approx(-0.2)
    assert device.gamma == pytest.approx(0.1)
    assert device.a0 == pytest.approx(4.0)
    assert device.k == pytest.approx(0.0231, abs=1e-4)
    assert device.M == pytest.approx(1013, abs=3)
    assert device.kT0 == pytest.approx(0.002, rel=1e-3)
    assert (device.b, device.lam, device.zeta) == (8, 0.7, 0.1)


@pytest.mark.parametrize("figure", ["2b", "3", "9"])
def test_round_trip(scales, figure):
    device = paper_device(figure)
    back = scales.device(**scales.physical(device))
    for name, value in device.parameters.items():
        assert getattr(back, name) == pytest.approx(value, rel=1e-14, abs=1e-300), name


def test_round_trip_of_a_family(scales):
    device = Device(E_dot=np.array([-0.2, 0.3]), gamma=0.1, b=8, a0=4, k=[[0.02], [0.03]])
    back = scales.device(**scales.physical(device))
    assert back.shape == (2, 2)
    assert np.allclose(back.E_dot, device.E_dot, rtol=1e-14)
    assert np.allclose(back.k, device.k, rtol=1e-14)


def test_plain_numbers_are_electronvolts_and_angstroms(scales):
    assert Scales(3.88, 2.5) == scales
    assert Scales("3880 meV", "0.25 nm").mass.magnitude == pytest.approx(scales.mass.magnitude)


def test_bad_input_is_named(scales):
    good = dict(E_dot="-0.2 eV", gamma="0.1 eV", b=8, a0="4 angstrom", k="0.2 N/m")
    for change, error, text in (
        ({"gamma": 0.1}, TypeError, r"gamma = 0\.1: must be a quantity"),
        ({"gamma": "0.1 nm"}, ValueError, r"gamma = 0\.1 nanometer: .*dimension of eV"),
        ({"k": "soft"}, ValueError, r"k = 'soft'"),
        ({"gamma": "-1 eV"}, ValueError, r"gamma = .*positive"),
        ({"spring": "1 N/m"}, TypeError, r"unexpected keyword argument .spring."),
    ):
        with pytest.raises(error, match=text):
            scales.device(**{**good, **change})
    with pytest.raises(ValueError, match="gamma0"):
        Scales("0 eV", "1 nm")
    with pytest.raises(ValueError, match=r"a = .*dimension"):
        Scales("1 eV", "1 kg")
    with pytest.raises(TypeError, match="a = None"):
        Scales(1.0, None)
    with pytest.raises(TypeError, match="device = 1"):
        scales.physical(1)


def test_pint_is_imported_only_on_use():
    code = "import sys, cifcore, cifcore.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
