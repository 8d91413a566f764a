"""Where does the dot come to rest? Many motions at constant bias at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, check_response
from cifcore.force.table import tabulated
from cifcore.positions.rest import equilibria

_MAX_STEPS = 10_000_000


@dataclass(frozen=True)
class Settled:
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
    response : Response
    bias, x0, v0 : float or array
        Constant bias, initial position and velocity; all broadcast with the family of devices.
    duration : float or array, optional
        By default ten relaxation times M/nu of the most weakly damped device: the energy has
        fallen by exp(-10) and the well is chosen, unless the motion began that near to an edge.
    dt : float, optional
        Largest step; by default a fortieth of the shortest period of a free oscillator.
    friction : callable, optional
        Added friction coefficient as a function of position and bias.
    """
    check_response(response)
    device = response.device
    if duration is None:
        _check.positive("zeta", device.zeta)
        duration = float(np.max(10 * device.M / device.nu))
    duration = _check.positive("duration", duration)
    dt = float(np.min(2 * np.pi / device.omega)) / 40 if dt is None else dt
    dt = _check.real("dt", dt, *_check.POSITIVE)
    bias = _check.real_array("bias", bias)
    x, v = _check.real_array("x0", x0), _check.real_array("v0", v0)
    shape = _check.common_shape(
        device=device.shape, bias=bias.shape, x0=x.shape, v0=v.shape, duration=duration.shape
    )
    if friction is not None:
        _check.function("friction", friction, "position and bias")
    _check.memory(f"a result of shape {shape}", 160.0 * np.prod(shape, dtype=float))
    longest = float(np.max(duration, initial=dt))
    if longest > _MAX_STEPS * dt:
        raise ValueError(
            f"duration = {longest:.6g}: must be at most {_MAX_STEPS} steps dt = {dt:.6g}"
        )
    steps = int(np.ceil(longest / dt * (1 - 1e-12)))
    h, mass, nu = duration / steps, device.M, device.nu

    def rates(x: Array, v: Array) -> tuple[Array, Array, Array]:
        force, current = response.force_and_current(x, bias)
        drag = nu * v if friction is None else (nu + friction(x, bias)) * v
        return v, (force - device.tension(x) - drag) / mass, current

    state = [np.broadcast_to(part, shape) for part in (x, v, np.zeros(shape))]
    for _ in range(steps):
        x, v = state[:2]
        first = rates(x, v)
        second = rates(x + h / 2 * first[0], v + h / 2 * first[1])
        third = rates(x + h / 2 * second[0], v + h / 2 * second[1])
        fourth = rates(x + h * third[0], v + h * third[1])
        state = [
            value + h / 6 * (a + 2 * b + 2 * c + d)
            for value, a, b, c, d in zip(state, first, second, third, fourth, strict=True)
        ]
    if not all(np.all(np.isfinite(part)) for part in state):
        raise ArithmeticError(
            f"dt = {dt:.6g}: the motion does not stay finite; take a smaller step, or look for a "
            "force or a current that is not a number"
        )
    return Settled(*state)


def visited(
    response: Response,
    biases: Sequence[float],
    x0: ArrayLike,
    zeta: ArrayLike,
    *,
    friction: Callable[[Array, float], Any] | None = None,
) -> Array:
    """Rest positions in which the dot stands at the ends of pulses long enough to settle.

    Each pulse is followed (`settle`, with the force from a table of relative error 1e-6) until the
    well is chosen; the next one begins at rest at the bottom of that well.

    Parameters
    ----------
    response : Response
        Of a single device; the damping ratios `zeta`, > 0, take the place of its own.
    biases : sequence of float
        Heights of the pulses, one after the other.
    x0, zeta : float or array
        Where the dot is at rest when the first pulse begins, and damping; they broadcast.
    friction : callable, optional
        Added friction coefficient as a function of positions and bias.

    Returns
    -------
    array, shape (pulses, *shape of x0 and zeta)

    Examples
    --------
    The pulses of Fig. 7, from the inner well at +0.1: to its mirror image, or to the outer well.

    >>> from cifcore import LinearBias, paper_device
    >>> response = LinearBias(paper_device("7", zeta=0.2))
    >>> visited(response, [-0.1], 0.2146, [0.2, 0.16]).round(3).tolist()
    [[-0.215, -1.18]]
    """
    check_response(response, single=True)
    zeta, x = _check.positive("zeta", zeta), _check.real_array("x0", x0)
    device = response.device
    x = np.broadcast_to(x, _check.common_shape(zeta=zeta.shape, x0=x.shape))
    nu = 2 * zeta * np.sqrt(device.M * device.k)
    free = response.of(device.replace(zeta=0.0))
    settling: dict[str, Any] = dict(duration=10 * device.M / nu, dt=np.pi / 14 / device.omega)
    settling["friction"] = lambda at, b: nu + (0 if friction is None else friction(at, float(b)))
    ends, wells = [], {}
    for bias in biases:
        bias = _check.real("bias", bias)
        if bias not in wells:
            rest = equilibria(response, bias)
            reach = 2 * max(np.abs(rest.x).max(), np.abs(x).max(initial=0.0), response.length)
            wells[bias] = tabulated(free, [bias], -reach, reach, 1e-6), rest.x[rest.stable]
        table, bottoms = wells[bias]
        if len(bottoms) > 1:
            end = settle(table, bias, x, **settling).x
            x = bottoms[np.argmin(np.abs(end[..., None] - bottoms), axis=-1)]
        else:
            x = np.full(x.shape, bottoms[0])
        ends.append(x)
    return np.reshape(ends, (-1, *x.shape))
