"""Folds of any response: Newton's method from the cells of a grid over position and bias."""

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.scan import resolving_nodes


def folds_by_cells(response: Response, max_bias: float) -> tuple[Array, Array]:
    """Bias and position of each: from every cell where balance and slope may vanish."""
    # a little further, so that a fold at the end is inside, but nowhere without a meaning
    reach = min(max_bias * (1 + 1e-9), response.max_bias)
    nodes, few = response.nodes_with_bond(), np.linspace(-reach, reach, 9)
    rows = np.tile(nodes, (len(few), 1))
    nodes = np.unique(resolving_nodes(response, rows, few, np.zeros(9, np.intp), slopes=True))
    grid = np.linspace(-reach, reach, 481)[:, None]
    # no rest positions where the spring is beyond three times the largest force of some biases
    strongest = np.max(np.abs(response.force(nodes, few[:, None])), axis=0)
    held = np.flatnonzero(np.abs(response.device.tension(nodes)) <= 3 * strongest)
    nodes = nodes[max(held[0] - 1, 0) : held[-1] + 2]
    balance = response.force(nodes, grid) - response.device.tension(nodes)
    # a cell around each candidate as well: a fold may sit beside the corner that shows it
    slope = np.pad(np.diff(balance) / np.diff(nodes), 1, mode="edge")
    row, column = np.nonzero(_may_vanish(balance, 2, 2) & _may_vanish(slope, 4, 3))
    low = np.stack([nodes[column], grid[row, 0]])
    high = np.stack([nodes[column + 1], grid[row + 1, 0]])
    return _folds_from(response, max_bias, (low + high) / 2, high - low)


def _folds_from(
    response: Response, max_bias: float, start: Array, cells: Array
) -> tuple[Array, Array]:
    """Newton's method from the middles of cells, of these sizes in position and bias; each once."""
    device, length, limit = response.device, response.length, response.max_bias
    dx, db = 1e-4 * length, 1e-4 * max_bias

    def balance(x: Array, bias: Array) -> tuple[Array, Array]:
        force, slope = response.force(x, bias), response.force_slope(x, bias)
        return force - device.tension(x), slope - device.stiffness(x)

    at = start
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


def _may_vanish(values: Array, rows: int, columns: int) -> NDArray[np.bool_]:
    """Where neighbours in a window of this size do not have one sign."""
    low = high = values
    for steps in (rows - 1, columns - 1):
        for _ in range(steps):
            low, high = np.minimum(low[1:], low[:-1]), np.maximum(high[1:], high[:-1])
        low, high = low.T, high.T
    return (low <= 0) & (high >= 0)
