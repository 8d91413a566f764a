"""Ten thousand hysteresis cycles at once, of as many devices, against diffrax under vmap and jit.

In processor time, which counts every core that a contender takes.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.dynamics import AMPLITUDE, PERIOD, diffrax_cycle, loosest
from benchmarks.timing import Case, Contender
from cifcore import Device, LinearBias, paper_device, simulate, triangle

MANY, BATCH, CHECKED = 10_000, 1000, 50
LADDER = 10.0 ** -np.arange(4, 10.5, 0.5)


def devices(n: int) -> Device:
    """Every so many of the ten thousand: that of Fig. 6 with other asymmetries."""
    return paper_device("6", lam=np.linspace(0.5, 0.7, MANY)[:: MANY // n])


def ours(n: int, rtol: float) -> Any:
    """Charge and work of each; shape (2, n)."""
    motion = simulate(LinearBias(devices(n)), triangle(AMPLITUDE, PERIOD), rtol=rtol)
    return np.array([motion.charge[:, -1], motion.work[:, -1]])


@functools.cache
def _limit() -> Any:
    return ours(CHECKED, 1e-12)


def error(name: str, outcome: Any) -> float:
    """Largest relative error of charge or work, of the devices that are checked."""
    each = outcome.shape[1] // CHECKED
    return float(np.max(np.abs(outcome[:, ::each] / _limit() - 1)))


@functools.cache
def _diffrax(solver: str, n: int) -> Callable[[float], Any]:
    import jax

    d = devices(n)
    run = jax.jit(jax.vmap(diffrax_cycle(solver), in_axes=(0, 0, None)))
    offsets, least = 2 * np.arctanh(d.lam), 2 * d.gamma**2 * (1 - d.lam**2)
    return lambda rtol: np.asarray(run(offsets, least, rtol)).T


def _tuned(run: Callable[[int, float], Any], n: int, note: str) -> Contender:
    """At its loosest tolerance, found with the devices that are checked."""
    rtol = loosest(lambda each: run(CHECKED, each), LADDER, error)
    return Contender(lambda: run(n, rtol), n / MANY, f"{note}with rtol = {rtol:.1e}")


def cases() -> list[Case]:
    peers = {
        f"diffrax {solver}, vmap, jit": _tuned(
            lambda n, rtol, s=solver: _diffrax(s, n)(rtol), BATCH, "a thousand at a time, "
        )
        for solver in ("Tsit5", "Dopri8")
    }
    return [
        Case(
            name="Hysteresis cycles of many devices",
            work="Fig. 6 with period 1e6 for 10,000 asymmetries at once, charge and work included",
            accuracy="relative error of every charge and work below 1e-6, at one device of 200; "
            "each at its loosest tolerance; in processor time, as on one core",
            ours=_tuned(ours, MANY, ""),
            peers=peers,
            goals=dict.fromkeys(peers, 3.0),
            error=error,
            rounds=3,
            clock=time.process_time,
        )
    ]
