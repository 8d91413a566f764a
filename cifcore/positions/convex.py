"""Rest positions where the inflections of the force are known.

Between two neighbouring inflections the balance G(x) = bias F(x, 1) - k x is convex or concave:
one root if its sign changes, and otherwise none, unless it comes closer to zero in between, where
its extremum decides between two and none. Newton's method, from the end where the balance has
the sign of its curvature, runs to the root without ever passing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.scan import Found, blocks, curvature, nodes_between
from cifcore.roots import newton_root

_SAME = 2e-15  # relative difference of two biases that counts as none: a fold met exactly


class Balance:
    """Force balance bias F(x, 1) - k x of elements, each a device under a bias, and its slope."""

    def __init__(self, response: Response, bias: Array) -> None:
        self.response, self.bias = response, bias
        self.k = np.broadcast_to(response.device.k, bias.shape)

    def of(self, where: NDArray[np.intp]) -> Balance:
        """That of some of the elements."""
        return Balance(self.response.select(where), self.bias[where])

    def and_slope(self, x: Array) -> tuple[Array, Array]:
        """Values and slopes at `x`."""
        force, slope = self.response.force_and_slope(x, self.bias)
        return force - self.k * x, slope - self.k

    def bend(self, x: Array) -> tuple[Array, Array]:
        """Slopes and curvatures."""
        slope = self.response.force_and_slope(x, self.bias)[1]
        return slope - self.k, curvature(self.response, x, self.bias, slope)


def rest_between_inflections(
    response: Response, inflections: Array, bias: Array, member: NDArray[np.intp]
) -> Found:
    """All rest positions of each element: a bias, and the member of the family it acts on."""
    every = np.arange(len(inflections))
    one = response.select(every)
    nodes = nodes_between(one, inflections)
    force, slope = np.empty_like(nodes), np.empty_like(nodes)
    for cut in blocks(len(every)):
        few = one.select(every[cut]).stretched()
        force[cut], slope[cut] = few.force_and_slope(nodes[cut], 1.0)
    parts = []
    for cut in blocks(len(bias)):
        some = member[cut]
        balance = Balance(one.select(some), bias[cut])
        V, k = bias[cut, None], balance.k[:, None]
        found = _rest(balance, nodes[some], V * force[some] - k * nodes[some], V * slope[some] - k)
        parts.append(found._replace(where=found.where + cut.start))
    return Found(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _rest(balance: Balance, nodes: Array, value: Array, slope: Array) -> Found:
    """The same for one block, with G and G' on the nodes."""
    positive = value > 0
    row, left = np.nonzero(positive[:, :-1] != positive[:, 1:])
    falling = positive[row, left]
    # a convex G falls to its root from the left and rises to it from the right
    convex = slope[row, left + 1] > slope[row, left]
    end = np.where(falling == convex, left, left + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        start = nodes[row, end] - value[row, end] / slope[row, end]
    single = row, nodes[row, left], nodes[row, left + 1], start, falling
    pairs, touching = _pairs(balance, nodes, value, slope)
    row, low, high, start, falling = (np.concatenate(p) for p in zip(single, pairs, strict=True))
    found = Found(row, newton_root(balance.of(row).and_slope, low, high, start, ~falling), falling)
    if not len(pairs[0]) + len(touching.where):
        return found
    return Found.in_order(*(np.concatenate(p) for p in zip(found, touching, strict=True)))


def _pairs(
    balance: Balance, nodes: Array, value: Array, slope: Array
) -> tuple[tuple[NDArray[Any], ...], Found]:
    """Intervals with two roots, cut at the extremum between them; and folds met exactly.

    Of each part: the element, its ends, where to begin, and whether G falls there.
    """
    g, h, d, e = value[:, :-1], value[:, 1:], slope[:, :-1], slope[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        # where the tangents at the two ends meet, beyond which G does not reach
        meet = (e * g - d * h + d * e * (nodes[:, 1:] - nodes[:, :-1])) / (e - d)
    closer = (g * d < 0) & (h * e > 0) & ((g > 0) == (h > 0)) & ((meet > 0) != (g > 0))
    row, left = np.nonzero(closer)
    few, low, high = balance.of(row), nodes[row, left], nodes[row, left + 1]
    x = newton_root(few.bend, low, high, rising=slope[row, left] < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = few.k * x / few.response.force(x, 1.0) - few.bias
    touching = np.abs(off) <= _SAME * np.abs(few.bias)
    above = value[row, left] > 0
    crossed = ~touching & ((few.and_slope(x)[0] > 0) != above)
    row_, low, x_, high, above = (part[crossed] for part in (row, low, x, high, above))
    halves = (row_, row_), (low, x_), (x_, high), (low, high), (above, ~above)
    pairs = tuple(np.concatenate(part) for part in halves)
    return pairs, Found(row[touching], x[touching], np.zeros(np.sum(touching), bool))
