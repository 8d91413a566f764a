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

    Finds changes of sign between neighbouring nodes, zeros at nodes, and pairs of roots
    between nodes: wherever abs(values) has a minimum without a change of sign, the minimum
    is located and checked.
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
    dip = (
        (size[:, 1:-1] <= size[:, :-2])
        & (size[:, 1:-1] <= size[:, 2:])
        & (sign[:, 1:-1] != 0)
        & (sign[:, 1:-1] == sign[:, :-2])
        & (sign[:, 1:-1] == sign[:, 2:])
    )
    dip_row, middle = np.nonzero(dip)
    if len(dip_row):
        outer_low, outer_high = nodes[dip_row, middle], nodes[dip_row, middle + 2]
        side = sign[dip_row, middle + 1]
        lowest = minimum(lambda x: side * function(x, dip_row), outer_low, outer_high)
        crossed = side * function(lowest, dip_row) < 0
        row = np.concatenate([row, dip_row[crossed], dip_row[crossed]])
        low = np.concatenate([low, outer_low[crossed], lowest[crossed]])
        high = np.concatenate([high, lowest[crossed], outer_high[crossed]])
    falling = function(low, row) > 0
    x = bracketed_root(lambda x: function(x, row), low, high)
    zero_row, zero = np.nonzero((sign[:, 1:-1] == 0) & (sign[:, :-2] * sign[:, 2:] < 0))
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

    rows = int(np.prod(response.device.shape, dtype=int))
    nodes = response.nodes_with_bond().reshape(rows, -1)[member]
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
        corners = [values[:-1, :-1], values[1:, :-1], values[:-1, 1:], values[1:, 1:]]
        return (np.minimum.reduce(corners) <= 0) & (np.maximum.reduce(corners) >= 0)

    # the slope is needed along the curve of rest positions only: two cells around it
    near = _widened(may_vanish(balance))
    corner = np.zeros(balance.shape, bool)
    for up, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        corner[up : up + near.shape[0], right : right + near.shape[1]] |= _widened(near)
    slope = np.full(balance.shape, np.inf)
    at = np.nonzero(corner)
    slope[at] = response.force_slope(nodes[at[1]], grid[at[0], 0]) - stiffness(nodes[at[1]])

    # one cell around each candidate as well: a fold may sit beside the corner that shows it
    row, column = np.nonzero(may_vanish(balance) & _widened(may_vanish(slope)))
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
    device = response.device
    k, tension, stiffness = device.k, device.tension, device.stiffness
    start_x, start_bias = x.copy(), bias.copy()
    dx, db, limit = 1e-4 * response.length, 1e-4 * max_bias, response.max_bias
    for _ in range(40):
        g = response.force(x, bias) - tension(x)
        gx = response.force_slope(x, bias) - stiffness(x)
        more, less = np.minimum(bias + db, limit), np.maximum(bias - db, -limit)
        gb = (response.force(x, more) - response.force(x, less)) / (more - less)
        ahead, behind = response.force_slope(x + dx, bias), response.force_slope(x - dx, bias)
        bend = np.subtract(stiffness(x + dx), stiffness(x - dx))
        gxx = (ahead - behind - bend) / (2 * dx)
        gxb = (response.force_slope(x, more) - response.force_slope(x, less)) / (more - less)
        with np.errstate(all="ignore"):
            determinant = gx * gxb - gb * gxx
            step_x = (gb * gx - g * gxb) / determinant
            step_b = (g * gxx - gx * gx) / determinant
        step_x = np.clip(np.nan_to_num(step_x), -cell_x, cell_x)
        step_b = np.clip(np.nan_to_num(step_b), -cell_bias, cell_bias)
        x, bias = x + step_x, np.clip(bias + step_b, -limit, limit)
        # those that leave their neighbourhood belong to another cell, or to none
        stay = (np.abs(x - start_x) < 6 * cell_x) & (np.abs(bias - start_bias) < 6 * cell_bias)
        x, bias, cell_x = x[stay], bias[stay], cell_x[stay]
        start_x, start_bias = start_x[stay], start_bias[stay]
        moved = np.abs(step_x) / response.length + np.abs(step_b) / max_bias
        if not len(x) or np.max(moved[stay]) < 1e-13:
            break
    scale = k * response.length
    good = (np.abs(response.force(x, bias) - tension(x)) < 1e-9 * scale) & (
        np.abs(response.force_slope(x, bias) - stiffness(x)) < 1e-7 * k
    )
    good &= (np.abs(x - start_x) < 3 * cell_x) & (np.abs(bias - start_bias) < 3 * cell_bias)
    x, bias = x[good], bias[good]
    _, first = np.unique(
        np.round(np.stack([x / response.length, bias / max_bias], axis=1), 6),
        axis=0,
        return_index=True,
    )
    return x[first], bias[first]


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    wide = out.copy()
    wide[:, 1:] |= out[:, :-1]
    wide[:, :-1] |= out[:, 1:]
    return wide
