"""The dot's motion under a bias in time, with charge, work and dissipation along the way.

Eq. 6, M x'' + nu x' + k x = F(x, bias(t)), is stiff under a slow drive: the dot rings at
its own frequency after a jump and then follows the bias for hundreds of periods. Radau IIA
collocation with five stages (order 9, L-stable) takes both in its stride; the step follows
the defect of the collocation polynomial, and every jump or kink of the drive ends a step.

Units: gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _check
from .device import Array
from .drive import Drive, Segment
from .response import Response

_STAGES = 5


def _radau(stages: int) -> tuple[Array, Array]:
    """Nodes c and matrix A of Radau IIA: c are the roots of P_{s-1} - P_s on [0, 1]."""
    legendre = np.polynomial.legendre.Legendre
    roots = (legendre.basis(stages) - legendre.basis(stages - 1)).roots().real
    c = np.sort((roots + 1) / 2)
    c[-1] = 1.0
    return c, _integrals(c, c)


def _integrals(c: Array, upper: Array) -> Array:
    """Integrals from 0 to each `upper` of the Lagrange polynomials on the nodes `c`."""
    powers = np.arange(len(c))
    vandermonde = c[:, None] ** powers
    return (upper[:, None] ** (powers + 1) / (powers + 1)) @ np.linalg.inv(vandermonde)


_C, _A = _radau(_STAGES)
_AA = _A @ _A
# two points off the nodes, where the defect is measured
_D = np.array([0.03, (_C[-2] + 1) / 2])
_D_VALUE = (_D[:, None] ** np.arange(_STAGES)) @ np.linalg.inv(_C[:, None] ** np.arange(_STAGES))
_D_ONCE = _integrals(_C, _D)
_D_TWICE = _D_ONCE @ _A  # not exact: replaced below


def _double_integrals(c: Array, upper: Array) -> Array:
    powers = np.arange(len(c))
    vandermonde = c[:, None] ** powers
    weights = upper[:, None] ** (powers + 2) / ((powers + 1) * (powers + 2))
    return weights @ np.linalg.inv(vandermonde)
