"""Where the dot rests when the bias grows from zero, and how far the current rectifies."""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, checked_bias
from cifcore.positions.rest import equilibria
from cifcore.positions.scan import balances, blocks, ends_of_pieces
from cifcore.roots import bracketed_root

_MANY = 64  # biases a member that make samples of its branch worth while
_SAMPLES = np.linspace(0, 1, 33) ** 2  # of a piece of it


def rest_position(response: Response, bias: ArrayLike) -> Any:
    """Rest position x_st(bias) reached by raising the bias slowly from zero, in a.

    The dot stays with the rest position nearby; where that merges with an unstable one, the force
    leads it to the next. On one branch, bias = k x/F(x, 1), that is the first met from x = 0, of a
    family too (`bias` broadcasts); others are followed in steps of 1/160 of the largest bias.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> response = LinearBias(paper_device("2b"))
    >>> rest_position(response, [-0.2, 0.2, 0.35]).round(3).tolist()
    [-0.953, 0.345, 1.8]
    """
    _check.instance("response", response, Response)
    bias = checked_bias(response, bias)
    if not response.explicit:
        _check.instance("response", response, Response, single=True)
        return _followed(response, bias.reshape(-1)).reshape(bias.shape)[()]
    shape = _check.common_shape(bias=bias.shape, device=response.device.shape)
    if math.prod(shape) >= _MANY * math.prod(response.device.shape):
        flat, member = np.broadcast_to(bias, shape).reshape(-1), response.device.members(shape)
        return _first_met(response, flat, member).reshape(shape)[()]
    rest, way = equilibria(response, bias).x, np.sign(response.force(0.0, bias))
    ahead = np.where(rest * way[..., None] > 0, np.abs(rest), np.inf)
    nearest = np.min(ahead, axis=-1, initial=np.inf)
    return way * np.where(np.isfinite(nearest), nearest, 0.0)


def _first_met(response: Response, bias: Array, member: NDArray[np.intp]) -> Array:
    """The same by samples of each member's branch: where abs(bias) first comes so far."""
    every, x = np.arange(math.prod(response.device.shape)), np.zeros(len(bias))
    start = np.sign(response.select(every).force(0.0 * every, 1.0))
    pieces = ends_of_pieces(response)
    for side in (-1, 1):
        going = np.flatnonzero(start[member] * np.sign(bias) == side)
        if not len(going):
            continue
        going = going[np.argsort(member[going], kind="stable")]
        rows = np.flatnonzero(counts := np.bincount(member[going]))
        counts = counts[rows]
        row = np.repeat(np.arange(len(rows)), counts)
        ends = np.sort(np.maximum(side * pieces[rows], 0.0), axis=1)
        at = (ends[:, :-1, None] + np.diff(ends)[..., None] * _SAMPLES).reshape(len(rows), -1)
        wide = response.select(rows).stretched()
        push = start[rows, None] * wide.force(side * at, 1.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            needed = np.where(push > 0, wide.device.k * at / push, np.inf)
        needed = np.maximum.accumulate(needed, axis=1)
        size, right = np.abs(bias[going]), np.zeros(len(going), int)
        for which, run in enumerate(itertools.pairwise([0, *np.cumsum(counts)])):
            right[slice(*run)] = np.searchsorted(needed[which], size[slice(*run)])
        for cut in blocks(len(going)):
            here, upto = row[cut], right[cut]
            low, high, less, more = (y[here, n] for y in (at, needed) for n in (upto - 1, upto))
            with np.errstate(invalid="ignore"):
                guess = low + (high - low) * (size[cut] - less) / (more - less)
            of = balances(response, bias[going[cut]], rows[here])
            bracket = of(np.arange(len(here))), side * low, side * high, side * guess
            # on the way out the spring wins: the balance falls with x
            x[going[cut]] = bracketed_root(*bracket, np.array(False), slopes=True)
    return x


def follow(response: Response, bias: ArrayLike, x0: float = 0.0) -> Array:
    """Rest positions along a slow sequence of biases, shape (n,), with jumps, from near `x0`.

    For each bias the stable one to which the force leads from the one before; of a single device.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> follow(LinearBias(paper_device("6")), [0.09, 0.12, 0.09]).round(3).tolist()
    [0.417, 1.307, 1.191]
    """
    _check.instance("response", response, Response, single=True)
    bias = np.atleast_1d(_check.real_array("bias", bias))
    if bias.ndim > 1:
        raise ValueError(f"bias has shape {bias.shape}: must be a number or a sequence of numbers")
    rest = equilibria(response, bias)
    tolerance = 1e-7 * float(response.length)
    x, now = np.empty(len(bias)), _check.real("x0", x0)
    for i, value in enumerate(bias):
        stable = rest.x[i][rest.stable[i]]
        pull = float(response.force(now, value) - response.device.tension(now))
        away = np.abs(stable - now)
        ahead = stable >= now if pull > 0 else stable <= now
        # the nearest of those ahead, but one that is all but met on either side
        away[~ahead & (away >= tolerance)] = np.inf
        if np.min(away, initial=np.inf) < np.inf:
            now = float(stable[np.argmin(away)])
        x[i] = now
    return x


def _followed(response: Response, bias: Array) -> Array:
    """Branch from zero bias of a response that is not proportional to it."""
    x = np.zeros(len(bias))
    for sign in np.unique(np.sign(bias[bias != 0])):
        size = np.abs(bias[bias * sign > 0])
        path = np.union1d(np.linspace(0, np.max(size), 161)[1:], size)
        x[bias * sign > 0] = follow(response, sign * path)[np.searchsorted(path, size)]
    return x


def rectification(response: Response, bias: ArrayLike) -> Any:
    """Rectification factor R = [I(V) + I(-V)]/[I(V) - I(-V)] at abs(bias) (Eqs. 18 and 22).

    With the response's own current, charge or heat, at `rest_position`; NaN where none flows. In
    linear response it is (T(V) - T(-V))/(T(V) + T(-V)) (Eq. 19). `bias` broadcasts against the
    family: `lam` of shape (m, 1) and a bias of shape (n,) give the map of Fig. 4(b).

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> family = LinearBias(paper_device("4", lam=np.array([0.25, 0.5])))
    >>> rectification(family, 0.05).round(3).tolist()
    [0.41, 0.724]
    """
    _check.instance("response", response, Response)
    size = np.abs(_check.real_array("bias", bias))
    forward, backward = rest_position(response, size), rest_position(response, -size)
    # in linear response by the currents of a bias of one, which keep their digits at small biases
    per = (1.0, 1.0) if response.proportional else (size, -size)
    plus, minus = response.current(forward, per[0]), response.current(backward, per[1])
    minus = -minus if response.proportional else minus
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((plus + minus) / (plus - minus))[()]
