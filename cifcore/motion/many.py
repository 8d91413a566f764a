"""Thousands of motions at once, each with its own steps.

The collocation of `cifcore.motion.path` in lockstep: every pass takes one step of every member
that has not reached the end of the segment. Newton's method is simplified to one slope of the
force a step; in the eigenbasis of the collocation matrix its linear equations fall apart into
single numbers. What is kept does not grow with the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.motion.collocation import NODES, POINTS, STAGES, A, Mover, carried_on, dense, next_step
from cifcore.motion.drive import Segment

_BLOCK = 2048  # members at a time: their arrays stay in the cache
_ITERATIONS = 6

# where a member is, and what its next step may be predicted from: the last, and its length
_STATE = np.dtype(
    [(name, float, 1) for name in ("elapsed", "h", "x", "v", "last")]
    + [("a", float, STAGES), ("totals", float, 5)]
)


def _eigenbasis() -> tuple[NDArray[np.complex128], NDArray[np.complex128], Array]:
    """Eigenvalues of A with Im >= 0, and matrices into their basis and, as real ones, back."""
    value, vectors = np.linalg.eig(A)
    keep = value.imag >= 0
    back = vectors[:, keep] * np.where(value[keep].imag > 0, 2.0, 1.0)
    parts = np.stack([back.real.T, -back.imag.T], axis=1)
    return value[keep], np.linalg.inv(vectors)[keep].T.copy(), parts.reshape(-1, STAGES)


_LAMBDA, _INTO, _BACK = _eigenbasis()
_A_T, _TWICE_T, _LAST = A.T.copy(), (A @ A).T.copy(), A[-1].copy()


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
        self.state, self.began = np.zeros(len(x), _STATE), 0.0
        self.state["x"], self.state["v"] = x[:, None], v[:, None]
        first = int(np.searchsorted(times, 0.0, side="right"))
        self.next = np.full(len(x), first)  # the next of `times` of each member
        self.out = np.zeros((7, len(x), len(times)))
        self.out[0, :, :first], self.out[1, :, :first] = x[:, None], v[:, None]

    def run(self, segment: Segment, load: Segment | None) -> None:
        """One segment of the drive, to its end: as many at a time as stay in the cache."""
        for name in ("elapsed", "last", "a"):
            self.state[name] = 0
        omega = np.broadcast_to(self.whole.device.omega, len(self.state))[:, None]
        self.state["h"] = np.minimum(segment.duration, 0.2 / omega)
        for begin in range(0, len(self.state), _BLOCK):
            going = np.arange(begin, min(begin + _BLOCK, len(self.state)))
            state, some = self.state[going], self._members(going)
            for _ in range(self.max_steps):
                self._step(state, some, segment, load, going)
                done = state["elapsed"][:, 0] >= segment.duration
                if np.any(done):
                    self.state[going[done]] = state[done]
                    going, state = going[~done], state[~done]
                    if not len(going):
                        break
                    some = self._members(going)
            else:
                raise ArithmeticError(
                    f"max_steps = {self.max_steps} steps of a member do not reach the end of the "
                    f"segment of duration {segment.duration:.6g}: take more steps, a larger rtol "
                    "or a shorter drive"
                )
        self.began += segment.duration

    def _members(self, going: NDArray[np.intp]) -> tuple[Mover, Array]:
        response = self.whole.select(going).stretched()
        return Mover(response, self.friction), self.scale[going, None]

    def _step(
        self, state: Any, some: tuple[Mover, Array], segment: Segment, load: Any, going: Any
    ) -> None:
        """One attempt of each member; `state` is changed where it succeeds."""
        mover, scale = some
        left = segment.duration - state["elapsed"]
        h = np.minimum(state["h"], left)
        h = np.where(left < 1.01 * h, left, h)
        times = state["elapsed"] + h * POINTS
        bias = scale * segment.value(times)
        push = load.value(times) if load is not None else np.zeros(times.shape)
        a, good = self._solve(state, mover, h, bias[:, :STAGES], push[:, :STAGES])
        at_x, at_v, error, rates = mover.ends(h, state["x"], state["v"], a, bias, push)
        error = np.where(good, error, 1e3 * self.rtol)
        accept = (good & ((error <= self.rtol) | (error <= 1e-13)))[:, 0]
        if np.any(accept):
            self._keep(state, accept, going, h[:, 0], a, rates)
            end = slice(STAGES - 1, STAGES)
            arrived = np.where(h == left, segment.duration, state["elapsed"] + h)
            gains = h * (rates @ _LAST).T
            new = dict(elapsed=arrived, x=at_x[:, end], v=at_v[:, end], last=h, a=a)
            new["totals"] = state["totals"] + gains
            for name, value in new.items():
                np.copyto(state[name], value, where=accept[:, None])
        elif np.any(h < 1e-12 * segment.duration):
            raise ArithmeticError("the motion cannot be followed: step below rounding")
        state["h"] = next_step(h, error, self.rtol)

    def _solve(
        self, state: Any, mover: Mover, h: Array, V: Array, push: Array
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Accelerations at the stages, by simplified Newton; and whether it converged.

        With one slope of the force the linear part of the residual is solved exactly: what is left
        after a change dx of the positions is how the pull P of all forces but friction differs
        from its tangent, P(x) - P(x - dx) - slope dx.
        """
        response, mass, nu, friction = mover.response, mover.mass, mover.nu, mover.friction
        last = np.where(state["last"] > 0, state["last"], 1.0)
        usable = (state["last"] > 0) & (h <= 2 * last)
        guess = np.where(usable, carried_on(state["a"], h / last), state["a"][:, -1:])
        at_v = state["v"] + h * (guess @ _A_T)
        at_x = state["x"] + h * state["v"] * NODES + h * h * (guess @ _TWICE_T)
        force, slope = response.force_and_slope(at_x, V)
        pull = force - mover.tension(at_x)
        if friction is not None:
            pull = pull - friction(at_x, V) * at_v
        slope = (slope - mover.stiffness(at_x)).mean(axis=1, keepdims=True)
        turned = h * _LAMBDA
        inverse = 1 / (mass + nu * turned - slope * turned * turned)
        residual = mass * guess + nu * at_v - pull - push
        total = np.zeros(inverse.shape, complex)
        previous, good = np.full(h.shape, np.inf), np.zeros(h.shape, bool)
        for _ in range(_ITERATIONS):
            mode = (residual @ _INTO) * inverse
            total += mode
            dx = (mode * turned * turned).view(float) @ _BACK
            moved = np.abs(dx).max(axis=1, keepdims=True) / mover.length
            with np.errstate(divide="ignore", invalid="ignore"):
                rate = np.where(np.isfinite(previous), moved / previous, 0.5)
                rest = np.where(rate < 1, moved * rate / (1 - rate), np.inf)
            good |= (rest < 0.02 * self.rtol) | (moved < 1e-14)
            if np.all(good):
                break
            previous = moved
            at_x = at_x - dx
            new = response.force_and_current(at_x, V)[0] - mover.tension(at_x)
            if friction is not None:
                at_v = at_v - (mode * turned).view(float) @ _BACK
                new = new - friction(at_x, V) * at_v
            residual = pull - new - slope * dx
            pull = new
        return guess - total.view(float) @ _BACK, good

    def _keep(self, state: Any, accept: Any, going: Any, h: Array, a: Array, rates: Array) -> None:
        """Write what falls into the accepted steps at the times that are asked for."""
        start = self.began + state["elapsed"][:, 0]
        while len(self.times):
            upto = self.next[going]
            known = np.minimum(upto, len(self.times) - 1)
            at = self.times[known]
            due = accept & (upto < len(self.times)) & (at <= (start + h) * (1 + 1e-14))
            if not np.any(due):
                return
            H, now, member = h[due], state[due], going[due]
            theta = np.clip((at - start)[due] / H, 0, 1)
            once, x, v = dense(theta, H, now["x"][:, 0], now["v"][:, 0], a[due])
            gains = np.einsum("ns,qns->qn", once, rates[:, due]) * H
            self.out[:, member, known[due]] = [x, v, *(now["totals"].T + gains)]
            self.next[member] += 1
