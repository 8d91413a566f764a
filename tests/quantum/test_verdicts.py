"""The verdicts on a classical dot: against the levels and a Gaussian of the known spread."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import (
    LinearBias,
    levels,
    potential,
    quantum_spread,
    rest_position,
    threshold_mass,
)
from cifcore.book.evidence import quantum, validity
from cifcore.book.evidence.hysteresis import fold_losses
from cifcore.quantum.states import hamiltonian, wells
from cifcore.units import C60


def test_wells_below_the_zero_point_energy():
    judge = validity.VERDICTS["a classical dot"]
    words = {f: judge(f, validity.LIGHT) for f in validity.FIGURES}
    assert {f for f, v in words.items() if v and v.word == "fails"} == set("246789")
    assert words["3"] is None and words["5"] is None
    heavy = [judge(f, C60) for f in "246789"]
    assert all(v is not None and v.word in ("holds", "shifted") for v in heavy)
    # the ratio falls as the root of the mass; at C60's every inner well holds a state
    ratio = quantum.zero_point("7", 1000.0) / quantum.zero_point("7", 4000.0)
    assert ratio == pytest.approx(2, rel=1e-12)
    for figure in ("2b", "6", "7", "8", "9"):
        response = LinearBias(validity.device_of(figure))
        assert threshold_mass(response, validity.BIAS[figure])[0] < C60


def test_a_heavy_dots_average_is_that_of_a_gaussian():
    mass = C60
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


def test_a_loop_jumps_where_a_well_no_longer_holds_its_state():
    mass = 6e4
    response = LinearBias(validity.device_of("6", M=mass))
    loop = quantum.branch_by_branch(mass)
    for jump, well in zip(loop.jumps, (1, 0), strict=True):
        assert threshold_mass(response, jump)[well] == pytest.approx(mass, rel=1e-4)
        # psi' = 0 at the top: the lowest state of the well and its mirror image
        top = float(wells(response, jump).x_top[0])

        x = np.linspace(-3, 3, 400)
        both = potential(response, top + (2 * well - 1) * np.abs(x), jump)
        matrix = hamiltonian(both, x[1] - x[0], mass)
        ours = quantum.each_well(response, jump)[well].energy
        assert ours == pytest.approx(np.linalg.eigvalsh(matrix)[0], abs=1e-7)
    # a single well is the whole potential
    (only,) = quantum.each_well(response, 0.15)
    floor = potential(response, rest_position(response, 0.15), 0.15)
    assert only.energy - floor == pytest.approx(levels(response, 0.15).energy[0], rel=1e-9)
    # as heavy as it gets, it loses the drops of the potential
    classical = sum(row[3] for row in fold_losses(response, 0.15))
    assert quantum.branch_by_branch(1e8).lost == pytest.approx(classical, rel=0.03)
    assert quantum.branch_by_branch(1000.0).jumps == ()
