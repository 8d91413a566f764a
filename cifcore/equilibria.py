"""Rest positions of the dot, the folds where they appear and vanish, and the barriers between.

A rest position satisfies k x = F(x, bias). For a response proportional to the bias the
branch of all rest positions is explicit, bias = k x/F(x, 1): its turning points do not
depend on the bias, and between two of them (and x = 0) there is at most one rest position
for a given bias, so none can be missed and none invented. For any other response the force
balance is scanned on the response's own nodes, which resolve it, and touches between nodes
are looked for as well. The turning points are the roots of F - x dF/dx, whose own slope is
-x d2F/dx2: where the response knows its inflections they are bracketed exactly, and found
otherwise on the nodes.

Units: gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check
from ._roots import bracketed_root, minimum, newton_root
from .device import Array
from .response import Response, check_response


@dataclass(frozen=True)
class Equilibria:
    """Rest positions `x`, ascending, and whether each is `stable`.

    For a single device and bias, one-dimensional. For families of devices or arrays of
    bias, of shape (*shape, n) with NaN (and False) after the last one.
    """

    x: Array
    stable: NDArray[np.bool_]

    @property
    def count(self) -> Any:
        """Number of rest positions."""
        return np.sum(np.isfinite(self.x), axis=-1)


@dataclass(frozen=True)
class Folds:
    """Turning points of the branch: there two rest positions merge. In order of bias.

    For a single device, one-dimensional; for a family, of shape (*shape, n) with NaN after
    the last one.
    """

    bias: Array
    x: Array


def equilibria(response: Response, bias: ArrayLike) -> Equilibria:
    """All rest positions k x = F(x, bias), with their stability.

    Parameters
    ----------
    response : Response
    bias : float or array
        Broadcasts against the response's family of devices.

    Returns
    -------
    Equilibria
        At a fold the merged pair counts as one rest position, not stable.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> rest = equilibria(LinearBias(paper_device("2b")), 0.2)
    >>> rest.x.round(3).tolist(), rest.stable.tolist()
    ([0.345, 0.839, 1.667], [True, False, True])
    """
    check_response(response)
    bias = _check.real_array("bias", bias)
    shape = _check.common_shape(bias=bias.shape, device=response.device.shape)
    flat = np.broadcast_to(bias, shape).reshape(-1)
    member = _members(response, shape)
    if response.proportional:
        where, x, stable = _on_segments(response, flat, member)
    else:
        where, x, stable = _by_scan(response, flat, member)
    packed = _pack(where, len(flat), x, stable)
    if shape == ():
        return Equilibria(packed.x[0], packed.stable[0])
    width = packed.x.shape[-1]
    return Equilibria(packed.x.reshape(*shape, width), packed.stable.reshape(*shape, width))


def folds(response: Response, max_bias: float) -> Folds:
    """Turning points of the branch of rest positions with abs(bias) <= max_bias.

    Where the response is proportional to the bias, they are the extrema of k x/F(x, 1), found
    as the roots of F - x dF/dx; a family of devices is worked out at once. Else, for a single
    device, they are the points where both the force balance and its slope vanish, found by
    Newton's method from every cell of a grid over position and bias in which both change
    sign.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> found = folds(LinearBias(paper_device("2b")), 0.5)
    >>> found.bias.round(4).tolist(), found.x.round(3).tolist()
    ([0.0834, 0.3062], [1.302, 0.556])
    """
    check_response(response)
    max_bias = float(_check.positive("max_bias", _check.real("max_bias", max_bias)))
    if not response.proportional:
        check_response(response, single=True)
        x, bias = _folds_by_cells(response, max_bias)
        keep = np.abs(bias) <= max_bias
        order = np.lexsort((x[keep], bias[keep]))
        return Folds(bias[keep][order], x[keep][order])
    ends = _segment_ends(response)
    row, column = np.nonzero(ends.fold)
    x = ends.x[row, column]
    one = _select(response, row)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = one.device.k * x / one.force(x, 1.0)
    keep = np.abs(bias) <= max_bias
    row, x, bias = row[keep], x[keep], bias[keep]
    shape = response.device.shape
    rows = int(np.prod(shape, dtype=int))
    order = np.lexsort((x, bias, row))
    row, x, bias = row[order], x[order], bias[order]
    column = np.arange(len(row)) - np.searchsorted(row, row)
    width = int(np.bincount(row, minlength=1).max())
    out = np.full((2, rows, width), np.nan)
    out[:, row, column] = bias, x
    return Folds(*out.reshape(2, *shape, width))


def branch(response: Response, x: ArrayLike) -> Any:
    """Bias at which `x` is a rest position, k x/F(x, 1); for proportional responses only.

    Raises
    ------
    ValueError
        If the response is not proportional to the bias.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> branch(LinearBias(paper_device("2b")), [0.2, 1.0]).round(3).tolist()
    [0.084, 0.134]
    """
    check_response(response)
    if not response.proportional:
        raise ValueError(f"response = {response!r}: must be proportional to the bias")
    x = _check.real_array("x", x)
    _check.common_shape(x=x.shape, device=response.device.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        return response.device.k * x / response.force(x, 1.0)


def potential(response: Response, x: ArrayLike, bias: ArrayLike) -> Any:
    """Effective potential k x^2/2 - int_{-a0}^x F(x', bias) dx' (Eq. 28), in gamma0.

    Gauss-Legendre quadrature between the response's nodes; relative error about 1e-13 of
    the largest value. `x` and `bias` broadcast; for a single device.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> response = LinearBias(paper_device("2b"))
    >>> inner, top, outer = equilibria(response, 0.2).x
    >>> f"{potential(response, top, 0.2) - potential(response, inner, 0.2):.2e}"
    '1.35e-03'
    """
    check_response(response, single=True)
    x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
    if bias.ndim:
        _check.common_shape(x=x.shape, bias=bias.shape)
        x, bias = np.broadcast_arrays(x, bias)
        values, which = np.unique(bias, return_inverse=True)
        which = which.reshape(bias.shape)
        out = np.empty(x.shape)
        for index, value in enumerate(values):
            out[which == index] = potential(response, x[which == index], float(value))
        return out
    work = _integral(lambda z: response.force(z, bias), -response.device.a0, x, response.nodes())
    return response.device.k * x**2 / 2 - work


def barriers(response: Response, bias: float) -> list[tuple[float, float, float]]:
    """Barriers of the effective potential: (x_stable, x_unstable, height) of each pair.

    A stable position between two unstable ones appears twice. Heights in gamma0.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> [f"{height:.2e}" for _, _, height in barriers(LinearBias(paper_device("2b")), 0.2)]
    ['1.35e-03', '1.65e-02']
    """
    check_response(response, single=True)
    bias = _check.real("bias", bias)
    rest = equilibria(response, bias)
    out = []
    for i in range(len(rest.x)):
        for j in (i - 1, i + 1):
            if rest.stable[i] and 0 <= j < len(rest.x) and not rest.stable[j]:
                well, top = rest.x[i], rest.x[j]
                work = _integral(
                    lambda z: response.force(z, bias) - response.device.k * z,
                    well,
                    np.asarray(top),
                    response.nodes(),
                )
                out.append((float(well), float(top), float(-work)))
    return out


# --- families ---------------------------------------------------------------------------


def _members(response: Response, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Flat index into the family of devices, for each element of `shape`."""
    family = response.device.shape
    index = np.arange(int(np.prod(family, dtype=int))).reshape(family)
    return np.broadcast_to(index, shape).reshape(-1)


def _select(response: Response, member: NDArray[np.intp]) -> Response:
    """The response of the given members of its family, one after the other."""
    return response.of(response.device.select(member)) if response.device.shape else response


def _stretched(response: Response) -> Response:
    return response.of(response.device.stretched()) if response.device.shape else response


def _pack(where: NDArray[np.intp], rows: int, x: Array, stable: NDArray[np.bool_]) -> Equilibria:
    """Gather the roots of each row, ascending, padded with NaN."""
    order = np.lexsort((x, where))
    where, x, stable = where[order], x[order], stable[order]
    counts = np.bincount(where, minlength=rows)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    column = np.arange(len(where)) - first[where]
    width = int(counts.max(initial=0))
    out_x = np.full((rows, width), np.nan)
    out_stable = np.zeros((rows, width), bool)
    out_x[where, column] = x
    out_stable[where, column] = stable
    return Equilibria(out_x, out_stable)


# --- proportional responses: explicit branches --------------------------------------------


@dataclass(frozen=True)
class _Ends:
    """Ends of the segments on which F(x, 1)/x is monotonic; shape (devices, n), NaN-padded."""

    x: Array
    fold: NDArray[np.bool_]


_BLOCK = 8000  # devices at a time: their arrays stay in the cache, or at least in memory


def _segment_ends(response: Response) -> _Ends:
    """Turning points of k x/F(x, 1) for each device, with x = 0 and the outermost nodes."""
    rows = int(np.prod(response.device.shape, dtype=int))
    # a family is worked through in blocks, so that its nodes fit in memory
    if rows > _BLOCK:
        blocks = [np.arange(i, min(i + _BLOCK, rows)) for i in range(0, rows, _BLOCK)]
        parts = [_segment_ends(_select(response, block)) for block in blocks]
        width = max(part.x.shape[1] for part in parts)
        pad = [((0, 0), (0, width - part.x.shape[1])) for part in parts]
        return _Ends(
            np.concatenate(
                [np.pad(q.x, p, constant_values=np.nan) for q, p in zip(parts, pad, strict=True)]
            ),
            np.concatenate([np.pad(q.fold, p) for q, p in zip(parts, pad, strict=True)]),
        )
    one = _select(response, np.arange(rows))
    inflections = one.inflections()
    if inflections is None:
        nodes = one.nodes().reshape(rows, -1)
        outer = nodes[:, [0, -1]]
        where, x = _turning_on_nodes(one, nodes)
    else:
        outer = np.broadcast_to(one.ends(), (rows, 2))
        where, x = _turning_between(one, inflections.reshape(-1, inflections.shape[-1]), outer)
    # at x = 0 the turning function is F(0), which is no fold
    keep = x != 0
    where, x = where[keep], x[keep]
    every = np.arange(rows)
    all_where = np.concatenate([where, every, every, every])
    all_x = np.concatenate([x, outer[:, 0], np.zeros(rows), outer[:, 1]])
    fold = np.concatenate([np.ones(len(x), bool), np.zeros(3 * rows, bool)])
    packed = _pack(all_where, rows, all_x, fold)
    return _Ends(packed.x, packed.stable)


def _turning_on_nodes(response: Response, nodes: Array) -> tuple[NDArray[np.intp], Array]:
    """Roots of F(x, 1) - x dF/dx on the nodes of each device."""

    def turning(x: Array, member: Any) -> Any:
        force, slope = _select(response, member).force_and_slope(x, 1.0)
        return force - x * slope

    force, slope = _stretched(response).force_and_slope(nodes, 1.0)
    where, x, _ = _roots_on_nodes(turning, nodes, force - nodes * slope)
    return where, x


def _turning_between(
    response: Response, inflections: Array, outer: Array
) -> tuple[NDArray[np.intp], Array]:
    """The same where it is monotonic: between zero, the inflections and the outer ends."""
    rows = len(outer)
    inner = np.clip(np.broadcast_to(inflections, (rows, inflections.shape[1])), *outer.T[..., None])
    nodes = np.sort(np.concatenate([outer, inner, np.zeros((rows, 1))], axis=1), axis=1)
    force, slope = _stretched(response).force_and_slope(nodes, 1.0)
    falling = force - nodes * slope < 0
    where, left = np.nonzero(falling[:, :-1] != falling[:, 1:])
    if not len(where):
        return where, np.zeros(0)
    few = _select(response, where)
    return where, _turning_root(few, nodes[where, left], nodes[where, left + 1])


def _turning_root(response: Response, low: Array, high: Array) -> Array:
    """By Newton's method, with the curvature of the force from a one-sided difference."""
    step = 1e-5 * response.length * np.ones(len(low))

    def turning(x: Array, at: Any) -> tuple[Any, Any]:
        some = response if isinstance(at, slice) else _select(response, at)
        force, slope = some.force_and_slope(x, 1.0)
        # outwards, so that mirror images give mirror images to the last bit
        away = np.copysign(step[at], x)
        ahead = some.force_and_slope(x + away, 1.0)[1]
        return force - x * slope, -x * (ahead - slope) / away

    return newton_root(turning, low, high)


def _segment_balance(
    response: Response, bias: Array, member: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Ends of the segments of each element, and the force balance there (zero at a fold)."""
    ends = _segment_ends(response)
    rows = ends.x.shape[0]
    one = _stretched(_select(response, np.arange(rows)))
    x = np.where(np.isnan(ends.x), 0.0, ends.x)
    unit = np.broadcast_to(one.force(x, 1.0), x.shape)
    spring = one.device.k * x
    balance = bias[:, None] * unit[member] - spring[member]
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.where(ends.fold, spring / unit, np.nan)
    balance = np.where(at[member] == bias[:, None], 0.0, balance)
    return ends.x[member], np.where(np.isnan(ends.x[member]), np.nan, balance)


def _solve_segments(
    response: Response, bias: Array, member: NDArray[np.intp], low: Array, high: Array
) -> Array:
    if not len(low):
        return low
    if len(low) > _BLOCK:
        cuts = [slice(i, i + _BLOCK) for i in range(0, len(low), _BLOCK)]
        parts = [_solve_segments(response, bias[c], member[c], low[c], high[c]) for c in cuts]
        return np.concatenate(parts)
    one = _select(response, member)

    def balance(x: Array, at: Any) -> tuple[Any, Any]:
        some = one if isinstance(at, slice) else _select(one, at)
        force, slope = some.force_and_slope(x, bias[at])
        return force - some.device.k * x, slope - some.device.k

    return newton_root(balance, low, high)


def _on_segments(
    response: Response, bias: Array, member: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Array, NDArray[np.bool_]]:
    ends, balance = _segment_balance(response, bias, member)
    low, high = ends[:, :-1].copy(), ends[:, 1:].copy()
    at_low, at_high = balance[:, :-1].copy(), balance[:, 1:].copy()
    # where no force acts at x = 0 the dot rests there, and its neighbours start beside it
    row, zero = np.nonzero((ends == 0) & (balance == 0) & (bias[:, None] != 0))
    if len(row):
        one = _select(response, member[row])
        low[row, zero] = 1e-9 * ends[row, zero + 1]
        high[row, zero - 1] = 1e-9 * ends[row, zero - 1]
        for x, at, column in ((low, at_low, zero), (high, at_high, zero - 1)):
            beside = x[row, column]
            at[row, column] = one.force(beside, bias[row]) - one.device.k * beside
    where, left = np.nonzero(at_low * at_high < 0)
    x = _solve_segments(response, bias[where], member[where], low[where, left], high[where, left])
    stable = at_low[where, left] > 0
    at_end, which = np.nonzero(balance == 0)
    end_x = ends[at_end, which]
    one = _select(response, member[at_end])
    end_stable = (end_x == 0) & (one.force_slope(end_x, bias[at_end]) < one.device.k)
    return (
        np.concatenate([where, at_end]),
        np.concatenate([x, end_x]),
        np.concatenate([stable, end_stable]),
    )


# --- any response: scan ---------------------------------------------------------------------


def _roots_on_nodes(
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


def _by_scan(
    response: Response, bias: Array, member: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Array, NDArray[np.bool_]]:
    def balance(x: Array, row: NDArray[np.intp]) -> Any:
        one = _select(response, member[row])
        return one.force(x, bias[row]) - one.device.k * x

    rows = int(np.prod(response.device.shape, dtype=int))
    nodes = response.nodes().reshape(rows, -1)[member]
    one = _stretched(_select(response, member))
    values = one.force(nodes, bias[:, None]) - one.device.k * nodes
    return _roots_on_nodes(balance, nodes, values)


def _folds_by_cells(response: Response, max_bias: float, steps: int = 240) -> tuple[Array, Array]:
    """Folds of any response: Newton's method from each cell where balance and slope may vanish."""
    k = response.device.k
    nodes = response.nodes()
    grid = np.linspace(-max_bias, max_bias, 2 * steps + 1)[:, None] * (1 + 1e-9)
    # no rest positions where the spring is beyond three times the largest force of some biases
    strongest = np.max(np.abs(response.force(nodes, grid[:: steps // 8])), axis=0)
    held = np.flatnonzero(k * np.abs(nodes) <= 3 * strongest)
    nodes = nodes[max(held[0] - 1, 0) : held[-1] + 2]
    balance = response.force(nodes, grid) - k * nodes

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
    slope[at] = response.force_slope(nodes[at[1]], grid[at[0], 0]) - k

    # one cell around each candidate as well: a fold may sit beside the corner that shows it
    row, column = np.nonzero(may_vanish(balance) & _widened(may_vanish(slope)))
    x = (nodes[column] + nodes[column + 1]) / 2
    bias = (grid[row, 0] + grid[row + 1, 0]) / 2
    cell_x, cell_bias = nodes[column + 1] - nodes[column], grid[1, 0] - grid[0, 0]
    start_x, start_bias = x.copy(), bias.copy()
    dx, db = 1e-4 * response.length, 1e-4 * max_bias
    for _ in range(40):
        g = response.force(x, bias) - k * x
        gx = response.force_slope(x, bias) - k
        gb = (response.force(x, bias + db) - response.force(x, bias - db)) / (2 * db)
        ahead, behind = response.force_slope(x + dx, bias), response.force_slope(x - dx, bias)
        gxx = (ahead - behind) / (2 * dx)
        gxb = (response.force_slope(x, bias + db) - response.force_slope(x, bias - db)) / (2 * db)
        with np.errstate(all="ignore"):
            determinant = gx * gxb - gb * gxx
            step_x = (gb * gx - g * gxb) / determinant
            step_b = (g * gxx - gx * gx) / determinant
        step_x = np.clip(np.nan_to_num(step_x), -cell_x, cell_x)
        step_b = np.clip(np.nan_to_num(step_b), -cell_bias, cell_bias)
        x, bias = x + step_x, bias + step_b
        # those that leave their neighbourhood belong to another cell, or to none
        stay = (np.abs(x - start_x) < 6 * cell_x) & (np.abs(bias - start_bias) < 6 * cell_bias)
        x, bias, cell_x = x[stay], bias[stay], cell_x[stay]
        start_x, start_bias = start_x[stay], start_bias[stay]
        moved = np.abs(step_x) / response.length + np.abs(step_b) / max_bias
        if not len(x) or np.max(moved[stay]) < 1e-13:
            break
    scale = k * response.length
    good = (np.abs(response.force(x, bias) - k * x) < 1e-9 * scale) & (
        np.abs(response.force_slope(x, bias) - k) < 1e-7 * k
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


# --- integrals --------------------------------------------------------------------------------

_GAUSS = np.polynomial.legendre.leggauss(10)


def _integral(function: Callable[[Array], Any], start: float, x: Array, nodes: Array) -> Any:
    """int_start^x of `function` for every x, by Gauss-Legendre panels between `nodes`."""
    flat = np.unique(np.concatenate([x.reshape(-1), [start]]))
    inner = nodes[(nodes > flat[0]) & (nodes < flat[-1])]
    knots = np.union1d(flat, inner)
    half = np.diff(knots) / 2
    points = (knots[:-1] + half)[:, None] + half[:, None] * _GAUSS[0]
    panels = half * (function(points) @ _GAUSS[1])
    running = np.concatenate([[0.0], np.cumsum(panels)])
    at = running[np.searchsorted(knots, x)] - running[np.searchsorted(knots, start)]
    return at
