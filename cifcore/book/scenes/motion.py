"""Scene: the dot after the bias comes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import LinearBias, paper_device, potential, pulses, simulate
from cifcore.book.scenes.controls import HEAVY, MASS, SCENE_TOLERANCE, VOLTAGE, ZETA
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import (
    levels,
    marks,
    rest_marks,
    rest_positions,
    sign_colour,
    spring,
    swing,
    under_way,
    window,
)
from cifcore.book.scenes.words import FORCE, SWINGS, TIME, X, listed, number, times
from cifcore.device import Array

LASTS = 6.0  # swings


def _motion(eV: float, zeta: float, x0: float, v0: float, M: float) -> Picture:
    device = paper_device("2b", zeta=zeta, M=M)
    response = LinearBias(device)
    once = swing(device)
    duration = LASTS * once
    first_v = v0 * float(device.omega)
    motion = simulate(response, pulses([(eV, duration)]), x0, first_v, rtol=SCENE_TOLERANCE)
    t = np.linspace(0, duration, 321)
    path = motion.at(t)
    stable, unstable = rest_positions(response, eV)
    end_x, end_v = float(motion.x[-1]), float(motion.v[-1])
    held = _held(response, eV, end_x, end_v, stable, unstable)
    colour = sign_colour(eV)
    across = levels((0.0, LASTS), np.concatenate([stable, unstable]))
    x = np.linspace(-device.a0, device.a0, 201)
    end = marks(np.array([end_x]), np.array([device.k * end_x]), True, "third")
    force = response.force(x, eV)
    panels = (
        panel(
            Axis(SWINGS, (0.0, LASTS)),
            Axis(X, (-3.0, 3.6), window(np.concatenate([path.x, stable, unstable]), 0.06, 0.05)),
            *across,
            Trace(t / once, path.x, "position", colour),
            cursor=(t / once, path.x),
        ),
        panel(
            Axis(X, (-device.a0, device.a0)),
            Axis(FORCE, (-0.11, 0.11), window(np.append(force, device.k * stable), 0.2, 1e-4)),
            spring(x, device.k),
            Trace(x, force, "current-induced", colour),
            *rest_marks(stable, unstable, lambda at: device.k * at, colour),
            replace(end, label="where the dot is at the end"),
            cursor=(path.x, response.force(path.x, eV)),
        ),
    )
    turns = int(np.sum(np.diff(np.sign(path.v[np.abs(path.v) > 0])) != 0))
    said = _said(turns, once, held, stable)
    return Picture(panels, said, under_way(response, t, TIME, path.x, eV))


def _said(turns: int, once: float, held: Array, stable: Array) -> str:
    said = f"Switched on at t = 0, the bias sets the dot moving; it turns {times(turns)}. "
    if len(held) != 1:
        return said + "At the end it still has the energy to cross from one well to the other."
    other = stable[stable != held[0]]
    said += f"After {LASTS:g} swings of {number(once)} ħ/γ₀ the well at"
    said += f" x = {number(held[0])} a holds it"
    return said + (f", not the one at {listed(other)} a." if len(other) else ", the only one.")


def _held(
    response: LinearBias, eV: float, x: float, v: float, stable: Array, unstable: Array
) -> Array:
    """The well that holds the dot: the one on its side of every barrier above its energy."""
    energy = response.device.M * v**2 / 2 + float(potential(response, x, eV))
    walls = unstable[potential(response, unstable, eV) > energy]
    left = np.max(walls[walls < x], initial=-np.inf)
    right = np.min(walls[walls > x], initial=np.inf)
    return stable[(stable > left) & (stable < right)]


SCENE = Scene(
    "motion",
    "The dot after the bias comes on",
    (
        replace(VOLTAGE, frames=13),
        replace(ZETA, frames=18, also=(0.15, 0.5)),
        Control("x0", "first position, $x(0)$", "$a$", -3.0, 3.0, 0.0, 0.05),
        Control("v0", "first velocity", r"$a\omega$", -2.0, 2.0, 0.0, 0.1),
        MASS,
    ),
    _motion,
    together=("eV", "zeta"),
    presets=(
        ("More friction", {"zeta": 0.15}),
        ("Bias reversed", {"eV": -0.2}),
        ("Past the barrier, at rest", {"x0": 1.0}),
        HEAVY,
    ),
    code="""import numpy as np
from cifcore import LinearBias, paper_device, pulses, simulate

device = paper_device("2b", zeta={zeta}, M={M})
drive = pulses([({eV}, 6 * 2 * np.pi / device.omega)])
motion = simulate(LinearBias(device), drive, x0={x0}, v0={v0} * device.omega)
print(motion.x[-1])
""",
)
