"""Scene: a phase between superconducting leads."""

from dataclasses import replace

import numpy as np

from cifcore import Device, Josephson
from cifcore.book.scenes.controls import LAM, STIFFNESS
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import on_stage, rest_marks, rest_positions, spring_alone
from cifcore.book.scenes.words import X, listed, number
from cifcore.device import Array


def _superconductor(phase: float, gap: float, lam: float, k: float) -> Picture:
    device = Device(E_dot=0.0, gamma=0.1, b=8, a0=4, k=k, lam=lam)
    response, phi = Josephson(device, gap), phase * np.pi
    stable, unstable = rest_positions(response, phi)
    stage = on_stage(response, phi, stable=stable, unstable=unstable)
    stage = replace(stage, bias=np.zeros(len(stage.x)))  # leads in equilibrium: no voltage
    across, x = Axis(X, (-1.2, 1.2)), np.linspace(-1.2, 1.2, 161)

    def energy(x: Array) -> Array:
        return np.asarray(k * x**2 / 2 + response.energy(x, phi)) / gap

    def flow(x: Array) -> Array:
        return np.asarray(response.current(x, phi)) / gap

    tall = float(np.max(energy(np.array([*stable, *unstable, -0.3, 0.3]))))
    most = float(np.max(flow(x)))
    panels = (
        panel(
            across,
            Axis(r"energy ($\Delta$)", (0.0, 2.0), (0.0, 1.1 * tall + 1e-3)),
            spring_alone(x, k, gap),
            Trace(x, energy(x), "spring and phase", "positive"),
            *rest_marks(stable, unstable, energy, "positive"),
            cursor=(stage.x, energy(stage.x)),
        ),
        panel(
            across,
            Axis(r"supercurrent ($e\Delta/\hbar$)", (0.0, 1.0), (0.0, 1.1 * most + 1e-3)),
            Trace(x, flow(x), "", "negative"),
            *rest_marks(stable, unstable, flow, "negative"),
            cursor=(stage.x, flow(stage.x)),
        ),
    )
    said = f"At a phase of {number(phase)} π the dot rests at x = {listed(stable)} a"
    said += f", with {listed(unstable)} a unstable between" if len(unstable) else ""
    said += f", and carries a supercurrent of {listed(flow(stable))} eΔ/ħ there."
    return Picture(panels, said, stage)


SCENE = Scene(
    "Moved by a phase",
    (
        Control("phase", r"phase, $\varphi$", r"$\pi$", 0.0, 0.98, 0.9, 0.02, frames=25),
        Control("gap", r"gap, $\Delta$", r"$\gamma_0$", 1e-4, 2e-3, 4e-4, frames=9),
        LAM.replace(low=-0.3, high=0.3, default=0.1, step=0.02),
        STIFFNESS.replace(low=0.002, high=0.02, default=0.004),
    ),
    _superconductor,
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
