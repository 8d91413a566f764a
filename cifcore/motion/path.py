"""The dot's motion under a bias in time, with charge, work and dissipation along the way.

Eq. 6, M x'' + nu x' + k x = F(x, bias(t)), is stiff under a slow drive, which Radau IIA collocation
takes in its stride. Steps keep the defect of the polynomial, turned into a displacement, below
`rtol` times the length of the force, and end at every jump or kink of the drive.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.force.vectors import VectorResponse
from cifcore.motion.collocation import NODES, POINTS, STAGES, A, Mover, carried_on, dense, next_step
from cifcore.motion.drive import Drive, Segment
from cifcore.motion.many import Family
from cifcore.motion.record import Motion, out_of_steps, times_within
from cifcore.motion.vectors import vector_motion

_EYE, _TWICE = np.eye(STAGES), A @ A


def simulate(
    response: Response | VectorResponse,
    drive: Drive,
    x0: ArrayLike = 0.0,
    v0: ArrayLike = 0.0,
    *,
    scale: ArrayLike = 1.0,
    times: ArrayLike | None = None,
    load: Drive | None = None,
    friction: Callable[[Array, Array], Any] | None = None,
    rtol: float = 1e-9,
    max_steps: int = 100_000,
) -> Motion:
    """Integrate Eq. 6 along a drive, with the integrals of Eqs. 21, 24 and 25.

    Parameters
    ----------
    response : Response or VectorResponse
        Of a device or a family of devices; or of several coordinates, with scipy.
    drive, load : Drive, the load optional
        Bias and external force in time, with segments of the same durations.
    x0, v0 : float or array
        Initial position and velocity; of n coordinates, of shape (n,).
    scale : float or array
        What the bias of the drive is multiplied with. It broadcasts with the device, `x0` and
        `v0`; where one of them is an array, all members move at once, each with its own steps.
    times : array, shape (m,), optional
        Times to keep; by default the ends of all steps, of a family the drive's breaks.
    friction : callable, optional
        Added friction of position and bias; of n coordinates as `VectorResponse.friction`.
    rtol : float
        Local error of the position, relative to `response.length`; 1e-14 to 1e-2.
    max_steps : int
        Most steps in a segment, else ArithmeticError. A dot that rings needs a few a period.

    Returns
    -------
    Motion
        Of one device, with any other time by `Motion.at`; of a family, shape ``(*family, times)``.

    Examples
    --------
    Switched on at full bias, the dot of Fig. 2(b) rings past the inner well and stays in the outer:

    >>> from cifcore import LinearBias, paper_device, ramp
    >>> motion = simulate(LinearBias(paper_device("2b")), ramp(0.2, 0.2, 2e4))
    >>> stored = 0.02 * motion.x[-1] ** 2 / 2
    >>> f"{motion.x[-1]:.2f}: {motion.work[-1]:.4f} = {motion.dissipated[-1]:.4f} + {stored:.4f}"
    '1.67: 0.0456 = 0.0178 + 0.0278'
    """
    _check.instance("drive", drive, Drive)
    _check.function("friction", friction, "position and bias", needed=False)
    max_steps = _check.whole("max_steps", max_steps, 1)
    between = (lambda a: (a >= 1e-14) & (a <= 1e-2), "between 1e-14 and 1e-2")
    rtol = _check.real("rtol", rtol, *between)
    if times is not None:
        times = times_within(times, drive.duration)
        if np.any(np.diff(times) < 0):
            raise ValueError("times: must be one ascending sequence")
    if isinstance(response, VectorResponse):
        if load is not None:
            raise ValueError(f"load = {load!r}: must be None for several coordinates")
        drive = drive.scaled(_check.real("scale", scale))
        found = vector_motion(response, drive, (x0, v0), friction, rtol, max_steps)
        return found if times is None else found.at(times)
    _check.instance("response", response, Response)
    load = drive.scaled(0.0) if load is None else load
    _check.instance("load", load, Drive)
    if len(load.breaks) != len(drive.breaks) or not np.allclose(load.breaks, drive.breaks):
        raise ValueError("load: its segments must have the same durations as those of the drive")
    pieces = list(zip(drive.segments, load.segments, strict=True))
    start = {"x0": x0, "v0": v0, "scale": scale}
    arrays = {name: _check.real_array(name, value) for name, value in start.items()}
    shape = _check.common_shape(device=response.device, **arrays)
    if shape:
        kept = drive.breaks if times is None else times
        flat = [np.broadcast_to(array, shape).ravel() for array in arrays.values()]
        one = response.select(response.device.members(shape))
        family = Family(one, flat, friction, rtol, max_steps, kept)
        for piece in pieces:
            family.run(*piece)
        x, v, *gained = family.out.reshape(7, *shape, len(kept))
        bias = np.multiply.outer(flat[-1].reshape(shape), drive(kept, "left"))
        return Motion(kept, x, v, bias, *gained)
    x0, v0, size = (float(array) for array in arrays.values())
    steps = _Steps(response, drive.scaled(size), friction, rtol, x0, v0)
    for piece in pieces:
        steps.run(*piece, max_steps)
    whole = steps.whole()
    return whole if times is None else steps.motion(np.minimum(times, whole.t[-1]))


class _Steps:
    """Adaptive steps through the segments of a drive, and the polynomials between."""

    def __init__(
        self, response: Response, drive: Drive, friction: Any, rtol: float, x0: float, v0: float
    ) -> None:
        self.mover, self.drive, self.rtol = Mover(response, friction), drive, rtol
        self.rows = [(0.0, x0, v0, float(drive(0.0)))]  # time, position, velocity, bias
        self.h = 0.0  # the last step, if the next may be predicted from it
        self.accelerations: list[Array] = []
        self.rates: list[Array] = []

    def whole(self) -> Motion:
        """All of it, at the ends of the steps; after this, `motion` gives any other time."""
        self.t, self.x, self.v, bias = np.array(self.rows).T.copy()
        self.curves = np.array(self.accelerations), np.array(self.rates)
        gains = np.diff(self.t)[:, None] * (self.curves[1] @ A[-1])
        self.totals = np.append(np.zeros((5, 1)), np.cumsum(gains, axis=0).T, axis=1)
        return Motion(self.t, self.x, self.v, bias, *self.totals, _steps=self)

    def motion(self, times: Array) -> Motion:
        """The same at other times."""
        step = np.clip(np.searchsorted(self.t, times, side="left") - 1, 0, len(self.t) - 2)
        t, x, v, a, rates = (part[step] for part in (self.t, self.x, self.v, *self.curves))
        h = self.t[step + 1] - t
        once, x, v = dense(np.clip((times - t) / h, 0, 1), h, x, v, a)
        totals = self.totals[:, step] + np.einsum("ns,nqs->qn", once, rates) * h
        return Motion(times, x, v, self.drive(times, "left"), *totals, _steps=self)

    def run(self, segment: Segment, load: Segment, max_steps: int) -> None:
        """One segment of the drive, to its end."""
        begin, elapsed, last = self.rows[-1][0], 0.0, len(self.rows) + max_steps
        self.h, h = 0.0, min(segment.duration, 0.2 / float(self.mover.omega))
        while elapsed < segment.duration:
            if len(self.rows) == last:
                raise out_of_steps(max_steps, begin + elapsed, segment.duration)
            left = segment.duration - elapsed
            h = left if left < 1.01 * h else h
            error, row = self._step(segment, load, elapsed, h)
            if row is not None:
                elapsed = segment.duration if h == left else elapsed + h
                self.rows.append((begin + elapsed, *row))
            elif h < 1e-12 * segment.duration:
                where = f"at t = {begin + elapsed}: step below rounding"
                raise ArithmeticError(f"the motion cannot be followed {where}")
            h = next_step(h, error, self.rtol)

    def _step(self, segment: Segment, load: Segment, elapsed: float, h: float) -> tuple[float, Any]:
        """One attempt: its error and, if it is kept, position, velocity and bias at its end."""
        _, x, v, _ = self.rows[-1]
        times = elapsed + h * POINTS  # of the stages and, behind them, of the probes
        bias, push = segment.value(times), load.value(times)
        a = self._solve(h, x, v, bias[:STAGES], push[:STAGES])
        if a is None:
            return 1e3 * self.rtol, None
        at_x, at_v, error, rates = self.mover.ends(h, x, v, a, bias, push)
        if error > max(self.rtol, 1e-13):
            return float(error), None
        self.rates.append(rates)
        self.accelerations.append(a)
        self.h = h
        return float(error), [float(values[STAGES - 1]) for values in (at_x, at_v, bias)]

    def _solve(self, h: float, x: float, v: float, bias: Array, push: Array) -> Array | None:
        """Accelerations at the stages, by Newton's method; None where it does not converge."""
        mover = self.mover
        if self.h == 0 or h > 2 * self.h:
            a = (self.accelerations[-1][-1] if self.h else 0.0) * np.ones(STAGES)
        else:
            a = carried_on(self.accelerations[-1], h / self.h)
        once, twice, drift, size = h * A, (h * h) * _TWICE, x + (h * v) * NODES, mover.size(h)
        diagonal = mover.mass * _EYE + mover.nu * once
        nu, previous = mover.nu, 0.0
        for iteration in range(12):
            at_v, at_x = v + once @ a, drift + twice @ a
            force, slope = mover.response.force_and_slope(at_x, bias)
            if mover.friction is not None:
                nu = mover.drag(at_x, bias)
                diagonal = mover.mass * _EYE + np.reshape(nu, (-1, 1)) * once
            residual = mover.mass * a + nu * at_v + mover.tension(at_x) - force - push
            jacobian = diagonal + (mover.stiffness(at_x) - slope)[:, None] * twice
            change = np.linalg.solve(jacobian, residual)
            a = a - change
            moved = float(np.abs(change).max()) * size
            # Newton's method converges quadratically: what is left is far below moved^2/previous
            left = moved * min(1.0, moved / previous) if previous else moved
            if left < 1e-2 * self.rtol or (moved < 1e-11 and moved > 0.5 * previous > 0):
                return a
            if not moved < 1e3 or (iteration > 2 and moved > previous):
                return None
            previous = moved
        return None
