"""How the cost grows: with trajectories, positions, devices, and the width of the resonance."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks import dynamics, exact, statics
from cifcore import FullBias, LinearBias, equilibria, langevin, paper_device, pulses


def _seconds(run: Callable[[], Any], rounds: int = 5) -> float:
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return median(times)


def growth() -> dict[str, Any]:
    """Times in seconds of the whole work, for each size."""
    out: dict[str, Any] = {}
    sizes = [10, 100, 1000, 10_000, 100_000]

    steps = 300
    drive = pulses([(0.3, steps * dynamics.THIRD / dynamics.STEPS)])
    rng = np.random.default_rng(1)
    response = LinearBias(dynamics.NOISY)
    dt = dynamics.THIRD / dynamics.STEPS
    out["trajectories"] = {
        "size": sizes,
        "unit": f"Langevin, {steps} steps",
        "seconds": [
            _seconds(lambda n=n: langevin(response, drive, 1e-3, n, 1, dt=dt)) for n in sizes
        ],
        "noise": [
            _seconds(lambda n=n: [rng.standard_normal(n) for _ in range(steps)]) for n in sizes
        ],
    }

    device = paper_device("2b")
    many = [*sizes, 1_000_000]
    lines = [np.linspace(-2, 2, n) for n in many]
    out["positions"] = {
        "size": many,
        "unit": "force in linear response",
        "seconds": [_seconds(lambda x=x: LinearBias(device).force(x, 0.2)) for x in lines],
        "copy": [_seconds(x.copy) for x in lines],
    }

    def family(n: int) -> Callable[[], Any]:
        devices = statics.DEVICES.select(np.arange(n))
        return lambda: equilibria(LinearBias(devices), statics.BIAS[:n])

    out["devices"] = {
        "size": sizes,
        "unit": "all rest positions",
        "seconds": [_seconds(family(n), 3) for n in sizes],
    }

    widths = [0.3, 0.1, 0.03, 0.01, 0.003, 0.001]
    x = np.linspace(-1.5, 2.5, 2000)
    out["width"] = {
        "size": widths,
        "unit": "exact force at 2000 positions, coupling gamma",
        "seconds": [
            _seconds(lambda g=g: FullBias(device.replace(gamma=g)).force(x, exact.EV), 3)
            for g in widths
        ],
        "quad": [_seconds(lambda g=g: _quad(g), 3) for g in widths],
    }
    return out


def _quad(gamma: float) -> Any:
    """One of the two integrals it takes by scipy's quad, at four positions."""
    from scipy.integrate import quad

    device = paper_device("2b", gamma=gamma)
    for x in (-1.0, 0.0, 1.0, 2.0):
        quad(
            lambda e, x=x: exact.plain(e, x, device)[0],
            *(0, exact.EV / 2),
            epsrel=1e-8,
            epsabs=0,
            limit=400,
        )
