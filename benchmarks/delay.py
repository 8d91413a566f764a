"""What the chapter on the electrons' delay takes from long runs: `python -m benchmarks.delay`.

Scattering states followed in time (`cifcore.motion.ehrenfest`) at several masses, against frozen
electrons with and without friction. The time it takes on one core is written with the results, to
book/data/delay.json.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from cifcore import FullBias, equilibria
from cifcore.book.evidence import delay
from cifcore.book.evidence.validity import LIGHT, device_of
from cifcore.book.published import write_whole

CASES = (("2b", 0.1), ("2b", 0.2), ("7", 0.16), ("7", 0.2), ("8", 0.5), ("9", 0.16))
MASSES = {"2b": (250.0, 1000.0, 4000.0, 16000.0), "7": (16.0, 62.5, 250.0, 4000.0, 16000.0)}


def over(figure: str, x: float) -> bool:
    """Whether a position lies beyond the top between the wells."""
    top = equilibria(FullBias(device_of(figure)), delay.STEPS[figure][1]).x[1]
    return bool(abs(x) > abs(top))


def compare(figure: str, zeta: float, M: float = LIGHT) -> dict[str, Any]:
    """Largest distances from the frozen force with and without friction; the wells at the end."""
    run, sharp = (delay.explicit(figure, zeta, M, front) for front in (True, False))
    bare, rubbed = (delay.frozen(figure, zeta, M, run.t, spins) for spins in (0, 1))
    ends = [bool(over(figure, float(x[-1]))) for x in (run.x, bare, rubbed)]
    return {
        "figure": figure,
        "zeta": zeta,
        "M": M,
        "way": float(np.ptp(run.x)),
        "frozen": float(np.max(np.abs(run.x - bare))),
        "friction": float(np.max(np.abs(run.x - rubbed))),
        "motion": float(np.max(np.abs(sharp.x - rubbed))),
        "outer": ends,
    }


def edges(figure: str, M: float = LIGHT) -> dict[str, Any]:
    """The damping above which the dot stays in the inner well, by the same three."""
    times = np.array([0.0, delay.LONG * float(np.sqrt(M / LIGHT))])

    def kept(zeta: float, spins: int) -> bool:
        return over(figure, delay.frozen(figure, zeta, M, times, spins)[-1])

    bare = delay.edge(lambda z: kept(z, 0), 0.1, 0.45, 2e-5)
    rubbed = delay.edge(lambda z: kept(z, 1), 0.1, 0.45, 2e-5)
    near = 0.006 * float(np.sqrt(LIGHT / M))
    followed = delay.edge(
        lambda z: over(figure, float(delay.explicit(figure, z, M).x[-1])),
        rubbed - near,
        rubbed + near,
        near / 100,
    )
    return {"figure": figure, "M": M, "frozen": bare, "friction": rubbed, "explicit": followed}


def main() -> None:
    begin = time.process_time()
    table: dict[str, Any] = {"cases": [compare(*case) for case in CASES]}
    for figure, masses in MASSES.items():
        table["cases"] += [compare(figure, 0.16, M) for M in masses]
        print(figure, round(time.process_time() - begin), "s", flush=True)
    table["edges"] = [edges(f, M) for f in MASSES for M in (250.0, LIGHT, 4000.0)]
    table["seconds"] = round(time.process_time() - begin)
    write_whole(delay.DATA, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
