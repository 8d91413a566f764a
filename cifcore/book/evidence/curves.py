"""What is read off curves: peaks, changes of sign, and where something holds."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cifcore.device import Array, Device


def scaled_positions(device: Device, reach: float = 20.0, count: int = 8001) -> Any:
    """Positions x = centre + (a0/2b) w for abs(w) <= reach, odd in w: they hold the centre."""
    w = np.linspace(-reach, reach, count)
    return device.centre + w * device.a0 / (2 * device.b)


def peaks(values: Any) -> Any:
    """Number of local maxima along the last axis."""
    rising = np.diff(values) > 0
    return np.sum(rising[..., :-1] & ~rising[..., 1:], axis=-1)


def sign_changes(values: Any) -> Any:
    """Number of changes of sign along the last axis."""
    return np.sum(np.diff(np.sign(values)) != 0, axis=-1)


def asymmetry(ahead: Any, back: Any) -> Any:
    """(I(+) + I(-))/(I(+) - I(-)) of the currents under either sign, Eqs. 18 and 22."""
    return (ahead + back) / (ahead - back)


def halved(
    holds: Callable[[float], bool], good: float, bad: float, within: float
) -> tuple[float, float]:
    """How far, from `good` towards `bad`, something holds: the last good and the first bad."""
    while abs(good - bad) > within:
        middle = (good + bad) / 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good, bad


def digits(difference: float) -> float:
    """How many decimal digits agree, 12 at most: rounding decides the rest."""
    return float(min(12, math.floor(-math.log10(max(difference, 1e-300)))))


def spans(
    test: Callable[[Array], Any], low: float, high: float, n: int
) -> list[tuple[float, float]]:
    """Where `test` holds from `low` to `high`: seen on n points, the ends then closed in on."""
    grid = np.linspace(low, high, n)
    here = np.concatenate([[False], test(grid), [False]])
    edges = np.flatnonzero(here[1:] != here[:-1])
    before, after = grid[np.maximum(edges - 1, 0)], grid[np.minimum(edges, n - 1)]
    closer = np.linspace(before, after, 41)
    turned = np.asarray(test(closer), bool) != here[edges]
    first = np.where(turned.any(axis=0), np.argmax(turned, axis=0), 20)
    ends = closer[first, np.arange(len(edges))]
    return [(float(a), float(b)) for a, b in zip(ends[::2], ends[1::2], strict=True)]
