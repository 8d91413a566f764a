"""Many roots at once: by slopes and by secants, at the ends of brackets, and where Newton fails."""

import numpy as np
import pytest

from cifcore.roots import bracketed_root

PLACES = np.random.default_rng(3).uniform(0.1, 0.9, 200)
SHAPES = {
    "line": (lambda u: u, lambda u: np.ones_like(u)),
    "kink": (lambda u: np.where(u > 0, u, 1e-3 * u), lambda u: np.where(u > 0, 1.0, 1e-3)),
    "steep": (lambda u: np.arctan(1e4 * u), lambda u: 1e4 / (1 + (1e4 * u) ** 2)),
    "exponential": (lambda u: np.expm1(20 * u), lambda u: 20 * np.exp(20 * u)),
}


@pytest.mark.parametrize("slopes", [True, False])
@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_root_is_found_to_the_last_bits(shape, falling, slopes):
    value, slope = SHAPES[shape]
    sign = -1 if falling else 1

    def function(x):
        u = x - PLACES
        return (sign * value(u), sign * slope(u)) if slopes else sign * value(u)

    for rising in (None, np.full(200, not falling)):
        found = bracketed_root(function, np.zeros(200), np.ones(200), rising=rising, slopes=slopes)
        np.testing.assert_allclose(found, PLACES, rtol=2e-15)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("end", [0.2, 0.7])
def test_a_function_may_vanish_at_an_end(sign, end):
    found = bracketed_root(lambda x: sign * (x - end), np.array([0.2]), np.array([0.7]))
    assert found == pytest.approx(end, rel=1e-14)
