"""Scene: a phase between superconducting leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import Device, Josephson
from cifcore.book.scenes.controls import LAM, STIFFNESS
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import at_rest, rest_marks, rest_positions, spring_alone
from cifcore.book.scenes.words import X, listed, number


def _superconductor(phase: float, gap: float, lam: float, k: float) -> Picture:
    device = Device(E_dot=0.0, gamma=0.1, b=8, a0=4, k=k, lam=lam)
    response, phi = Josephson(device, gap), phase * np.pi
    stable, unstable = rest_positions(response, phi)
    stage = at_rest(response, phi, stable, unstable)
    stage = replace(stage, bias=np.zeros(len(stage.x)))  # leads in equilibrium: no voltage
    x = np.linspace(-1.2, 1.2, 161)

    def energy(x: np.ndarray) -> np.ndarray:
        return np.asarray(k * x**2 / 2 + response.energy(x, phi)) / gap

    def flow(x: np.ndarray) -> np.ndarray:
        return np.asarray(response.current(x, phi)) / gap

    panels = tuple(
        panel(
            Axis(X, (-1.2, 1.2)),
            Axis(label, (0.0, top), (0.0, 1.1 * fit + 1e-3)),
            *more,
            Trace(x, of(x), name, colour),
            *rest_marks(stable, unstable, of, colour),
            cursor=(stage.x, of(stage.x)),
        )
        for label, of, name, colour, top, fit, more in (
            (
                "energy ($\\Delta$)",
                energy,
                "spring and phase",
                "positive",
                2.0,
                float(np.max(energy(np.array([*stable, *unstable, -0.3, 0.3])))),
                (spring_alone(x, k, gap),),
            ),
            (
                "supercurrent ($e\\Delta/\\hbar$)",
                flow,
                "",
                "negative",
                1.0,
                float(np.max(flow(x))),
                (),
            ),
        )
    )
    said = f"At a phase of {number(phase)} π the dot rests at x = {listed(stable)} a"
    said += f", with {listed(unstable)} a unstable between" if len(unstable) else ""
    said += f", and carries a supercurrent of {listed(flow(stable))} eΔ/ħ there."
    return Picture(panels, said, stage)


SCENE = Scene(
    "superconductor",
    "Moved by a phase",
    (
        Control(
            "phase", "phase, $\\varphi$", "$\\pi$", 0.0, 0.98, 0.9, 0.02, frames=25, also=(0.5,)
        ),
        Control("gap", "gap, $\\Delta$", r"$\gamma_0$", 1e-4, 2e-3, 4e-4, log=True, frames=9),
        replace(LAM, low=-0.3, high=0.3, default=0.1, step=0.02, also=(0.0,)),
        replace(STIFFNESS, low=0.002, high=0.02, default=0.004),
    ),
    _superconductor,
    together=("phase", "gap"),
    presets=(
        ("A symmetric device", {"lam": 0.0}),
        ("Too small a phase", {"phase": 0.5}),
        ("A larger gap", {"gap": 1e-3}),
    ),
    code="""from math import pi
from cifcore import Device, Josephson, equilibria

device = Device(E_dot=0.0, gamma=0.1, b=8, a0=4, k={k}, lam={lam})
junction = Josephson(device, gap={gap})
rest = equilibria(junction, {phase} * pi)
print(rest.x, rest.stable)
print(junction.current(rest.x, {phase} * pi))
""",
    origin="chapter",
)
