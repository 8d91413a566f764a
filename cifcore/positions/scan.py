"""Roots on nodes: rest positions of any response, and turning points of an explicit branch.

Where all rest positions lie on the branch bias = k x/F(x, 1), its turning points, x = 0 and the
outer ends are nodes enough: between two of them there is at most one for a given bias.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.roots import bracketed_root, minimum, newton_root

BLOCK = 5_000  # elements at a time: their arrays stay in the cache
_PARTS = np.arange(1, 32) / 32  # where to look between two nodes
_BENT = 3e-3  # of the largest force: further off a straight line, what is looked at becomes nodes
_BESIDE = 1e-9  # of the largest pull of the spring: a force below is no more than its rounding
_ROUNDS = 6
_MOST = 1000 * len(_PARTS)  # intervals to look at: noise is not to be resolved
_SAME = 2e-15  # of the pull of the spring: a balance below is zero, at a fold met exactly


class Found(NamedTuple):
    """Roots: of which element, where, and whether stable; in ascending order of the two."""

    where: NDArray[np.intp]
    x: Array
    stable: NDArray[np.bool_]

    @classmethod
    def in_order(cls, where: NDArray[np.intp], x: Array, stable: NDArray[np.bool_]) -> Self:
        order = np.lexsort((x, where))
        return cls(where[order], x[order], stable[order])


def blocks(n: int) -> list[slice]:
    """Cuts 0 to n into runs of at most `BLOCK`; nothing is one run of nothing."""
    return [slice(i, min(i + BLOCK, n)) for i in range(0, max(n, 1), BLOCK)]


def in_rows(
    where: NDArray[np.intp], shape: tuple[int, ...], *columns: NDArray[Any]
) -> list[NDArray[Any]]:
    """Values of each element of a family beside each other, padded with NaN (or False).

    `where` says, by the flat index, to which element each value belongs, and is in order.
    """
    counts = np.bincount(where, minlength=math.prod(shape))
    here = np.arange(int(counts.max(initial=0))) < counts[:, None]
    out = []
    for values in columns:
        table = np.full(here.shape, False if values.dtype == bool else np.nan, values.dtype)
        table[here] = values
        out.append(table.reshape(*shape, here.shape[1]))
    return out


def roots_on_nodes(
    of: Callable[[NDArray[np.intp]], Callable[[Array], Any]],
    nodes: Array,
    values: Array,
    dips: bool = True,
) -> Found:
    """Roots of functions on rows of `nodes`; `of` gives those of some rows, `values` all of them.

    At changes of sign between neighbours, at nodes and, with `dips`, in pairs where the minimum of
    abs(function) around a node lies beyond zero. A function is `stable` at a root if it falls, and
    not where it only touches zero.
    """
    sign = np.sign(values)
    # a zero has the sign of what is before it
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(sign.shape[1]), 0), axis=1)
    filled = np.take_along_axis(sign, last, axis=1)
    row, left = np.nonzero(filled[:, :-1] * filled[:, 1:] < 0)
    low, high, falling = nodes[row, left], nodes[row, left + 1], filled[row, left] > 0
    size, (before, here, after) = np.abs(values), (sign[:, :-2], sign[:, 1:-1], sign[:, 2:])
    least = dips & (size[:, 1:-1] <= np.minimum(size[:, :-2], size[:, 2:]))
    dip, middle = np.nonzero(least & (here != 0) & (here == before) & (here == after))
    if len(dip):
        side, around = here[dip, middle], of(dip)
        outer = nodes[dip, middle], nodes[dip, middle + 2]
        lowest = minimum(lambda x: side * around(x), *outer)
        crossed = side * around(lowest) < 0
        row = np.concatenate([row, dip[crossed], dip[crossed]])
        low = np.concatenate([low, outer[0][crossed], lowest[crossed]])
        high = np.concatenate([high, lowest[crossed], outer[1][crossed]])
        falling = np.concatenate([falling, side[crossed] > 0, side[crossed] < 0])
    # from the end that is nearer to zero: mirror images give mirror images to the last bit
    out = np.abs(low) < np.abs(high)
    x = bracketed_root(of(row), np.where(out, low, high), np.where(out, high, low))
    touched, at = np.nonzero((here == 0) & (filled[:, :-2] * after > 0))
    x, stable = np.append(x, nodes[touched, at + 1]), np.append(falling, np.zeros(len(at), bool))
    return Found.in_order(np.append(row, touched), x, stable)


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
    tension = some.device.tension(nodes)
    values = force - tension
    values[np.abs(values) <= _SAME * np.abs(tension)] = 0

    def balance(row: NDArray[np.intp]) -> Callable[[Array], Any]:
        few, V = response.select(member[row]), bias[row]
        return lambda x: few.force(x, V) - few.device.tension(x)

    return roots_on_nodes(balance, nodes, values, dips=not pieces)


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
        one = response.select(every[cut])
        bends, rows = one.inflections(), cut.stop - cut.start
        if bends is None:
            where, x, _ = _turning_on_nodes(one, one.nodes().reshape(rows, -1))
        else:
            where, x = _turning_between(one, bends.reshape(rows, -1))
        # at x = 0 the turning function is F(0), which is no fold
        parts.append((where[x != 0] + cut.start, x[x != 0]))
    where, x = (np.concatenate(part) for part in zip(*parts, strict=True))
    return where, x


def _turning(response: Response, x: Array) -> Any:
    force, slope = response.force_and_slope(x, 1.0)
    return force - x * slope


def _turning_on_nodes(response: Response, nodes: Array) -> Found:
    every = np.arange(len(nodes))
    nodes = resolving_nodes(response, nodes, np.ones(len(nodes)), every, slopes=True)

    def of(row: NDArray[np.intp]) -> Callable[[Array], Any]:
        return functools.partial(_turning, response.select(row))

    return roots_on_nodes(of, nodes, _turning(response.stretched(), nodes))


def _turning_between(response: Response, inflections: Array) -> tuple[NDArray[np.intp], Array]:
    """The same where it is monotonic: between zero, the inflections and the outer ends."""
    nodes = np.sort(np.insert(nodes_between(response, inflections), 0, 0.0, axis=1), axis=1)
    falling = _turning(response.stretched(), nodes) < 0
    where, left = np.nonzero(falling[:, :-1] != falling[:, 1:])
    few = response.select(where)

    def turning(x: Array) -> tuple[Any, Any]:
        force, slope = few.force_and_slope(x, 1.0)
        return force - x * slope, -x * curvature(few, x, 1.0, slope)

    return where, newton_root(turning, nodes[where, left], nodes[where, left + 1])


def curvature(response: Response, x: Array, bias: Any, slope: Array) -> Array:
    """d2F/dx2, beside the known dF/dx, by a one-sided difference outwards from x = 0.

    So mirror images give mirror images, to the last bit.
    """
    away = np.copysign(1e-5 * response.length, x)
    return np.asarray((response.force_and_slope(x + away, bias)[1] - slope) / away)


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
    x = x[np.diff(x, prepend=-np.inf) > 0]
    value = np.broadcast_to(response.force(x, bias), x.shape)
    pull = np.max(np.abs(response.device.tension(x)))
    left = np.arange(len(x) - 1)
    for _ in range(_ROUNDS):
        between = x[left, None] + np.diff(x)[left, None] * _PARTS
        there = np.broadcast_to(response.force(between, bias), between.shape)
        off = np.abs(there - value[left, None] - np.diff(value)[left, None] * _PARTS)
        size = np.abs(np.append(there, value))
        largest = np.max(size, initial=_BESIDE * pull, where=np.isfinite(size))
        bent = np.any(off > _BENT * largest, axis=1)
        if not np.any(bent):
            return x
        worst, width = between.flat[np.nanargmax(off)], np.min(np.diff(between[bent]))
        if width < least or len(left) > _MOST:
            break
        order = np.argsort(np.append(x, between[bent]), kind="stable")
        new = order >= len(x)
        x, value = np.append(x, between[bent])[order], np.append(value, there[bent])[order]
        left = np.flatnonzero(new[:-1] | new[1:])
    raise ArithmeticError(
        f"force of {type(response).__name__} at bias = {bias:g}: not resolved near x = "
        f"{worst:.6g}, where it jumps or changes within {width:.1e}; give denser `nodes` there, "
        "a smaller `length`, or a smoother force"
    )
