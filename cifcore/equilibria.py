"""Rest positions of the dot, the folds where they appear and vanish, and the barriers between.

A rest position satisfies k x = F(x, bias). For a response proportional to the bias none can be
missed and none invented: where the response knows its inflections, between two of which the
force balance is convex or concave (`cifcore._convex`), and otherwise since the branch of all
rest positions is explicit, bias = k x/F(x, 1), and has at most one for a given bias between two
of its turning points (`cifcore._branches`). For any other response the force balance is
scanned on the response's own nodes, which resolve it, and touches between nodes are looked for
as well (`cifcore._scan`).

Units: gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check
from ._branches import rest_on_segments, turning_points
from ._convex import rest_between_inflections
from ._families import in_rows, members, select
from ._scan import folds_by_cells, rest_by_scan
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
    member = members(response, shape)
    inflections = response.inflections() if response.proportional else None
    if not response.proportional:
        found = rest_by_scan(response, flat, member)
    elif inflections is None:
        found = rest_on_segments(response, flat, member)
    else:
        bends = inflections.reshape(-1, inflections.shape[-1])
        found = rest_between_inflections(response, bends, flat, member)
    x, stable = in_rows(found.where, len(flat), found.x, found.stable)
    if shape == ():
        return Equilibria(x[0], stable[0])
    width = x.shape[-1]
    return Equilibria(x.reshape(*shape, width), stable.reshape(*shape, width))


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
        x, bias = folds_by_cells(response, max_bias)
        keep = np.abs(bias) <= max_bias
        order = np.lexsort((x[keep], bias[keep]))
        return Folds(bias[keep][order], x[keep][order])
    row, x = turning_points(response)
    one = select(response, row)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = one.device.k * x / one.force(x, 1.0)
    keep = np.abs(bias) <= max_bias
    row, x, bias = row[keep], x[keep], bias[keep]
    shape = response.device.shape
    rows = int(np.prod(shape, dtype=int))
    order = np.lexsort((x, bias, row))
    row, x, bias = row[order], x[order], bias[order]
    bias, x = in_rows(row, rows, bias, x)
    width = x.shape[-1]
    return Folds(bias.reshape(*shape, width), x.reshape(*shape, width))


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
    >>> found = barriers(LinearBias(paper_device("2b")), 0.2)
    >>> [f"{height:.2e}" for _, _, height in found]
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
