"""Roots of any response's force balance on its nodes, and its folds by Newton's method.

The nodes resolve the force (see `.resolution`): between two neighbours a change of sign, or a
touch, is not missed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.families import Found
from cifcore.positions.resolution import resolving_nodes
from cifcore.roots import bracketed_root, minimum


def roots_on_nodes(
    function: Callable[[Array, NDArray[np.intp]], Any], nodes: Array, values: Array
) -> tuple[NDArray[np.intp], Array, NDArray[np.bool_]]:
    """Roots of `function` on each row of `nodes`: row, position, and whether it falls there.

    At changes of sign between neighbouring nodes, at nodes, and in pairs where the minimum of
    abs(function) around a node turns out to lie beyond zero.
    """
    repeated = np.pad(nodes[:, 1:] == nodes[:, :-1], ((0, 0), (1, 0)))
    if np.any(repeated & (values == 0)):
        # a zero needs neighbours on both sides: repeated nodes go to the end of their row
        order = np.argsort(np.where(repeated, np.inf, nodes), axis=1, kind="stable")
        nodes = np.take_along_axis(np.where(repeated, nodes[:, -1:], nodes), order, axis=1)
        last = np.where(repeated, values[:, -1:], values)
        values = np.take_along_axis(last, order, axis=1)
    sign = np.sign(values)
    row, left = np.nonzero(sign[:, :-1] * sign[:, 1:] < 0)
    low, high = nodes[row, left], nodes[row, left + 1]
    size = np.abs(values)
    before, here, after = sign[:, :-2], sign[:, 1:-1], sign[:, 2:]
    least = size[:, 1:-1] <= np.minimum(size[:, :-2], size[:, 2:])
    dip_row, middle = np.nonzero(least & (here != 0) & (here == before) & (here == after))
    if len(dip_row):
        side = here[dip_row, middle]
        outer_low, outer_high = nodes[dip_row, middle], nodes[dip_row, middle + 2]
        lowest = minimum(lambda x: side * function(x, dip_row), outer_low, outer_high)
        crossed = side * function(lowest, dip_row) < 0
        row = np.concatenate([row, dip_row[crossed], dip_row[crossed]])
        low = np.concatenate([low, outer_low[crossed], lowest[crossed]])
        high = np.concatenate([high, lowest[crossed], outer_high[crossed]])
    falling = function(low, row) > 0
    x = bracketed_root(lambda x: function(x, row), low, high)
    zero_row, zero = np.nonzero((here == 0) & (before * after < 0))
    return (
        np.concatenate([row, zero_row]),
        np.concatenate([x, nodes[zero_row, zero + 1]]),
        np.concatenate([falling, values[zero_row, zero] > 0]),
    )


def rest_by_scan(response: Response, bias: Array, member: NDArray[np.intp]) -> Found:
    """All rest positions of each element: a bias, and the member of the family it acts on."""

    def balance(x: Array, row: NDArray[np.intp]) -> Any:
        one = response.select(member[row])
        return one.force(x, bias[row]) - one.device.tension(x)

    nodes = response.nodes_with_bond()
    nodes = nodes.reshape(-1, nodes.shape[-1])[member]
    nodes = resolving_nodes(response, nodes, bias, member)
    one = response.select(member).stretched()
    values = one.force(nodes, bias[:, None]) - one.device.tension(nodes)
    return Found.in_order(*roots_on_nodes(balance, nodes, values))


def folds_by_cells(response: Response, max_bias: float, steps: int = 240) -> tuple[Array, Array]:
    """Folds of any response: Newton's method from each cell where balance and slope may vanish."""
    tension, stiffness = response.device.tension, response.device.stiffness
    # a little further, so that a fold at the end is inside, but nowhere without a meaning
    reach = min(max_bias * (1 + 1e-9), response.max_bias)
    nodes = _nodes_for_slopes(response, reach)
    grid = np.linspace(-reach, reach, 2 * steps + 1)[:, None]
    # no rest positions where the spring is beyond three times the largest force of some biases
    strongest = np.max(np.abs(response.force(nodes, grid[:: steps // 8])), axis=0)
    held = np.flatnonzero(np.abs(tension(nodes)) <= 3 * strongest)
    nodes = nodes[max(held[0] - 1, 0) : held[-1] + 2]
    balance = response.force(nodes, grid) - tension(nodes)

    def may_vanish(values: Array) -> NDArray[np.bool_]:
        corners = values[:-1, :-1], values[1:, :-1], values[:-1, 1:], values[1:, 1:]
        return (np.minimum.reduce(corners) <= 0) & (np.maximum.reduce(corners) >= 0)

    # the slope is needed along the curve of rest positions only: two cells around it
    crossed = may_vanish(balance)
    at = np.nonzero(_around(crossed, [*range(-2, 4)], balance.shape))
    slope = np.full(balance.shape, np.inf)
    slope[at] = response.force_slope(nodes[at[1]], grid[at[0], 0]) - stiffness(nodes[at[1]])

    # one cell around each candidate as well: a fold may sit beside the corner that shows it
    row, column = np.nonzero(crossed & _around(may_vanish(slope), [-1, 0, 1], crossed.shape))
    x = (nodes[column] + nodes[column + 1]) / 2
    bias = (grid[row, 0] + grid[row + 1, 0]) / 2
    cell_x, cell_bias = nodes[column + 1] - nodes[column], grid[1, 0] - grid[0, 0]
    return _folds_from(response, max_bias, x, bias, cell_x, cell_bias)


def _nodes_for_slopes(response: Response, reach: float) -> Array:
    """Nodes for nine biases up to `reach`; refused where slopes do not resolve what they do."""
    nodes = response.nodes_with_bond()
    if response.resolved:
        return nodes
    bias = np.linspace(-reach, reach, 9)
    member = np.zeros(len(bias), np.intp)
    finer = np.unique(resolving_nodes(response, np.tile(nodes, (len(bias), 1)), bias, member))
    close = (np.diff(finer) < 1e-3 * response.length) & ~np.isin(finer[1:], nodes)
    if np.any(close):
        x = finer[1:][close]
        raise ArithmeticError(
            f"force of {type(response).__name__}: changes near x = {x[len(x) // 2]:.6g} within a "
            f"few thousandths of its length = {response.length:g}, too fast for its folds to be "
            "found; give a smaller `length`, and `nodes` that are denser there"
        )
    return finer


def _folds_from(
    response: Response, max_bias: float, x: Array, bias: Array, cell_x: Array, cell_bias: float
) -> tuple[Array, Array]:
    """Newton's method from the middles of cells, for balance and slope; each fold once."""
    device, length, limit = response.device, response.length, response.max_bias
    dx, db = 1e-4 * length, 1e-4 * max_bias

    def balance(x: Array, bias: Array) -> tuple[Array, Array]:
        force, slope = response.force(x, bias), response.force_slope(x, bias)
        return force - device.tension(x), slope - device.stiffness(x)

    cells = np.stack([cell_x, np.full(len(x), cell_bias)])
    at = start = np.stack([x, bias])
    for _ in range(40):
        x, bias = at
        more, less = np.minimum(bias + db, limit), np.maximum(bias - db, -limit)
        stencil = np.stack([x, x, x, x + dx, x - dx]), np.stack([bias, more, less, bias, bias])
        (g, up, down, *_), (gx, gx_up, gx_down, ahead, behind) = balance(*stencil)
        wide = more - less
        gb, gxb, gxx = (up - down) / wide, (gx_up - gx_down) / wide, (ahead - behind) / (2 * dx)
        with np.errstate(all="ignore"):
            determinant = gx * gxb - gb * gxx
            step = np.stack([gb * gx - g * gxb, g * gxx - gx * gx]) / determinant
        step = np.clip(np.nan_to_num(step), -cells, cells)
        at = at + step
        at[1] = np.clip(at[1], -limit, limit)
        # those that leave their neighbourhood belong to another cell, or to none
        stay = np.all(np.abs(at - start) < 6 * cells, axis=0)
        at, start, cells, step = (part[:, stay] for part in (at, start, cells, step))
        moved = np.abs(step[0]) / length + np.abs(step[1]) / max_bias
        if np.max(moved, initial=0.0) < 1e-13:
            break
    g, gx = balance(*at)
    good = (np.abs(g) < 1e-9 * device.k * length) & (np.abs(gx) < 1e-7 * device.k)
    x, bias = at[:, good & np.all(np.abs(at - start) < 3 * cells, axis=0)]
    places = np.round(np.stack([x / length, bias / max_bias], axis=1), 6)
    _, first = np.unique(places, axis=0, return_index=True)
    return x[first], bias[first]


def _around(mask: NDArray[np.bool_], reach: list[int], shape: tuple[int, ...]) -> Any:
    """What lies in both directions by one of `reach` from where `mask` is true."""
    out = np.zeros(shape, bool)
    row, column = (np.add.outer(part, reach) for part in np.nonzero(mask))
    row, column = np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1)
    out[row[:, :, None], column[:, None, :]] = True
    return out
