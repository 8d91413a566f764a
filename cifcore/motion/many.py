"""Thousands of motions at once, each with its own steps.

The collocation of `cifcore.motion.path` in lockstep: every pass takes one step of every member
that has not reached the end of the segment. Newton's method is simplified to one slope of the
force a step; in the eigenbasis of the collocation matrix its linear equations fall apart into
single numbers. What is kept does not grow with the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.motion.collocation import (
    FROM_NODES,
    NODES,
    ONCE,
    POINTS,
    STAGES,
    TWICE,
    VALUE,
    A,
    integrals,
)
from cifcore.motion.drive import Segment

_BLOCK = 2048  # members at a time: their arrays stay in the cache
_ITERATIONS = 6


def _eigenbasis() -> tuple[NDArray[np.complex128], NDArray[np.complex128], Array]:
    """Eigenvalues of A with Im >= 0, and matrices into their basis and, as real ones, back."""
    value, vectors = np.linalg.eig(A)
    inverse = np.linalg.inv(vectors)
    keep = value.imag >= 0
    weight = np.where(value[keep].imag > 0, 2.0, 1.0)
    back = vectors[:, keep] * weight
    into = inverse[keep]
    parts = np.stack([back.real.T, -back.imag.T], axis=1)
    return value[keep], into.T.copy(), parts.reshape(-1, STAGES)


_LAMBDA, _INTO, _BACK = _eigenbasis()
_A_T, _ONCE_T, _TWICE_T, _VALUE_T = (part.T.copy() for part in (A, ONCE, TWICE, VALUE))
_FROM_T, _LAST = FROM_NODES.T.copy(), A[-1].copy()


@dataclass
class _State:
    """Where the members are, and what the next step may be predicted from."""

    elapsed: Array
    h: Array
    x: Array
    v: Array
    a: Array  # (members, stages), of the step before
    last: Array  # its length; 0 if there is none
    totals: Array  # (members, 5)

    def some(self, which: Any) -> _State:
        return _State(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def joined(cls, one: _State, other: _State) -> _State:
        pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in fields(cls))
        return cls(*(np.concatenate(pair) for pair in pairs))


class Family:
    """All members of a family along one drive.

    `response` is of a family of shape (members,), or of one device; x, v and scale have that
    shape. Arguments are taken as they are, without checks. After the last segment `out` holds
    position, velocity and the five integrals at `times`; shape (7, members, times).
    """

    def __init__(
        self,
        response: Response,
        x: Array,
        v: Array,
        scale: Array,
        friction: Callable[[Array, Array], Any] | None,
        rtol: float,
        max_steps: int,
        times: Array,
    ) -> None:
        self.whole, self.scale, self.friction = response, scale, friction
        self.rtol, self.max_steps, self.times = rtol, max_steps, times
        device, n = response.device, len(scale)
        parts = (device.M, device.nu, device.omega, response.length)
        self.mass, self.nu, self.omega, self.length = (
            np.broadcast_to(np.asarray(part, float), n).copy() for part in parts
        )
        self.began = 0.0
        self.x, self.v, self.totals = x.copy(), v.copy(), np.zeros((n, 5))
        first = int(np.searchsorted(times, 0.0, side="right"))
        self.next = np.full(n, first)  # the next of `times` of each member
        self.out = np.zeros((7, n, len(times)))
        self.out[0, :, :first], self.out[1, :, :first] = x[:, None], v[:, None]

    def run(self, segment: Segment, load: Segment | None) -> None:
        """One segment of the drive, to its end: as many at a time as stay in the cache."""
        waiting = np.arange(len(self.x))
        going = waiting[:0]
        state = self._fresh(going, segment)
        steps = np.zeros(len(self.x), int)
        while len(going) or len(waiting):
            if len(waiting) and len(going) < 0.8 * _BLOCK:
                more, waiting = np.split(waiting, [_BLOCK - len(going)])
                state = _State.joined(state, self._fresh(more, segment))
                going = np.concatenate([going, more])
                some = self._members(going)
            self._step(state, some, segment, load, going)
            steps[going] += 1
            if np.any(steps[going] >= self.max_steps):
                raise ArithmeticError(
                    f"max_steps = {self.max_steps} steps of a member do not reach the end of the "
                    f"segment of duration {segment.duration:.6g}: take more steps, a larger rtol "
                    "or a shorter drive"
                )
            done = state.elapsed >= segment.duration
            if np.any(done):
                at = going[done]
                self.x[at], self.v[at] = state.x[done], state.v[done]
                self.totals[at] = state.totals[done]
                going, state = going[~done], state.some(~done)
                some = self._members(going)
        self.began += segment.duration

    def _fresh(self, members: NDArray[np.intp], segment: Segment) -> _State:
        """The state of members at the beginning of a segment."""
        n = len(members)
        return _State(
            np.zeros(n),
            np.minimum(segment.duration, 0.2 / self.omega[members]),
            self.x[members],
            self.v[members],
            np.zeros((n, STAGES)),
            np.zeros(n),
            self.totals[members],
        )

    def _members(self, going: NDArray[np.intp]) -> tuple[Any, ...]:
        response = self.whole.select(going).stretched()
        parts = (self.mass, self.nu, self.omega, self.length, self.scale)
        return (response, *(part[going, None] for part in parts))

    def _step(
        self, state: _State, some: tuple[Any, ...], segment: Segment, load: Any, going: Any
    ) -> None:
        """One attempt of each member; `state` is changed where it succeeds."""
        response, mass, nu0, omega, length, scale = some
        left = segment.duration - state.elapsed
        h = np.minimum(state.h, left)
        h = np.where(left < 1.01 * h, left, h)
        H = h[:, None]
        times = state.elapsed[:, None] + H * POINTS
        bias = scale * segment.value(times)
        push = load.value(times) if load is not None else 0.0 * times
        a, good = self._solve(state, some, h, bias, push)
        at_v = state.v[:, None] + H * (a @ _ONCE_T)
        at_x = state.x[:, None] + H * state.v[:, None] * POINTS + H * H * (a @ _TWICE_T)
        force, current = response.force_and_current(at_x, bias)
        nu = nu0 + (self.friction(at_x, bias) if self.friction is not None else 0.0)
        drag = nu * at_v
        pull = force + push - drag - response.device.tension(at_x)
        defect = pull[:, STAGES:] / mass - (a @ _VALUE_T)[:, STAGES:]
        size = 1 / (H**-2 + 2 * nu0 / (mass * H) + omega**2) / length
        error = np.abs(defect * size).max(axis=1)
        error = np.where(good, error, 1e3 * self.rtol)
        accept = good & ((error <= self.rtol) | (error <= 1e-13))
        rates = np.stack([current, force * at_v, drag * at_v, bias * current, -push * at_v])
        rates = rates[..., :STAGES]
        if np.any(accept):
            self._keep(state, accept, going, h, a, rates)
            end = STAGES - 1
            state.totals[accept] += (h * (rates @ _LAST))[:, accept].T
            state.x = np.where(accept, at_x[:, end], state.x)
            state.v = np.where(accept, at_v[:, end], state.v)
            arrived = np.where(h == left, segment.duration, state.elapsed + h)
            state.elapsed = np.where(accept, arrived, state.elapsed)
            state.a = np.where(accept[:, None], a, state.a)
            state.last = np.where(accept, h, state.last)
        elif np.any(h < 1e-12 * segment.duration):
            raise ArithmeticError("the motion cannot be followed: step below rounding")
        factor = 0.9 * (self.rtol / np.maximum(error, 1e-300)) ** (1 / (STAGES + 1))
        # in eighths of an octave, so that rounding errors of the estimate change no step
        state.h = h * 2 ** (np.floor(8 * np.log2(np.clip(factor, 0.2, 6.0))) / 8)

    def _solve(
        self, state: _State, some: tuple[Any, ...], h: Array, bias: Array, push: Array
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Accelerations at the stages, by simplified Newton; and whether it converged.

        With one slope of the force the linear part of the residual is solved exactly: what is left
        after a change dx of the positions is how the pull P of all forces but friction differs
        from its tangent, P(x) - P(x - dx) - slope dx.
        """
        response, mass, nu, _, length, _ = some
        H, V = h[:, None], bias[:, :STAGES]
        guess = self._guess(state, h)
        at_v = state.v[:, None] + H * (guess @ _A_T)
        at_x = (
            state.x[:, None] + H * state.v[:, None] * NODES + H * H * (guess @ _TWICE_T[:, :STAGES])
        )
        force, slope = response.force_and_slope(at_x, V)
        device = response.device
        pull = force - device.tension(at_x)
        if self.friction is not None:
            pull = pull - self.friction(at_x, V) * at_v
        slope = (slope - device.stiffness(at_x)).mean(axis=1, keepdims=True)
        turned = H * _LAMBDA
        inverse = 1 / (mass + nu * turned - slope * turned * turned)
        residual = mass * guess + nu * at_v - pull - push[:, :STAGES]
        total = np.zeros(inverse.shape, complex)
        previous, good = np.full(len(h), np.inf), np.zeros(len(h), bool)
        for _ in range(_ITERATIONS):
            mode = (residual @ _INTO) * inverse
            total += mode
            dx = (mode * turned * turned).view(float) @ _BACK
            moved = np.abs(dx).max(axis=1) / length[:, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                rate = np.where(np.isfinite(previous), moved / previous, 0.5)
                rest = np.where(rate < 1, moved * rate / (1 - rate), np.inf)
            good |= (rest < 0.02 * self.rtol) | (moved < 1e-14)
            if np.all(good):
                break
            previous = moved
            at_x = at_x - dx
            new = response.force_and_current(at_x, V)[0] - device.tension(at_x)
            if self.friction is not None:
                at_v = at_v - (mode * turned).view(float) @ _BACK
                new = new - self.friction(at_x, V) * at_v
            residual = pull - new - slope * dx
            pull = new
        return guess - total.view(float) @ _BACK, good

    def _guess(self, state: _State, h: Array) -> Array:
        """Accelerations from the polynomial of the step before, or its last value."""
        last = np.where(state.last > 0, state.last, 1.0)
        usable = (state.last > 0) & (h <= 2 * state.last)
        t = 2 * (1 + h[:, None] / last[:, None] * NODES) - 1
        power = state.a @ _FROM_T
        value = power[:, -1:] * np.ones(STAGES)
        for column in range(STAGES - 2, -1, -1):
            value = value * t + power[:, column : column + 1]
        return np.where(usable[:, None], value, state.a[:, -1:])

    def _keep(
        self, state: _State, accept: Any, going: Any, h: Array, a: Array, rates: Array
    ) -> None:
        """Write what falls into the accepted steps at the times that are asked for."""
        start = self.began + state.elapsed
        while len(self.times):
            upto = self.next[going]
            known = np.minimum(upto, len(self.times) - 1)
            at = self.times[known]
            end = start + h
            due = accept & (upto < len(self.times)) & (at <= end * (1 + 1e-14))
            if not np.any(due):
                return
            theta = np.clip((at - start)[due] / h[due], 0, 1)
            once = integrals(theta)
            H, mine = h[due], a[due]
            member = going[due]
            twice = np.sum((once @ A) * mine, axis=1)
            self.out[0, member, known[due]] = state.x[due] + H * theta * state.v[due] + H**2 * twice
            self.out[1, member, known[due]] = state.v[due] + H * np.sum(once * mine, axis=1)
            gains = np.einsum("ns,qns->qn", once, rates[:, due]) * H
            self.out[2:, member, known[due]] = state.totals[due].T + gains
            self.next[member] += 1
