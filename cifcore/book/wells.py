"""In which wells the dot stands after long pulses, and how warm it may be to stay there."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.force.table import Tabulated
from cifcore.motion.basins import settle
from cifcore.positions.escape import escape_law
from cifcore.positions.landscape import barriers
from cifcore.positions.rest import Equilibria, equilibria
from cifcore.roots import bracketed_root


@lru_cache(maxsize=64)
def rests(response: Response, bias: float) -> Equilibria:
    """Rest positions of a single device; a map over dampings asks for the same ones many times."""
    return equilibria(response, bias)


def visited(
    response: Response,
    biases: Sequence[float],
    x0: ArrayLike,
    zeta: ArrayLike,
    *,
    friction: Callable[[Array, float], Any] | None = None,
) -> Array:
    """Rest positions in which the dot stands at the ends of pulses long enough to settle.

    Each pulse is followed (`settle`, with the force from a table of relative error 1e-6) for ten
    relaxation times; the next one begins at rest at the bottom of the nearest well.

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
    array, shape (pulses, and that of x0 and zeta)

    Examples
    --------
    The pulses of Fig. 7, from the inner well at +0.1: to its mirror image, or to the outer well.

    >>> from cifcore import LinearBias, paper_device
    >>> response = LinearBias(paper_device("7", zeta=0.2))
    >>> visited(response, [-0.1], 0.2146, [0.2, 0.16]).round(3).tolist()
    [[-0.215, -1.18]]
    """
    _check.instance("response", response, Response, single=True)
    zeta, x = _check.positive("zeta", zeta), _check.real_array("x0", x0)
    device = response.device
    x = np.broadcast_to(x, _check.common_shape(zeta=zeta.shape, x0=x.shape))
    nu = 2 * zeta * np.sqrt(device.M * device.k)

    def drag(at: Array, bias: Any) -> Any:
        return nu + (0 if friction is None else friction(at, float(bias)))

    def bottoms(bias: float) -> Array:
        rest = rests(response, bias)
        return rest.x[rest.stable]

    @cache  # a pulse begins in one of few places: each of these motions is followed once
    def reached(before: float | None, bias: float) -> Array:
        """In which well each of the motions from rest in a place before ends."""
        starts = x[None] if before is None else np.multiply.outer(bottoms(before), np.ones(x.shape))
        places = bottoms(bias)
        if len(places) == 1:
            return np.zeros(starts.shape, int)
        far = np.abs(rests(response, bias).x).max(), np.abs(starts).max(initial=0.0)
        table = _table(response, bias, 2 * max(*far, response.length))
        duration, dt = 10 * device.M / nu, np.pi / 14 / device.omega
        end = settle(table, bias, starts, 0.0, duration, dt, friction=drag).x
        return np.argmin(np.abs(end[..., None] - places), axis=-1)

    biases = [_check.real("bias", bias) for bias in biases]
    ends, well = [], np.zeros(x.shape, int)
    for before, bias in zip([None, *biases], biases, strict=False):
        well = np.take_along_axis(reached(before, bias), well[None], 0)[0]
        ends.append(bottoms(bias)[well])
    return np.reshape(ends, (-1, *x.shape))


@lru_cache(maxsize=64)
def _table(response: Response, bias: float, reach: float) -> Response:
    """The response of an undamped dot under one bias."""
    free = response.of(response.device.replace(zeta=0.0))
    return Tabulated(free, [bias], -reach, reach, 1e-6)


def exchanged(response: Response, phase: float, damping: Array, wait: Array) -> Any:
    """Whether the dot changes its well both ways, shape (len(damping), len(wait)).

    It sets out at rest in a well of `phase`, is free at phase zero for the times `wait`, a damped
    oscillator, and then caught at -phase, by the same force.
    """
    device = response.device
    lower, top, upper = equilibria(response, phase).x
    zeta, omega = np.asarray(damping)[:, None], device.omega
    turned = omega * np.sqrt(1 - zeta**2)
    fading = np.exp(-zeta * omega * wait)
    swing = fading * (np.cos(turned * wait) + zeta * omega / turned * np.sin(turned * wait))
    speed = -fading * omega**2 / turned * np.sin(turned * wait)
    start, nu = np.array([lower, upper])[:, None, None], 2 * device.M * omega * zeta
    begin = start * swing, start * speed, 10 * device.M / nu
    low, high = settle(_table(response, phase, 1.0), phase, *begin, friction=lambda x, bias: nu).x
    return (low > top) & (high < top)


def holding(response: Response, bias: float, lifetime: float) -> list[tuple[float, float, float]]:
    """Temperature at which the dot stays in a well for a mean time `lifetime`, in hbar/gamma0.

    Of each well, ascending: x_stable, kT, and its lower barrier in units of kT. ValueError for
    times as short as with a barrier below 2 kT, where there is no rate to speak of.

    Examples
    --------
    A second, in the well of Fig. 8, asks for 29 kT:

    >>> from cifcore import LinearBias, paper_device
    >>> well, _ = holding(LinearBias(paper_device("8", zeta=0.5)), 0.2, 5.89e15)
    >>> f"{well[2]:.0f}"
    '29'
    """
    lifetime = _check.real("lifetime", lifetime, *_check.POSITIVE)
    lowest: dict[float, float] = {}
    for well, _, height in barriers(response, bias):
        lowest[well] = min(height, lowest.get(well, np.inf))
    out, law = [], escape_law(response, bias)
    for well, height in sorted(lowest.items()):

        def excess(times: Any, well: float = well, height: float = height) -> Any:
            ways = law(height / times)
            return np.log(lifetime * sum(way.rate for way in ways if way.x_stable == well))

        ends = np.array([2.0, 600.0])  # in units of kT
        short, long = lifetime * np.exp(-excess(ends))
        if not short < lifetime < long:
            raise ValueError(
                f"lifetime = {lifetime!r}: must be from {short:.2g} (2 kT) to {long:.2g} "
                f"hbar/gamma0 in the well at {well:.4g}"
            )
        times = float(bracketed_root(excess, *ends))
        out.append((well, height / times, times))
    return out
