"""The search behind the proposal: which symmetric devices remember for an hour, and pump?

    python -m benchmarks.proposal

takes half a minute of one core and writes book/data/proposal.json: a coarse grid over level,
coupling, spring, damping ratio and bias, for C60 at the proposal's temperature and pulses. The
force depends on the first two and the bias alone: it is tabulated once for each pair of them.
Listed is what stays an hour in either well and pumps without noise, by the merit: the charge a
cycle with edges of 2 ps.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from cifcore.book.evidence import proposal
from cifcore.book.evidence.validity import scales
from cifcore.book.published import write_whole
from tools.files import ROOT

OUT = ROOT / "book" / "data" / "proposal.json"
LEVELS, COUPLINGS = (-0.15, -0.2, -0.25, -0.3), (0.04, 0.05, 0.06, 0.07, 0.08)
SPRINGS, DAMPINGS = (0.03, 0.04, 0.05, 0.06, 0.07), (0.04, 0.07, 0.1)
BIASES = np.arange(0.18, 0.3201, 0.005).round(3)
HOUR, EDGES = 3600.0, 2e-12


def deep(sheet: proposal.Sheet, bias: float) -> bool:
    """Whether the rate over the top leaves either well half an hour, on a coarse grid of x."""
    x = np.linspace(-0.3, 2.2, 501)
    net = sheet.force(x, np.full(x.shape, bias)) - sheet.device.tension(x)
    turns = np.flatnonzero(np.diff(np.sign(net)))
    if len(turns) != 3:
        return False
    inner, top, outer = -np.cumsum(net)[turns] * (x[1] - x[0])
    rate = sheet.device.omega / 2 / np.pi / float(proposal.seconds(1.0))
    kT = proposal.KELVIN / scales().kelvin(1.0)
    return bool(top - max(inner, outer) > kT * np.log(HOUR / 2 * rate))


def found() -> Iterator[dict[str, float]]:
    """Every point of the grid that remembers and pumps, with its charge a cycle."""
    for level, coupling in product(LEVELS, COUPLINGS):
        device = proposal.device().replace(E_dot=level, gamma=coupling)
        sheet = proposal.Sheet(proposal.exact(device), BIASES[-1], 21)
        for k, V in product(SPRINGS, BIASES):
            if not deep(sheet.of(sheet.device.replace(k=k)), V):
                continue
            for zeta in DAMPINGS:
                response = sheet.of(sheet.device.replace(k=k, zeta=zeta))
                if proposal.pump(EDGES, runs=1, V=V, response=response) < 1:
                    continue
                keeps = min(proposal.memory(V, response).time)
                if keeps >= HOUR:
                    charge = proposal.pump(EDGES, V=V, response=response)
                    row = {"level": level, "coupling": coupling, "k": k, "zeta": zeta}
                    yield row | {"bias": float(V), "seconds": keeps, "charge": charge}


def main() -> None:
    begin = time.process_time()
    rows = sorted(found(), key=lambda row: -row["charge"])
    tried = np.prod([len(a) for a in (LEVELS, COUPLINGS, SPRINGS, DAMPINGS, BIASES)])
    table: dict[str, Any] = {"rows": rows, "tried": int(tried), "most": float(BIASES[-1])}
    table["seconds"] = round(time.process_time() - begin)
    write_whole(OUT, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
