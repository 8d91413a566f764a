"""The list of functions that answer the ledger's rows, one a row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

Measured = tuple[float, dict[str, Any]]
Measure = Callable[[], float | Measured]
"""Gives the number of a row, or that and the values which the row's words name."""

MEASURES: dict[str, Measure] = {}

_Measure = TypeVar("_Measure", bound=Measure)


def answers(claim: str) -> Callable[[_Measure], _Measure]:
    """Mark a function as the one that computes the number of the row `claim`."""

    def register(function: _Measure) -> _Measure:
        if claim in MEASURES:
            raise ValueError(f"two functions answer the row {claim!r}")
        MEASURES[claim] = function
        return function

    return register


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
