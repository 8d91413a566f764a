"""Bracketed roots and minima of many scalar functions at once (numpy only)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bracketed_root(
    function: Callable[[Array], Any],
    low: Array,
    high: Array,
    start: Array | None = None,
    rising: NDArray[np.bool_] | None = None,
    *,
    slopes: bool = False,
    close: Any = 0.0,
    rounds: int = 200,
) -> Array:
    """A root between `low` and `high`, to the last few bits or a value within `close`.

    Newton's method, and bisection where it would leave the shrinking bracket or is slow. `function`
    maps an array to values, or with `slopes` to values and slopes (else those of secants are used);
    it must change sign, or vanish, in every bracket. `start` is a first guess, else the middle;
    `rising`, if known, says where the function is negative at the lower end.
    """
    both = function if slopes else _with_secants(function)
    low, high = np.minimum(low, high), np.maximum(low, high)
    x, last = 0.5 * (low + high), np.abs(high - low)
    if start is not None:
        x = np.where((start >= low) & (start <= high), start, x)
    if rising is None:
        value = both(low)[0]
        rising, x = np.asarray(value) < 0, np.where(value == 0, low, x)
    found, done = x, np.zeros(x.shape, bool)
    for _ in range(rounds):
        value, slope = both(x)
        left = (value < 0) == rising  # the root lies to the right of x
        low, high = np.where(left, x, low), np.where(left, high, x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = value / slope
        new = x - step
        # half the bracket where Newton leaves it, or no longer halves its own steps
        safe = (new >= low) & (new <= high) & (np.abs(step) <= 0.5 * last)
        enough: Any = 1e-20
        if not np.all(safe):
            new = np.where(safe, new, 0.5 * (low + high))
            enough = np.where(safe, 1e-20, 1e-31)
        if np.any(zero := np.abs(value) <= close):
            new = np.where(zero, x, new)
        before, last = last, np.abs(new - x)
        found = np.where(done, found, new)
        # after so short a step the next, by this product, would be below rounding
        done |= last * (last if slopes else before) <= enough * (x * x)
        if np.all(done):
            break
        x = new
    return found


def _with_secants(function: Callable[[Array], Any]) -> Callable[[Array], tuple[Any, Any]]:
    """Values, and the slopes of the secants from where it was asked before."""
    before: tuple[Any, Any] = (np.nan, np.nan)

    def both(x: Array) -> tuple[Any, Any]:
        nonlocal before
        value = np.asarray(function(x), float)
        with np.errstate(all="ignore"):
            slope = (value - before[1]) / (x - before[0])
        before = x, value
        return value, slope

    return both
