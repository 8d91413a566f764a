"""Scene: the dot after the bias comes on."""

import numpy as np

from cifcore import LinearBias, paper_device, potential, pulses, simulate
from cifcore.book.scenes import pieces
from cifcore.book.scenes.controls import HEAVY, MASS, SCENE_TOLERANCE, VOLTAGE, ZETA
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.words import FORCE, SWINGS, TIME, X, listed, number, times
from cifcore.device import Array

LASTS = 6.0  # swings


def _motion(eV: float, zeta: float, x0: float, v0: float, M: float) -> Picture:
    device = paper_device("2b", zeta=zeta, M=M)
    response, once, k = LinearBias(device), pieces.swing(device), device.k
    drive, first_v = pulses([(eV, LASTS * once)]), v0 * float(device.omega)
    motion = simulate(response, drive, x0, first_v, rtol=SCENE_TOLERANCE)
    t = np.linspace(0, LASTS * once, 321)
    path = motion.at(t)
    stable, unstable = pieces.rest_positions(response, eV)
    both, end_x = np.concatenate([stable, unstable]), motion.x[-1:]
    colour = pieces.sign_colour(eV)
    x = np.linspace(-device.a0, device.a0, 201)
    force = response.force(x, eV)
    panels = (
        panel(
            Axis(SWINGS, (0.0, LASTS)),
            Axis(X, (-3.0, 3.6), pieces.window(np.append(path.x, both), 0.06, 0.05)),
            *pieces.levels((0.0, LASTS), both),
            Trace(t / once, path.x, "position", colour),
            cursor=(t / once, path.x),
        ),
        panel(
            Axis(X, (-device.a0, device.a0)),
            Axis(FORCE, (-0.11, 0.11), pieces.window(np.append(force, k * stable), 0.2, 1e-4)),
            pieces.spring(x, k),
            Trace(x, force, "current-induced", colour),
            *pieces.rest_marks(stable, unstable, lambda at: k * at, colour),
            Trace(end_x, k * end_x, "where the dot is at the end", "third", "none", "filled"),
            cursor=(path.x, response.force(path.x, eV)),
        ),
    )
    turns = int(np.sum(np.diff(np.sign(path.v[np.abs(path.v) > 0])) != 0))
    said = f"Switched on at t = 0, the bias sets the dot moving; it turns {times(turns)}. "
    held = _held(response, eV, float(end_x[0]), float(motion.v[-1]), stable, unstable)
    if len(held) == 1:
        other = stable[stable != held[0]]
        said += f"After {LASTS:g} swings of {number(once)} ħ/γ₀ the well at"
        said += f" x = {number(held[0])} a holds it"
        said += f", not the one at {listed(other)} a." if len(other) else ", the only one."
    else:
        said += "At the end it still has the energy to cross from one well to the other."
    stage = pieces.on_stage(response, eV, path.x, clock=t, clock_label=TIME)
    return Picture(panels, said, stage)


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
    "The dot after the bias comes on",
    (
        VOLTAGE.replace(frames=13),
        ZETA.replace(frames=18, also=(0.5,)),
        Control("x0", "first position, $x(0)$", "$a$", -3.0, 3.0, 0.0, 0.05),
        Control("v0", "first velocity", r"$a\omega$", -2.0, 2.0, 0.0, 0.1),
        MASS,
    ),
    _motion,
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
