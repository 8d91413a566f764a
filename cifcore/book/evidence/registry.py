"""The list of functions that answer the ledger's rows, one a row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

Measure = Callable[[], float | tuple[float, dict[str, Any]]]
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


def digits(difference: float) -> float:
    """How many decimal digits agree, 12 at most: rounding decides the rest."""
    return float(min(12, math.floor(-math.log10(max(difference, 1e-300)))))
