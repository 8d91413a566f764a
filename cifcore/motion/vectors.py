"""Motion of several coordinates: M x'' + (nu + friction) x' + k x = F(x, bias(t)) + noise.

Without noise, by scipy's explicit method of order 8. With it, in steps of BAOAB as for one
coordinate (`cifcore.motion.noise`); what friction and noise do to the velocities in a step h is
the midpoint rule,

    (M + h G/2) v' = (M - h G/2) v + (h D)^(1/2) xi,      G = nu + friction,  D = 2 kT nu + noise,

which keeps the Maxwell distribution exactly where D = 2 kT times the symmetric part of G, with any
antisymmetric part; so harmonic wells have their exact spread at any stable step.
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
from cifcore.motion.record import Ensemble, Motion

Matrices = Callable[[Array, Any], Any] | None


@dataclass(frozen=True)
class _Pieces:
    """Continuous solutions, one a segment; `t` are the ends of all steps."""

    drive: Drive
    n: int
    t: Array
    pieces: list[Any]

    def motion(self, times: Array) -> Motion:
        times = np.minimum(times, self.t[-1])
        breaks = self.drive.breaks
        which = np.clip(np.searchsorted(breaks, times, side="left") - 1, 0, len(self.pieces) - 1)
        rows = [self.pieces[i](t - breaks[i]) for i, t in zip(which, times, strict=True)]
        x, v, gained = np.split(
            np.array(rows).reshape(len(times), -1), [self.n, 2 * self.n], axis=1
        )
        charge, work, lost, supplied = gained.T
        bias, none = self.drive.before(times), np.zeros(len(times))
        return Motion(times, x, v, bias, charge, work, lost, supplied, none, self)


def vector_motion(
    response: VectorResponse,
    drive: Drive,
    x0: ArrayLike,
    v0: ArrayLike,
    friction: Matrices,
    rtol: float,
    max_steps: int,
) -> Motion:
    """`simulate` for several coordinates."""
    try:
        from scipy.integrate import DOP853, OdeSolution
    except ImportError as error:
        raise ImportError("simulate: needs scipy for several coordinates") from error
    n, inverse = response.coordinates, np.linalg.inv(response.M)
    state = np.concatenate([*(_start(*one, (n,)) for one in (("x0", x0), ("v0", v0))), np.zeros(4)])
    # errors relative to the length, to the speed of the fastest swing, and to energies of these
    energy = float(np.max(response.k)) * response.length**2
    sizes = np.repeat(
        [response.length, response.length * response.fastest, 1.0, energy], [n, n, 1, 3]
    )
    ends, pieces = [0.0], []
    for begin, segment in zip(drive.breaks, drive.segments, strict=False):

        def rates(t: float, y: Array, segment: Segment = segment) -> Array:
            bias, x, v = float(segment.value(t)), y[:n], y[n : 2 * n]
            force, drag = response.force(x, bias), response.nu @ v
            if friction is not None:
                drag = drag + friction(x, bias) @ v
            current = response.current(x, bias)
            gained = [current, force @ v, drag @ v, bias * current]
            return np.concatenate([v, inverse @ (force - drag - response.k @ x), gained])

        solver = DOP853(rates, 0.0, state, segment.duration, rtol=1e-13, atol=rtol * sizes)
        times, curves = [0.0], []
        while solver.status == "running":
            if len(times) > max_steps:
                raise ArithmeticError(
                    f"max_steps = {max_steps} steps end at t = {begin + solver.t:.6g}: take more"
                    ", a larger rtol or a shorter drive"
                )
            solver.step()
            times.append(solver.t)
            curves.append(solver.dense_output())
        if solver.status == "failed":
            raise ArithmeticError(f"the motion cannot be followed at t = {begin + solver.t:.6g}")
        state = solver.y
        pieces.append(OdeSolution(times, curves))
        ends += [begin + t for t in times[1:]]
    return _Pieces(drive, n, np.array(ends), pieces).motion(np.array(ends))


def vector_ensemble(
    response: VectorResponse,
    drive: Drive,
    kT: float,
    n: int,
    rng: np.random.Generator,
    start: tuple[ArrayLike, ArrayLike],
    dt: float,
    keep: Array,
    extra: tuple[Matrices, Matrices],
) -> Ensemble:
    """`langevin` for several coordinates."""
    m, inverse = response.coordinates, np.linalg.inv(response.M)
    segments, (friction, noise) = len(drive.segments), extra
    _check.memory(f"n = {n}", 8.0 * n * m * (12 + 4 * m + len(keep) + segments))
    x, v = (_start(name, value, (n, m)) for name, value in zip(("x0", "v0"), start, strict=True))
    charge, at_break = np.zeros((segments, n)), np.empty((segments, n, m))
    kept, filled = np.empty((len(keep), n, m)), 0
    still = None if friction or noise else _midpoint(response, kT, None, None, x, 0.0)
    for number, (begin, segment) in enumerate(zip(drive.breaks, drive.segments, strict=False)):
        steps = max(1, int(np.ceil(segment.duration / dt * (1 - 1e-12))))
        h = segment.duration / steps
        bias = segment.value(h * np.arange(steps + 1))

        def kick(x: Array, bias: float, h: float = h) -> Array:
            return np.asarray(h / 2 * (response.force(x, bias) - x @ response.k) @ inverse)

        v = v + kick(x, bias[0])
        charge[number] += h / 2 * response.current(x, bias[0])
        for step in range(1, steps + 1):
            x = x + h / 2 * v
            middle = (bias[step - 1] + bias[step]) / 2
            drag, root = still or _midpoint(response, kT, friction, noise, x, middle)
            push = np.einsum("...ij,...j->...i", root, rng.standard_normal((n, m)))
            push = (
                v @ response.M - h / 2 * np.einsum("...ij,...j->...i", drag, v) + np.sqrt(h) * push
            )
            whole = np.broadcast_to(response.M + h / 2 * drag, (n, m, m))
            v = np.linalg.solve(whole, push[..., None])[..., 0]
            x = x + h / 2 * v
            share = 1 if step == steps else 2  # halves: the kicks of two steps make one
            charge[number] += share * h / 2 * response.current(x, bias[step])
            v = v + share * kick(x, bias[step])
            while filled < len(keep) and begin + h * (step + 0.5) >= keep[filled]:
                kept[filled], filled = x, filled + 1
        at_break[number] = x
    if not np.all(np.isfinite(x)):
        raise ArithmeticError(f"the motion is unstable at dt = {dt}: take a smaller step")
    cycles = charge.reshape(drive.cycles, -1, n).sum(axis=1).T
    ones = np.ones((n, segments, 1))
    return Ensemble(keep, kept, cycles, x, v, np.moveaxis(at_break, 0, 1).copy(), ones)


def _midpoint(
    response: VectorResponse, kT: float, friction: Matrices, noise: Matrices, x: Array, bias: float
) -> tuple[Array, Array]:
    """Friction and a root of the noise at positions x."""
    drag = response.nu if friction is None else response.nu + friction(x, bias)
    power = 2 * kT * response.nu
    if noise is not None:
        power = power + noise(x, bias)
    values, vectors = np.linalg.eigh(power)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return drag, root


def _start(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Array:
    array = _check.real_array(name, value)
    if array.shape not in ((), shape[-1:], shape):
        raise ValueError(f"{name} has shape {array.shape}: must be a number or of shape {shape}")
    return np.array(np.broadcast_to(array, shape))
