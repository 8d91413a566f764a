"""Branches of rest positions of a response that is proportional to the bias.

The bias at which x is a rest position is explicit, bias = k x/F(x, 1). Its turning points, where
two rest positions merge, are the roots of F - x dF/dx; between two of them (and x = 0) there is at
most one rest position for a given bias, so none is missed and none invented.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response, slope_by_difference
from cifcore.positions.families import Balance, Found, blocks, in_rows
from cifcore.positions.resolution import resolving_nodes
from cifcore.positions.scan import roots_on_nodes
from cifcore.roots import newton_root

_SHARED = 64  # biases on one segment that make samples of the branch worth while
_SAMPLES = np.linspace(0, 1, 129) ** 3  # of a segment


def turning_points(response: Response) -> tuple[NDArray[np.intp], Array]:
    """Where k x/F(x, 1) turns: the flat index of the member, and x; in ascending order."""
    every = np.arange(math.prod(response.device.shape))
    parts = []
    for cut in blocks(len(every)):
        one = response.select(every[cut])
        inflections = one.inflections()
        if inflections is None:
            nodes = one.nodes().reshape(cut.stop - cut.start, -1)
            where, x = turning_on_nodes(one, nodes)
        else:
            where, x = _turning_between(one, inflections.reshape(cut.stop - cut.start, -1))
        # at x = 0 the turning function is F(0), which is no fold
        where, x = where[x != 0] + cut.start, x[x != 0]
        order = np.lexsort((x, where))
        parts.append((where[order], x[order]))
    where, x = (np.concatenate(part) for part in zip(*parts, strict=True))
    return where, x


def turning_on_nodes(response: Response, nodes: Array) -> tuple[NDArray[np.intp], Array]:
    """Roots of F(x, 1) - x dF/dx on the nodes of each device, and on more where it takes more."""
    rows, kind = np.arange(len(nodes)), type(response)
    fine = resolving_nodes(response, nodes, np.ones(len(nodes)), rows)
    # slopes by difference keep within what the added nodes resolve
    local = fine is not nodes and kind.force_slope is Response.force_slope

    def turning_of(one: Response, x: Array, member: Any) -> Any:
        if local:
            force, slope = one.force(x, 1.0), _slope_between(one, fine, x, member)
        else:
            force, slope = one.force_and_slope(x, 1.0)
        return force - x * slope

    values = turning_of(response.stretched(), fine, rows[:, None])
    where, x, _ = roots_on_nodes(
        lambda x, member: turning_of(response.select(member), x, member), fine, values
    )
    return where, x


def _slope_between(response: Response, nodes: Array, x: Array, member: Any) -> Array:
    """dF/dx under a bias of one, by differences over a tenth of the way between two nodes."""
    gap, member = np.empty(x.shape), np.broadcast_to(member, x.shape)
    for row in np.unique(member):
        here = member == row
        left = np.searchsorted(nodes[row], x[here]) - 1
        gap[here] = np.diff(nodes[row])[np.maximum(left, 0)]
    step = np.minimum(1e-3 * response.length, 0.1 * gap)
    return np.asarray(slope_by_difference(response, x, 1.0, step))


def _turning_between(response: Response, inflections: Array) -> tuple[NDArray[np.intp], Array]:
    """The same where it is monotonic: between zero, the inflections and the outer ends."""
    rows = len(inflections)
    outer = np.broadcast_to(response.ends(), (rows, 2))
    inner = np.clip(inflections, outer[:, :1], outer[:, 1:])
    nodes = np.sort(np.concatenate([outer, inner, np.zeros((rows, 1))], axis=1), axis=1)
    force, slope = response.stretched().force_and_slope(nodes, 1.0)
    falling = force - nodes * slope < 0
    where, left = np.nonzero(falling[:, :-1] != falling[:, 1:])
    few = response.select(where)
    step = 1e-5 * few.length * np.ones(len(where))

    def turning(x: Array, at: Any) -> tuple[Any, Any]:
        some = few if isinstance(at, slice) else few.select(at)
        force, slope = some.force_and_slope(x, 1.0)
        # a one-sided difference, outwards: mirror images give mirror images to the last bit
        away = np.copysign(step[at], x)
        ahead = some.force_and_slope(x + away, 1.0)[1]
        return force - x * slope, -x * (ahead - slope) / away

    return where, newton_root(turning, nodes[where, left], nodes[where, left + 1])


class Segments(NamedTuple):
    """Of each member, shape (members, n): turning points, x = 0 and the outermost positions.

    With F(x, 1) and k x there, and the bias at the turning points; padded with NaN.
    """

    ends: Array
    unit: Array
    spring: Array
    fold: Array

    def balance(self, bias: Array, *at: Any) -> Array:
        """Force balance at the ends that `at` selects, under biases; zero at a fold."""
        unit, spring, fold = (each[at] for each in (self.unit, self.spring, self.fold))
        return np.where(fold == bias, 0.0, bias * unit - spring)


def segments(response: Response) -> Segments:
    """Those of the members of the family."""
    rows = math.prod(response.device.shape)
    every = np.arange(rows)
    one = response.select(every)
    where, turns = turning_points(response)
    outer = np.broadcast_to(one.ends(), (rows, 2))
    where = np.concatenate([where, every, every, every])
    x = np.concatenate([turns, outer[:, 0], np.zeros(rows), outer[:, 1]])
    turning = np.arange(len(x)) < len(turns)
    order = np.lexsort((x, where))
    ends, turning = in_rows(where[order], (rows,), x[order], turning[order])
    one = one.stretched()
    unit, spring = one.force(np.nan_to_num(ends), 1.0) + 0 * ends, one.device.k * ends
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = np.where(turning, spring / unit, np.nan)
    return Segments(ends, unit, spring, fold)


def rest_on_segments(response: Response, bias: Array, member: NDArray[np.intp]) -> Found:
    """All rest positions of each element."""
    found = segments(response)
    ends, balance = found.ends[member], found.balance(bias[:, None], member)
    low, high = ends[:, :-1].copy(), ends[:, 1:].copy()
    at_low, at_high = balance[:, :-1].copy(), balance[:, 1:].copy()
    # where no force acts at x = 0 the dot rests there, and its neighbours start beside it
    row, zero = np.nonzero((ends == 0) & (balance == 0) & (bias[:, None] != 0))
    if len(row):
        one = response.select(member[row])
        low[row, zero] = 1e-9 * ends[row, zero + 1]
        high[row, zero - 1] = 1e-9 * ends[row, zero - 1]
        for x, at, column in ((low, at_low, zero), (high, at_high, zero - 1)):
            beside = x[row, column]
            at[row, column] = one.force(beside, bias[row]) - one.device.k * beside
    where, left = np.nonzero(at_low * at_high < 0)
    stable = at_low[where, left] > 0
    x = solve(response, bias[where], member[where], low[where, left], high[where, left], stable)
    at_end, which = np.nonzero(balance == 0)
    end_x = ends[at_end, which]
    one = response.select(member[at_end])
    end_stable = (end_x == 0) & (one.force_slope(end_x, bias[at_end]) < one.device.k)
    return Found.in_order(
        np.concatenate([where, at_end]),
        np.concatenate([x, end_x]),
        np.concatenate([stable, end_stable]),
    )


def solve(
    response: Response,
    bias: Array,
    member: NDArray[np.intp],
    low: Array,
    high: Array,
    falling: NDArray[np.bool_],
) -> Array:
    """The rest position of each element on its segment, where the balance is `falling` or not."""
    parts = []
    for cut in blocks(len(low)):
        start = _guess(response, bias[cut], member[cut], low[cut], high[cut])
        balance = Balance(response.select(member[cut]), bias[cut])
        parts.append(newton_root(balance.some, low[cut], high[cut], start, ~falling[cut]))
    return np.concatenate(parts)


def _guess(
    response: Response, bias: Array, member: NDArray[np.intp], low: Array, high: Array
) -> Array | None:
    """First guesses where many biases in a row share a segment: between samples of the branch.

    By the cubic polynomial in the bias that has their x and dx/dbias.
    """
    new = (low[1:] != low[:-1]) | (high[1:] != high[:-1]) | (member[1:] != member[:-1])
    first = np.concatenate([[0], 1 + np.flatnonzero(new)])
    if len(low) < _SHARED * len(first):
        return None
    # closer to each other near x = 0, since the outer end may lie far away
    near = np.where(np.abs(low[first]) < np.abs(high[first]), low[first], high[first])[:, None]
    far = (low[first] + high[first])[:, None] - near
    x = near + (far - near) * _SAMPLES
    one = response.select(member[first]).stretched()
    force, slope = one.force_and_slope(x, 1.0)
    with np.errstate(all="ignore"):
        at = one.device.k * x / force
        rate = force * force / (one.device.k * (force - x * slope))
        # of each interval the first sample and the polynomial in the way t to the next one
        span, rise = np.diff(at), np.diff(x)
        m0, m1 = rate[:, :-1] * span, rate[:, 1:] * span
        parts = (at[:, :-1], 1 / span, x[:, :-1], m0, 3 * rise - 2 * m0 - m1, m0 + m1 - 2 * rise)
        left = np.empty(len(low), np.intp)
        lengths = np.diff(np.append(first, len(low)))
        for run, (begin, length) in enumerate(zip(first, lengths, strict=True)):
            way = 1.0 if at[run, 0] <= at[run, -1] else -1.0
            among = slice(begin, begin + length)
            left[among] = np.searchsorted(way * at[run, 1:-1], way * bias[among])
            left[among] += run * span.shape[1]
        b0, inverse, x0, c1, c2, c3 = (np.ascontiguousarray(part).take(left) for part in parts)
        t = (bias - b0) * inverse
        return x0 + t * (c1 + t * (c2 + t * c3))
