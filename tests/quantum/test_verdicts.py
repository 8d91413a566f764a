"""The verdicts on a classical dot: against the levels and a Gaussian of the known spread."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import LinearBias, quantum_spread, rest_position, threshold_mass
from cifcore.book.evidence import quantum, validity


def test_wells_below_the_zero_point_energy():
    words = {f: quantum.classical(f, validity.LIGHT) for f in validity.FIGURES}
    assert {f for f, v in words.items() if v and v.word == "fails"} == set("246789")
    assert words["3"] is None and words["5"] is None
    heavy = [quantum.classical(f, validity.fullerene()) for f in "246789"]
    assert all(v is not None and v.word in ("holds", "shifted") for v in heavy)
    # the ratio falls as the root of the mass; at C60's every inner well holds a state
    ratio = quantum.zero_point("7", 1000.0) / quantum.zero_point("7", 4000.0)
    assert ratio == pytest.approx(2, rel=1e-12)
    for figure in ("2b", "6", "7", "8", "9"):
        response = LinearBias(validity.device_of(figure))
        assert threshold_mass(response, validity.BIAS[figure])[0] < validity.fullerene()


def test_a_heavy_dots_average_is_that_of_a_gaussian():
    mass = validity.fullerene()
    response = LinearBias(validity.device_of("4", M=mass))
    currents = []
    for bias in (0.05, -0.05):
        x = float(rest_position(response, bias))
        stiff = response.device.k - response.force_slope(np.array(x), bias)
        bare = response.device.replace(k=float(stiff), zeta=0)
        width = np.sqrt(quantum_spread(bare, 0.0))
        nodes, weights = np.polynomial.hermite_e.hermegauss(30)
        currents.append(weights @ response.current(x + width * nodes, bias) / weights.sum())
    ahead, back = currents
    expected = (ahead + back) / (ahead - back)
    assert quantum.averaged_rectification(0.05, mass) == pytest.approx(expected, abs=2e-3)
