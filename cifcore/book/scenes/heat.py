"""Scene: a difference of temperature and a bias, exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import Device, FullMixed
from cifcore.book.scenes.controls import COUPLING, VOLTAGE
from cifcore.book.scenes.picture import Control, Picture, Scene, Trace
from cifcore.book.scenes.pieces import (
    at_rest,
    climb,
    crossings,
    force_and_energy,
    marks,
    spring,
    spring_alone,
    window,
)
from cifcore.book.scenes.words import listed, number

SWITCH = Device(E_dot=-1.6e-3, gamma=0.0265, b=8, a0=4, k=4.8e-4, kT0=1e-3)
"""The device of the chapter on heat: a symmetric one, whose diode is switched by heat."""


def _heat(dT: float, eV: float, gamma: float) -> Picture:
    response = FullMixed(SWITCH.replace(gamma=gamma), dT)
    k, x = SWITCH.k, np.linspace(-2.0, 2.0, 81)
    forces, energies = [spring(x, k)], [spring_alone(x, k)]
    rest, between = [], []
    ways = ((eV, "at $eV$", "positive", "solid"), (-eV, "at $-eV$", "negative", "dashed"))
    for bias, name, colour, line in ways:
        force = np.asarray(response.force(x, bias))
        pull = force - k * x
        forces.append(Trace(x, force, name, colour, line))
        energies.append(Trace(x, climb(x, pull), name, colour, line))
        rest.append(crossings(response, bias, x, pull))
        between.append(crossings(response, bias, x, pull, -1))
    forces.append(marks(rest[0], k * rest[0], True, "positive"))
    fits = [window(np.concatenate([t.y for t in group[1:3]]), 0.1) for group in (forces, energies)]
    stage = at_rest(response, eV, rest[0], between[0])
    panels = force_and_energy(
        stage,
        k,
        (-2.0, 2.0),
        (forces, (-1.6e-3, 1.6e-3), fits[0]),
        (energies, (-8e-4, 8e-4), fits[1]),
        lambda at: np.interp(at, x, energies[1].y),
    )
    said = (
        f"At δT = {number(dT)} T₀ and eV = {number(eV)} γ₀ the dot rests at x = {listed(rest[0])} a"
    )
    if eV:
        said += f", with the bias reversed at {listed(rest[1])} a."
        there, back = (
            abs(float(response.current(at[np.argmin(np.abs(at))], bias)))
            for at, bias in zip(rest, (eV, -eV), strict=True)
        )
        factor = (there - back) / (there + back)
        factor = 0.0 if abs(factor) < 1e-7 else factor
        said += f" The current rectifies by R = {number(factor)}."
    else:
        said += ", pushed by heat alone."
    return Picture(panels, said, stage)


SCENE = Scene(
    "heat",
    "A diode switched by heat",
    (
        Control(
            "dT",
            "temperature difference, $\\delta T$",
            "$T_0$",
            -1.5,
            1.5,
            1.0,
            0.1,
            frames=11,
            also=(-1.0, 0.0),
        ),
        replace(VOLTAGE, low=0.0, high=0.01, default=0.005, step=5e-4, frames=11),
        replace(COUPLING, low=0.01, high=0.06, default=0.0265, step=5e-4, frames=9),
    ),
    _heat,
    together=("dT", "eV"),
    presets=(
        ("Leads equally warm", {"dT": 0.0}),
        ("The other lead hot", {"dT": -1.0}),
        ("No bias", {"eV": 0.0}),
    ),
    code="""from cifcore import Device, FullMixed, equilibria

device = Device(E_dot=-1.6e-3, gamma={gamma}, b=8, a0=4, k=4.8e-4, kT0=1e-3)
response = FullMixed(device, {dT})
for bias in ({eV}, -{eV}):
    rest = equilibria(response, bias)
    print(rest.x[rest.stable], response.current(rest.x[rest.stable], bias))
""",
    origin="chapter",
)
