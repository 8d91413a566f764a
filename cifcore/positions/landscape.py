"""The effective potential of spring and electrons, and the barriers between rest positions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.rest import equilibria


def potential(response: Response, x: ArrayLike, bias: ArrayLike) -> Any:
    """Effective potential U(x) - int_{origin}^x F(x', bias) dx' (Eq. 28), in gamma0.

    Of a single device; U is k x^2/2, or the bond, and the origin -a0 for a dot between two chains.
    Error about 1e-13 of the largest value.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> response = LinearBias(paper_device("2b"))
    >>> inner, top, outer = equilibria(response, 0.2).x
    >>> f"{potential(response, top, 0.2) - potential(response, inner, 0.2):.2e}"
    '1.35e-03'
    """
    _check.instance("response", response, Response, single=True)
    x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
    if bias.ndim:
        shape = _check.common_shape(x=x.shape, bias=bias.shape)
        x, bias, out = np.broadcast_to(x, shape), np.broadcast_to(bias, shape), np.empty(shape)
        for value in np.unique(bias):
            out[bias == value] = potential(response, x[bias == value], float(value))
        return out
    nodes = response.nodes_with_bond()
    work = _integral(lambda z: response.force(z, bias), response.origin, x, nodes)
    return response.device.bare_potential(x) - work


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
    _check.instance("response", response, Response, single=True)
    rest, out = equilibria(response, _check.real("bias", bias)), []
    for i in np.flatnonzero(rest.stable):
        for j in (i - 1, i + 1):
            if 0 <= j < len(rest.x) and not rest.stable[j]:
                well, top = float(rest.x[i]), float(rest.x[j])
                out.append((well, top, -float(drop(response, well, top, bias))))
    return out


def drop(response: Response, start: float, x: ArrayLike, bias: float) -> Any:
    """U_eff(start) - U_eff(x), of small relative error however close the two heights are."""

    def net(z: Array) -> Any:
        return response.force(z, bias) - response.device.tension(z)

    return _integral(net, start, np.asarray(x, dtype=float), response.nodes_with_bond())


_GAUSS = np.polynomial.legendre.leggauss(10)


def _integral(function: Callable[[Array], Any], start: float, x: Array, nodes: Array) -> Any:
    """int_start^x of `function` for every x, by Gauss-Legendre panels between `nodes`."""
    ends = np.append(x, start)
    knots = np.union1d(ends, nodes[(nodes > ends.min()) & (nodes < ends.max())])
    half = np.diff(knots) / 2
    points = (knots[:-1] + half)[:, None] + half[:, None] * _GAUSS[0]
    panels = half * (function(points) @ _GAUSS[1])
    running = np.append(0.0, np.cumsum(panels))
    return running[np.searchsorted(knots, x)] - running[np.searchsorted(knots, start)]
