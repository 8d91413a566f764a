"""Nodes that resolve a force of the reader's own: looked at between the nodes, and added to.

Each interval between two nodes is cut into parts, and the force in the middle of each part
compared with the cubic polynomial through the parts' ends; where they differ the part is halved,
again and again. What is never met by one of these points cannot be seen.
"""

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array
from cifcore.force.response import Response

_PARTS = 16  # of each interval between nodes
_COARSE = 1e-3  # of the largest force: where the nodes alone are further off, the parts are nodes
_SEEN = 1e-6  # of the largest force: what is further off is halved
_LEFT = 1e-3  # of the largest force: what may be left in the end
_BESIDE = 1e-9  # of the largest pull of the spring: a force below is no more than its rounding
_DEPTH = 24
_GROWTH = 10  # at most so many times the points of the beginning: noise is not to be resolved


def resolving_nodes(
    response: Response, nodes: Array, bias: Array, member: NDArray[np.intp]
) -> Array:
    """The rows of `nodes`, each of a member under a bias, with what their force asks for besides.

    The same array where nothing is missing; otherwise rows are filled up with their last node.
    ArithmeticError, with bias and position, where the force stays unresolved, as at a jump.
    """
    if response.resolved:
        return nodes
    more = []
    for row, one_bias, one in zip(nodes, bias, member, strict=True):
        few = response.select(np.array([one]))
        more.append(_missing(few, row, float(one_bias)))
    if not any(len(added) for added in more):
        return nodes
    rows = [np.union1d(row, added) for row, added in zip(nodes, more, strict=True)]
    width = max(map(len, rows))
    return np.stack([np.pad(row, (0, width - len(row)), mode="edge") for row in rows])


def _missing(response: Response, row: Array, bias: float) -> Array:
    """Positions to add to a row of nodes under a bias."""
    # nodes of force and bond may agree up to rounding
    apart = np.diff(row, prepend=-np.inf) > 1e-12 * (row[-1] - row[0])
    nodes = row[apart]
    if len(nodes) < 2:
        return np.zeros(0)
    parts = np.arange(_PARTS) / _PARTS
    x = np.append((nodes[:-1, None] + np.diff(nodes)[:, None] * parts).ravel(), nodes[-1])
    value = np.broadcast_to(response.force(x, bias), x.shape)
    interval = np.repeat(np.arange(len(nodes) - 1), _PARTS)
    off = _off(nodes, value[::_PARTS], interval, x[:-1], value[:-1])
    largest = max(_largest(value), _BESIDE * _largest(response.device.tension(x)))
    coarse = np.any(off.reshape(-1, _PARTS) > _COARSE * largest, axis=1)
    keep = np.append(np.repeat(coarse, _PARTS), False)

    most, left = _GROWTH * len(x), np.arange(len(x) - 1)
    for _ in range(_DEPTH):
        middle = (x[left] + x[left + 1]) / 2
        new = np.broadcast_to(response.force(middle, bias), middle.shape)
        off = _off(x, value, left, middle, new)
        largest = max(largest, _largest(new))
        seen = off > _SEEN * largest
        if not np.any(seen):
            return x[keep]
        cut = left[seen]
        worst, width = np.nanargmax(off), np.diff(x)[left[np.nanargmax(off)]]
        keep[cut] = keep[cut + 1] = True
        x, value, keep = (
            np.insert(old, cut + 1, added)
            for old, added in ((x, middle[seen]), (value, new[seen]), (keep, True))
        )
        if len(x) > most:
            break
        # both halves, and what lies beside them
        at = cut + 1 + np.arange(len(cut))
        left = np.unique(np.clip(at[:, None] + np.arange(-2, 2), 0, len(x) - 2))
    if off[worst] > _LEFT * largest:
        raise ArithmeticError(
            f"force of {type(response).__name__} at bias = {bias:g}: not resolved near "
            f"x = {middle[worst]:.6g}, where it jumps or changes within {width:.1e}; give denser "
            "`nodes` there, or a smoother force"
        )
    return x[keep]


def _largest(value: Array) -> float:
    return float(np.max(np.abs(value), initial=0.0, where=np.isfinite(value)))


def _off(x: Array, value: Array, left: NDArray[np.intp], at: Array, there: Array) -> Array:
    """How far the values `there`, at `at`, are from the cubic polynomial through four neighbours.

    Two on either side of the interval that begins with `left`; NaN if one is not finite.
    """
    few = min(len(x), 4)
    stencil = np.clip(left - 1, 0, len(x) - few)[:, None] + np.arange(few)
    points, off = x[stencil], np.array(there, float)
    with np.errstate(all="ignore"):
        for i in range(few):
            others = np.delete(points, i, axis=1)
            weights = (at[:, None] - others) / (points[:, i, None] - others)
            off -= np.prod(weights, axis=1) * value[stencil[:, i]]
        return np.abs(off)
