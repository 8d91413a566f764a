"""Spread, crossover and correction: against sums, integrals and limits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from cifcore import LinearBias, crossover, paper_device, quantum_spread
from cifcore.positions.landscape import barriers
from cifcore.quantum.tunnelling import quantum_correction

DEVICE = paper_device("6", M=2300.0)


def summed(device, kT, cutoff, terms=400_000):
    """The sum over Matsubara frequencies; the rest as an integral, by Euler and Maclaurin."""
    rate = device.nu / device.M

    def term(nu):
        drag = rate * nu if np.isinf(cutoff) else rate * nu * cutoff / (cutoff + nu)
        return 1 / (device.omega**2 + nu**2 + drag)

    first = 2 * np.pi * kT
    nu = first * np.arange(1, terms)
    # int over nu from (terms - 1/2) on, with nu = first (terms - 1/2)/u
    start = first * (terms - 0.5)
    rest = quad(lambda u: term(start / u) * start / u**2, 0, 1, epsabs=0, epsrel=1e-11)[0] / first
    return kT / device.M * (1 / device.omega**2 + 2 * (np.sum(term(nu)) + rest))


@pytest.mark.parametrize("zeta", [0.0, 0.3, 1.0, 1 + 1e-9, 1.0005, 4.0])
@pytest.mark.parametrize("cutoff", [np.inf, 0.3, 3.0, 1e4])
def test_the_sum_over_frequencies(zeta, cutoff):
    device = DEVICE.replace(zeta=zeta)
    for kT in (0.05 * device.omega, 2 * device.omega):
        ours = quantum_spread(device, kT, cutoff * device.omega)
        assert abs(ours / summed(device, kT, cutoff * device.omega) - 1) < 1e-9


@pytest.mark.parametrize("zeta", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("cutoff", [np.inf, 2.0])
def test_the_fluctuation_dissipation_integral(zeta, cutoff):
    # int dw/pi coth(w/2kT) Im chi(w), and at zero temperature without the coth
    device = DEVICE.replace(zeta=zeta)
    omega, rate = device.omega, device.nu / device.M
    for kT in (0.0, 0.3 * omega):

        def spectrum(w, kT=kT):
            drag = rate if np.isinf(cutoff) else rate * cutoff * omega / (cutoff * omega - 1j * w)
            chi = 1 / (device.M * (omega**2 - w**2 - 1j * w * drag))
            return chi.imag / np.pi * (1 if kT == 0 else 1 / np.tanh(w / (2 * kT)))

        parts = [0, omega / 2, omega, 2 * omega, 10 * omega, 1e3 * omega]
        integral = sum(
            quad(spectrum, a, b, epsabs=0, epsrel=1e-11, limit=400)[0] for a, b in pairwise(parts)
        )
        integral += quad(lambda u: spectrum(1 / u) / u**2, 0, 1 / parts[-1], epsrel=1e-9)[0]
        cut = cutoff * omega
        assert abs(quantum_spread(device, kT, cut) / integral - 1) < 1e-8


def test_limits_of_the_spread():
    free = DEVICE.replace(zeta=0)
    zero_point = 1 / (2 * free.M * free.omega)
    assert quantum_spread(free, 0.0) == pytest.approx(zero_point, rel=1e-12)
    kT = 0.7 * free.omega
    coth = 1 / np.tanh(free.omega / (2 * kT))
    assert quantum_spread(free, kT) == pytest.approx(zero_point * coth, rel=1e-12)
    hot = 1e3 * DEVICE.omega
    assert quantum_spread(DEVICE, hot) == pytest.approx(hot / DEVICE.k, rel=1e-6)
    # colder and colder, and a bath that follows faster and faster
    assert quantum_spread(DEVICE, 1e-9) == pytest.approx(quantum_spread(DEVICE, 0.0), rel=1e-9)
    assert quantum_spread(DEVICE, 1e-3, 1e7) == pytest.approx(
        quantum_spread(DEVICE, 1e-3), rel=1e-6
    )
    for slow, fast in ((1e-30, 1e30), (1e-99, 1e99)):
        assert quantum_spread(DEVICE, 0.0, slow) == pytest.approx(zero_point, rel=1e-12)
        assert quantum_spread(DEVICE, 1e-3, fast) == quantum_spread(DEVICE, 1e-3)
    # friction holds the dot back
    assert np.all(np.diff(quantum_spread(DEVICE.replace(zeta=[0, 0.1, 1.0, 10.0]), 0.0)) < 0)


def test_three_zeros_that_meet():
    # zeta = 4/3 sqrt(3), cutoff = 3 sqrt(3) omega: (1 + z^2)(c + z) + z rate c = (z + sqrt(3))^3
    rate = 8 / (3 * np.sqrt(3))
    device = DEVICE.replace(zeta=rate / 2)
    cutoff = 3 * np.sqrt(3) * device.omega
    assert abs(quantum_spread(device, 1e-3, cutoff) / summed(device, 1e-3, cutoff) - 1) < 1e-9


def test_families_broadcast():
    family = DEVICE.replace(M=[500.0, 2300.0])
    found = quantum_spread(family.stretched(), [0.0, 1e-3, 2e-3])
    assert found.shape == (2, 3)
    assert found[1, 2] == quantum_spread(DEVICE, 2e-3)


def test_the_crossover_is_where_the_first_frequency_meets_the_top():
    response, bias = LinearBias(paper_device("7", zeta=0.2, M=4000.0)), 0.1
    (kT,) = crossover(response, bias)
    device, first = response.device, 2 * np.pi * kT
    top = barriers(response, bias)[0][1]
    square = (response.force_slope(top, bias) - device.k) / device.M
    assert first**2 + first * device.nu / device.M == pytest.approx(square, rel=1e-12)
    assert crossover(response, 0.0).shape == (0,)
    # without friction omega_top/2 pi
    (free,) = crossover(LinearBias(device.replace(zeta=0)), bias)
    assert free == pytest.approx(np.sqrt(square) / (2 * np.pi), rel=1e-12)
    # with much M omega_top^2/(2 pi nu)
    heavy = device.replace(zeta=1e9)
    (held,) = crossover(LinearBias(heavy), bias)
    assert abs(held * 2 * np.pi * heavy.nu / (square * heavy.M) - 1) < 1e-12


def test_the_correction_is_the_product_over_frequencies():
    response, bias = LinearBias(paper_device("9", M=2000.0)), 0.3
    device = response.device
    (limit,) = crossover(response, bias)
    kT = limit * np.array([0.9, 1.2, 3.0, 100.0])
    found = quantum_correction(response, bias, kT)
    assert found.shape == (2, 4) and np.all(np.isinf(found[:, 0]))
    for (well, top, _), row in zip(barriers(response, bias), found, strict=True):
        inside, outside = (
            (device.k - response.force_slope(np.array(x), bias)) / device.M for x in (well, top)
        )
        for each, value in zip(kT[1:], row[1:], strict=True):
            first, rate = 2 * np.pi * each, device.nu / device.M
            nu = first * np.arange(1, 4001)
            ratio = (inside - outside) / (outside + nu * (nu + rate))
            rest = (inside - outside) / first / (nu[-1] + (first + rate) / 2)
            assert value == pytest.approx(np.exp(np.log1p(ratio).sum() + rest), rel=1e-8)
        assert row[3] - 1 == pytest.approx((inside - outside) / (24 * kT[3] ** 2), rel=0.1)
