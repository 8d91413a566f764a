"""The level that feels the bias, and couplings that saturate, by matrices of the same model."""

import numpy as np
import pytest

from cifcore import FieldBias, FullBias, FullThermal, Junction, paper_device
from cifcore.electrons.band import adaptive
from cifcore.force.field import FieldThermal

DEVICE = paper_device("2b", mu0=0.1)
KINDS = [
    dict(drop=0.3),
    dict(field=1.0),
    dict(field=0.7, drop=0.6, charging=0.4),
    dict(most=0.8),
    dict(most=0.8, field=1.0, drop=0.4, charging=0.2),
    dict(most=0.8, law="exponent", field=0.5),
]


def couplings(device, x, most, law):
    """g/sqrt(1 - (g/most)^2) grows exponentially: the solution of g' = +-(b/a0) g (1 - g^2/m^2).

    Or ln(most/g) falls exponentially, from a slope at x = 0 that is that of Eq. 2.
    """
    found = []
    for start, side in zip(device.couplings(0.0), (-1, 1), strict=True):
        if law == "exponent":
            c = np.log(most / start)
            found.append(most * np.exp(-c * np.exp(-side * device.b * x / device.a0 / c)))
            continue
        grown = start * np.exp(side * device.b * x / device.a0)
        if most:
            free = grown / np.sqrt(1 - (start / most) ** 2)
            grown = free / np.sqrt(1 + (free / most) ** 2)
        found.append(grown)
    return found


def molecule(bias, charge, drop=0.5, field=0.0, charging=0.0, most=None, law=None):
    """H(x) of Eq. 15 under a bias, with `charge` more electrons of each spin than at rest."""

    def hamiltonian(x):
        left, right = couplings(DEVICE, x, most, law)
        shift = bias * (0.5 - drop - field * x / (2 * DEVICE.a0)) + charging * charge
        return np.array([[0, -left, 0], [-left, DEVICE.E_dot + shift, -right], [0, -right, 0]])

    return Junction(hamiltonian, mu0=DEVICE.mu0)


def density(junction, x, bias):
    """Density matrix of the band states, A_L and A_R filled up to the chemical potentials."""
    total = 0.0
    for lead, mu in enumerate((junction.mu0 + bias / 2, junction.mu0 - bias / 2)):
        breaks = np.clip(junction.breaks(x, bias, 0.0), -2, mu)
        filled = lambda e, lead=lead: np.moveaxis(junction.spectral(x, e)[lead], 0, -1)  # noqa: E731
        total = total + adaptive(filled, breaks, alike=(0, 1)) / (2 * np.pi)
    return total


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_force_level_occupation_and_current_by_matrices(options):
    ours, bias = FieldBias(DEVICE, **options), 0.25
    rest = density(molecule(0.0, 0.0, **options), 0.0, 0.0)[1, 1].real
    assert ours.n_rest == pytest.approx(rest, abs=1e-9)
    for x in (-0.9, 0.4, 1.3):
        force = []
        for value in (bias, 0.0):
            n = ours.occupation(x, value)
            one = molecule(value, n - rest, **options)
            assert ours.level(x, value) == pytest.approx(one.matrix(x)[1, 1].real, abs=1e-11)
            rho = density(one, x, value)
            assert n == pytest.approx(rho[1, 1].real, abs=1e-9)  # so its own charge sets the level
            force.append(np.trace(one.force_operator(x) @ rho).real)
            if value:
                energy = np.linspace(DEVICE.mu0 - value / 2, DEVICE.mu0 + value / 2, 4001)
                flow = np.trapezoid(one.transmission(x, energy), energy) / (2 * np.pi)
                assert ours.current(x, value) == pytest.approx(flow, rel=1e-4)
        direct = rest * options.get("field", 0.0) * bias / (2 * DEVICE.a0)
        assert ours.force(x, bias) == pytest.approx(force[0] - force[1] - direct, abs=1e-8)
    through = molecule(0.0, ours.occupation(0.4, 0.0) - rest, **options).transmission(0.4, 0.1)
    assert ours.transmission(0.4) == pytest.approx(through, rel=1e-9)


def test_without_options_it_is_the_full_response():
    x = np.linspace(-3, 3, 31)
    for device in (DEVICE, DEVICE.replace(kT0=0.02)):
        plain, ours = FullBias(device, spins=2), FieldBias(device).of(device)
        for name in ("force", "current", "force_slope"):
            known = getattr(plain, name)(x, 0.3) / 2
            np.testing.assert_allclose(getattr(ours, name)(x, 0.3), known, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.transmission(x), plain.transmission(x), rtol=1e-12)


def test_to_first_order_the_force_in_equilibrium_moves_with_the_level():
    """dF/dV of a shared voltage gains (1/2 - drop) dF_eq/dE_dot, of either sign."""
    from cifcore import equilibrium_force

    x, v, h = np.linspace(-1.5, 1.5, 13), 1e-4, 1e-4
    for drop in (0.0, 0.3, 0.8):
        both = [FieldBias(DEVICE, drop=at).force(x, v) for at in (drop, 0.5)]
        up, down = (equilibrium_force(DEVICE.replace(E_dot=-0.2 + s * h), x) for s in (1, -1))
        expected = (0.5 - drop) * (up - down) / (2 * h)
        np.testing.assert_allclose((both[0] - both[1]) / v, expected, rtol=2e-3, atol=1e-5)


def test_a_temperature_difference_beside_a_charge():
    device, x = paper_device("5", kT0=0.01), np.linspace(-2, 2, 9)
    plain, ours = FullThermal(device), FieldThermal(device)
    for name in ("force", "current"):
        known = getattr(plain, name)(x, 0.5)
        np.testing.assert_allclose(getattr(ours, name)(x, 0.5), known, rtol=1e-7, atol=1e-12)
    charged = ours.of(device.replace(E_dot=-0.21))
    charged = FieldThermal(charged.device, charging=0.3)
    level = charged.level(x, 0.5)
    moved = FullThermal(device.replace(E_dot=level[:1]))
    with pytest.raises(TypeError, match="no such option: drop"):  # there is no voltage
        FieldThermal(device, drop=0.2)
    # at one place the charge only moves the level
    assert charged.current(x[0], 0.5) == pytest.approx(moved.current(x[0], 0.5)[0], rel=1e-7)
    shift = 0.3 * (charged.occupation(x, 0.5) - charged.n_rest)
    np.testing.assert_allclose(level, -0.21 + shift, atol=1e-12)


def test_bad_input():
    with pytest.raises(ValueError, match=r"most = 0\.05: must be above"):
        FieldBias(DEVICE, most=0.05)
    with pytest.raises(ValueError, match="law = 'none': must be"):
        FieldBias(DEVICE, most=1.0, law="none")
    with pytest.raises(ValueError, match="single device"):
        FieldBias(paper_device("2b", lam=np.zeros(2)))


@pytest.mark.parametrize("options", KINDS)
def test_biases_together_are_each_of_them(options):
    response, x, biases = FieldBias(DEVICE, **options), np.array([0.1, 0.7]), [-0.2, 0.1, 0.3]
    for what in ("force", "current", "level"):
        ask = getattr(response, what)
        alone = np.stack([ask(x, bias) for bias in biases], axis=-1)
        np.testing.assert_allclose(ask(x[:, None], biases), alone, rtol=1e-9, atol=1e-10)
