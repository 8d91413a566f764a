"""Motion of several coordinates: M x'' + (nu + friction) x' + k x = F(x, bias(t)) + noise.

Without noise by scipy's explicit method of order 8, with it in the steps of `cifcore.motion.noise`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.vectors import VectorResponse
from cifcore.motion.drive import Drive, Segment
from cifcore.motion.record import Motion, out_of_steps


@dataclass(frozen=True)
class _Pieces:
    """A continuous solution; `t` are the ends of all steps."""

    drive: Drive
    n: int
    t: Array
    solution: Callable[[Array], Array]

    def motion(self, times: Array) -> Motion:
        times = np.minimum(times, self.t[-1])
        x, v, gained = np.split(self.solution(times), [self.n, 2 * self.n])
        gained = np.append(gained, np.zeros((1, len(times))), axis=0)  # no load
        return Motion(times, x.T, v.T, self.drive(times, "left"), *gained, _steps=self)


def vector_motion(
    response: VectorResponse,
    drive: Drive,
    start: tuple[ArrayLike, ArrayLike],
    friction: Callable[[Array, Any], Any] | None,
    rtol: float,
    max_steps: int,
) -> Motion:
    """`simulate` for several coordinates."""
    integrate = _check.library("scipy.integrate", "simulate of several coordinates")
    n, inverse = response.coordinates, np.linalg.inv(response.M)
    state = np.concatenate([*initial(*start, (n,)), np.zeros(4)])
    # errors relative to the length, to the speed of the fastest swing, and to energies of these
    length, energy = response.length, float(np.max(response.k)) * response.length**2
    sizes = np.repeat([length, length * response.fastest, 1.0, energy], [n, n, 1, 3])
    left = 0

    def rates(t: float, y: Array, begin: float, segment: Segment) -> Array:
        nonlocal left
        if (left := left - 1) < 0:
            raise out_of_steps(max_steps, t, segment.duration)
        bias, x, v = float(segment.value(t - begin)), y[:n], y[n : 2 * n]
        force, current = response.force(x, bias), response.current(x, bias)
        drag = response.nu @ v if friction is None else response.nu @ v + friction(x, bias) @ v
        gained = [current, force @ v, drag @ v, bias * current]
        return np.concatenate([v, inverse @ (force - drag - response.k @ x), gained])

    ends, pieces = [np.zeros(1)], []
    for begin, end, segment in zip(drive.breaks, drive.breaks[1:], drive.segments, strict=False):
        left = 15 * max_steps  # evaluations: 12 a step, and 3 for its polynomial
        options = dict(method="DOP853", dense_output=True, rtol=1e-13, atol=rtol * sizes)
        found = integrate.solve_ivp(rates, (begin, end), state, args=(begin, segment), **options)
        if found.status != 0:
            raise ArithmeticError(f"the motion cannot be followed after t = {begin:.6g}")
        state = found.y[:, -1]
        pieces += found.sol.interpolants
        ends.append(found.t[1:])
    t = np.concatenate(ends)
    return _Pieces(drive, n, t, integrate.OdeSolution(t, pieces)).motion(t)


class VectorKicks:
    """As the ensembles of `cifcore.force.response`, of several coordinates."""

    def __init__(self, response: VectorResponse, scale: float) -> None:
        self._response, self._sum = response, np.zeros(())
        self._scaled = scale * np.linalg.inv(response.M)

    def kick(self, x: Array, bias: float, weight: float) -> Array:
        self._sum = self._sum + weight * self._response.current(x, bias)
        return np.asarray((self._response.force(x, bias) - x @ self._response.k) @ self._scaled)

    def current(self) -> Array:
        return self._sum


class VectorBath:
    """As the baths of `cifcore.motion.bath`, with matrices, by the midpoint rule in a step h:

        (M + h G/2) v' = (M - h G/2) v + (h D)^(1/2) xi,    G = nu + friction,  D = 2 kT nu + noise.

    Exact for the spread in harmonic wells where D = 2 kT times the symmetric part of G.
    """

    def __init__(self, response: VectorResponse, kT: float, rng: np.random.Generator) -> None:
        self._response, self._rng, self._heat = response, rng, 2 * kT * response.nu

    def start(self, h: float, scale: float) -> None:
        self._h, self._scale = h, scale

    def act(self, v: Array, friction: Any = None, noise: Any = None) -> None:
        M, half = self._response.M, self._h / 2
        drag = self._response.nu if friction is None else self._response.nu + friction
        values, vectors = np.linalg.eigh(self._heat if noise is None else self._heat + noise)
        root = vectors * np.sqrt(self._h * np.maximum(values, 0.0))[..., None, :]
        push = np.einsum("...ij,...j->...i", root, self._rng.standard_normal(v.shape))
        push = v @ M - half * np.einsum("...ij,...j->...i", drag, v) + self._scale * push
        v[:] = np.linalg.solve(M + half * drag, push[..., None])[..., 0]


def initial(x0: ArrayLike, v0: ArrayLike, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Positions and velocities of this shape to begin with, from numbers or such arrays."""
    x, v = _check.real_array("x0", x0), _check.real_array("v0", v0)
    for name, given in ("x0", x.shape), ("v0", v.shape):
        if given not in ((), shape[1:], shape):
            raise ValueError(f"{name} has shape {given}: must be a number or of shape {shape}")
    return np.broadcast_to(x, shape).copy(), np.broadcast_to(v, shape).copy()
