"""Bracketed roots and minima of many scalar functions at once (numpy only)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Any]


def bracketed_root(function: Function, low: Array, high: Array, close: float = 0.0) -> Array:
    """A root in each bracket [low, high], to the last few bits or a value within `close`.

    Chandrupatla's method (Adv. Eng. Softw. 28, 145 (1997)): inverse quadratic steps where
    they are safe, bisection elsewhere. `function` maps an array of the brackets' shape to
    its values and must change sign, or vanish, between the ends of every bracket.
    """
    a, b = np.array(high, float), np.array(low, float)
    fa, fb = np.asarray(function(a), float), np.asarray(function(b), float)
    t: Any = 0.5
    for _ in range(200):
        x = a + t * (b - a)
        fx = np.asarray(function(x), float)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        spread = np.abs(b - a)
        tolerance = 2e-16 * np.abs(best) + 1e-300
        if np.all((spread <= 4 * tolerance) | (np.minimum(np.abs(fa), np.abs(fb)) <= close)):
            return best
        with np.errstate(all="ignore"):
            xi = (a - b) / (c - b)
            phi = (fa - fb) / (fc - fb)
            smooth = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            step = fa / (fb - fa) * fc / (fb - fc)
            step = step + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            margin = np.minimum(0.5, tolerance / spread)
        t = np.clip(np.where(smooth & np.isfinite(step), step, 0.5), margin, 1 - margin)
        t = np.where(np.isfinite(t), t, 0.5)
    return best


def newton_root(
    function: Callable[[Array], Any],
    low: Array,
    high: Array,
    start: Array | None = None,
    rising: NDArray[np.bool_] | None = None,
) -> Array:
    """A root between `low` and `high`, to the last few bits, where slopes are at hand.

    Newton's method, and bisection where it would leave the shrinking bracket or is slow. `function`
    maps positions to values and slopes; `start` is a first guess, otherwise the middle, and
    `rising` says where the function is negative at the lower end, if that is known.
    """
    low, high = np.minimum(low, high), np.maximum(low, high)
    if rising is None:
        rising = np.asarray(function(low)[0]) < 0
    x, last = 0.5 * (low + high), np.abs(high - low)
    if start is not None:
        x = np.where((start >= low) & (start <= high), start, x)
    found, done = x, np.zeros(x.shape, bool)
    for _ in range(200):
        value, slope = function(x)
        left = (value < 0) == rising  # the root lies to the right of x
        low, high = np.where(left, x, low), np.where(left, high, x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = value / slope
        new = x - step
        # half the bracket where Newton leaves it, or no longer halves its own steps
        safe = (new >= low) & (new <= high) & (np.abs(step) <= 0.5 * last)
        if not np.all(safe):
            new = np.where(safe, new, 0.5 * (low + high))
        if np.any(zero := value == 0):
            new = np.where(zero, x, new)
        last = np.abs(new - x)
        found = np.where(done, found, new)
        # after so short a Newton step the next would be below rounding
        done |= last <= np.where(safe, 1e-10, 4e-16) * np.abs(x)
        if np.all(done):
            break
        x = new
    return found


def minimum(function: Function, low: Array, high: Array, steps: int = 60) -> Array:
    """Where a function with one minimum in each [low, high] is least (golden section)."""
    golden = (np.sqrt(5) - 1) / 2
    low, high = np.array(low, float), np.array(high, float)
    left, right = high - golden * (high - low), low + golden * (high - low)
    f_left, f_right = function(left), function(right)
    for _ in range(steps):
        go_left = f_left < f_right
        high, low = np.where(go_left, right, high), np.where(go_left, low, left)
        probe = np.where(go_left, high - golden * (high - low), low + golden * (high - low))
        f_probe = function(probe)
        left, right = np.where(go_left, probe, right), np.where(go_left, left, probe)
        f_right, f_left = np.where(go_left, f_left, f_probe), np.where(go_left, f_probe, f_right)
    return np.where(f_left < f_right, left, right)


def crossing(function: Function, inside: float, outside: float, rounds: int) -> tuple[Any, Any]:
    """Bracket of the first zero of a function, positive at `inside`: 64 times closer a round."""
    for _ in range(rounds):
        between = np.linspace(inside, outside, 65)
        after = int(np.argmax(function(between) <= 0))
        inside, outside = between[after - 1], between[after]
    return inside, outside
