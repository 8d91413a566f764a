"""Thousands of motions at once, each with its own steps.

The collocation of `cifcore.motion.path` in lockstep: every pass takes one step of every member.
Newton's method is simplified to one slope of the force a step; in the eigenbasis of the collocation
matrix its linear equations fall apart. What is kept does not grow with the number of steps.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.motion.collocation import NODES, POINTS, STAGES, A, Mover, carried_on, dense, next_step
from cifcore.motion.drive import Segment
from cifcore.motion.record import out_of_steps

_BLOCK = 2048  # members at a time: their arrays stay in the cache
_ITERATIONS = 6
_SLOW = 0.07  # the rate of Newton's method that a step aims at

# rows of a state: where members are, and what their next steps may be predicted from
_ELAPSED, _H, _X, _V, _LAST = range(5)
_A, _TOTALS = slice(5, 5 + STAGES), slice(5 + STAGES, 10 + STAGES)
# the eigenvalues of A with Im >= 0, the matrix into their basis, and whose real part leads back
_ALL, _VECTORS = np.linalg.eig(A)
_UPPER = _ALL.imag >= 0
_LAMBDA, _INTO = _ALL[_UPPER], np.linalg.inv(_VECTORS)[_UPPER]
_BACK = _VECTORS[:, _UPPER] * np.where(_LAMBDA.imag > 0, 2.0, 1.0)
_TWICE, _ENDS = A @ A, A[-1].copy()


class Family:
    """All members of a family along one drive.

    `response` is of shape (members,), or of one device; `start` are x, v and scale of each. In the
    end `out` holds position, velocity and integrals at `times`; shape (7, members, times).
    """

    def __init__(
        self,
        response: Response,
        start: Any,
        friction: Any,
        rtol: float,
        max_steps: int,
        times: Array,
    ) -> None:
        x, v, self.scale = start
        self.whole, self.friction = response, friction
        self.rtol, self.max_steps, self.times = rtol, max_steps, times
        self.state, self.began = np.zeros((_TOTALS.stop, len(x))), 0.0
        self.state[_X], self.state[_V] = x, v
        first = int(np.searchsorted(times, 0.0, side="right"))
        self.next = np.full(len(x), first)  # the next of `times` of each member
        self.out = np.zeros((7, len(x), len(times)))
        self.out[0, :, :first], self.out[1, :, :first] = x[:, None], v[:, None]

    def run(self, segment: Segment, load: Segment) -> None:
        """One segment of the drive, to its end: as many at a time as stay in the cache."""
        self.state[_ELAPSED], self.state[_LAST], self.state[_A] = 0, 0, 0
        self.state[_H] = np.minimum(segment.duration, 0.2 / self.whole.device.omega)
        members = self.state.shape[1]
        for begin in range(0, members, _BLOCK):
            going = np.arange(begin, min(begin + _BLOCK, members))
            state, some = self.state[:, going], self._members(going)
            for _ in range(self.max_steps):
                self._step(state, some, segment, load, going)
                done = state[_ELAPSED] >= segment.duration
                if np.any(done):
                    self.state[:, going[done]] = state[:, done]
                    going, state = going[~done], state[:, ~done]
                    if not len(going):
                        break
                    some = self._members(going)
            else:
                least = self.began + np.min(state[_ELAPSED])
                raise out_of_steps(self.max_steps, least, segment.duration)
        self.began += segment.duration

    def _members(self, going: NDArray[np.intp]) -> tuple[Mover, Array]:
        return Mover(self.whole.select(going), self.friction), self.scale[going]

    def _step(self, state: Array, some: Any, segment: Segment, load: Segment, going: Any) -> None:
        """One attempt of each member; `state` is changed where it succeeds."""
        mover, scale = some  # as `_members` gives
        elapsed, h, x, v, _ = state[: _A.start]
        left = segment.duration - elapsed
        h = np.where(left < 1.01 * h, left, h)
        times = elapsed + np.multiply.outer(POINTS, h)
        bias, push = scale * segment.value(times), load.value(times)
        a, good, slow = self._solve(state, mover, h, bias[:STAGES], push[:STAGES])
        at_x, at_v, error, rates = mover.ends(h, x, v, a, bias, push)
        accept = good & ((error <= self.rtol) | (error <= 1e-13))
        # Newton's rate goes with the square of the step
        newton = self.rtol * np.minimum(slow / _SLOW, 99.0) ** 4
        error = np.maximum(np.where(good, error, 1e2 * self.rtol), newton)
        following = next_step(h, error, self.rtol)
        if np.any(accept):
            self._keep(state, accept, going, h, a, rates)
            arrived = np.where(h == left, segment.duration, elapsed + h)
            ends = arrived, following, at_x[STAGES - 1], at_v[STAGES - 1], h
            new = np.concatenate([ends, a, state[_TOTALS] + h * (_ENDS @ rates)])
            np.copyto(state, new, where=accept)
        elif np.any(h < 1e-12 * segment.duration):
            raise ArithmeticError("the motion cannot be followed: step below rounding")
        state[_H] = following

    def _solve(
        self, state: Array, mover: Mover, h: Array, V: Array, push: Array
    ) -> tuple[Array, NDArray[np.bool_], Array]:
        """Accelerations at the stages, by simplified Newton; whether it converged, and its rate."""
        response, mass, nu, friction = mover.response, mover.mass, mover.nu, mover.friction
        before, x, v = state[_A], state[_X], state[_V]
        last = np.where(state[_LAST] > 0, state[_LAST], 1.0)
        usable = (state[_LAST] > 0) & (h <= 2 * last)
        guess = np.where(usable, carried_on(before, h / last), before[-1])
        at_v = v + h * (A @ guess)
        at_x = x + np.multiply.outer(NODES, h * v) + h * h * (_TWICE @ guess)
        force, slope = response.force_and_slope(at_x, V)
        pull = force - mover.tension(at_x)
        if friction is not None:
            pull = pull - friction(at_x, V) * at_v
        slope = (slope - mover.stiffness(at_x)).mean(axis=0)
        turned = np.multiply.outer(_LAMBDA, h)
        inverse = 1 / (mass + nu * turned - slope * turned * turned)
        residual = mass * guess + nu * at_v - pull - push
        total = np.zeros(inverse.shape, complex)
        previous, good, slow = np.full(h.shape, np.inf), np.zeros(h.shape, bool), np.zeros(h.shape)
        for _ in range(_ITERATIONS):
            mode = (_INTO @ residual) * inverse
            total += mode
            dx = (_BACK @ (mode * turned * turned)).real
            moved = np.abs(dx).max(axis=0) / mover.length
            with np.errstate(divide="ignore", invalid="ignore"):
                rate = np.where(np.isfinite(previous), moved / previous, 0.5)
                rest = np.where(rate < 1, moved * rate / (1 - rate), np.inf)
            slow = np.where(good | np.isinf(previous), slow, np.fmax(slow, rate))
            good |= (rest < 0.02 * self.rtol) | (moved < 1e-14)
            if np.all(good):
                break
            previous, at_x = moved, at_x - dx
            new = response.force_and_current(at_x, V)[0] - mover.tension(at_x)
            if friction is not None:
                at_v = at_v - (_BACK @ (mode * turned)).real
                new = new - friction(at_x, V) * at_v
            # the linear part is solved exactly: left is how the pull differs from its tangent
            residual, pull = pull - new - slope * dx, new
        return guess - (_BACK @ total).real, good, slow

    def _keep(self, state: Array, accept: Any, going: Any, h: Array, a: Array, rates: Any) -> None:
        """Write what falls into the accepted steps at the times that are asked for."""
        start, first = self.began + state[_ELAPSED], self.next[going]
        upto = np.searchsorted(self.times, (start + h) * (1 + 1e-14), side="right")
        many = np.where(accept, upto - first, 0)
        due = np.repeat(np.arange(len(h)), many)
        if not len(due):
            return
        known = np.arange(len(due)) + np.repeat(first - np.cumsum(many) + many, many)
        H, now = h[due], state[:, due]
        theta = np.clip((self.times[known] - start[due]) / H, 0, 1)
        once, x, v = dense(theta, H, now[_X], now[_V], a[:, due].T)
        gains = np.einsum("ns,qsn->qn", once, rates[..., due]) * H
        self.out[:, going[due], known] = [x, v, *(now[_TOTALS] + gains)]
        self.next[going] += many
