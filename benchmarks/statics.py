"""Rest positions of many devices and a rectification map, against scans with scipy's brentq."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from benchmarks.timing import Case, Contender
from cifcore import Device, LinearBias, equilibria, paper_device, rectification

COARSE, FINE = 2000, 24_000
"""Points of the scans. The closest pair among these devices is found from 22,000 on."""


def devices(n: int) -> tuple[Device, Any]:
    rng = np.random.default_rng(6)
    device = Device(
        E_dot=rng.uniform(-1, 1, n),
        gamma=10 ** rng.uniform(-2, 0, n),
        b=rng.uniform(1, 10, n),
        a0=rng.uniform(1, 10, n),
        k=10 ** rng.uniform(-3, 0, n),
        lam=rng.uniform(-0.9, 0.9, n),
    )
    return device, rng.uniform(-0.5, 0.5, n)


DEVICES, BIAS = devices(100_000)
LOOPED = 300


class Plain:
    """Eq. 17 as one would type it from the paper, for one device."""

    def __init__(self, device: dict[str, float], bias: float) -> None:
        self.k, self.E = device["k"], device["E_dot"]
        self.rate = 2 * device["b"] / device["a0"]
        self.S = 2 * device["gamma"] ** 2
        self.lam = device["lam"]
        self.front = -bias / math.pi * device["b"] / device["a0"] * self.E
        self.reach = abs(self.front / self.E) / 2 / self.k * 1.001

    def scan(self, x: Any) -> Any:
        y = self.rate * x
        S = self.S * ((1 + self.lam**2) * np.cosh(y) - 2 * self.lam * np.sinh(y))
        return self.front * S / (self.E**2 + S**2) - self.k * x

    def __call__(self, x: float) -> float:
        y = self.rate * x
        S = self.S * ((1 + self.lam**2) * math.cosh(y) - 2 * self.lam * math.sinh(y))
        return self.front * S / (self.E**2 + S**2) - self.k * x

    def rest(self, points: int = COARSE) -> list[float]:
        from scipy.optimize import brentq

        x = np.linspace(-self.reach, self.reach, points)
        value = self.scan(x)
        at = np.nonzero(value[:-1] * value[1:] < 0)[0]
        return [brentq(self, x[i], x[i + 1], xtol=1e-14, rtol=1e-14) for i in at]


def _fields(i: int) -> dict[str, float]:
    return {name: float(np.ravel(v)[i % np.size(v)]) for name, v in DEVICES.parameters.items()}


def ours() -> Any:
    return equilibria(LinearBias(DEVICES), BIAS).x


def loop(points: int) -> Any:
    return [Plain(_fields(i), float(BIAS[i])).rest(points) for i in range(LOOPED)]


def missed_by_scan(points: int) -> int:
    """Devices of which such a scan misses a pair of rest positions: both in one interval."""
    reach = np.abs(BIAS) * DEVICES.b / DEVICES.a0 / (2 * np.pi * DEVICES.k) * 1.001
    interval = np.floor((_EXACT / reach[:, None] + 1) / 2 * (points - 1))
    return int(np.sum(np.any(interval[:, 1:] == interval[:, :-1], axis=1)))


def vectorised() -> Any:
    """Scan and scipy's vectorised root finder, a thousand devices at a time."""
    from scipy.optimize import elementwise

    out: list[Any] = [[] for _ in range(5000)]
    for begin in range(0, 5000, 1000):
        index = np.arange(begin, begin + 1000)
        part = LinearBias(DEVICES.select(index).stretched())
        device, bias = part.device, BIAS[index, None]
        reach = np.abs(bias) * device.b / device.a0 / (2 * np.pi * device.k) * 1.001
        x = np.linspace(-1, 1, COARSE) * reach

        def balance(x: Any, E: Any, rate: Any, S: Any, lam: Any, front: Any, k: Any) -> Any:
            y = rate * x
            T = S * ((1 + lam**2) * np.cosh(y) - 2 * lam * np.sinh(y))
            return front * T / (E**2 + T**2) - k * x

        constants = [
            device.E_dot,
            2 * device.b / device.a0,
            2 * device.gamma**2,
            device.lam,
            -bias / np.pi * device.b / device.a0 * device.E_dot,
            device.k,
        ]
        value = balance(x, *constants)
        row, at = np.nonzero(value[:, :-1] * value[:, 1:] < 0)
        found = elementwise.find_root(
            balance,
            (x[row, at], x[row, at + 1]),
            args=tuple(c[row, 0] for c in constants),
            tolerances={"xatol": 0, "xrtol": 1e-14, "fatol": 0, "frtol": 0},
        ).x
        for r, root in zip(row, found, strict=True):
            out[begin + r].append(root)
    return out


_EXACT = equilibria(LinearBias(DEVICES), BIAS).x


def missed(name: str, outcome: Any) -> float:
    """Largest relative error of a rest position; infinite if their number is wrong."""
    worst = 0.0
    for row, exact in zip(outcome, _EXACT, strict=False):
        row = np.asarray(row)[np.isfinite(row)]
        exact = exact[np.isfinite(exact)]
        if len(row) != len(exact):
            return math.inf
        worst = max(worst, float(np.max(np.abs(row - exact) / np.abs(exact))))
    return worst


LAM = np.linspace(-0.9, 0.9, 401)
MAP_BIAS = np.linspace(0.001, 0.3, 401)
MAP_DEVICE = paper_device("4")
MAP_ROWS = np.linspace(20, 380, 12, dtype=int)
MAP_COLUMNS = np.linspace(0, 400, 21, dtype=int)


def our_map() -> Any:
    return rectification(LinearBias(MAP_DEVICE.replace(lam=LAM[:, None])), MAP_BIAS)


def map_loop() -> Any:
    """Pixel by pixel: the rest position first met from x = 0, in both directions."""
    out = np.empty((len(MAP_ROWS), len(MAP_COLUMNS)))
    for i, row in enumerate(MAP_ROWS):
        device = {**MAP_DEVICE.parameters, "lam": float(LAM[row])}
        for j, column in enumerate(MAP_COLUMNS):
            bias = float(MAP_BIAS[column])
            transmissions = []
            for sign in (1, -1):
                force = Plain(device, sign * bias)
                x = min(force.rest(), key=abs)
                y = force.rate * x
                S = force.S * ((1 + force.lam**2) * math.cosh(y) - 2 * force.lam * math.sinh(y))
                transmissions.append(1 / (force.E**2 + S**2))
            plus, minus = transmissions
            out[i, j] = (plus - minus) / (plus + minus)
    return out


def map_error(name: str, outcome: Any) -> float:
    if name != "cifcore":
        return float(np.max(np.abs(outcome - our_map()[np.ix_(MAP_ROWS, MAP_COLUMNS)])))
    return float(np.max(np.abs(outcome + outcome[::-1])))  # odd in lam


def cases() -> list[Case]:
    fine, coarse = (f"scan of {n} points and brentq, loop" for n in (FINE, COARSE))
    vector = f"scan of {COARSE} points and find_root, vectorised"

    def told(points: int) -> str:
        return f"misses pairs of {missed_by_scan(points)} of the devices"

    return [
        Case(
            name="All rest positions",
            work="100,000 random devices, each under a bias of its own",
            accuracy="relative error 1e-10, none missed",
            ours=Contender(ours, note="errors of the others are differences from ours"),
            peers={
                fine: Contender(functools.partial(loop, FINE), LOOPED / len(BIAS), told(FINE)),
                coarse: Contender(
                    functools.partial(loop, COARSE), LOOPED / len(BIAS), told(COARSE)
                ),
                vector: Contender(vectorised, 0.05, told(COARSE)),
            },
            goals={fine: 100},
            error=missed,
        ),
        Case(
            name="Map of Fig. 4(b)",
            work="rectification at 401 x 401 asymmetries and biases",
            accuracy="error of R below 1e-9",
            ours=Contender(our_map),
            peers={
                "scan and brentq, loop": Contender(
                    map_loop,
                    len(MAP_ROWS) * len(MAP_COLUMNS) / 401**2,
                    "at 252 of the pixels",
                )
            },
            goals={"scan and brentq, loop": 200},
            goal_seconds=1.0,
            error=map_error,
        ),
    ]
