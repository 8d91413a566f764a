"""The list of functions that answer the ledger's rows, one a row."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[], float]

MEASURES: dict[str, Measure] = {}


def answers(claim: str) -> Callable[[Measure], Measure]:
    """Mark a function as the one that computes the number of the row `claim`."""

    def register(function: Measure) -> Measure:
        if claim in MEASURES:
            raise ValueError(f"two functions answer the row {claim!r}")
        MEASURES[claim] = function
        return function

    return register
