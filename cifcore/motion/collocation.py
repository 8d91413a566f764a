"""Radau IIA collocation: nodes, and what takes values on them to polynomials and integrals.

Seven stages: order 13, L-stable. All tables are numbers, made once.
"""

import numpy as np

from cifcore.device import Array

STAGES = 7


def _nodes(stages: int) -> Array:
    """Nodes of Radau IIA on (0, 1]: the roots of P_s - P_{s-1}."""
    legendre = np.polynomial.legendre.Legendre
    roots = (legendre.basis(stages) - legendre.basis(stages - 1)).roots().real
    nodes = np.sort((roots + 1) / 2)
    nodes[-1] = 1.0
    return nodes


NODES = _nodes(STAGES)
_POWERS = np.arange(STAGES)  # of 2 t - 1, which keeps the matrices below well conditioned
FROM_NODES = np.linalg.inv((2 * NODES[:, None] - 1) ** _POWERS)
"""Takes values on the nodes to coefficients of powers of 2 t - 1."""


def values(at: Array) -> Array:
    """Weights that take values on the nodes to the interpolating polynomial at `at`."""
    return ((2 * at[:, None] - 1) ** _POWERS) @ FROM_NODES


def integrals(upto: Array) -> Array:
    """Weights that take values on the nodes to the polynomial's integrals from 0 to `upto`."""
    higher = _POWERS + 1
    powers = (2 * upto[:, None] - 1) ** higher - (-1.0) ** higher
    return (powers / (2 * higher)) @ FROM_NODES


A = integrals(NODES)
"""The matrix of the method: from rates on the nodes to changes on the nodes."""
POINTS = np.concatenate([NODES, [0.3 * NODES[0], (NODES[1] + NODES[2]) / 2]])
"""The nodes, and two points off them at which the defect is measured."""
VALUE = values(POINTS)
ONCE = integrals(POINTS)
TWICE = ONCE @ A
