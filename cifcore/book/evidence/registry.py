"""Which functions answer the rows of the ledger, and which judge the paper's assumptions."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

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


class Verdict(NamedTuple):
    """One cell: `word` is one of "holds", "shifted", "fails"; `why`, a few characters."""

    word: str
    why: str = ""


Judge = Callable[[str, float], "Verdict | None"]

VERDICTS: dict[str, Judge] = {}
"""In the order in which the package imports its modules."""


def assumption(name: str) -> Callable[[Judge], Judge]:
    """Add a row: a function of figure and mass, None if it does not ask.

    It is asked for figures as `BIAS` names them: Fig. 2 is "2b".
    """

    def register(function: Judge) -> Judge:
        if name in VERDICTS:
            raise ValueError(f"two functions judge {name!r}")
        VERDICTS[name] = lru_cache(lambda f, mass: function("2b" if f == "2" else f, mass))
        return function

    return register


def judged(holds: bool, moved: float, why: str) -> Verdict:
    """It fails, or holds, or holds with a number that moved by more than a twentieth."""
    return Verdict("fails" if not holds else "holds" if moved <= 0.05 else "shifted", why)
