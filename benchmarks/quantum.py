"""The data behind "Is the dot a classical particle?": the pump and the decay against mass.

    python -m benchmarks.quantum

takes less than three minutes of one core and writes book/data/quantum-motion.json. Times are in
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
from cifcore.book.published import write_whole
from cifcore.device import Array
from cifcore.quantum.master import master_equation
from cifcore.quantum.states import thermal_density
from cifcore.quantum.tunnelling import quantum_correction
from tools.files import ROOT

OUT = ROOT / "book" / "data" / "quantum-motion.json"
TEMPERATURES = (2e-4, 5e-4, 1e-3)
MASSES = tuple(float(f"{1e3 * 10 ** (i / 3):.3g}") for i in range(13))
LIGHT = MASSES[:4]
"""Those that the master equation reaches."""
TRAJECTORIES = 16_000
RUNS = 4000
"""Ensembles: of the pump and of the decay."""

WEAK: dict[str, Any] = {"kT": 2e-3, "zeta": 0.05, "masses": MASSES[:5], "runs": 64_000}
"""Where both routes should agree: little damping, and at the heavier masses kT above hbar omega."""

WAIT, LONG = 15.0, 600.0
"""The decay is followed from WAIT to LONG after the bias came on, in 1/omega."""


def stretched(figure: str, mass: float, zeta: float | None) -> tuple[LinearBias, float]:
    """The figure's device with this mass, and the factor on its times."""
    given = {"8": 0.5}.get(figure) if zeta is None else zeta
    device = paper_device(figure, M=mass, **({} if given is None else {"zeta": given}))
    return LinearBias(device), float(np.sqrt(mass / 1000))


def pump(mass: float, kT: float, bath: Any, zeta: float | None = None) -> dict[str, float]:
    """One cycle of Fig. 9: charge, and the share in the right well after each pulse."""
    response, slow = stretched("9", mass, zeta)
    top = equilibria(response, 0.3).x[1]
    third = TAU / 3 * slow
    parts = [(0.0, third), (0.3, third), (-0.3, third)]
    if bath == "master":
        # in equilibrium at once, so the first third is not needed
        parts[0] = (0.0, 1.0)
        run = master_equation(response, pulses(parts), kT, [-top, top])
        return {
            "charge": float(run.charge.sum()) / slow,
            "first": float(run.share[1, :2].sum()),
            "exact": below(top, *thermal_density(response, 0.3, kT)),
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


def below(top: float, x: Array, density: Array) -> float:
    """The part of a density, on a uniform grid, that lies below the top."""
    step = x[1] - x[0]
    return float(np.interp(top, x + step / 2, np.cumsum(density) * step))


def decay(mass: float, kT: float, bath: Any, zeta: float | None = None) -> dict[str, float]:
    """Fig. 8: the time in which the inner well's share falls by e, in 1/omega, and its error."""
    response, _ = stretched("8", mass, zeta)
    omega = response.device.omega
    top = equilibria(response, 0.2).x[1]
    pieces = 40
    parts = [(0.2, WAIT / omega)] + [(0.2, (LONG - WAIT) / omega / pieces)] * pieces
    t = np.linspace(WAIT, LONG, pieces + 1)
    if bath == "master":
        share = master_equation(response, pulses([(0.0, 1.0), *parts]), kT, [top]).share[1:, 0]
        # by which Langevin's time, which lacks tunnelling, should be longer
        more = float(quantum_correction(response, 0.2, kT)[0])
        return {"share": float(share[0]), "time": fall(t, share), "correction": more}
    runs = RUNS if zeta is None else WEAK["runs"]
    many = langevin(response, pulses([(0.0, 20 / omega), *parts]), kT, runs, 15, bath=bath)
    shares = np.mean((many.x_break[:, 1:] < top).reshape(8, -1, pieces + 1), axis=1)
    share, error = shares.mean(axis=0), np.std([fall(t, part) for part in shares]) / np.sqrt(7)
    return {"share": float(share[0]), "time": fall(t, share), "error": float(error)}


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
    table["light"] = LIGHT
    table["pump"]["master"] = [[pump(M, kT, "master") for M in LIGHT] for kT in TEMPERATURES]
    kT, zeta = WEAK["kT"], WEAK["zeta"]
    for name, one in (("pump", pump), ("decay", decay)):
        rows = {
            bath: [one(M, kT, bath, zeta) for M in WEAK["masses"]] for bath in ("quantum", "master")
        }
        table[name]["weak"] = {"classical": one(1000.0, kT, "classical", zeta), **rows}
        print(name, "weak damping", round(time.process_time() - begin), "s", flush=True)
    table["weak"] = WEAK
    table["seconds"] = round(time.process_time() - begin)
    write_whole(OUT, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
