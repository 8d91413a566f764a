"""The data behind "Is the dot a classical particle?": the pump and the decay against mass.

    python -m benchmarks.quantum

takes three to four minutes of one core and writes book/data/quantum-motion.json. Times are in
units of 1/omega: pulses and runs grow as sqrt(M), so that a classical dot does the same
at every mass.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from cifcore import LinearBias, equilibria, langevin, paper_device, pulses
from cifcore.book.evidence.fluctuations import TAU
from cifcore.device import Array
from cifcore.quantum.master import master_equation
from tools.files import ROOT, write_atomically

OUT = ROOT / "book" / "data" / "quantum-motion.json"
TEMPERATURES = (2e-4, 5e-4, 1e-3)
MASSES = tuple(float(f"{1e3 * 10 ** (i / 3):.3g}") for i in range(13))
LIGHT = {"pump": (1000.0, 2150.0, 4640.0), "decay": (1000.0, 2150.0, 4640.0, 1e4)}
TRAJECTORIES = 16_000
RUNS = 4000
"""Ensembles: of the pump and of the decay."""

WAIT, LONG = 15.0, 600.0
"""The decay is followed from WAIT to LONG after the bias came on, in 1/omega."""


def stretched(figure: str, mass: float) -> tuple[LinearBias, float]:
    """The figure's device with this mass, and the factor on its times."""
    changes = {"zeta": 0.5} if figure == "8" else {}
    device = paper_device(figure, M=mass, **changes)
    return LinearBias(device), float(np.sqrt(mass / 1000))


def pump(mass: float, kT: float, bath: Any) -> dict[str, float]:
    """One cycle of Fig. 9: charge, and the share in the right well after each pulse."""
    response, slow = stretched("9", mass)
    top = equilibria(response, 0.3).x[1]
    third = TAU / 3 * slow
    parts = [(0.0, third), (0.3, third), (-0.3, third)]
    if bath == "master":
        # in equilibrium at once, so the first third is not needed
        parts[0] = (0.0, 1.0)
        run = master_equation(response, pulses(parts), kT, edges=[-top, top])
        return {
            "charge": float(run.charge.sum()) / slow,
            "first": float(run.share[1, :2].sum()),
            "second": float(run.share[2, 0]),
            "lost": run.lost,
        }
    many = langevin(response, pulses(parts), kT, TRAJECTORIES, 14, bath=bath)
    charge = many.charge_per_cycle[:, 0] / slow
    return {
        "charge": float(charge.mean()),
        "error": float(charge.std() / np.sqrt(TRAJECTORIES)),
        "first": float(np.mean(many.x_break[:, 1] < top)),
        "second": float(np.mean(many.x_break[:, 2] < -top)),
    }


def decay(mass: float, kT: float, bath: Any) -> dict[str, float]:
    """Fig. 8 at zeta = 0.5: the time in which the inner well's share falls by e, in 1/omega."""
    response, _ = stretched("8", mass)
    omega = response.device.omega
    top = equilibria(response, 0.2).x[1]
    pieces = 40
    parts = [(0.2, WAIT / omega)] + [(0.2, (LONG - WAIT) / omega / pieces)] * pieces
    if bath == "master":
        run = master_equation(response, pulses([(0.0, 1.0), *parts]), kT, edges=[top])
        share = run.share[1:, 0]
    else:
        before = [(0.0, 20 / omega)]
        many = langevin(response, pulses(before + parts), kT, RUNS, 15, bath=bath)
        share = np.mean(many.x_break[:, 1:] < top, axis=0)
    t = np.linspace(WAIT, LONG, pieces + 1)
    return {"share": float(share[0]), "time": fall(t, share)}


def fall(t: Array, share: Array) -> float:
    """When the share has fallen by e; if it has not, from the rate of the whole run."""
    wanted = share[0] / np.e
    if share[-1] >= share[0]:
        return float("inf")
    if np.min(share) > wanted:
        return float((t[-1] - t[0]) / np.log(share[0] / share[-1]))
    i = int(np.argmax(share <= wanted))
    part = np.log(share[i - 1] / wanted) / np.log(share[i - 1] / share[i])
    return float(t[i - 1] - t[0] + part * (t[i] - t[i - 1]))


def main() -> None:
    begin = time.process_time()
    table: dict[str, Any] = {"temperatures": TEMPERATURES, "masses": MASSES}
    for name, one in (("pump", pump), ("decay", decay)):
        # a classical dot does the same at every mass
        table[name] = {
            "classical": [one(1000.0, kT, "classical") for kT in TEMPERATURES],
            "quantum": [[one(M, kT, "quantum") for M in MASSES] for kT in TEMPERATURES],
        }
        print(name, "ensembles", round(time.process_time() - begin), "s", flush=True)
        table[name]["master"] = [[one(M, kT, "master") for M in LIGHT[name]] for kT in TEMPERATURES]
        table[name]["light"] = LIGHT[name]
        print(name, "all", round(time.process_time() - begin), "s", flush=True)
    table["seconds"] = round(time.process_time() - begin)
    write_atomically(OUT, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
