"""Rest positions where the inflections of the force are known.

Between two neighbouring inflections the balance G(x) = bias F(x, 1) - k x is convex or concave:
one root if its sign changes, and otherwise none, unless it comes closer to zero in between, where
its extremum decides between two and none. Newton's method, from the end where the balance has
the sign of its curvature, runs to the root without ever passing it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.scan import Found, Of, between, blocks, net, nodes_between, roots_on_nodes
from cifcore.roots import bracketed_root


def balances(response: Response, bias: Array, member: NDArray[np.intp]) -> Of:
    """Force balances and their slopes, of elements: a bias, and the member it acts on."""

    def of(row: NDArray[np.intp]) -> Callable[[Array], Any]:
        few, V = response.select(member[row]), bias[row]

        def balance(x: Array) -> tuple[Any, Any]:
            force, slope = few.force_and_slope(x, V)
            return force - few.device.tension(x), slope - few.device.stiffness(x)

        return balance

    return of


def rest_between_inflections(
    response: Response, inflections: Array, bias: Array, member: NDArray[np.intp]
) -> Found:
    """All rest positions of each element."""
    every = np.arange(len(inflections))
    one = response.select(every)
    nodes = nodes_between(one, inflections)
    force, slope = np.empty_like(nodes), np.empty_like(nodes)
    for cut in blocks(len(every)):
        few = one.select(every[cut]).stretched()
        force[cut], slope[cut] = few.force_and_slope(nodes[cut], 1.0)
    k = np.broadcast_to(one.device.k, every.shape)[:, None]
    spring, parts, near = k * nodes, [], []
    for cut in blocks(len(bias)):
        some, V = member[cut], bias[cut, None]
        x, G, slope_G = nodes[some], V * force[some] - spring[some], V * slope[some] - k[some]
        found = roots_on_nodes(balances(one, bias[cut], some), x, G, slope_G)
        parts.append(found._replace(where=found.where + cut.start))
        # where the balance comes closer to zero from both ends
        nearing, same = G * slope_G < 0, (G[:, :-1] > 0) == (G[:, 1:] > 0)
        row, left = np.nonzero(nearing[:, :-1] & ~nearing[:, 1:] & same)
        ends = (part[row, side] for side in (left, left + 1) for part in (x, G, slope_G))
        near.append((row + cut.start, *ends))
    found = Found(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    columns = [np.concatenate(part) for part in zip(*near, strict=True)]
    _, low, g, d, high, h, e = columns
    # it does not reach where the tangents at the two ends meet
    closer = ((e * g - d * h + d * e * (high - low)) / (e - d) > 0) != (g > 0)
    where, low, g, d, high, h, e = (part[closer] for part in columns)
    of = balances(one, bias, member)
    few, around = one.select(member[where]), of(where)
    x = bracketed_root(lambda x: around(x)[1] / few.device.k, low, high, None, d < 0, close=1e-13)
    at_turn = net(bias[where] * few.force(x, 1.0), few.device.tension(x))
    return found.joined(between(of, where, (low, x, high), (g, at_turn, h), (d, 0 * d, e)))
