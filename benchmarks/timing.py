"""Timing side by side: all contenders in every round, in alternating order; medians."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Contender:
    """One way of doing the work of a case.

    Parameters
    ----------
    run : callable
        Does the work, or a part of it, and returns what `Case.error` compares.
    part : float
        The part of the work that `run` does; times are divided by it.
    note : str
        How it is done, where that is not plain.
    """

    run: Callable[[], Any]
    part: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Case:
    """One line of work, done by this package and by others, to the same accuracy.

    Parameters
    ----------
    name, work, accuracy : str
        What is done and how well, in words.
    ours : Contender
    peers : mapping of str to Contender
    goals : mapping of str to float
        How many times faster than a peer we want to be at least.
    error : callable
        Error of a contender's outcome: called with its name and its outcome.
    goal_seconds : float, optional
        Time in which we want the work to be done.
    rounds : int
    clock : callable
        What time it is; that of the processor, where the machine is not ours alone.
    """

    name: str
    work: str
    accuracy: str
    ours: Contender
    peers: Mapping[str, Contender]
    goals: Mapping[str, float]
    error: Callable[[str, Any], float]
    goal_seconds: float | None = None
    rounds: int = 5
    more: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], float] = time.perf_counter


ROUND = 0.05
"""Seconds of a round that a fast contender fills with calls."""


def _seconds(run: Callable[[], Any], calls: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(calls):
        run()
    return clock() - start


def _calls(run: Callable[[], Any], clock: Callable[[], float]) -> int:
    """Calls of a round: one for what takes long."""
    return max(1, round(ROUND / _seconds(run, 1, clock)))


def measure(case: Case) -> dict[str, Any]:
    """Times, ratios, errors and the peak of memory of a case, as plain numbers."""
    everyone = {"cifcore": case.ours, **case.peers}
    times: dict[str, list[float]] = {name: [] for name in everyone}
    errors = {name: case.error(name, one.run()) for name, one in everyone.items()}  # warm up
    calls = {name: _calls(one.run, case.clock) for name, one in everyone.items()}
    names = list(everyone)
    for turn in range(case.rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            gc.collect()
            work = calls[name] * everyone[name].part
            times[name].append(_seconds(everyone[name].run, calls[name], case.clock) / work)
    tracemalloc.start()
    case.ours.run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rows = []
    for name, one in case.peers.items():
        ratios = [theirs / ours for theirs, ours in zip(times[name], times["cifcore"], strict=True)]
        rows.append(
            {
                "peer": name,
                "seconds": median(times[name]),
                "ratio": median(ratios),
                "ratio_low": min(ratios),
                "ratio_high": max(ratios),
                "goal": case.goals.get(name),
                "error": errors[name],
                "part": one.part,
                "note": one.note,
            }
        )
    return {
        "name": case.name,
        "work": case.work,
        "accuracy": case.accuracy,
        "seconds": median(times["cifcore"]),
        "goal_seconds": case.goal_seconds,
        "error": errors["cifcore"],
        "note": case.ours.note,
        "peak_megabytes": peak / 1e6,
        "rounds": case.rounds,
        "peers": rows,
    }
