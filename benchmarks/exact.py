"""The exact force of Eq. 9 at zero temperature, against adaptive quadrature."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Case, Contender
from cifcore import Device, FullBias, paper_device
from cifcore.electrons import chain

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


def one_by_one(integral: Callable[..., Any]) -> Any:
    """The left lead fills up to +eV/2, the right one down to -eV/2: two integrals each."""
    out = []
    for x in FEW:
        left = integral(lambda e, x=x: plain(e, x)[0], 0, EV / 2, epsrel=1e-8, epsabs=0)[0]
        right = integral(lambda e, x=x: plain(e, x)[1], -EV / 2, 0, epsrel=1e-8, epsabs=0)[0]
        out.append((left - right) / np.pi)
    return np.array(out)


def with_quad() -> Any:
    from scipy.integrate import quad

    return one_by_one(quad)


def with_quad_vec() -> Any:
    from scipy.integrate import quad_vec

    return one_by_one(quad_vec)


def with_quad_vec_at_once() -> Any:
    """All positions in one adaptive integral of a vector."""
    from scipy.integrate import quad_vec

    x = X[::10]
    left = quad_vec(lambda e: both_leads(e, x)[0], 0, EV / 2, epsrel=1e-8, epsabs=0, norm="max")
    right = quad_vec(lambda e: both_leads(e, x)[1], -EV / 2, 0, epsrel=1e-8, epsabs=0, norm="max")
    return (left[0] - right[0]) / np.pi


WARM = paper_device("3")


def ours_warm() -> Any:
    return FullBias(WARM).force(X, EV)


def quad_warm() -> Any:
    """One integral over the band, told where the steps and the resonance are."""
    from scipy.integrate import quad

    kT, steps = WARM.kT0, (WARM.mu0 + EV / 2, WARM.mu0 - EV / 2, WARM.mu0)

    def occupied(energy: float, mu: float) -> float:
        return 0.5 - 0.5 * math.tanh((energy - mu) / (2 * kT))

    def integrand(energy: float, x: float) -> float:
        left, right = plain(energy, x, WARM)
        f_left, f_right, f_0 = (occupied(energy, mu) for mu in steps)
        return (f_left - f_0) * left + (f_right - f_0) * right

    options: dict[str, Any] = dict(epsrel=1e-8, epsabs=1e-14, limit=400)
    options["points"] = sorted({*steps, WARM.E_dot})
    return np.array([quad(integrand, -2, 2, args=(x,), **options)[0] / np.pi for x in FEW])


_TRUE = {"zero": ours(), "warm": ours_warm()}


def error(which: str, name: str, outcome: Any) -> float:
    step = {len(X): 1, len(FEW): 500, len(X[::10]): 10}[len(outcome)]
    true = _TRUE[which]
    return float(np.max(np.abs(outcome - true[::step])) / np.max(np.abs(true)))


def cases() -> list[Case]:
    loop, loop_vec = "scipy quad, loop", "scipy quad_vec, loop"
    return [
        Case(
            name="Exact force, zero temperature",
            work="Eq. 9 at 10,000 positions for the device of Fig. 2(b)",
            accuracy="relative error 1e-8 (all come closer)",
            ours=Contender(ours, note="errors of the others are differences from ours"),
            peers={
                loop: Contender(with_quad, len(FEW) / len(X), "at 20 positions"),
                loop_vec: Contender(with_quad_vec, len(FEW) / len(X), "at 20 positions"),
                "scipy quad_vec": Contender(
                    with_quad_vec_at_once, 0.1, "of a vector, 1000 positions at once"
                ),
            },
            goals={loop: 1000, loop_vec: 1000},
            error=functools.partial(error, "zero"),
        ),
        Case(
            name="Exact force, leads at a temperature",
            work="Eq. 9 at 10,000 positions for the device of Fig. 3, a narrow resonance",
            accuracy="relative error 1e-8",
            ours=Contender(ours_warm, note="errors of the others are differences from ours"),
            peers={loop: Contender(quad_warm, len(FEW) / len(X), "at 20 positions")},
            goals={loop: 1000},
            error=functools.partial(error, "warm"),
        ),
    ]
