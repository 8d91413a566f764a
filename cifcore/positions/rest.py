"""Rest positions of the dot, U'(x) = F(x, bias), and the folds where they appear and vanish.

For a response proportional to the bias none can be missed and none invented: where it knows its
inflections (`.convex`), and otherwise by its branch (`.branches`). For any other response the
balance is scanned on the response's own nodes, which resolve it (`.scan`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, check_response, checked_bias
from cifcore.positions.branches import rest_on_segments, turning_points
from cifcore.positions.convex import rest_between_inflections
from cifcore.positions.families import in_rows
from cifcore.positions.scan import folds_by_cells, rest_by_scan


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
    """All rest positions U'(x) = F(x, bias), with their stability; U'(x) = k x without a bond.

    That none is missed rests, for the responses of this package, on closed forms of their force.
    For one of the reader's own it rests on what that says of itself: that it is proportional to
    the bias, and that `nodes` enclose all rest positions and resolve the force, or nearly: nodes
    are added where it shows more, by default down to features as wide as 1e-3 `length`
    (`Response.nodes`).

    Parameters
    ----------
    response : Response
    bias : float or array
        Broadcasts against the response's family of devices.

    Returns
    -------
    Equilibria
        At a fold the merged pair counts as one rest position, not stable.

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
    check_response(response)
    bias = checked_bias(response, bias)
    shape = _check.common_shape(bias=bias.shape, device=response.device.shape)
    flat = np.broadcast_to(bias, shape).reshape(-1)
    member = response.device.members(shape)
    inflections = response.inflections() if response.explicit else None
    if not response.explicit:
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

    Where the response is proportional to the bias, the extrema of k x/F(x, 1), of a family at
    once. Else, for a single device, the points where both the force balance and its slope vanish,
    by Newton's method from every cell of a grid over position and bias in which both change sign.

    Raises
    ------
    ArithmeticError
        If the force changes within less than `nodes` resolve: see `equilibria`.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> found = folds(LinearBias(paper_device("2b")), 0.5)
    >>> found.bias.round(4).tolist(), found.x.round(3).tolist()
    ([0.0834, 0.3062], [1.302, 0.556])
    """
    check_response(response)
    max_bias = float(_check.positive("max_bias", _check.real("max_bias", max_bias)))
    if not response.explicit:
        check_response(response, single=True)
        x, bias = folds_by_cells(response, max_bias)
        keep = np.abs(bias) <= max_bias
        order = np.lexsort((x[keep], bias[keep]))
        return Folds(bias[keep][order], x[keep][order])
    row, x = turning_points(response)
    one = response.select(row)
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
    """Bias at which `x` is a rest position, U'(x)/F(x, 1); ValueError if that is not all it takes.

    For responses proportional to the bias only; U'(x) is k x without a bond.

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
        return response.device.tension(x) / response.force(x, 1.0)
