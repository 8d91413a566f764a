"""Radau IIA collocation with seven stages (order 13, L-stable), for one device and for many.

Stages or points go along the first axis, and members of a family along the last.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cifcore.device import Array
from cifcore.force.response import Response

STAGES = 7
# on (0, 1], the roots of P_s - P_{s-1}
_LAST, _BEFORE = (np.polynomial.legendre.Legendre.basis(n) for n in (STAGES, STAGES - 1))
NODES = np.append(np.sort(((_LAST - _BEFORE).roots().real + 1) / 2)[:-1], 1.0)
_POWERS = np.arange(STAGES)  # of 2 t - 1, which keeps the matrices below well conditioned
FROM_NODES = np.linalg.inv((2 * NODES[:, None] - 1) ** _POWERS)
"""Takes values on the nodes to coefficients of powers of 2 t - 1."""


def integrals(upto: Array) -> Array:
    """Weights that take values on the nodes to the polynomial's integrals from 0 to `upto`."""
    higher = _POWERS + 1
    powers = (2 * upto[:, None] - 1) ** higher - (-1.0) ** higher
    return (powers / (2 * higher)) @ FROM_NODES


A = integrals(NODES)
"""The matrix of the method: from rates on the nodes to changes on the nodes."""
POINTS = np.concatenate([NODES, [0.3 * NODES[0], (NODES[1] + NODES[2]) / 2]])
"""The nodes, and two points off them at which the defect is measured."""
ONCE, PROBE = integrals(POINTS), ((2 * POINTS[STAGES:, None] - 1) ** _POWERS) @ FROM_NODES
TWICE = ONCE @ A


def carried_on(a: Array, ratio: Any) -> Array:
    """The polynomial through `a` at the stages of the next step, `ratio` times as long."""
    t, powers = 1 + np.multiply.outer(NODES, 2 * ratio), FROM_NODES @ a
    value = powers[-1]
    for coefficient in powers[-2::-1]:
        value = value * t + coefficient
    return value


def dense(theta: Array, h: Array, x: Array, v: Array, a: Array) -> tuple[Array, Array, Array]:
    """Within steps: weights of the integrals up to the shares `theta`, positions, velocities."""
    once = integrals(theta)
    x = x + h * theta * v + h**2 * np.sum((once @ A) * a, axis=1)
    return once, x, v + h * np.sum(once * a, axis=1)


def next_step(h: Any, error: Any, rtol: float) -> Any:
    """The length for which the error should be a little below `rtol`."""
    one = isinstance(error, float)  # faster without arrays
    lib, most, least = (math, max, min) if one else (np, np.maximum, np.minimum)
    factor = 0.9 * (rtol / most(error, 1e-300)) ** (1 / (STAGES + 1))
    # in eighths of an octave, so that rounding errors of the estimate change no step
    return h * 2 ** (lib.floor(8 * lib.log2(least(most(factor, 0.2), 6.0))) / 8)


class Mover:
    """What moves in a step: a device, or members of a family, and an added friction."""

    def __init__(self, response: Response, friction: Callable[[Array, Array], Any] | None) -> None:
        self.response, self.friction, device = response, friction, response.device
        self.mass, self.nu, self.omega = device.M, device.nu, device.omega
        self.length = response.length
        self.tension, self.stiffness = device.tension, device.stiffness

    def size(self, h: Any) -> Any:
        """Takes what an acceleration lacks in a step to a displacement, in lengths of the force."""
        return 1 / (h**-2.0 + 2 * self.nu / (self.mass * h) + self.omega**2) / self.length

    def drag(self, x: Array, bias: Array) -> Any:
        """The whole friction coefficient."""
        return self.nu if self.friction is None else self.nu + self.friction(x, bias)

    def ends(
        self, h: Any, x: Any, v: Any, a: Array, bias: Array, push: Array
    ) -> tuple[Array, Array, Any, Array]:
        """Positions and velocities at all points, the step's error, and rates at the stages.

        The error is the defect of the polynomial between the stages, as a displacement.
        """
        at_v = v + h * (ONCE @ a)
        at_x = x + np.multiply.outer(POINTS, h * v) + h * h * (TWICE @ a)
        force, current = self.response.force_and_current(at_x, bias)
        drag = self.drag(at_x, bias) * at_v
        lack = (force + push - drag - self.tension(at_x))[STAGES:] / self.mass - PROBE @ a
        error = np.abs(lack).max(axis=0) * self.size(h)
        rates = np.array([current, force * at_v, drag * at_v, bias * current, -push * at_v])
        return at_x, at_v, error, rates[:, :STAGES]
