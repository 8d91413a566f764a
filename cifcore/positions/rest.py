"""Rest positions of the dot, U'(x) = F(x, bias), and the folds where they appear and vanish."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.force.response import Response, checked_bias
from cifcore.positions import scan


@dataclass(frozen=True)
class Equilibria:
    """Rest positions `x`, ascending, and whether each is `stable`.

    Of shape (n,), or for a family or an array of bias ``(*shape, n)``, padded with NaN and False.
    """

    x: Array
    stable: NDArray[np.bool_]

    @property
    def count(self) -> Any:
        """Number of rest positions."""
        return np.sum(np.isfinite(self.x), axis=-1)


@dataclass(frozen=True)
class Folds:
    """Turning points of the branch, in order of bias; shape ``(*shape, n)``, padded with NaN."""

    bias: Array
    x: Array


def equilibria(response: Response, bias: ArrayLike) -> Equilibria:
    """All rest positions U'(x) = F(x, bias), with their stability; U'(x) = k x without a bond.

    `bias` broadcasts against the family of devices. That none is missed rests, for the responses of
    this package, on closed forms of their force, and for one of the reader's own on its nodes (see
    `Response.nodes`). At a fold the merged pair counts as one rest position, not stable, if the
    force is proportional to the bias.

    Raises
    ------
    ArithmeticError
        If a force of the reader's own stays unresolved however close one looks, as at a jump.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> rest = equilibria(LinearBias(paper_device("2b")), 0.2)
    >>> rest.x.round(3).tolist(), rest.stable.tolist()
    ([0.345, 0.839, 1.667], [True, False, True])
    """
    _check.instance("response", response, Response)
    bias = checked_bias(response, bias)
    shape = _check.common_shape(bias=bias.shape, device=response.device.shape)
    each = np.broadcast_to(bias, shape).reshape(-1), response.device.members(shape)
    inflections = response.inflections() if response.explicit else None
    if inflections is None:
        found = scan.rest_by_scan(response, *each)
    else:
        bends = inflections.reshape(-1, inflections.shape[-1])
        found = scan.rest_between_inflections(response, bends, *each)
    return Equilibria(*scan.in_rows(found.where, shape, found.x, found.stable))


def folds(response: Response, max_bias: float) -> Folds:
    """Turning points of the branch of rest positions with abs(bias) <= max_bias.

    Where all lie on one branch, the extrema of k x/F(x, 1). Else, of a single device, where force
    balance and slope vanish together, by Newton's method from every cell of a grid over position
    and bias in which both change sign. Raises ArithmeticError as `equilibria`.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> found = folds(LinearBias(paper_device("2b")), 0.5)
    >>> found.bias.round(4).tolist(), found.x.round(3).tolist()
    ([0.0834, 0.3062], [1.302, 0.556])
    """
    _check.instance("response", response, Response)
    max_bias = _check.real("max_bias", max_bias, *_check.POSITIVE)
    if response.explicit:
        row, x = scan.turning_points(response)
        bias = branch(response.select(row), x)
    else:
        _check.instance("response", response, Response, single=True)
        x, bias = _folds_by_cells(response, max_bias)
        row = np.zeros(len(x), np.intp)
    keep = np.flatnonzero(np.abs(bias) <= max_bias)
    order = keep[np.lexsort((x[keep], bias[keep], row[keep]))]
    return Folds(*scan.in_rows(row[order], response.device.shape, bias[order], x[order]))


def _folds_by_cells(response: Response, max_bias: float) -> tuple[Array, Array]:
    """Bias and position of each: from every cell where balance and slope may vanish."""
    # a little further, so that a fold at the end is inside, but nowhere without a meaning
    reach = min(max_bias * (1 + 1e-9), response.max_bias)
    nodes, few = response.nodes_with_bond(), np.linspace(-reach, reach, 9)
    rows, one = np.tile(nodes, (len(few), 1)), np.zeros(len(few), np.intp)
    nodes = np.unique(scan.resolving_nodes(response, rows, few, one, slopes=True))
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
        force, slope = response.force_and_slope(x, bias)
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


def branch(response: Response, x: ArrayLike) -> Any:
    """Bias at which `x` is a rest position, U'(x)/F(x, 1); ValueError if that is not all it takes.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> branch(LinearBias(paper_device("2b")), [0.2, 1.0]).round(3).tolist()
    [0.084, 0.134]
    """
    _check.instance("response", response, Response)
    if not response.proportional:
        raise ValueError(f"response = {response!r}: must be proportional to the bias")
    x = _check.real_array("x", x)
    _check.common_shape(x=x.shape, device=response.device.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        return response.device.tension(x) / response.force(x, 1.0)


def least_bias(device: Device) -> Any:
    """Bias below which no device of this k, a0 and b has several rest positions, in gamma0/e.

    abs(eV) = 2 pi k (a0/b)^2, whatever E_dot, gamma and lam are; weak couplings and a lam close to
    1 come as near to it as one likes. Infinite for b = 0.

    In y = 2 b (x - centre)/a0 force goes as u/(1 + u^2), u = c cosh y = (gL^2 + gR^2)/abs(E_dot).
    At a fold it rises as fast as the spring pulls, w d/dy [u/(1 + u^2)] = 1 with
    w = 2 b^2 abs(eV)/(pi a0^2 k); with u = tan(angle), w sin(4 angle)/4 tanh y = 1; w > 4.

    Examples
    --------
    >>> from cifcore import LinearBias, folds, paper_device
    >>> device = paper_device("2b")
    >>> f"{least_bias(device):.4f} < {min(folds(LinearBias(device), 1.0).bias):.4f}"
    '0.0314 < 0.0834'
    """
    _check.instance("device", device, Device)
    _check.within("device.mu0", device.mu0, lambda a: a == 0, "0, the middle of the band")
    with np.errstate(divide="ignore"):
        bound = 2 * np.pi * device.k * np.square(np.divide(device.a0, device.b))
    return np.broadcast_to(bound, device.shape)[()]
