"""Ten thousand hysteresis cycles at once, of as many devices, against diffrax under vmap and jit.

In processor time, which counts every core that a contender takes.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.dynamics import AMPLITUDE, PERIOD, SEGMENTS, loosest
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
    import diffrax
    import jax
    import jax.numpy as jnp

    d = devices(n)
    rate, E2, k, nu, M = 2 * d.b / d.a0, d.E_dot**2, d.k, d.nu, d.M
    front, scale = -d.b / d.a0 * d.E_dot / np.pi, jnp.array([1.0, 5e-3, 30.0, 5e-3])
    roots = d.gamma**2 * (1 - d.lam**2)

    def right(t: Any, y: Any, args: Any) -> Any:
        offset, root, start, slope = args
        y = y * scale
        S = 2 * root * jnp.cosh(rate * y[0] - offset)
        q = (start + slope * t) / (E2 + S * S)
        force = front * q * S
        pull = (force - k * y[0] - nu * y[1]) / M
        return jnp.stack([y[1], pull, 2 * root**2 / np.pi * q, force * y[1]]) / scale

    def one(offset: Any, root: Any, rtol: Any) -> Any:
        y = jnp.zeros(4)
        for duration, start, slope in SEGMENTS:
            y = diffrax.diffeqsolve(
                diffrax.ODETerm(right),
                getattr(diffrax, solver)(),
                0.0,
                duration,
                10.0,
                y,
                (offset, root, start, slope),
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol),
                saveat=diffrax.SaveAt(t1=True),
                max_steps=200_000,
            ).ys[0]
        return (y * scale)[2:]

    run = jax.jit(jax.vmap(one, in_axes=(0, 0, None)))
    offsets = 2 * np.arctanh(d.lam)
    return lambda rtol: np.asarray(run(offsets, roots, rtol)).T


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
            goals=dict.fromkeys(peers, 1.0),
            error=error,
            rounds=3,
            clock=time.process_time,
        )
    ]
