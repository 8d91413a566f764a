"""Where does the dot come to rest? Many motions at constant bias at once."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response


class Settled(NamedTuple):
    """Positions, velocities and transported charges (per spin) at the end, of one shape."""

    x: Array
    v: Array
    charge: Array


def settle(
    response: Response,
    bias: ArrayLike,
    x0: ArrayLike,
    v0: ArrayLike = 0.0,
    duration: ArrayLike | None = None,
    dt: float | None = None,
    *,
    friction: Callable[[Array, Array], Any] | None = None,
) -> Settled:
    """Integrate Eq. 6 at constant bias for arrays of anything, by Runge and Kutta's fourth order.

    Parameters
    ----------
    response, bias, x0, v0 : Response, float or array
        Constant bias, initial position and velocity; all broadcast with the family of devices.
    duration : float or array, optional
        By default ten relaxation times M/nu of the most weakly damped device: the energy has
        fallen by exp(-10) and the well is chosen, unless the motion began that near to an edge.
    dt : float, optional
        Largest step; by default a fortieth of the shortest period of a free oscillator.
    friction : callable, optional
        Added friction coefficient as a function of position and bias.
    """
    _check.instance("response", response, Response)
    device = response.device
    if duration is None:
        _check.positive("zeta", device.zeta)
        duration = np.max(10 * device.M / device.nu)
    duration = _check.positive("duration", duration)
    dt = float(np.min(2 * np.pi / device.omega)) / 40 if dt is None else dt
    steps = _check.steps(np.max(duration, initial=0.0), _check.real("dt", dt, *_check.POSITIVE))
    given = {"bias": bias, "x0": x0, "v0": v0}
    arrays = {name: _check.real_array(name, value) for name, value in given.items()}
    shape = _check.common_shape(device=device, duration=duration, **arrays)
    bias, x, v = arrays.values()
    _check.function("friction", friction, "position and bias", needed=False)
    _check.memory(f"a result of shape {shape}", 160.0 * np.prod(shape, dtype=float))
    h, mass, nu = duration / steps, device.M, device.nu

    def rates(state: Array) -> Array:
        x, v, _ = state
        force, current = response.force_and_current(x, bias)
        drag = nu * v if friction is None else (nu + friction(x, bias)) * v
        out = np.empty_like(state)
        out[0], out[1], out[2] = v, (force - device.tension(x) - drag) / mass, current
        return out

    state = np.array([np.broadcast_to(part, shape) for part in (x, v, 0.0)])
    for _ in range(steps):
        first = rates(state)
        second = rates(state + h / 2 * first)
        third = rates(state + h / 2 * second)
        fourth = rates(state + h * third)
        state = state + h / 6 * (first + 2 * second + 2 * third + fourth)
    if not np.all(np.isfinite(state)):
        why = "take a smaller step, or look for a force or a current that is not a number"
        raise ArithmeticError(f"dt = {dt:.6g}: the motion does not stay finite; {why}")
    return Settled(*state)
