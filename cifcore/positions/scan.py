"""Roots on nodes: rest positions of any response, and turning points of an explicit branch.

Where all rest positions lie on the branch bias = k x/F(x, 1), its turning points, x = 0 and the
outer ends are nodes enough, one rest position between two. So are known inflections of the force.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.roots import bracketed_root

BLOCK = 8_000  # elements at a time: their arrays stay in the cache
_PARTS = np.arange(1, 32) / 32  # where to look between two nodes
_BENT = 3e-3  # of the largest force: further off a straight line, what is looked at becomes nodes
_BESIDE = 1e-9  # of the largest pull of the spring: a force below is no more than its rounding
_ROUNDS = 6
_MOST = 1000 * len(_PARTS)  # intervals to look at: noise is not to be resolved
_SAME = 2e-15  # of the pull of the spring: a balance below is rounding
Of = Callable[[NDArray[np.intp]], Callable[[Array], Any]]


class Found(NamedTuple):
    """Roots: of which element, where, and whether stable; in ascending order of the two."""

    where: NDArray[np.intp]
    x: Array
    stable: NDArray[np.bool_]

    def joined(self, other: Found) -> Found:
        """Both, if there is an other, in order."""
        if not len(other.where):
            return self
        where, x, stable = (np.concatenate(both) for both in zip(self, other, strict=True))
        order = np.argsort(where + 1j * x)  # by the one, then by the other
        return Found(where[order], x[order], stable[order])


def blocks(n: int) -> list[slice]:
    """Cuts 0 to n into runs of at most `BLOCK`; nothing is one run of nothing."""
    return [slice(i, min(i + BLOCK, n)) for i in range(0, max(n, 1), BLOCK)]


def in_rows(where: NDArray[np.intp], shape: tuple[int, ...], *columns: Any) -> list[NDArray[Any]]:
    """Values of each element in a row, padded with NaN or False; `where` (flat index) ascends."""
    counts = np.bincount(where, minlength=math.prod(shape))
    here = np.arange(int(counts.max(initial=0))) < counts[:, None]
    out = []
    for values in columns:
        table = np.full(here.shape, False if values.dtype == bool else np.nan, values.dtype)
        table[here] = values
        out.append(table.reshape(*shape, here.shape[1]))
    return out


def roots_on_nodes(of: Of, nodes: Array, values: Array, tangents: Array | None = None) -> Found:
    """Roots of functions on rows of `nodes`; `of` gives those of some rows, `values` all of them.

    At nodes, and once where the sign changes between two. With slopes at the nodes, `tangents`,
    functions are convex or concave in between, and `of` gives slopes too. Stable: where they fall.
    """
    sign = filled = np.sign(values)
    if not np.all(sign):  # a zero has the sign of what is before it
        last = np.maximum.accumulate(np.where(sign != 0, np.arange(sign.shape[1]), 0), axis=1)
        filled = np.take_along_axis(sign, last, axis=1)
    row, left = np.nonzero(filled[:, :-1] * filled[:, 1:] < 0)
    falling = filled[row, left] > 0
    if tangents is None:
        start = np.where(values[row, left] == 0, nodes[row, left], np.nan)
    else:
        # from where the function has the sign of its curvature Newton never passes the root
        convex = tangents[row, left + 1] > tangents[row, left]
        end = row, left + (falling != convex)
        with np.errstate(divide="ignore", invalid="ignore"):
            start = nodes[end] - values[end] / tangents[end]
    ends, slopes = (nodes[row, left], nodes[row, left + 1]), tangents is not None
    found = Found(row, bracketed_root(of(row), *ends, start, ~falling, slopes=slopes), falling)
    touched, at = np.nonzero((sign[:, 1:-1] == 0) & (filled[:, :-2] * sign[:, 2:] > 0))
    return found.joined(Found(touched, nodes[touched, at + 1], np.zeros(len(at), bool)))


def with_dips(of: Of, nodes: Array, values: Array) -> Found:
    """Those of functions that may also turn, once, within the intervals around a node."""
    found, sign, size = roots_on_nodes(of, nodes, values), np.sign(values), np.abs(values)
    here = sign[:, 1:-1]
    same = (here != 0) & (here == sign[:, :-2]) & (here == sign[:, 2:])
    row, left = np.nonzero(same & (size[:, 1:-1] <= np.minimum(size[:, :-2], size[:, 2:])))
    if not len(row):
        return found
    side, around, low, high = here[row, left], of(row), nodes[row, left], nodes[row, left + 2]
    step, close = 1e-4 * (high - low), 1e-11 * size[row, left + 1]

    def leaning(x: Array) -> Any:
        return side * (around(x + step) - around(x - step))

    turn = bracketed_root(leaning, low, high, None, np.array(True), close=close, rounds=40)
    ends = values[row, left], values[row, left + 2]
    return found.joined(between(of, row, (low, turn, high), (ends[0], around(turn), ends[1])))


def between(of: Of, row: NDArray[np.intp], nodes: Any, values: Any, *tangents: Any) -> Found:
    """The same for some intervals, each of a row, and the place in them nearest to zero."""
    columns = (np.stack(part, axis=1) for part in (nodes, values, *tangents))
    found = roots_on_nodes(lambda some: of(row[some]), *columns)
    return found._replace(where=row[found.where])


def balances(response: Response, bias: Array, member: NDArray[np.intp], slopes: bool = True) -> Of:
    """Force balances, with their slopes or without, of elements as those of `rest_by_scan`."""

    def of(row: NDArray[np.intp]) -> Callable[[Array], Any]:
        few, V = response.select(member[row]), bias[row]

        def balance(x: Array) -> Any:
            if not slopes:
                return few.force(x, V) - few.device.tension(x)
            force, slope = few.force_and_slope(x, V)
            return force - few.device.tension(x), slope - few.device.stiffness(x)

        return balance

    return of


def rest_by_scan(response: Response, bias: Array, member: NDArray[np.intp]) -> Found:
    """All rest positions of each element: a bias, and the member of the family it acts on."""
    pieces, some = response.explicit and response.resolved, response.select(member).stretched()
    if response.proportional:
        every = np.arange(math.prod(response.device.shape))
        nodes = ends_of_pieces(response) if pieces else _nodes(response, np.ones(len(every)), every)
        unit = response.select(every).stretched().force(nodes, 1.0)
        nodes, force = nodes[member], bias[:, None] * unit[member]
    else:
        nodes = _nodes(response, bias, member)
        force = some.force(nodes, bias[:, None])
    values = net(force, some.device.tension(nodes))
    of = balances(response, bias, member, slopes=False)
    return (roots_on_nodes if pieces else with_dips)(of, nodes, values)


def rest_between_inflections(
    response: Response, inflections: Array, bias: Array, member: NDArray[np.intp]
) -> Found:
    """The same where the inflections of the force are known.

    Between two of them the balance G(x) = bias F(x, 1) - k x is convex or concave: one root if its
    sign changes; else none, or two if it comes closer to zero and its extremum lies beyond.
    """
    every = np.arange(len(inflections))
    one = response.select(every)
    nodes = nodes_between(one, inflections)
    force, slope, parts, near = np.empty_like(nodes), np.empty_like(nodes), [], []
    for cut in blocks(len(every)):
        few = one.select(every[cut]).stretched()
        force[cut], slope[cut] = few.force_and_slope(nodes[cut], 1.0)
    for cut in blocks(len(bias)):
        some, V = member[cut], bias[cut, None]
        x, k = nodes[some], np.broadcast_to(one.device.k, every.shape)[some, None]
        G, slope_G = V * force[some] - k * x, V * slope[some] - k
        found = roots_on_nodes(balances(one, bias[cut], some), x, G, slope_G)
        parts.append(found._replace(where=found.where + cut.start))
        # where the balance comes closer to zero from both ends
        nearing, same = G * slope_G < 0, (G[:, :-1] > 0) == (G[:, 1:] > 0)
        row, left = np.nonzero(nearing[:, :-1] & ~nearing[:, 1:] & same)
        ends = (part[row, side] for side in (left, left + 1) for part in (x, G, slope_G))
        near.append((row + cut.start, *ends))
    found = Found(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    columns = [np.concatenate(part) for part in zip(*near, strict=True)]
    _, low, g, d, high, h, e = columns
    # it does not reach where the tangents at the two ends meet
    closer = ((e * g - d * h + d * e * (high - low)) / (e - d) > 0) != (g > 0)
    where, low, g, d, high, h, e = (part[closer] for part in columns)
    of = balances(one, bias, member)
    few, around = one.select(member[where]), of(where)
    x = bracketed_root(lambda x: around(x)[1] / few.device.k, low, high, None, d < 0, close=1e-13)
    at_turn = net(bias[where] * few.force(x, 1.0), few.device.tension(x))
    return found.joined(between(of, where, (low, x, high), (g, at_turn, h), (d, 0 * d, e)))


def net(force: Array, tension: Array) -> Array:
    """Their difference, zero where it is no more than rounding, as at a fold met exactly."""
    off = force - tension
    return np.where(np.abs(off) <= _SAME * np.abs(tension), 0.0, off)


def _nodes(response: Response, bias: Array, member: NDArray[np.intp]) -> Array:
    nodes = response.nodes_with_bond()
    # beside x = 0, where the dot rests if no force acts there
    nodes = np.concatenate([nodes, 1e-9 * nodes[..., [0, -1]]], axis=-1)
    nodes = np.sort(nodes.reshape(-1, nodes.shape[-1]))[member]
    return resolving_nodes(response, nodes, bias, member)


def ends_of_pieces(response: Response) -> Array:
    """Where the pieces of each member's branch end; shape (members, n)."""
    rows = math.prod(response.device.shape)
    where, x = turning_points(response)
    (turns,) = in_rows(where, (rows,), x)
    outer = response.ends().reshape(rows, 2)
    turns = np.where(np.isnan(turns), outer[:, 1:], turns)
    return np.sort(np.concatenate([outer, 1e-9 * outer, turns], axis=1), axis=1)


def turning_points(response: Response) -> tuple[NDArray[np.intp], Array]:
    """Where k x/F(x, 1) turns, F - x dF/dx = 0: the flat index of the member, and x; in order."""
    every = np.arange(math.prod(response.device.shape))
    parts = []
    for cut in blocks(len(every)):
        where, x, _ = _turns(response.select(every[cut]), cut.stop - cut.start)
        # at x = 0 the turning function is F(0), which is no fold
        parts.append((where[x != 0] + cut.start, x[x != 0]))
    where, x = (np.concatenate(part) for part in zip(*parts, strict=True))
    return where, x


def _turns(response: Response, rows: int) -> Found:
    """The same of one block; between zero, inflections and outer ends F - x dF/dx is monotonic."""

    def turning(response: Response, x: Array) -> Any:
        force, slope = response.force_and_slope(x, 1.0)
        return force - x * slope

    def of(row: NDArray[np.intp]) -> Callable[[Array], Any]:
        return functools.partial(turning, response.select(row))

    bends, every = response.inflections(), np.arange(rows)
    if bends is None:
        nodes = response.nodes()
        nodes = nodes.reshape(rows, nodes.shape[-1])
        nodes = resolving_nodes(response, nodes, np.ones(rows), every, slopes=True)
        return with_dips(of, nodes, turning(response.stretched(), nodes))
    nodes = nodes_between(response, bends.reshape(rows, bends.shape[-1]))
    nodes = np.sort(np.insert(nodes, 0, 0.0, axis=1), axis=1)
    return roots_on_nodes(of, nodes, turning(response.stretched(), nodes))


def nodes_between(response: Response, inflections: Array) -> Array:
    """The outer ends of each member, and its inflections between them; shape (members, n)."""
    outer = np.broadcast_to(response.ends(), (len(inflections), 2))
    inner = np.clip(inflections, outer[:, :1], outer[:, 1:])
    return np.concatenate([outer[:, :1], inner, outer[:, 1:]], axis=1)


def resolving_nodes(
    response: Response, nodes: Array, bias: Array, member: NDArray[np.intp], slopes: bool = False
) -> Array:
    """Rows of `nodes`, each of a member under a bias, and more where its force asks for them.

    Filled up with their last node. With `slopes`, what differences do not resolve is refused.
    """
    if response.resolved:
        return nodes
    by_difference = slopes and type(response).force_slope is Response.force_slope
    least = 1e-3 * float(np.min(response.length)) if by_difference else 0.0
    rows = [
        _resolved(response.select(np.array([one])), row, float(V), least)
        for row, V, one in zip(nodes, bias, member, strict=True)
    ]
    width = max(map(len, rows), default=0)
    return np.array([np.pad(row, (0, width - len(row)), mode="edge") for row in rows])


def _resolved(response: Response, x: Array, bias: float, least: float) -> Array:
    """One row: an interval that is not a straight line is cut into parts, and these looked at."""
    x, pull = np.unique(x), np.max(np.abs(response.device.tension(x)))
    for _ in range(_ROUNDS):
        value = np.broadcast_to(response.force(x, bias), x.shape)
        between = x[:-1, None] + np.diff(x)[:, None] * _PARTS
        there = np.broadcast_to(response.force(between, bias), between.shape)
        off = np.abs(there - value[:-1, None] - np.diff(value)[:, None] * _PARTS)
        size = np.abs(np.append(there, value))
        largest = np.max(size, initial=_BESIDE * pull, where=np.isfinite(size))
        bent = np.any(off > _BENT * largest, axis=1)
        if not np.any(bent):
            return x
        worst, width = between.flat[np.nanargmax(off)], np.min(np.diff(between[bent]))
        if width < least or len(x) > _MOST:
            break
        x = np.unique(np.append(x, between[bent]))
    raise ArithmeticError(
        f"force of {type(response).__name__} at bias = {bias:g}: not resolved near x = {worst:.6g}"
        f", where it jumps or changes within {width:.1e}: give denser `nodes` or a smaller `length`"
    )
