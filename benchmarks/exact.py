"""The exact force of Eq. 9 at zero temperature, against adaptive quadrature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.timing import Case, Contender
from cifcore import Device, FullBias, chain, paper_device

DEVICE = paper_device("2b")
X = np.linspace(-1.5, 2.5, 10_000)
EV = 0.2
FEW = X[::500]


def ours() -> Any:
    return FullBias(DEVICE).force(X, EV)


def both_leads(energy: Any, x: Any) -> tuple[Any, Any]:
    return chain.lead_kernels(DEVICE, x, energy)


def plain(energy: float, x: float, device: Device = DEVICE) -> tuple[float, float]:
    """The force kernels of both leads in plain floats."""
    e = math.exp(2 * device.b * x / device.a0)
    left = (device.gamma * (1 + device.lam)) ** 2 / e
    right = (device.gamma * (1 - device.lam)) ** 2 * e
    gamma = math.sqrt(1 - energy * energy / 4)
    offset, total = energy - device.E_dot, left + right
    size = (offset - total * energy / 2) ** 2 + (total * gamma) ** 2
    scale = 2 * gamma * device.b / device.a0 / size
    return scale * left * (offset - right * energy), -scale * right * (offset - left * energy)


def with_quad() -> Any:
    """The left lead fills up to +eV/2, the right one down to -eV/2: two integrals each."""
    from scipy.integrate import quad

    out = []
    for x in FEW:
        left = quad(lambda e, x: plain(e, x)[0], 0, EV / 2, args=(x,), epsrel=1e-8, epsabs=0)[0]
        right = quad(lambda e, x: plain(e, x)[1], -EV / 2, 0, args=(x,), epsrel=1e-8, epsabs=0)[0]
        out.append((left - right) / np.pi)
    return np.array(out)


def with_quad_vec() -> Any:
    """All positions in one adaptive integral of a vector."""
    from scipy.integrate import quad_vec

    x = X[::10]
    left = quad_vec(lambda e: both_leads(e, x)[0], 0, EV / 2, epsrel=1e-8, epsabs=0, norm="max")
    right = quad_vec(lambda e: both_leads(e, x)[1], -EV / 2, 0, epsrel=1e-8, epsabs=0, norm="max")
    return (left[0] - right[0]) / np.pi


_TRUE = ours()


def error(name: str, outcome: Any) -> float:
    step = {len(X): 1, len(FEW): 500, len(X[::10]): 10}[len(outcome)]
    return float(np.max(np.abs(outcome - _TRUE[::step])) / np.max(np.abs(_TRUE)))


def cases() -> list[Case]:
    return [
        Case(
            name="Exact force, zero temperature",
            work="Eq. 9 at 10,000 positions",
            accuracy="relative error 1e-8 (ours: rounding)",
            ours=Contender(ours),
            peers={
                "scipy quad, loop": Contender(with_quad, len(FEW) / len(X), "at 20 positions"),
                "scipy quad_vec": Contender(with_quad_vec, 0.1, "at 1000 positions at once"),
            },
            goals={"scipy quad, loop": 1000, "scipy quad_vec": 1000},
            error=error,
        )
    ]
