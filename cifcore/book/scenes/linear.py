"""Scene: how far linear response holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import FullBias, LinearBias, paper_device
from cifcore.book.scenes.controls import COUPLING, VOLTAGE
from cifcore.book.scenes.picture import Control, Picture, Scene, Trace
from cifcore.book.scenes.pieces import (
    at_rest,
    climb,
    crossings,
    force_and_energy,
    rest_positions,
    spring,
    window,
)
from cifcore.book.scenes.words import listed, number


def _linear(eV: float, kT: float, gamma: float) -> Picture:
    device = paper_device("2b", gamma=gamma, kT0=kT)
    k, first, exact = device.k, LinearBias(device), FullBias(device)
    x = np.linspace(-1.4, 3.0, 73)
    forces, energies, both = [spring(x, k)], [], []
    for response, name, colour, line in (
        (first, "first order in $eV$", "negative", "dashed"),
        (exact, "exact", "positive", "solid"),
    ):
        both.append(np.asarray(response.force(x, eV)))
        forces.append(Trace(x, both[-1], name, colour, line))
        energies.append(Trace(x, climb(x, both[-1] - k * x), name, colour, line))
    low = min(float(np.min(trace.y)) for trace in energies)
    truly, between = (crossings(exact, eV, x, both[1] - k * x, sign) for sign in (1, -1))
    stage = at_rest(exact, eV, truly, between)
    panels = force_and_energy(
        stage,
        k,
        (-1.4, 3.0),
        (forces, (-0.03, 0.16), window(np.append(both, 0.0), 0.15, 1e-4)),
        (energies, (-0.14, 0.1), (1.12 * low - 1e-4, max(-0.6 * low, 4e-3))),
        lambda at: np.interp(at, x, energies[1].y),
    )
    wrong = np.max(np.abs(both[0] - both[1])) / np.max(np.abs(both[1]))
    roughly, _ = rest_positions(first, eV)
    said = (
        f"At eV = {number(eV)} γ₀ and kT = {number(kT)} γ₀, first order misses the exact force by"
        f" up to {number(100 * wrong, 2)} % of its peak. By first order the dot rests at"
        f" x = {listed(roughly)} a, by the exact force at {listed(truly)} a"
    )
    said += "." if len(roughly) == len(truly) else ": not even the number of wells is the same."
    return Picture(panels, said, stage)


SCENE = Scene(
    "linear",
    "How far linear response holds",
    (
        replace(VOLTAGE, low=0.02, high=0.5, step=0.01, frames=17),
        Control(
            "kT",
            "temperature of the leads, $k_B T_0$",
            r"$\gamma_0$",
            0.0,
            0.1,
            0.0,
            0.002,
            also=(0.05,),
        ),
        replace(COUPLING, high=0.5),
    ),
    _linear,
    together=("eV", "gamma"),
    presets=(
        ("A small bias", {"eV": 0.02}),
        ("Strong coupling", {"gamma": 0.5}),
        ("Warm leads", {"kT": 0.05}),
    ),
    code="""from cifcore import FullBias, LinearBias, equilibria, paper_device

device = paper_device("2b", gamma={gamma}, kT0={kT})
for response in LinearBias(device), FullBias(device):
    rest = equilibria(response, {eV})
    print(rest.x[rest.stable])
""",
)
