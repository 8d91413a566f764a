"""Scene: a difference of temperature and a bias, exactly."""

import numpy as np

from cifcore import Device, FullMixed
from cifcore.book.scenes.controls import COUPLING, VOLTAGE
from cifcore.book.scenes.picture import Control, Picture, Scene
from cifcore.book.scenes.pieces import Sampled, marks, spring, spring_alone, window
from cifcore.book.scenes.words import listed, number

SWITCH = Device(E_dot=-1.6e-3, gamma=0.0265, b=8, a0=4, k=4.8e-4, kT0=1e-3)
"""The device of the chapter on heat: a symmetric one, whose diode is switched by heat."""


def _heat(dT: float, eV: float, gamma: float) -> Picture:
    response = FullMixed(SWITCH.replace(gamma=gamma), dT)
    k, x = SWITCH.k, np.linspace(-2.0, 2.0, 81)
    ways = there, back = Sampled(response, eV, x), Sampled(response, -eV, x)
    forces, energies = zip(
        there.traces("at $eV$", "positive"),
        back.traces("at $-eV$", "negative", "dashed"),
        strict=True,
    )
    fits = [window(np.concatenate([t.y for t in pair]), 0.1) for pair in (forces, energies)]
    rest = marks(there.stable, k * there.stable, True, "positive")
    panels, stage = there.shown(
        ((spring(x, k), *forces, rest), (-1.6e-3, 1.6e-3), fits[0]),
        ((spring_alone(x, k), *energies), (-8e-4, 8e-4), fits[1]),
    )
    said = f"At δT = {number(dT)} T₀ and eV = {number(eV)} γ₀ the dot rests at"
    said += f" x = {listed(there.stable)} a"
    if not eV:
        return Picture(panels, f"{said}, pushed by heat alone.", stage)
    plus, minus = (
        abs(float(response.current(way.stable[np.argmin(np.abs(way.stable))], way.bias)))
        for way in ways
    )
    factor = (plus - minus) / (plus + minus)
    factor = 0.0 if abs(factor) < 1e-7 else factor
    said += f", with the bias reversed at {listed(back.stable)} a."
    return Picture(panels, f"{said} The current rectifies by R = {number(factor)}.", stage)


SCENE = Scene(
    "A diode switched by heat",
    (
        Control(
            "dT", r"temperature difference, $\delta T$", "$T_0$", -1.5, 1.5, 1.0, 0.1, frames=11
        ),
        VOLTAGE.replace(low=0.0, high=0.01, default=0.005, step=5e-4, frames=11),
        COUPLING.replace(low=0.01, high=0.06, default=0.0265, step=5e-4, frames=9),
    ),
    _heat,
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
