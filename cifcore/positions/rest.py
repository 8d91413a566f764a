"""Rest positions of the dot, U'(x) = F(x, bias), and the folds where they appear and vanish."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, check_response, checked_bias
from cifcore.positions.cells import folds_by_cells
from cifcore.positions.scan import (
    in_rows,
    rest_between_inflections,
    rest_by_scan,
    turning_points,
)


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
    check_response(response)
    bias = checked_bias(response, bias)
    shape = _check.common_shape(bias=bias.shape, device=response.device.shape)
    each = np.broadcast_to(bias, shape).reshape(-1), response.device.members(shape)
    inflections = response.inflections() if response.explicit else None
    if inflections is None:
        found = rest_by_scan(response, *each)
    else:
        bends = inflections.reshape(-1, inflections.shape[-1])
        found = rest_between_inflections(response, bends, *each)
    return Equilibria(*in_rows(found.where, shape, found.x, found.stable))


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
    check_response(response)
    max_bias = _check.real("max_bias", max_bias, *_check.POSITIVE)
    if response.explicit:
        row, x = turning_points(response)
        bias = branch(response.select(row), x)
    else:
        check_response(response, single=True)
        x, bias = folds_by_cells(response, max_bias)
        row = np.zeros(len(x), np.intp)
    keep = np.flatnonzero(np.abs(bias) <= max_bias)
    order = keep[np.lexsort((x[keep], bias[keep], row[keep]))]
    return Folds(*in_rows(row[order], response.device.shape, bias[order], x[order]))


def branch(response: Response, x: ArrayLike) -> Any:
    """Bias at which `x` is a rest position, U'(x)/F(x, 1); ValueError if that is not all it takes.

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
